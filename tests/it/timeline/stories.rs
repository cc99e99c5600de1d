//! Promise: what a node lacks after a sequence, or has left over, is told with the call that left it so.

use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;

use super::packed::{Files, sequences, unpacked};
use crate::support::exe::hnsplan;

/// An object that is missing or left over, and its cause.
type Finding = (String, Option<String>);

/// Findings about objects that are missing or left over, and their causes.
fn causes(answer: &Value) -> Vec<Finding> {
    let findings = answer["findings"].as_array().expect("a list").iter();
    let of_objects =
        findings.filter(|found| matches!(found["code"].as_str(), Some("F1001" | "F1002" | "F1005")));
    let cause = |found: &Value| found["cause"].as_str().map(str::to_owned);
    of_objects.map(|found| (found["name"].to_string(), cause(found))).collect()
}

/// What differs at the end of a sequence, where its objects are not all gone.
fn explained(files: &Files, version: &str) -> Option<Vec<Finding>> {
    let is_moment = |name: &str| Path::new(name).extension().is_some_and(|of| of == "yaml");
    let (_, last) = files.iter().rfind(|(name, _)| name.starts_with("steps/") && is_moment(name))?;
    if !last.contains("kind: Service") {
        return None;
    }
    let folder = unpacked(files);
    let flags = format!("--network-type L2Bridge --kube-proxy-version {version}");
    let replay = hnsplan("replay").arg(folder.path()).args(&format!("-t hns -o state {flags}")).run();
    let states: Value = serde_json::from_str(&replay.stdout).expect("states are JSON");
    let end = &states.as_array().expect("a list").last()?["hns"];
    let (held, wanted) = (folder.path().join("end.json"), folder.path().join("last.yaml"));
    std::fs::write(&held, end.to_string()).expect("it can be written");
    std::fs::write(&wanted, last).expect("it can be written");
    let mut command = hnsplan("diff hns").arg(&held).arg("-f").arg(&wanted);
    for (flag, file) in [("--config", "kube-proxy.yaml"), ("--facts", "facts.yaml"), ("-f", "node.yaml")] {
        let file = folder.path().join(file);
        command = if file.is_file() { command.arg(flag).arg(file) } else { command };
    }
    let outcome = command.args(&format!("-o json {flags} --sequence")).arg(folder.path()).run();
    assert!([0, 1].contains(&outcome.code), "{}", outcome.stderr);
    Some(causes(&serde_json::from_str(&outcome.stdout).expect("an answer is JSON")))
}

/// Over all recorded sequences. The simulated node holds what the recordings show (tests of recordings), so nothing about
/// it is without a cause.
#[test]
fn whatever_is_missing_or_left_over_has_its_cause() {
    let all = sequences();
    let runs: Vec<(&String, &Files, &str)> =
        all.iter().flat_map(|(name, files)| ["1.30", "1.36"].map(|version| (name, files, version))).collect();
    let told: Vec<(String, Vec<Finding>)> = runs
        .par_iter()
        .filter_map(|(name, files, version)| Some((format!("{name} {version}"), explained(files, version)?)))
        .collect();
    let mut kinds: Vec<&str> = Vec::new();
    for (name, found) in &told {
        for (object, cause) in found {
            // Up to 1.32 both families want load balancers at these addresses, which have one name.
            if cause.is_none() && name == "71-dual-stack-lb-local 1.30" {
                continue;
            }
            let cause = cause.as_deref().unwrap_or_else(|| panic!("{name}: {object} has no cause"));
            assert!(cause.starts_with("kube-proxy 1.3") && !cause.ends_with('.'), "{name}: {cause}");
            kinds.extend(KINDS.iter().filter(|kind| cause.contains(**kind)));
        }
    }
    for kind in KINDS {
        assert!(kinds.contains(&kind), "no sequence shows: {kind}");
    }
}

/// What may become of an object.
const KINDS: [&str; 5] = [
    "did not make it again",
    "did not delete it afterwards",
    "others took it away",
    "failed to ",
    "no load balancer has it since step ",
];

/// Where the sequence ends otherwise than the node, it explains nothing, and says so.
#[test]
fn a_sequence_that_ends_otherwise_explains_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let held = folder.path().join("hns.json");
    std::fs::write(&held, r#"{"Networks": [], "Endpoints": [], "LoadBalancers": []}"#)
        .expect("it can be written");
    let diff = |sides: &str| {
        let flags = "-f fixtures/rollout/steps/04.yaml --sequence fixtures/rollout --network-type L2Bridge";
        let node = "--facts fixtures/rollout/facts.yaml --config fixtures/rollout/kube-proxy.yaml";
        hnsplan(&format!("diff {sides}")).arg(&held).args(&format!("{flags} {node}")).run()
    };
    let outcome = diff("hns");
    assert!(outcome.stderr.contains("the sequence explains 0 of "), "{}", outcome.stderr);
    assert!(!outcome.stdout.contains("cause:"), "{}", outcome.stdout);
    let other = diff("iptables");
    assert!(other.failed(2).contains("two platforms have none in common"), "{}", other.stderr);
    let flags = "-f fixtures/rollout/steps/04.yaml --sequence fixtures/rollout";
    let whole = hnsplan(&format!("diff iptables iptables {flags}")).run();
    assert!(whole.failed(2).contains("kube-proxy changes whole tables at once"), "{}", whole.stderr);
}
