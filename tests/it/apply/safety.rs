//! Promise: undo is as careful as apply, no journal blocks a node for ever, a plan shows what it changes and is carried
//! out on its own node only, and a simulated node leaves files of others alone.

use std::fs;

use serde_json::Value;

use super::command::{NETWORK, Node, cluster};

/// Edits what the node holds, as another program does.
fn edit(node: &Node, change: impl FnOnce(&mut Value)) {
    let mut state: Value = serde_json::from_str(&node.read("node.json")).expect("a state is JSON");
    change(&mut state);
    node.write("node.json", &serde_json::to_string_pretty(&state).expect("it is JSON"));
}

/// The load balancer of the first Service.
fn first_balancer(state: &mut Value) -> &mut Value {
    let balancers = state["LoadBalancers"].as_array_mut().expect("a list");
    balancers.iter_mut().find(|of| of["FrontendVIPs"][0] == "10.96.0.1").expect("it is there")
}

/// What others do to an object, the code of the refusal, and what its message has to tell.
type Meddling = (&'static str, fn(&mut Value), &'static str, &'static [&'static str]);

const MEDDLINGS: [Meddling; 6] = [
    (
        "another internal port",
        |state| first_balancer(state)["PortMappings"][0]["InternalPort"] = 9999.into(),
        "A1220",
        &["load balancer 10.96.0.1:80/TCP", "+ port 80 to 9999"],
    ),
    (
        "a member less",
        |state| drop(first_balancer(state)["HostComputeEndpoints"].as_array_mut().unwrap().pop()),
        "A1220",
        &["load balancer 10.96.0.1:80/TCP", "- member 10."],
    ),
    (
        "other flags",
        |state| first_balancer(state)["Flags"] = 1.into(),
        "A1220",
        &["+ flags EnableDirectServerReturn"],
    ),
    (
        "another address of an endpoint",
        |state| state["Endpoints"][0]["IpConfigurations"][0]["IpAddress"] = "10.245.9.9".into(),
        "A1220",
        &["endpoint 10.245.9.9"],
    ),
    (
        "a load balancer of others that uses an endpoint",
        |state| {
            let mut other = first_balancer(state).clone();
            other["ID"] = "00000000-0000-4000-8000-00000000abcd".into();
            other["FrontendVIPs"][0] = "10.99.0.1".into();
            state["LoadBalancers"].as_array_mut().unwrap().push(other);
        },
        "A1221",
        &["00000000-0000-4000-8000-00000000ABCD", "endpoint 10."],
    ),
    (
        "a load balancer of others in the place of ours",
        |state| first_balancer(state)["ID"] = "00000000-0000-4000-8000-00000000abcd".into(),
        "A1221",
        &["00000000-0000-4000-8000-00000000ABCD"],
    ),
];

#[test]
fn what_others_changed_since_keeps_undo_from_starting() {
    for (what, meddle, code, parts) in MEDDLINGS {
        let node = Node::with_services(2);
        node.apply().run().succeeded();
        edit(&node, meddle);
        let before = node.read("node.json");
        let refused = node.undo().run();
        let message = refused.failed(2).to_uppercase();
        assert!(message.contains(&format!("ERROR[{code}]")), "{what}: {message}");
        for part in parts {
            assert!(message.contains(&part.to_uppercase()), "{what}: {part}: {message}");
        }
        assert_eq!(node.read("node.json"), before, "{what}: nothing is touched");
        // What can be undone is undone on request; what others have stays.
        let skipped = node.undo().args("--skip").run();
        assert!(skipped.failed(3).contains("error[A1224]"), "{what}: {}", skipped.stderr);
        assert!(!node.read("node.json").contains("10.96.0.2"), "{what}: the other Service is gone");
        assert_eq!(node.undo().run().succeeded(), "Nothing to undo.\n", "{what}: the run is over");
    }
}

#[test]
fn an_object_that_is_gone_is_not_missed_by_undo() {
    let node = Node::with_services(2);
    node.apply().run().succeeded();
    edit(&node, |state| {
        state["LoadBalancers"].as_array_mut().unwrap().retain(|of| of["FrontendVIPs"][0] != "10.96.0.1");
    });
    node.undo().run().succeeded();
    assert_eq!(node.counts(), (0, 0));
}

/// A frontend that somebody else has taken cannot be given back.
#[test]
fn a_place_that_is_taken_keeps_undo_from_starting() {
    let node = Node::with_services(1);
    node.apply().run().succeeded();
    let with_one = node.read("node.json");
    node.apply().args("--destroy").run().succeeded();
    edit(&node, |state| {
        let with_one: Value = serde_json::from_str(&with_one).unwrap();
        let mut other = with_one["LoadBalancers"][0].clone();
        other["ID"] = "00000000-0000-4000-8000-00000000abcd".into();
        other["HostComputeEndpoints"] = Value::Array(Vec::new());
        state["LoadBalancers"].as_array_mut().unwrap().push(other);
    });
    let before = node.read("node.json");
    let refused = node.undo().run();
    assert!(refused.failed(2).contains("error[A1222]"), "{}", refused.stderr);
    assert_eq!(node.read("node.json"), before);
}

/// A run that failed, and whose way back is blocked for good: two ways out, and both are named.
#[test]
fn a_run_that_cannot_be_taken_back_does_not_block_the_node() {
    for way_out in ["undo --auto-approve --skip", "history forget 2"] {
        let node = Node::with_services(2);
        node.apply().run().succeeded();
        node.write("cluster.yaml", &cluster(1));
        let faults = "--sim-fault 2=HCN_E_INVALID_IP --sim-fault 3=ERROR_ACCESS_DENIED";
        let failed = node.apply().args(faults).run();
        assert!(failed.failed(3).contains("`hnsplan undo --skip`"), "{}", failed.stderr);
        // The members that the load balancer needs are gone.
        edit(&node, |state| {
            state["LoadBalancers"].as_array_mut().unwrap().clear();
            state["Endpoints"].as_array_mut().unwrap().clear();
        });
        let blocked = node.undo().run();
        assert!([2, 3].contains(&blocked.code), "{}", blocked.stderr);
        let out = node.run(way_out).args("--executor sim:node.json").run();
        assert!([0, 3].contains(&out.code), "{way_out}: {}", out.stderr);
        node.apply().run().succeeded();
        assert_eq!(node.counts(), (2, 1), "{way_out}");
    }
}

#[test]
fn a_journal_without_its_end_is_noticed_or_made_good() {
    let node = Node::with_services(2);
    node.apply().run().succeeded();
    let journal = node.read("node.json.journal/000001.jsonl");
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    for kept in 0..lines.len() {
        let node = Node::with_services(2);
        node.apply().run().succeeded();
        node.write("node.json.journal/000001.jsonl", &lines[..kept].concat());
        let undone = node.undo().run();
        match undone.code {
            0 => assert_eq!(node.counts(), (0, 0), "{kept} lines: {}", undone.stdout),
            2 => {
                assert!(undone.stderr.contains("history forget 1"), "{kept} lines: {}", undone.stderr);
                node.run("history forget 1 --executor sim:node.json").run().succeeded();
                assert_eq!(node.apply().run().succeeded(), "No changes. Node matches the manifests.\n");
            }
            code => panic!("{kept} lines: {code}: {}", undone.stderr),
        }
    }
    // A run without an end before a later one.
    let node = Node::with_services(1);
    node.apply().run().succeeded();
    node.write("cluster.yaml", &cluster(2));
    node.apply().run().succeeded();
    let first = node.read("node.json.journal/000001.jsonl");
    let lines: Vec<&str> = first.split_inclusive('\n').collect();
    node.write("node.json.journal/000001.jsonl", &lines[..lines.len() - 1].concat());
    let cut = node.undo().run();
    assert!(cut.failed(2).contains("000001.jsonl: the journal lost lines"), "{}", cut.stderr);
    node.run("history forget 1 --executor sim:node.json").run().succeeded();
    node.undo().run().succeeded();
    let history = node.run("history --executor sim:node.json").run();
    assert!(history.succeeded().lines().next().unwrap().ends_with("forgotten"), "{}", history.stdout);
}

#[test]
fn files_that_are_no_runs_are_no_part_of_a_journal() {
    let node = Node::with_services(1);
    node.apply().run().succeeded();
    for stray in ["7.jsonl", "+8.jsonl", "0000009.jsonl", "notes.jsonl", "000007.json"] {
        let name = format!("node.json.journal/{stray}");
        node.write(&name, "something else\n");
        node.run("history --executor sim:node.json").run().succeeded();
        assert_eq!(node.apply().run().succeeded(), "No changes. Node matches the manifests.\n", "{stray}");
        fs::remove_file(node.folder().join(name)).unwrap();
    }
    for number in [u64::MAX.to_string(), "1000000000".to_owned()] {
        let folder = node.folder().join("node.json.journal");
        let path = folder.join(format!("{number}.jsonl"));
        fs::copy(folder.join("000001.jsonl"), &path).unwrap();
        let before = node.read("node.json");
        let refused = node.undo().run();
        assert!(refused.failed(2).contains(&number), "{}", refused.stderr);
        assert_eq!(node.read("node.json"), before);
        fs::remove_file(path).unwrap();
    }
    node.undo().run().succeeded();
}

#[test]
fn a_damaged_journal_can_be_given_up() {
    let node = Node::with_services(1);
    node.apply().run().succeeded();
    let journal = node.read("node.json.journal/000001.jsonl");
    node.write("node.json.journal/000001.jsonl", &journal.replacen("10.245.0.1", "10.245.0.7", 1));
    let damaged = node.undo().run();
    assert!(damaged.failed(2).contains("`hnsplan history forget 1`"), "{}", damaged.stderr);
    node.run("history forget 1 --executor sim:node.json").run().succeeded();
    assert_eq!(node.undo().run().succeeded(), "Nothing to undo.\n");
    // Its number is not used again.
    node.apply().args("--destroy").run().succeeded();
    assert!(node.folder().join("node.json.journal/000002.jsonl").exists());
    let missing = node.run("history forget 9 --executor sim:node.json").run();
    assert!(missing.failed(2).contains("has no run 9"), "{}", missing.stderr);
}

#[test]
fn a_plan_is_for_its_node() {
    let node = Node::with_services(1);
    node.with_manifests("plan --out plan.json").run().succeeded();
    let before = node.read("node.json");
    let apply =
        |more: &str| node.run("apply plan.json --auto-approve --executor sim:node.json").args(more).run();
    let other = apply("--node node-b");
    assert!(other.failed(2).contains("error[A1225]: the plan is for node node-a"), "{}", other.stderr);
    let beside =
        ["--config kube-proxy.yaml", "--destroy", "-n shop", "--service web", "--cluster-cidr 10.0.0.0/8"];
    for beside in beside {
        let refused = apply(beside);
        assert!(refused.failed(2).contains("leave out --"), "{beside}: {}", refused.stderr);
    }
    assert_eq!(node.read("node.json"), before);
    apply("--node node-a").succeeded();
    assert_eq!(node.counts(), (2, 1));
}

#[test]
fn a_plan_shows_what_changes_inside_of_an_object() {
    for version in ["15.5", "13.2"] {
        let node = Node::with_services(1);
        node.apply().run().succeeded();
        node.write("cluster.yaml", &cluster(1).replace("10.246.0.1", "10.247.0.1"));
        let plan = node
            .run("plan -f cluster.yaml --node node-a --network-name net --executor sim:node.json --out plan.json")
            .args(&format!("--hns-version {version}"))
            .run();
        let shown = node.run("show plan.json").run();
        for text in [plan.succeeded(), shown.succeeded()] {
            assert!(
                text.contains("\n          - member 10.246.0.1\n          + member 10.247.0.1\n"),
                "{text}"
            );
            assert!(text.contains("as wanted by default/web-0 at cluster.yaml:"), "{text}");
            assert_eq!(text.contains("-/+ is deleted and created again"), version == "13.2", "{text}");
        }
        let compact = node.with_manifests("plan --compact -o json").run();
        assert_eq!(compact.succeeded().lines().count(), 1);
    }
}

#[test]
fn losses_are_those_of_what_is_asked_for() {
    let state = format!(r#"{{"Networks":[{NETWORK}],"Endpoints":[],"LoadBalancers":[]}}"#);
    let limited =
        cluster(2).replacen("clusterIP: 10.96.0.1", "clusterIP: 10.96.0.1, sessionAffinity: ClientIP", 1);
    let node = Node::new(&state, &limited);
    let both = node.apply().run();
    assert!(both.failed(2).contains("error[A1212]"), "{}", both.stderr);
    assert!(both.stdout.contains("Losses: 1.\n  H06"), "{}", both.stdout);
    assert!(both.stdout.contains("Service default/web-0  cluster.yaml:"), "{}", both.stdout);
    let other = node.apply().args("--service default/web-1").run();
    assert!(!other.succeeded().contains("Losses"), "{}", other.stdout);
    node.apply().args("--allow-lossy").run().succeeded();
    let destroyed = node.apply().args("--destroy").run();
    assert!(!destroyed.succeeded().contains("Losses"), "{}", destroyed.stdout);
    let nothing = node.with_manifests("plan --destroy").run();
    assert_eq!(nothing.succeeded(), "No changes. The node has nothing to destroy.\n");
}

#[test]
fn a_simulated_node_leaves_files_of_others_alone() {
    let node = Node::with_services(1);
    node.write("node.json.log", "my own notes\n");
    node.with_manifests("plan").run().succeeded();
    let refused = node.apply().run();
    assert!(refused.failed(2).contains("node.json.log, which is another file"), "{}", refused.stderr);
    assert_eq!(node.read("node.json.log"), "my own notes\n");
    // The log of another text is not deleted by a command that only looks.
    let old = format!("{{\"base\":\"{}\"}}\n", "0".repeat(64));
    node.write("node.json.log", &old);
    node.with_manifests("plan").run().succeeded();
    assert_eq!(node.read("node.json.log"), old);
    node.apply().run().succeeded();
    assert!(!node.folder().join("node.json.log").exists());
}

#[cfg(unix)]
#[test]
fn the_file_behind_a_link_is_the_one_that_changes() {
    let node = Node::with_services(1);
    fs::rename(node.folder().join("node.json"), node.folder().join("real.json")).unwrap();
    std::os::unix::fs::symlink("real.json", node.folder().join("node.json")).unwrap();
    node.apply().run().succeeded();
    assert!(fs::symlink_metadata(node.folder().join("node.json")).unwrap().is_symlink());
    assert!(node.read("real.json").contains("10.96.0.1"));
}

/// A saved plan with any one byte changed is refused, or is the same plan: nothing else is ever carried out or shown.
#[test]
fn a_plan_with_one_changed_byte_is_refused_or_the_same() {
    use hnsplan::apply::NodePlan;

    let node = Node::with_services(1);
    let iptables = "plan --executor sim:node.json -o json -f cluster.yaml --node node-a --network-name net --hns-version 15.5";
    let text = node.run(iptables).run().succeeded().to_owned();
    let whole = NodePlan::from_text(&text).expect("it is a plan");
    let mut refused = 0;
    for at in 0..text.len() {
        for new in [b'0', b'"', b' ', b'\\', b'x', 0x1b] {
            let mut bytes = text.clone().into_bytes();
            if bytes[at] == new {
                continue;
            }
            bytes[at] = new;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            match NodePlan::from_text(&changed) {
                Ok(plan) => assert_eq!(plan.to_text(), whole.to_text(), "byte {at} as {new}"),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > text.len(), "{refused}");
}
