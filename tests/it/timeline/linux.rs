//! Promise: over every recorded sequence hnsplan writes the texts that kube-proxy wrote on Linux, full and partial, and
//! the node holds what it held.

use std::fmt::Write;

use hnsplan::pipeline::Setup;
use hnsplan::platform::timeline::{Keeps, Timeline};
use rayon::prelude::*;
use serde_json::Value;

use super::packed::{Files, linux, replayed, sequences};

const VERSIONS: [&str; 2] = ["1.30", "1.36"];
const FAMILIES: [(&str, &str); 2] = [("ipv4", "IPv4"), ("ipv6", "IPv6")];

/// A sequence, gone through.
fn timeline(inputs: &Files, platform: &str, version: &str) -> Result<Box<dyn Timeline>, String> {
    let setup = Setup::default().version(version.parse().expect("a version of kube-proxy"));
    // The recorder gave the list of the configuration to the proxier as it is; kube-proxy itself takes an empty one for
    // `primary` since 1.31.
    let as_recorded = |setup: &mut Setup| {
        if platform == "nftables" && version != "1.30" && setup.config.node_port_addresses.is_empty() {
            setup.config.node_port_addresses = vec!["0.0.0.0/0".to_owned(), "::/0".to_owned()];
        }
    };
    let keeps = Keeps { calls: true, states: true };
    replayed(platform, inputs, setup, keeps, as_recorded).map(|replayed| replayed.timeline)
}

/// The first line that differs.
fn difference(ours: &str, recorded: &str) -> Option<String> {
    if ours == recorded {
        return None;
    }
    let mut step = "";
    let mut pairs = ours.lines().map(Some).chain([None]).zip(recorded.lines().map(Some).chain([None]));
    let place = pairs.find(|(one, other)| {
        step = other.filter(|line| line.starts_with("# step")).unwrap_or(step);
        one != other
    });
    let (one, other) = place.unwrap_or_default();
    Some(format!("{step}: {one:?} instead of {other:?}"))
}

/// Compares one kind of recording of all sequences and both versions; returns how many there are.
fn compare(
    platform: &str,
    kind: &str,
    ours: impl Fn(&dyn Timeline, &str) -> String + Sync,
    recorded: impl Fn(&str) -> String + Sync,
) -> usize {
    let (inputs, outputs) = (sequences(), linux());
    let cases: Vec<(&String, &str)> =
        inputs.keys().flat_map(|name| VERSIONS.into_iter().map(move |version| (name, version))).collect();
    let found: Vec<Vec<Result<(), String>>> = cases
        .par_iter()
        .map(|(name, version)| {
            let timeline =
                timeline(&inputs[*name], platform, version).unwrap_or_else(|error| panic!("{name}: {error}"));
            let number = name.split('-').next().expect("a number comes first");
            let of_family = |(file, family): (&str, &str)| {
                let text = outputs[*name].get(&format!("{version}/{number}.{platform}.{file}.{kind}"))?;
                let wrong = difference(&ours(&*timeline, family), &recorded(text));
                Some(wrong.map_or(Ok(()), |wrong| Err(format!("{name} {version} {family}: {wrong}"))))
            };
            FAMILIES.into_iter().filter_map(of_family).collect()
        })
        .collect();
    let found: Vec<&Result<(), String>> = found.iter().flatten().collect();
    let wrong: Vec<&String> = found.iter().filter_map(|found| found.as_ref().err()).collect();
    let first: Vec<_> = wrong.iter().take(8).collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{first:#?}", wrong.len(), found.len());
    found.len()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The calls of a family, each with its step.
fn calls<'d>(document: &'d Value, family: &'d str) -> impl Iterator<Item = (&'d Value, &'d Value)> {
    let of_step = |step: &'d Value| list(&step["calls"]).iter().map(move |call| (step, call));
    list(&document["steps"]).iter().flat_map(of_step).filter(move |(_, call)| call["by"] == family)
}

/// What the node holds after each step.
fn states(timeline: &dyn Timeline, platform: &str, family: &str) -> String {
    let mut text = String::new();
    for state in list(&timeline.states()) {
        let _ = writeln!(text, "# step {:02}", state["step"].as_u64().unwrap_or_default());
        text.push_str(state[platform][family].as_str().unwrap_or_default());
    }
    text
}

#[test]
fn texts_of_iptables_are_as_recorded() {
    let ours = |timeline: &dyn Timeline, family: &str| {
        let mut text = String::new();
        for (step, call) in calls(&timeline.calls(), family) {
            let failed = if call["error"].is_null() { "" } else { " failed" };
            let kind = call["kind"].as_str().unwrap_or_default();
            let _ = writeln!(text, "# step {:02} {kind}{failed}", step["step"].as_u64().unwrap_or_default());
            text.push_str(call["text"].as_str().unwrap_or_default());
        }
        text
    };
    assert_eq!(compare("iptables", "rules", ours, str::to_owned), 154);
}

/// The recorder's stand-in for the kernel prints no policies, no quotes around comments of jumps, and an empty table.
fn as_saved(recorded: &str) -> String {
    const BASE: [&str; 5] = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];
    let mut text = String::new();
    for line in recorded.replace("*mangle\nCOMMIT\n", "").lines() {
        let base = BASE.iter().find(|base| {
            let rest = line.strip_prefix(':').or_else(|| line.strip_prefix("-A "));
            rest.and_then(|rest| rest.split(' ').next()) == Some(base)
        });
        let line = match (base, line.split_once(" --comment ")) {
            (Some(_), Some((before, rest))) => {
                let (comment, target) = rest.split_once(" -j ").expect("it jumps");
                format!("{before} --comment \"{comment}\" -j {target}")
            }
            (Some(_), None) => line.replace(" - [0:0]", " ACCEPT [0:0]"),
            (None, _) => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[test]
fn nodes_hold_the_rules_of_iptables_that_were_recorded() {
    let ours = |timeline: &dyn Timeline, family: &str| states(timeline, "iptables", family);
    assert_eq!(compare("iptables", "after.save", ours, as_saved), 152);
}

#[test]
fn transactions_of_nftables_are_as_recorded() {
    let ours = |timeline: &dyn Timeline, family: &str| {
        let mut text = String::new();
        for (step, call) in calls(&timeline.calls(), family) {
            let failed = if call["error"].is_null() { "" } else { " failed" };
            let kind = call["kind"].as_str().unwrap_or_default();
            let (step, number, of) = (&step["step"], &call["transaction"], &call["of"]);
            let step = step.as_u64().unwrap_or_default();
            let _ = writeln!(text, "# step {step:02} {kind} transaction {number} of {of}{failed}");
            text.push_str(call["text"].as_str().unwrap_or_default());
        }
        text
    };
    assert_eq!(compare("nftables", "transactions.nft", ours, str::to_owned), 154);
}

#[test]
fn nodes_hold_the_tables_of_nftables_that_were_recorded() {
    let ours = |timeline: &dyn Timeline, family: &str| states(timeline, "nftables", family);
    assert_eq!(compare("nftables", "nft", ours, str::to_owned), 154);
}

/// The recorder only counts the chains of a list that is longer than this.
const LISTED: usize = 1000;

fn abridged(value: &Value) -> Value {
    let many = value.as_array().map_or(0, Vec::len);
    if many > LISTED { vec![format!("{many} chains")].into() } else { value.clone() }
}

/// Lines with what was recorded of each step besides texts, as far as it is printed as well.
fn of_steps<'v>(steps: impl Iterator<Item = (u64, &'v Value)>, members: &[&str]) -> String {
    let mut text = String::new();
    for (step, of) in steps {
        let told: serde_json::Map<String, Value> = members
            .iter()
            .filter_map(|member| Some(((*member).to_owned(), abridged(of.get(*member)?))))
            .collect();
        let _ = writeln!(text, "# step {step:02}\n{}", Value::from(told));
    }
    text
}

fn recorded_steps(text: &str, members: &[&str]) -> String {
    let steps: Vec<Value> = serde_json::from_str(text).expect("a recording is JSON");
    of_steps(steps.iter().map(|of| (of["step"].as_u64().unwrap_or_default(), of)), members)
}

#[test]
fn what_else_syncs_of_iptables_do_is_as_recorded() {
    const MEMBERS: [&str; 9] = [
        "kind",
        "ensureCalls",
        "iptablesSaveCalls",
        "chainLines",
        "ruleLines",
        "serviceChainsWritten",
        "chainsDeleted",
        "largeCluster",
        "conntrack",
    ];
    let ours = |timeline: &dyn Timeline, family: &str| {
        let document = timeline.calls();
        let steps =
            calls(&document, family).map(|(step, call)| (step["step"].as_u64().unwrap_or_default(), call));
        of_steps(steps, &MEMBERS)
    };
    assert_eq!(compare("iptables", "json", ours, |text| recorded_steps(text, &MEMBERS)), 154);
}

/// The last transaction of a sync is the one that changes Services.
#[test]
fn what_else_syncs_of_nftables_do_is_as_recorded() {
    const MEMBERS: [&str; 2] = ["kind", "conntrack"];
    let ours = |timeline: &dyn Timeline, family: &str| {
        let document = timeline.calls();
        let last = calls(&document, family).filter(|(_, call)| call["transaction"] == call["of"]);
        of_steps(last.map(|(step, call)| (step["step"].as_u64().unwrap_or_default(), call)), &MEMBERS)
    };
    assert_eq!(compare("nftables", "json", ours, |text| recorded_steps(text, &MEMBERS)), 154);
}

/// The kinds of syncs of a sequence.
fn kinds(name: &str, version: &str) -> Vec<String> {
    let timeline = timeline(&sequences()[name], "iptables", version).expect("it can be replayed");
    let kind = |(_, call): (&Value, &Value)| call["kind"].as_str().unwrap_or_default().to_owned();
    calls(&timeline.calls(), "IPv4").map(kind).collect()
}

#[test]
fn a_full_sync_is_due_each_hour_in_1_36_and_not_in_1_30() {
    assert_eq!(kinds("86-flush", "1.30")[5], "partial");
    assert_eq!(kinds("86-flush", "1.36")[5], "full");
}

/// Inputs of a sequence with another file for its third step.
fn with_third_step(name: &str, step: &str, version: &str) -> Vec<String> {
    let mut inputs = sequences().remove(name).expect("it is recorded");
    inputs.insert("steps/03.step.json".to_owned(), step.to_owned());
    let timeline = timeline(&inputs, "iptables", version).expect("it can be replayed");
    let kind = |(_, call): (&Value, &Value)| call["kind"].as_str().unwrap_or_default().to_owned();
    calls(&timeline.calls(), "IPv4").map(kind).collect()
}

#[test]
fn labels_and_the_monitor_force_a_full_sync() {
    let third = |step: &str, version: &str| with_third_step("84-no-change", step, version)[2].clone();
    let zone = r#"{"topology": {"topology.kubernetes.io/zone": "another"}}"#;
    let other = r#"{"topology": {"example.com/rack": "r2"}}"#;
    for (step, version, kind) in [
        ("{}", "1.36", "partial"),
        (zone, "1.36", "full"),
        (zone, "1.30", "full"),
        (other, "1.36", "partial"),
        (other, "1.33.13", "full"),
        (r#"{"forceFullSync": true}"#, "1.36", "full"),
        (r#"{"restart": true}"#, "1.36", "full"),
        (r#"{"elapsedSeconds": 3601}"#, "1.33.13", "full"),
        (r#"{"elapsedSeconds": 3601}"#, "1.32", "partial"),
    ] {
        assert_eq!(third(step, version), kind, "{step} {version}");
    }
}

/// A large cluster is spared the full sync of each hour since 1.34.8.
#[test]
fn a_large_cluster_is_not_synced_in_full_each_hour() {
    let third = |version: &str| {
        with_third_step("82-large-cluster", r#"{"elapsedSeconds": 3700}"#, version)[2].clone()
    };
    assert_eq!(third("1.34.2"), "full");
    assert_eq!(third("1.36"), "partial");
}
