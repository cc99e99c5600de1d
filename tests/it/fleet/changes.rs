//! Promise: of a change of the manifests one run tells what it does on every node, as a run for this node alone does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use super::Synthetic;
use crate::support::exe::hnsplan;

/// Code to Services.
type Effects = BTreeMap<String, BTreeSet<String>>;

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn texts(value: &Value) -> BTreeSet<String> {
    list(value).iter().map(|of| of.as_str().expect("a text").to_owned()).collect()
}

/// A fleet and its manifests after a change: a Service gets another port, one loses an endpoint, one becomes local, and there
/// is a new node.
fn changed() -> Synthetic {
    let fleet = Synthetic::new(12, 12);
    let old = fs::read_to_string(fleet.path("cluster.yaml")).expect("a text");
    let mut objects: Vec<Value> = old
        .split("---\n")
        .filter(|text| !text.trim().is_empty())
        .map(|text| serde_json::from_str(text).expect("it is JSON"))
        .collect();
    for object in &mut objects {
        match (object["kind"].as_str(), object["metadata"]["name"].as_str()) {
            (Some("Service"), Some("svc-2")) => object["spec"]["ports"][0]["port"] = json!(81),
            (Some("Service"), Some("svc-5")) => object["spec"]["externalTrafficPolicy"] = json!("Cluster"),
            (Some("Service"), Some("svc-6")) => object["spec"]["internalTrafficPolicy"] = json!("Local"),
            (Some("EndpointSlice"), Some("svc-7-1")) => {
                drop(object["endpoints"].as_array_mut().expect("a list").pop());
            }
            _ => {}
        }
    }
    let mut node = objects[0].clone();
    node["metadata"]["name"] = json!("win-new");
    node["status"]["addresses"][0]["address"] = json!("192.168.99.1");
    node["spec"] = json!({});
    objects.push(node);
    let new: Vec<String> = objects.iter().map(ToString::to_string).collect();
    fs::write(fleet.path("new.yaml"), new.join("\n---\n")).expect("a file");
    fleet
}

const DIFF: &str = "diff --old cluster.yaml --new new.yaml --config kube-proxy.yaml";

#[test]
fn every_node_gets_the_effects_that_it_gets_alone() {
    let fleet = changed();
    let run = |arguments: &str| hnsplan(arguments).inside(fleet.folder()).run();
    let all = run(&format!("{DIFF} --nodes all -o json"));
    assert_eq!(all.code, 1, "{}", all.stderr);
    let all: Value = serde_json::from_str(&all.stdout).expect("it is JSON");
    let mut different = BTreeSet::new();
    for name in &fleet.names {
        let target = if name.starts_with("win") { "hns" } else { "iptables" };
        let alone = run(&format!("{DIFF} --semantic -t {target} --node {name} -o json"));
        let alone: Value = serde_json::from_str(&alone.stdout).unwrap_or_else(|_| panic!("{}", alone.stderr));
        let wanted = list(&alone["differences"]).iter();
        let wanted: Effects = wanted
            .map(|of| (of["code"].as_str().expect("a code").to_owned(), texts(&of["services"])))
            .collect();
        let mut got = Effects::new();
        for finding in list(&all["findings"]).iter().filter(|of| of["class"] == "effect") {
            for on in list(&finding["on"]).iter().filter(|on| texts(&on["nodes"]).contains(name)) {
                let services = list(&on["items"]).iter().flat_map(|item| texts(&item["services"]));
                got.insert(finding["code"].as_str().expect("a code").to_owned(), services.collect());
            }
        }
        assert_eq!(got, wanted, "{name}");
        assert_eq!(all["compared"][name]["packets"], alone["classesOfPackets"], "{name}");
        different.insert(wanted);
    }
    assert!(different.len() > 2, "the change does different things: {different:?}");
    assert!(
        different.iter().all(|effects| effects.values().any(|services| services.contains("shop/svc-2:main")))
    );
}

#[test]
fn a_new_node_is_named_and_shares_are_joined() {
    let fleet = changed();
    let run = |arguments: &str| hnsplan(arguments).inside(fleet.folder()).run();
    let one = run(&format!("{DIFF} --nodes all"));
    assert!(
        one.stdout.contains("R1404") && one.stdout.contains("win-new: cluster.yaml has no Node win-new"),
        "{}",
        one.stdout
    );
    for index in 0..3 {
        let share = run(&format!(
            "{DIFF} --nodes all --share {index}/3 -o jsonl --out {index}.jsonl --fail-on never"
        ));
        assert_eq!(share.code, 0, "{}", share.stderr);
    }
    let joined = run("merge 1.jsonl 2.jsonl 0.jsonl");
    assert_eq!((&joined.stdout, joined.code), (&one.stdout, 1));
    // Every group of nodes is described by itself, not by what others have more or less.
    let groups = one.stdout.split("\n\n").nth(1).expect("groups");
    assert!(
        groups.contains("shop/svc-2:main") && !groups.contains(": also ") && !groups.contains(": not "),
        "{groups}"
    );
    let same = run("diff --old cluster.yaml --new cluster.yaml --nodes all");
    assert!(
        same.succeeded().contains("packets are treated differently on 0, 0 not compared"),
        "{}",
        same.stdout
    );
    for (flags, message) in
        [("--view structural", "leave out --view"), ("--dumps dumps", "leave out --view, --dumps")]
    {
        let refused = run(&format!("{DIFF} --nodes all {flags}"));
        assert!(refused.failed(2).contains(message), "{flags}: {}", refused.stderr);
    }
}
