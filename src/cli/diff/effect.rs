//! Asks both sides what becomes of packets: which flows have another verdict, with an example and both ways.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use anstyle::Style;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::super::Failure;
use super::super::trace::json::{API_VERSION, schema_of, text};
use super::super::trace::text::sentence;
use crate::answer::verdict::Verdict;
use crate::check::{self, Comparison, Finding, advice};
use crate::diff::Flows;
use crate::net::Protocol;
use crate::trace::{Summary, hops};

const BOLD: Style = Style::new().bold();

/// How many Services of a kind are named, unless all are asked for.
const LISTED: usize = 5;

/// What flows have another verdict, as `hnsplan diff --semantic -o json` prints it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "SemanticDiff")]
struct Document<'c> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `SemanticDiff`
    kind: &'static str,
    /// What both sides were asked for by.
    sides: &'c [String; 2],
    /// How many classes of packets both sides were asked about.
    classes_of_packets: usize,
    /// How many of them nobody can tell about.
    undecided: usize,
    /// One for each kind of difference.
    differences: Vec<FlowDocument<'c>>,
}

/// A kind of difference in effect.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Difference")]
struct FlowDocument<'c> {
    /// Its code: `hnsplan explain CODE` says more.
    code: &'static str,
    /// error, warning or note.
    severity: &'static str,
    /// What it is, in words.
    title: &'static str,
    /// How many classes of packets it is about.
    classes_of_packets: usize,
    /// The service ports, as `namespace/name:port`.
    services: Vec<&'c str>,
    /// One packet, and what becomes of it.
    example: ExampleDocument<'c>,
}

/// A packet that opens a connection.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Example")]
struct ExampleDocument<'c> {
    /// Who sends it: pod, node, external and others.
    client: &'static str,
    /// The address that it is sent from.
    source: IpAddr,
    /// The address and port that it is sent to.
    destination: SocketAddr,
    /// Its protocol.
    protocol: Protocol,
    /// What becomes of it on each side.
    sides: Vec<AnswerDocument<'c>>,
}

/// What becomes of a packet on one side.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SideAnswer")]
struct AnswerDocument<'c> {
    /// What the side was asked for by.
    side: &'c str,
    /// What becomes of it; a sentence.
    verdict: String,
    /// The first way that it may take.
    steps: Vec<StepDocument<'c>>,
}

/// A step on the way of a packet.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct StepDocument<'c> {
    /// The chain or object.
    within: &'c str,
    /// The rule.
    rule: &'c str,
}

/// The JSON Schema of what flows have another verdict.
pub(in crate::cli) fn schema() -> Schema {
    schema_of::<Document<'static>>()
}

/// Draws what flows have another verdict.
pub(super) struct Drawing<'c> {
    pub(super) flows: Flows<'c>,
}

impl Drawing<'_> {
    fn names(&self) -> &[String; 2] {
        &self.flows.pair.names
    }

    /// All flows whose verdict differs, for people; and whether there are any.
    pub(super) fn draw(&self, all: bool) -> Result<(String, bool), Failure> {
        let drawn = self.flows.compare(|comparison| {
            let mut text = String::new();
            for finding in &comparison.findings {
                self.draw_finding(&mut text, finding, all);
            }
            sums(&mut text, self.names(), comparison);
            (text, !comparison.findings.is_empty())
        });
        drawn.ok_or_else(cannot_ask)
    }

    /// The same for programs.
    pub(super) fn json(&self) -> Result<(String, bool), Failure> {
        let drawn = self.flows.compare(|comparison| {
            let document = text(&Document {
                api_version: API_VERSION,
                kind: "SemanticDiff",
                sides: self.names(),
                classes_of_packets: comparison.packets,
                undecided: comparison.undecided,
                differences: comparison.findings.iter().map(|finding| self.flow(finding)).collect(),
            });
            document.map(|document| (document, !comparison.findings.is_empty()))
        });
        Ok(drawn.ok_or_else(cannot_ask)??)
    }

    fn flow<'f>(&'f self, finding: &'f Finding<'_>) -> FlowDocument<'f> {
        let example = &finding.example;
        let sides = self.names().iter().zip(&example.verdicts).map(|(side, verdict)| {
            let steps = verdict.outcomes().first().map_or(&[][..], |outcome| &outcome.steps);
            let steps = steps.iter().map(|step| StepDocument { within: &step.within, rule: &step.rule });
            AnswerDocument { side, verdict: sentence(&Summary::of(verdict)), steps: steps.collect() }
        });
        FlowDocument {
            code: finding.code.id(),
            severity: finding.code.severity().as_str(),
            title: finding.code.title(),
            classes_of_packets: finding.packets,
            services: finding.services.iter().map(|of| of.id).collect(),
            example: ExampleDocument {
                client: example.client.kind.as_str(),
                source: example.client.ip,
                destination: SocketAddr::new(example.packet.destination, example.packet.port),
                protocol: example.packet.protocol,
                sides: sides.collect(),
            },
        }
    }

    fn draw_finding(&self, text: &mut String, finding: &Finding<'_>, all: bool) {
        let code = finding.code;
        let flows = if finding.packets == 1 { "class of packets" } else { "classes of packets" };
        let _ = writeln!(
            text,
            "{BOLD}{} {}{BOLD:#}  {}  {} {flows}",
            code.id(),
            code.severity(),
            code.title(),
            finding.packets
        );
        let services: Vec<&str> = finding.services.iter().map(|of| of.id).collect();
        let listed = if all { services.len() } else { services.len().min(LISTED) };
        let more = services.len() - listed;
        let more = if more > 0 { format!(" and {more} more; -v names all") } else { String::new() };
        if listed > 0 {
            let _ = writeln!(text, "  {}{more}", services[..listed].join(", "));
        }
        let example = &finding.example;
        let to = std::net::SocketAddr::new(example.packet.destination, example.packet.port);
        let client = &example.client;
        let _ = writeln!(text, "  {} {} → {to}/{}", client.kind.as_str(), client.ip, example.packet.protocol);
        for (name, verdict) in self.names().iter().zip(&example.verdicts) {
            let _ = writeln!(text, "    {name}: {}", sentence(&Summary::of(verdict)));
            way(text, verdict, example);
        }
        let _ = writeln!(text, "    → {}\n", advice(code));
    }
}

/// The steps of the first way that a packet may take.
fn way(text: &mut String, verdict: &Verdict, example: &check::Example<'_>) {
    let Some(outcome) = verdict.outcomes().first() else { return };
    for hop in hops(&example.packet, outcome) {
        let number = hop.step.number.map(|number| format!(" {number}")).unwrap_or_default();
        let _ = writeln!(text, "      {}{number}  {}", hop.step.within, hop.step.rule);
        if let Some(after) = hop.after {
            let _ = writeln!(text, "        ⇒ {after}");
        }
    }
}

fn sums(text: &mut String, names: &[String; 2], comparison: &Comparison<'_>) {
    let [one, other] = names;
    let packets = comparison.packets;
    let kinds = comparison.findings.len();
    let _ = match kinds {
        0 => {
            writeln!(text, "{one} and {other}: no flow has another verdict, of {packets} classes of packets")
        }
        1 => writeln!(
            text,
            "{one} and {other}: 1 kind of flow has another verdict, of {packets} classes of packets"
        ),
        _ => writeln!(
            text,
            "{one} and {other}: {kinds} kinds of flows have another verdict, of {packets} classes of packets"
        ),
    };
    if comparison.undecided > 0 {
        let _ =
            writeln!(text, "undecided: {} classes of packets; hnsplan check says why", comparison.undecided);
    }
}

pub(super) fn cannot_ask() -> Failure {
    let message = "--semantic asks about the Services of manifests, and neither side tells them: add -f FILE";
    Failure::Usage(message.to_owned())
}
