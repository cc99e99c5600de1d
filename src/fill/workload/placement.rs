//! Placement: on which nodes the pods of a workload may run, by labels, affinity and taints.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value};

use crate::manifest::{AnyObject, labels};
use crate::net::{parse_cidr, parse_ip};

/// The label of a node's operating system.
const OS: &str = "kubernetes.io/os";

/// A node, as far as pods are placed on it.
#[derive(Debug)]
pub(super) struct PlacedNode {
    pub(super) name: String,
    labels: BTreeMap<String, String>,
    taints: Vec<Taint>,
    /// Its internal addresses, one of each family at most.
    pub(super) addresses: Vec<IpAddr>,
    pub(super) pod_cidrs: Vec<IpNet>,
}

#[derive(Debug)]
struct Taint {
    key: String,
    value: String,
    effect: String,
}

/// What the template of a workload asks of a node.
pub(super) struct Placement<'o> {
    spec: Option<&'o Map<String, Value>>,
    node_selector: BTreeMap<String, String>,
    is_daemon: bool,
}

impl PlacedNode {
    pub(super) fn of(object: &AnyObject) -> Self {
        let list = |path: &[&str]| object.get(path).and_then(Value::as_array).into_iter().flatten();
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let mut addresses: Vec<IpAddr> = list(&["status", "addresses"])
            .filter(|address| address["type"] == "InternalIP")
            .filter_map(|address| parse_ip(address["address"].as_str()?))
            .collect();
        addresses.dedup_by_key(|ip| ip.is_ipv4());
        let one = object.get(&["spec", "podCIDR"]).filter(|_| object.get(&["spec", "podCIDRs"]).is_none());
        Self {
            name: object.name().to_owned(),
            labels: labels(object.get(&["metadata", "labels"])),
            taints: list(&["spec", "taints"])
                .map(|taint| Taint {
                    key: text(taint, "key"),
                    value: text(taint, "value"),
                    effect: text(taint, "effect"),
                })
                .collect(),
            addresses,
            pod_cidrs: list(&["spec", "podCIDRs"])
                .chain(one)
                .filter_map(|cidr| parse_cidr(cidr.as_str()?))
                .collect(),
        }
    }
}

impl<'o> Placement<'o> {
    /// Of pods with this `spec`, and whether a `DaemonSet` makes them.
    pub(super) fn new(spec: Option<&'o Map<String, Value>>, is_daemon: bool) -> Self {
        let node_selector = labels(spec.and_then(|spec| spec.get("nodeSelector")));
        Self { spec, node_selector, is_daemon }
    }

    fn field(&self, name: &str) -> Option<&'o Value> {
        self.spec?.get(name)
    }

    /// Whether a pod may start on a node.
    pub(super) fn allows(&self, node: &PlacedNode) -> bool {
        let named = self.field("nodeName").and_then(Value::as_str).unwrap_or_default();
        (named.is_empty() || named == node.name)
            && self.matches_selector(node)
            && self.matches_affinity(node)
            && self.matches_os(node)
            && node.taints.iter().all(|taint| self.tolerates(taint))
    }

    fn matches_selector(&self, node: &PlacedNode) -> bool {
        self.node_selector.iter().all(|(key, value)| node.labels.get(key) == Some(value))
    }

    /// Whether the node runs the pods' system. Pods that do not say are for Linux, but those of a `DaemonSet` start
    /// wherever its controller puts them.
    fn matches_os(&self, node: &PlacedNode) -> bool {
        let Some(runs) = node.labels.get(OS) else { return true };
        let named = self.field("os").and_then(|os| os["name"].as_str());
        let says = self.node_selector.contains_key(OS) || self.required_terms().is_some();
        match named {
            Some(named) => named == runs,
            None => says || self.is_daemon || runs == "linux",
        }
    }

    fn required_terms(&self) -> Option<&'o Vec<Value>> {
        let affinity = self.field("affinity")?.get("nodeAffinity")?;
        affinity.get("requiredDuringSchedulingIgnoredDuringExecution")?.get("nodeSelectorTerms")?.as_array()
    }

    /// One of the terms has to match as a whole; a term without any requirement matches nothing.
    fn matches_affinity(&self, node: &PlacedNode) -> bool {
        let Some(terms) = self.required_terms() else { return true };
        terms.iter().any(|term| {
            let list = |key: &str| term[key].as_array().into_iter().flatten();
            let name = BTreeMap::from([("metadata.name".to_owned(), node.name.clone())]);
            let is_empty = list("matchExpressions").chain(list("matchFields")).next().is_none();
            !is_empty
                && list("matchExpressions").all(|needs| meets(needs, &node.labels))
                && list("matchFields").all(|needs| meets(needs, &name))
        })
    }

    fn tolerates(&self, taint: &Taint) -> bool {
        if taint.effect == "PreferNoSchedule" {
            return true;
        }
        let tolerations = self.field("tolerations").and_then(Value::as_array);
        tolerations.into_iter().flatten().any(|toleration| covers(toleration, taint))
            || (self.is_daemon && self.tolerates_as_daemon(taint))
    }

    /// What the controller of a `DaemonSet` adds to its pods.
    fn tolerates_as_daemon(&self, taint: &Taint) -> bool {
        let Some(condition) = taint.key.strip_prefix("node.kubernetes.io/") else { return false };
        let has_host_network = self.field("hostNetwork") == Some(&Value::Bool(true));
        match (condition, &*taint.effect) {
            ("unschedulable" | "disk-pressure" | "memory-pressure" | "pid-pressure", "NoSchedule")
            | ("not-ready" | "unreachable", "NoExecute") => true,
            ("network-unavailable", "NoSchedule") => has_host_network,
            _ => false,
        }
    }
}

/// Whether labels meet a requirement.
fn meets(requirement: &Value, labels: &BTreeMap<String, String>) -> bool {
    let has = labels.get(requirement["key"].as_str().unwrap_or_default());
    let values: Vec<&str> =
        requirement["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let number = |text: &str| text.parse::<i64>().ok();
    let compare = |is: fn(&i64, &i64) -> bool| {
        let pair = has.and_then(|has| number(has)).zip(values.first().and_then(|value| number(value)));
        pair.is_some_and(|(has, value)| is(&has, &value))
    };
    match requirement["operator"].as_str().unwrap_or_default() {
        "In" => has.is_some_and(|has| values.contains(&&**has)),
        "NotIn" => has.is_none_or(|has| !values.contains(&&**has)),
        "Exists" => has.is_some(),
        "DoesNotExist" => has.is_none(),
        "Gt" => compare(i64::gt),
        "Lt" => compare(i64::lt),
        _ => false,
    }
}

/// Whether a toleration covers a taint.
fn covers(toleration: &Value, taint: &Taint) -> bool {
    let text = |key: &str| toleration[key].as_str().unwrap_or_default();
    let effect = matches!(text("effect"), "") || text("effect") == taint.effect;
    let is_same_key = text("key") == taint.key;
    effect
        && match text("operator") {
            "Exists" => text("key").is_empty() || is_same_key,
            _ => is_same_key && text("value") == taint.value,
        }
}
