//! What the report of a change names, as its JSON has it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::observed::Observed;
use super::{files, interface_addresses};

/// Facts that packets of this network cannot show: what a node needs, what a firewall does (the tests beside this one have
/// one), what other releases do, and when.
const WITHOUT_PACKETS: [&str; 7] = ["L0925", "L0934", "L0938", "L0939", "L0940", "L0943", "L0941"];

/// The report.
pub(super) struct Report(Value);

impl Report {
    /// As hnsplan prints it for the node of a cluster.
    pub(super) fn of(folder: &str, node: &str) -> Self {
        let [cluster, config] = files(folder);
        let output = Command::new(env!("CARGO_BIN_EXE_hnsplan"))
            .args(["check", "--migrate", "iptables,nftables", "-o", "json", "--node", node])
            .args(["--interface-address", &interface_addresses().join(",")])
            .arg("-f")
            .arg(cluster)
            .arg("--config")
            .arg(config)
            .output()
            .expect("hnsplan can be run");
        let errors = String::from_utf8_lossy(&output.stderr);
        Self(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}")))
    }

    fn list(&self, key: &str) -> impl Iterator<Item = &Value> {
        self.0[key].as_array().expect("a list").iter()
    }

    /// The codes of all facts.
    pub(super) fn facts(&self) -> BTreeSet<&str> {
        self.list("lints").map(|fact| text(&fact["code"])).collect()
    }

    /// The codes of the facts that packets show.
    pub(super) fn facts_of_packets(&self) -> Vec<&str> {
        self.facts().into_iter().filter(|code| !WITHOUT_PACKETS.contains(code)).collect()
    }

    /// Whether it names what was observed.
    pub(super) fn names(&self, observed: &Observed) -> bool {
        self.list("findings").any(|finding| is_about(finding, observed))
            || self.list("lints").any(|fact| is_shown(fact, observed))
    }

    /// What it names and nobody saw.
    pub(super) fn unseen(&self, all: &[Observed]) -> Vec<String> {
        let different: Vec<&Observed> = all.iter().filter(|of| of.differs()).collect();
        let mut unseen = Vec::new();
        for finding in self.list("findings") {
            let code = text(&finding["code"]);
            let example = &finding["example"];
            let is_example = |of: &&&Observed| {
                text(&example["client"]["ip"]) == of.packet.source.to_string()
                    && text(&example["destination"]) == of.to().to_string()
                    && text(&example["protocol"]) == of.packet.protocol.to_string()
            };
            // One of its class stands for it.
            if !different.iter().any(|of| is_example(&of) || is_like(example, of) && is_about(finding, of)) {
                unseen.push(format!("{code}: the example {example} does not differ"));
            }
            for service in finding["services"].as_array().expect("a list") {
                let id = text(&service["service"]);
                let shows = |of: &&&Observed| is_about(finding, of) && of.services.iter().any(|of| of == id);
                if !different.iter().any(|of| shows(&of)) {
                    unseen.push(format!("{code}: nothing of {id} differs so"));
                }
            }
        }
        for fact in self.list("lints").filter(|fact| !WITHOUT_PACKETS.contains(&text(&fact["code"]))) {
            if !different.iter().any(|of| is_shown(fact, of)) {
                unseen.push(format!("no packet shows {fact}"));
            }
        }
        unseen
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The packet of an example differs from what was observed in the address of its client only.
fn is_like(example: &Value, observed: &Observed) -> bool {
    text(&example["destination"]) == observed.to().to_string()
        && text(&example["protocol"]) == observed.packet.protocol.to_string()
}

/// Whether a kind of difference is what was observed, of a Service that it names.
fn is_about(finding: &Value, observed: &Observed) -> bool {
    let answers = finding["example"]["answers"].as_array().expect("a list");
    let ends: Vec<&str> = answers.iter().map(|answer| text(&answer["conclusion"])).collect();
    let services = finding["services"].as_array().expect("a list");
    let is_named = services.iter().any(|of| observed.services.iter().any(|id| id == text(&of["service"])));
    let is_nobodys = observed.services.is_empty() && finding["example"]["service"].is_null();
    ends == observed.ends() && (is_named || is_nobodys)
}

/// Whether a fact is what was observed.
fn is_shown(fact: &Value, observed: &Observed) -> bool {
    let [before, after] = observed.ends();
    let to = observed.packet.destination;
    let message = text(&fact["message"]);
    let is_of_service = || {
        let name = format!("{}/{}", text(&fact["object"]["namespace"]), text(&fact["object"]["name"]));
        observed.services.iter().any(|id| id.split(':').next() == Some(&*name))
    };
    let is_at_node_port =
        || is_of_service() && message.contains(&format!("node port {} ", observed.packet.port));
    match text(&fact["code"]) {
        // Where nobody serves a port, the node itself is asked.
        "L0931" => {
            (before, after) == ("delivered", "unhandled")
                && is_at_node_port()
                && !message.contains(&format!("answers at {to} only"))
        }
        "L0932" => (before, after) == ("delivered", "unhandled") && is_at_node_port() && to.is_loopback(),
        "L0933" => {
            (before, after) == ("rejected", "dropped") && is_of_service() && message.contains(&to.to_string())
        }
        "L0935" => {
            (before, after) == ("unhandled", "rejected")
                && observed.services.is_empty()
                && observed.is_to_cluster_ip
        }
        "L0936" => {
            (before, after) == ("unhandled", "dropped")
                && observed.services.is_empty()
                && !observed.is_to_cluster_ip
                && to.to_string().starts_with("10.96.")
        }
        "L0937" => message.contains("masqueradeAll") && observed.seen_differs(),
        _ => false,
    }
}
