//! Promise: rules and plans for many nodes are those for each of them alone, and nodes are alike if theirs are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use super::Synthetic;
use crate::support::exe::{Outcome, hnsplan};

const INPUT: &str = "-f cluster.yaml --config kube-proxy.yaml";

fn run(fleet: &Synthetic, arguments: &str) -> Outcome {
    hnsplan(arguments).inside(fleet.folder()).run()
}

/// The groups of nodes that are alike.
fn groups(document: &Value) -> Vec<BTreeSet<String>> {
    let names = |group: &Value| {
        let names = group["nodes"].as_array().expect("a list").iter();
        names.map(|name| name.as_str().expect("a name").to_owned()).collect()
    };
    document["groups"].as_array().expect("a list").iter().map(names).collect()
}

#[test]
fn every_node_gets_the_rules_that_it_gets_alone() {
    let fleet = Synthetic::new(12, 12);
    let outcome = run(&fleet, &format!("compile -t iptables,hns {INPUT} --nodes all --out all -o json"));
    let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    assert_eq!((&document["question"], &document["sides"]), (&json!("compile"), &json!(["iptables", "hns"])));
    let mut texts: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for node in &fleet.names {
        let alone = run(&fleet, &format!("compile -t iptables,hns {INPUT} --node {node} --out alone/{node}"));
        assert_eq!(alone.code, 0, "{}", alone.stderr);
        let read = |folder: &str| -> BTreeMap<String, String> {
            let files = fs::read_dir(fleet.path(folder).join(node)).expect("a folder");
            let text = |file: fs::DirEntry| {
                (
                    file.file_name().to_string_lossy().into_owned(),
                    fs::read_to_string(file.path()).expect("a text"),
                )
            };
            files.map(|file| text(file.expect("a file"))).collect()
        };
        let (many, alone) = (read("all"), read("alone"));
        assert!(many.len() >= 3 && many == alone, "{node}: {:?}", many.keys());
        texts.insert(node.clone(), alone);
    }
    // Nodes without pods of a Service with a local policy have the same rules of iptables, and others have not.
    let outcome = run(&fleet, &format!("compile -t iptables {INPUT} --nodes all -o json"));
    let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    let groups = groups(&document);
    assert!(groups.len() > 1, "some nodes differ");
    for (at, group) in groups.iter().enumerate() {
        for (node, files) in &texts {
            let first = &texts[group.first().expect("a node")];
            let files_of = ["iptables.ipv4.rules", "iptables.ipv6.rules"];
            let is_same = files_of.iter().all(|file| first[*file] == files[*file]);
            if group.contains(node) {
                assert!(is_same, "{node} is like the others of group {at}");
            }
        }
    }
    assert_eq!(groups.iter().map(BTreeSet::len).sum::<usize>(), 12);
}

#[test]
fn what_other_nodes_have_is_named_with_its_service() {
    let fleet = Synthetic::new(12, 12);
    let text = run(&fleet, &format!("compile -t iptables {INPUT} --nodes all"));
    let answer = text.succeeded();
    assert!(answer.contains("R1410") && answer.contains("shop/svc-"), "{answer}");
    assert!(answer.contains("rules of iptables for 12 nodes: "), "{answer}");
    // Only Services with a local policy make a difference.
    let document = run(&fleet, &format!("compile -t iptables {INPUT} --nodes all -o json")).stdout;
    let document: Value = serde_json::from_str(&document).expect("it is JSON");
    let findings = document["findings"].as_array().expect("a list").iter();
    let others: Vec<&Value> = findings.filter(|of| of["class"] == "rules").collect();
    let items = others.iter().flat_map(|of| of["on"].as_array().expect("a list"));
    let items = items.flat_map(|on| on["items"].as_array().expect("a list"));
    let services: BTreeSet<String> = items.map(|item| item["services"].to_string()).collect();
    assert!(!services.is_empty());
    for service in &services {
        let is_local =
            (0..12).filter(|at| at % 4 == 1).any(|at| service.contains(&format!("shop/svc-{at}:main")));
        assert!(is_local, "{service}");
    }
}

#[test]
fn every_node_gets_the_plan_that_it_gets_alone() {
    let fleet = Synthetic::new(8, 8);
    fleet.change("win-001", |state| {
        state["LoadBalancers"].as_array_mut().expect("a list").truncate(2);
    });
    fleet.change("win-006", |state| state["LoadBalancers"] = json!([]));
    fs::remove_dir_all(fleet.path("dumps/win-004")).expect("a dump");
    let windows = format!("plan {INPUT} --nodes os=windows --dumps dumps --out plans");
    let outcome = run(&fleet, &format!("{windows} -o json"));
    assert_eq!(outcome.code, 1, "a node without a dump: {}", outcome.stderr);
    let document: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    let changed: BTreeSet<String> = groups(&document)[1..].iter().flatten().cloned().collect();
    assert_eq!(changed, ["win-001", "win-004", "win-006"].map(str::to_owned).into());
    assert!(!fleet.path("plans/win-004.json").exists());
    for node in ["win-000", "win-001", "win-002", "win-005", "win-006"] {
        let dump = fleet.dump(node);
        let alone = run(&fleet, &format!("plan {INPUT} --node {node} --dump {} -o json", dump.display()));
        let plan = fs::read_to_string(fleet.path(&format!("plans/{node}.json"))).expect("a plan");
        assert_eq!(plan, alone.succeeded(), "{node}");
    }
    let text = run(&fleet, &windows).stdout;
    assert!(text.contains("nothing to change on 3 nodes: win-000, win-002, win-005"), "{text}");
    assert!(
        text.contains("R1411") && text.contains("would be created") && text.contains("shop/svc-"),
        "{text}"
    );
    assert!(text.contains("plans for 6 nodes: 2 would change, 3 would not, 1 not planned"), "{text}");
    let code = |nodes: &str| {
        run(&fleet, &format!("plan {INPUT} --nodes {nodes} --dumps dumps --detailed-exitcode")).code
    };
    assert_eq!((code("win-000,win-002"), code("win-000,win-001"), code("win-000,win-004")), (0, 2, 1));
}

/// Without dumps, what kube-proxy on each node uses is planned.
#[test]
fn nodes_of_which_nothing_is_known_get_all_that_they_want() {
    let fleet = Synthetic::new(4, 4);
    let outcome = run(&fleet, &format!("plan {INPUT} --nodes win-000,win-001 --out plans"));
    assert!(
        outcome.succeeded().contains("plans for 2 nodes: 2 would change, 0 would not"),
        "{}",
        outcome.stdout
    );
    let alone = run(&fleet, &format!("plan {INPUT} --node win-001 -o json"));
    let plan = fs::read_to_string(fleet.path("plans/win-001.json")).expect("a plan");
    assert_eq!(plan, alone.succeeded());
}

#[test]
fn what_is_about_one_node_is_refused() {
    let fleet = Synthetic::new(4, 4);
    for (arguments, message) in [
        ("compile -t ir -f cluster.yaml --nodes all", "leave out -t ir"),
        ("compile -t hns -f cluster.yaml --nodes all --dump dumps/win-000/state.json", "and the dumps"),
        ("compile -t hns -f cluster.yaml --nodes all --node win-000", "cannot be used with"),
        ("compile -t hns -f cluster.yaml --nodes all --fail-fast", "cannot be used with"),
        ("compile -t hns -f cluster.yaml --nodes win-9*", "win-9*"),
        ("plan -f cluster.yaml --nodes all --dump dumps/win-000/state.json", "use --dumps DIR"),
        ("plan -f cluster.yaml --nodes all --executor sim:node.json", "use --dumps DIR"),
        ("plan -f cluster.yaml --dumps nowhere", "cannot read the folder of dumps nowhere"),
    ] {
        let outcome = run(&fleet, arguments);
        assert!(outcome.failed(2).contains(message), "{arguments}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{arguments}");
    }
}
