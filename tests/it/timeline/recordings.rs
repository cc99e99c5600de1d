//! Promise: over every recorded sequence hnsplan makes the calls that kube-proxy made, in their order, and remembers what
//! kube-proxy remembered.

use hnsplan::node::Overrides;
use hnsplan::pipeline::Setup;
use hnsplan::platform::find;
use hnsplan::platform::timeline::Keeps;
use rayon::prelude::*;
use serde_json::Value;

use super::packed::{Files, replayed, sequences};

/// A recording: whose, on which network, with which HNS.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variant {
    pub(super) version: &'static str,
    /// As the names of recordings spell it.
    network: &'static str,
    network_type: &'static str,
    /// Whether HNS can change load balancers in place.
    modifies: bool,
}

pub(super) const VARIANTS: [Variant; 6] = {
    const fn of(version: &'static str, is_overlay: bool, modifies: bool) -> Variant {
        let (network, network_type) =
            if is_overlay { ("overlay", "Overlay") } else { ("l2bridge", "L2Bridge") };
        Variant { version, network, network_type, modifies }
    }
    [
        of("1.36", false, false),
        of("1.36", true, false),
        of("1.36", false, true),
        of("1.36", true, true),
        of("1.30", false, false),
        of("1.30", true, false),
    ]
};

impl Variant {
    pub(super) fn setup(self) -> Setup {
        let overrides = Overrides {
            network_type: Some(self.network_type.parse().expect("a type of network")),
            hns_version: self.modifies.then(|| "16.0".to_owned()),
            ..Overrides::default()
        };
        let setup = Setup { overrides, ..Setup::default() };
        setup.version(self.version.parse().expect("a version of kube-proxy"))
    }

    /// The network and HNS as names of recordings spell them.
    pub(super) fn recorder_network(self) -> String {
        format!("{}{}", self.network, if self.modifies { ".modify" } else { "" })
    }

    /// The document of this variant that was recorded.
    pub(super) fn recorded(self, name: &str, files: &Files, what: &str) -> Option<Value> {
        let number = name.split('-').next().expect("a number comes first");
        let modify = if self.modifies { ".modify" } else { "" };
        let path = format!("{}/{number}.{}{modify}.{what}.json", self.version, self.network);
        files.get(&path).map(|text| serde_json::from_str(text).expect("a recording is JSON"))
    }
}

/// The first difference between two documents, and where it is.
fn difference(path: &str, ours: &Value, recorded: &Value) -> Option<String> {
    match (ours, recorded) {
        (Value::Object(a), Value::Object(b)) => a
            .keys()
            .chain(b.keys().filter(|key| !a.contains_key(*key)))
            .filter(|key| !NOT_COMPARED.contains(&key.as_str()))
            .find_map(|key| {
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                difference(&format!("{path}.{key}"), &of(a), &of(b))
            }),
        (Value::Array(a), Value::Array(b)) => {
            let missing = Value::Null;
            (0..a.len().max(b.len())).find_map(|at| {
                let of = |list: &Vec<Value>| list.get(at).cloned().unwrap_or_else(|| missing.clone());
                difference(&format!("{path}[{at}]"), &of(a), &of(b))
            })
        }
        _ if ours == recorded => None,
        _ => Some(format!("{path}: {ours} instead of {recorded}")),
    }
}

/// What recordings do not tell: how often kube-proxy reads is counted by the recorder in other places in a few failures,
/// and of health checks the recorder kept the last state of the sequence for all of its steps.
const NOT_COMPARED: [&str; 2] = ["reads", "healthCheck"];

#[test]
fn every_call_and_every_state_is_as_recorded() {
    let sequences = sequences();
    let cases: Vec<(&String, &Files, Variant)> = sequences
        .iter()
        .flat_map(|(name, files)| VARIANTS.into_iter().map(move |variant| (name, files, variant)))
        .collect();
    let _hns = find("hns").expect("it is registered");
    let found: Vec<Result<usize, String>> = cases
        .par_iter()
        .map(|(name, files, variant)| {
            let recorded = |what| variant.recorded(name, files, what);
            let (Some(calls), Some(states)) = (recorded("calls"), recorded("state")) else { return Ok(0) };
            let keeps = Keeps { calls: true, states: true };
            let replayed = replayed("hns", files, variant.setup(), keeps, |_| {});
            let replayed = replayed.map_err(|error| format!("{name}: {error}"))?;
            let timeline = &replayed.timeline;
            let wrong = difference("calls", &timeline.calls(), &calls)
                .or_else(|| difference("state", &timeline.states(), &states));
            wrong.map_or(Ok(1), |wrong| Err(format!("{name} {variant:?}: {wrong}")))
        })
        .collect();
    let wrong: Vec<&String> = found.iter().filter_map(|found| found.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} differ:\n{wrong:#?}", wrong.len());
    let compared: usize = found.iter().filter_map(|found| found.as_ref().ok()).sum();
    assert_eq!(compared, 444, "recordings are missing");
}
