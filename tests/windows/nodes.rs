//! Nodes that were recorded, before and after kube-proxy, and what two of them have in common.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::case::{Case, VERSIONS};

/// What a node held before kube-proxy came, and what kube-proxy did.
pub(crate) struct Recorded {
    pub(crate) case: Case,
    pub(crate) version: &'static str,
    pub(crate) network_type: &'static str,
    /// The state before, as a text.
    pub(crate) before: String,
    operations: Vec<Value>,
}

impl Recorded {
    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        let mut found = Vec::new();
        for case in Case::all() {
            for version in VERSIONS {
                for network_type in ["l2bridge", "overlay"] {
                    found.extend(Self::of(&case, version, network_type));
                }
            }
        }
        found
    }

    fn of(case: &Case, version: &'static str, network_type: &'static str) -> Option<Self> {
        let operations = case.read(&format!("{version}/hns.{network_type}.json"))?;
        Some(Self {
            case: case.clone(),
            version,
            network_type,
            before: case.read(&format!("hns.{network_type}.before.json")).expect("a state before"),
            operations: serde_json::from_str(&operations).expect("a recording is JSON"),
        })
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {} {}", self.case.name, self.version, self.network_type)
    }

    /// What the node held then. kube-proxy deletes at first all load balancers that are there; one that is as it
    /// should be comes back as it was.
    pub(crate) fn after(&self) -> BTreeSet<String> {
        let state: Value = serde_json::from_str(&self.before).expect("the state is JSON");
        let (deletions, creations): (Vec<&Value>, Vec<&Value>) =
            self.operations.iter().partition(|operation| operation.get("settings").is_none());
        let deleted: Vec<String> = deletions
            .into_iter()
            .map(|of| of["target"].as_str().expect("a text").replace("/policylists/", "").to_lowercase())
            .collect();
        let names = names(&state);
        let is_kept = |object: &&Value| {
            let id = object["ID"].as_str().expect("an id").to_lowercase();
            !deleted.contains(&id) && names.get(&id).is_none_or(|name| !deleted.contains(name))
        };
        let kept = objects(&state).filter(is_kept).map(|object| shape_of(object, &names));
        let made = creations.into_iter().map(|of| shape_of(&of["settings"], &BTreeMap::new()));
        kept.chain(made).collect()
    }
}

/// What a node holds, whatever ids it has and in whatever order: each object as its text, with addresses in
/// place of the ids of endpoints.
pub(crate) fn shape(state: &Value) -> BTreeSet<String> {
    let names = names(state);
    objects(state).map(|object| shape_of(object, &names)).collect()
}

fn objects(state: &Value) -> impl Iterator<Item = &Value> {
    let list = |name: &str| state[name].as_array().map(Vec::as_slice).unwrap_or_default();
    list("Endpoints").iter().chain(list("LoadBalancers"))
}

/// Endpoints by their ids, as recordings name them: `remote:10.244.1.5`.
fn names(state: &Value) -> BTreeMap<String, String> {
    let endpoints = state["Endpoints"].as_array().into_iter().flatten();
    endpoints
        .map(|endpoint| {
            let place =
                if endpoint["Flags"].as_u64().unwrap_or_default() & 1 != 0 { "remote" } else { "local" };
            let configurations = endpoint["IpConfigurations"].as_array().into_iter().flatten();
            let addresses: Vec<&str> = configurations.filter_map(|of| of["IpAddress"].as_str()).collect();
            let id = endpoint["ID"].as_str().expect("an id").to_lowercase();
            (id, format!("{place}:{}", addresses.join("+")))
        })
        .collect()
}

/// What says nothing is left out: ids, order of members, zeros, and what every object has.
fn shape_of(object: &Value, names: &BTreeMap<String, String>) -> String {
    let mut members = object.as_object().expect("an object").clone();
    for usual in ["ID", "Dns", "Health", "SchemaVersion"] {
        members.remove(usual);
    }
    if let Some(list) = members.get_mut("HostComputeEndpoints").and_then(Value::as_array_mut) {
        for member in list.iter_mut() {
            let id = member.as_str().expect("a text").to_lowercase();
            *member = names.get(&id).cloned().unwrap_or(id).into();
        }
        list.sort_by_key(ToString::to_string);
    }
    for mapping in members.get_mut("PortMappings").and_then(Value::as_array_mut).into_iter().flatten() {
        mapping.as_object_mut().expect("an object").retain(|_, value| *value != 0);
    }
    // HNS compares ids whatever their case.
    if let Some(network) = members.get_mut("HostComputeNetwork") {
        *network = network.as_str().expect("a text").to_lowercase().into();
    }
    Value::Object(members).to_string()
}
