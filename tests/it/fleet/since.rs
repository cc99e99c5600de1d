//! Promise: of two dumps of a node, exactly what it has lost in between is named, with the Services.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Synthetic;
use crate::support::exe::{Outcome, hnsplan};

const SINCE: &str = "diff -f cluster.yaml --config kube-proxy.yaml --dumps dumps --since before";

fn run(fleet: &Synthetic, arguments: &str) -> Outcome {
    hnsplan(arguments).inside(fleet.folder()).run()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            let _ = fs::copy(entry.path(), target).expect("a file");
        }
    }
}

/// A fleet with dumps of two times.
fn twice(nodes: usize, services: usize) -> Synthetic {
    let fleet = Synthetic::new(nodes, services);
    copy(&fleet.path("dumps"), &fleet.path("before"));
    fleet
}

/// Code, node, object and Services of all that is told.
fn found(document: &Value) -> BTreeSet<[String; 4]> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut all = BTreeSet::new();
    for finding in list(&document["findings"]).iter().filter(|of| of["class"] != "remark") {
        for on in list(&finding["on"]) {
            for node in list(&on["nodes"]) {
                for item in list(&on["items"]) {
                    let services: Vec<String> = list(&item["services"]).iter().map(text).collect();
                    all.insert([
                        text(&finding["code"]),
                        text(&node),
                        text(&item["object"]),
                        services.join(","),
                    ]);
                }
                if list(&on["items"]).is_empty() {
                    all.insert([text(&finding["code"]), text(&node), text(&on["example"]), String::new()]);
                }
            }
        }
    }
    all
}

fn is_of(state: &Value, vip: &str) -> bool {
    state["FrontendVIPs"] == json!([vip])
}

#[test]
fn a_fleet_that_lost_nothing_has_no_finding() {
    let fleet = twice(8, 12);
    let outcome = run(&fleet, SINCE);
    let answer = outcome.succeeded();
    assert!(answer.contains("8 nodes: 8 as they were, 0 with differences, 0 not compared"), "{answer}");
    assert_eq!(
        found(&serde_json::from_str(&run(&fleet, &format!("{SINCE} -o json")).stdout).expect("JSON")),
        BTreeSet::new()
    );
}

#[test]
fn what_was_lost_is_named_with_its_service() {
    let fleet = twice(12, 12);
    // svc-2 is lost on one node, svc-3 has one member less on another, and what no Service wants is gone from a third.
    let balancers = |state: &mut Value, change: &dyn Fn(&mut Vec<Value>)| {
        change(state["LoadBalancers"].as_array_mut().expect("a list"));
    };
    fleet.change("win-001", |state| balancers(state, &|all| all.retain(|of| !is_of(of, "10.96.1.3"))));
    fleet.change("win-002", |state| {
        balancers(state, &|all| {
            let one = all.iter_mut().find(|of| is_of(of, "10.96.1.4")).expect("svc-3");
            drop(one["HostComputeEndpoints"].as_array_mut().expect("members").pop());
        });
    });
    let stray = |state: &mut Value| {
        let all = state["LoadBalancers"].as_array_mut().expect("a list");
        let is_web = |of: &&Value| is_of(of, "10.96.1.1");
        let mut copy = all.iter().find(is_web).expect("svc-0").clone();
        copy["ID"] = json!("11111111-2222-3333-4444-555555555555");
        copy["FrontendVIPs"] = json!(["10.96.200.9"]);
        all.push(copy);
    };
    let before = fleet.path("before/win-004/state.json");
    let mut state: Value = serde_json::from_str(&fs::read_to_string(&before).expect("a dump")).expect("JSON");
    stray(&mut state);
    fs::write(&before, state.to_string()).expect("a file");
    fleet.change("win-005", stray);
    // Rules that are gone on Linux are told in the words of iptables.
    fleet.change_text("linux-003", |text| {
        let is_left =
            |line: &&str| !(line.starts_with("-A KUBE-SERVICES ") && line.contains("-d 10.96.1.8 "));
        text.lines().filter(is_left).flat_map(|line| [line, "\n"]).collect()
    });
    fs::remove_dir_all(fleet.path("before/win-006")).expect("a dump");
    fs::create_dir(fleet.path("before/win-900")).expect("a folder");
    let outcome = run(&fleet, &format!("{SINCE} -o json"));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(document["missing"]["strayDumps"], json!(["win-900"]));
    let found = found(&document);
    for (code, node, object, service) in [
        ("R1406", "win-001", "10.96.1.3:80", "shop/svc-2:main"),
        ("R1407", "win-002", "10.96.1.4:80", "shop/svc-3:main"),
        ("R1409", "win-004", "10.96.200.9:80", ""),
        ("R1408", "win-005", "10.96.200.9:80", ""),
        ("R1406", "linux-003", "10.96.1.8", "shop/svc-7:main"),
        ("R1401", "win-006", "before has neither a folder nor a file", ""),
    ] {
        let of_node: Vec<_> = found.iter().filter(|[_, of, ..]| of == node).collect();
        let is_it = |[of_code, _, of_object, of_service]: &&[String; 4]| {
            of_code == code && of_object.contains(object) && of_service.contains(service)
        };
        assert!(
            of_node.iter().copied().any(|of| is_it(&of)),
            "{code} {node} {object} {service}: {of_node:#?}"
        );
        assert_eq!(of_node.len(), 1, "{node} has nothing else: {of_node:#?}");
    }
    assert_eq!(found.len(), 6, "{found:#?}");
    let text = run(&fleet, SINCE).stdout;
    assert!(text.contains("12 nodes: 8 as they were, 3 with differences, 1 not compared"), "{text}");
    assert!(text.contains("lost since the earlier dump") && text.contains("shop/svc-2:main"), "{text}");
}

#[test]
fn it_is_a_question_about_dumps() {
    let fleet = twice(4, 4);
    for (arguments, message) in [
        ("diff -f cluster.yaml --nodes all --since before", "--dumps"),
        ("diff -f cluster.yaml --dumps dumps --since nowhere", "cannot read the folder of dumps nowhere"),
    ] {
        assert!(run(&fleet, arguments).failed(2).contains(message), "{arguments}");
    }
    // Shares of the two questions are not joined.
    run(&fleet, &format!("{SINCE} -o jsonl --share 0/2 --out 0.jsonl"));
    run(&fleet, &format!("{} -o jsonl --share 1/2 --out 1.jsonl", SINCE.replace(" --since before", "")));
    assert!(run(&fleet, "merge 0.jsonl 1.jsonl").failed(2).contains("different questions"));
}
