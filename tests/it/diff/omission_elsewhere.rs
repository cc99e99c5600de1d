//! Promise: what a dump leaves out is never taken for what is not there, on nodes where more hangs on it: slices that name
//! no node, traffic policies, direct server return, an overlay with its source VIP.

use serde_json::Value;

use super::omission::{Node, answers, paths, replaced, shop};

/// The shop with slices that name no node, so that HNS alone tells which endpoints are on this one, and with traffic
/// policies that hang on it.
fn unassigned() -> Node {
    let cluster: Vec<String> = shop("cluster.yaml")
        .lines()
        .filter(|line| !line.trim_start().starts_with("nodeName:"))
        .map(|line| line.replace("TrafficPolicy: Cluster", "TrafficPolicy: Local"))
        .collect();
    Node::of(&cluster.join("\n"), &(shop("kube-proxy.yaml") + "winkernel: {enableDSR: true}\n"), &told())
}

/// An overlay with direct server return and a source VIP.
fn overlay() -> Node {
    let settings = "winkernel: {enableDSR: true, sourceVip: 10.244.3.2, networkName: cbr0}\n";
    let state = told().replace("L2Bridge", "Overlay");
    Node::of(&shop("cluster.yaml"), &(shop("kube-proxy.yaml") + settings), &state)
}

/// What HNS holds, with the flags of pods that HNS writes although they are zero.
fn told() -> String {
    let mut state: Value = serde_json::from_str(&shop("win-1.json")).expect("it is JSON");
    for endpoint in state["Endpoints"].as_array_mut().expect("a list") {
        if endpoint["Flags"].is_null() {
            endpoint["Flags"] = 0.into();
        }
    }
    state.to_string()
}

#[test]
fn the_whole_dump_is_healthy_there_too() {
    for node in [unassigned(), overlay()] {
        let answers = answers(&node, &node.current_schema());
        let comparison = &answers.comparison;
        assert!(comparison.is_equal(), "{:#?} {:?}", comparison.changes, comparison.gaps);
        assert_eq!(answers.steps, Some(0));
    }
}

#[test]
fn a_member_that_is_missing_harms_nothing_there_either() {
    let (unassigned, overlay) = (unassigned(), overlay());
    for node in [&unassigned, &overlay] {
        for dump in [node.current_schema(), node.old_schema()] {
            let whole = answers(node, &dump);
            for file in 0..dump.len() {
                let value: Value = serde_json::from_str(&dump[file].1).expect("it is JSON");
                for path in paths(&value) {
                    let mut less = dump.clone();
                    less[file].1 = replaced(&value, &path, None).to_string();
                    node.assert_unharmed(&whole, &less, &format!("{} without {path:?}", dump[file].0));
                }
            }
        }
    }
}

/// The same member of all endpoints, networks or load balancers at once, as a tool leaves it out.
#[test]
fn a_member_that_all_objects_lack_harms_nothing() {
    for node in [unassigned(), overlay()] {
        let dump = node.current_schema();
        let whole = answers(&node, &dump);
        let value: Value = serde_json::from_str(&dump[0].1).expect("it is JSON");
        for kind in ["Endpoints", "LoadBalancers", "Networks"] {
            let objects = value[kind].as_array().expect("a list");
            let names = objects.iter().flat_map(|object| object.as_object().expect("an object").keys());
            for name in names.collect::<std::collections::BTreeSet<_>>() {
                let mut less = value.clone();
                for object in less[kind].as_array_mut().expect("a list") {
                    object.as_object_mut().expect("an object").remove(name);
                }
                let less = vec![(dump[0].0.clone(), less.to_string())];
                node.assert_unharmed(&whole, &less, &format!("{kind} without {name}"));
            }
        }
    }
}
