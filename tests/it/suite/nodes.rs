//! Promise: a suite of several nodes keeps snapshots of each of them, the same that a suite of this node alone keeps, and its
//! expectations say which nodes they are about.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

const SHIPPED: &str = "fixtures/suite-nodes";
const SNAPSHOTS: [&str; 4] = [
    "front@linux-1.ipv4.rules",
    "front@linux-1.messages.txt",
    "front@win-1.hns.json",
    "front@win-1.messages.txt",
];

fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for entry in fs::read_dir(SHIPPED).expect("it is shipped") {
        let from = entry.expect("it can be read").path();
        fs::copy(&from, folder.path().join(from.file_name().expect("a name"))).expect("it can be copied");
    }
    folder
}

fn run(folder: &Path, arguments: &str, ci: &str) -> Outcome {
    hnsplan(&format!("test . {arguments}")).inside(folder).env("CI", ci).run()
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("it can be written");
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect(name)
}

/// Changes a file of a suite.
fn change(folder: &Path, name: &str, from: &str, to: &str) {
    let text = read(folder, name);
    assert!(text.contains(from), "{name}: {text}");
    write(folder, name, &text.replace(from, to));
}

fn settings(rest: &str) -> String {
    format!("apiVersion: hnsplan/v1alpha1\nkind: Suite\n{rest}\n")
}

fn expectations(entries: &str) -> String {
    format!("apiVersion: hnsplan/v1alpha1\nkind: Expectations\nexpect:\n{entries}\n")
}

#[test]
fn one_run_tests_a_linux_and_a_windows_node() {
    let folder = copied();
    let told = "1 case: 8 outputs as expected, 0 differ\n";
    assert_eq!(run(Path::new(SHIPPED), "", "true").succeeded(), told);
    for name in SNAPSHOTS {
        fs::remove_file(folder.path().join(name)).expect(name);
    }
    let outcome = run(folder.path(), "--accept", "");
    assert!(
        outcome.succeeded().contains("4 outputs as expected, 4 accepted, 0 differ"),
        "{}",
        outcome.stdout
    );
    for name in SNAPSHOTS {
        assert_eq!(read(folder.path(), name), read(Path::new(SHIPPED), name), "{name}");
    }
    let files = fs::read_dir(folder.path()).expect("it is there").count();
    assert_eq!(
        files,
        fs::read_dir(SHIPPED).expect("it is there").count(),
        "rules are those of the node's system"
    );
}

/// What is kept of one of several nodes is what a suite of this node keeps.
#[test]
fn each_node_is_as_in_a_suite_of_its_own() {
    for (node, config, outputs) in [
        ("linux-1", "kube-proxy.yaml", ["ipv4.rules", "messages.txt"]),
        ("win-1", "kube-proxy-windows.yaml", ["hns.json", "messages.txt"]),
    ] {
        let folder = copied();
        for name in SNAPSHOTS {
            fs::remove_file(folder.path().join(name)).expect(name);
        }
        fs::remove_file(folder.path().join("front.expect.yaml")).expect("it is there");
        for name in ["kube-proxy.yaml", "kube-proxy-windows.yaml"].iter().filter(|name| **name != config) {
            fs::remove_file(folder.path().join(name)).expect("it is there");
        }
        let text = format!("flags: [--node, {node}, --config={config}]\noutputs: [{}]", outputs.join(", "));
        write(folder.path(), "hnsplan.yaml", &settings(&text));
        run(folder.path(), "--accept", "").succeeded();
        for output in outputs {
            let (own, shipped) = (format!("front.{output}"), format!("front@{node}.{output}"));
            assert_eq!(read(folder.path(), &own), read(Path::new(SHIPPED), &shipped), "{shipped}");
        }
    }
}

#[test]
fn what_differs_says_on_which_node() {
    let folder = copied();
    change(folder.path(), "front.yaml", "nodeName: win-1", "nodeName: linux-1");
    let outcome = run(folder.path(), "", "true");
    outcome.failed(1);
    for part in [
        "differs  ./front@linux-1.ipv4.rules\n",
        "differs  ./front@win-1.hns.json\n",
        "  linux-1: external → node:30080 on iptables: expected dropped, is delivered\n",
        "  win-1: external → node:30080 on hns: expected delivered, is ",
    ] {
        assert!(outcome.stdout.contains(part), "{part}: {}", outcome.stdout);
    }
    let junit = run(folder.path(), "-o junit", "true");
    assert!(junit.stdout.contains("differs: ./front@win-1.hns.json"), "{}", junit.stdout);
    assert_eq!(run(folder.path(), "", "").code, 1);
    assert!(folder.path().join("front@win-1.hns.json.new").exists());
}

/// Without outputs in hnsplan.yaml, those that are kept of one node are expected of all: a new node is not passed over.
#[test]
fn a_new_node_is_not_as_expected_until_it_is_accepted() {
    let folder = copied();
    write(folder.path(), "hnsplan.yaml", &settings("nodes: [all]\nflags: [--network-name, cbr0]"));
    fs::remove_file(folder.path().join("front.expect.yaml")).expect("it is there");
    for name in ["kube-proxy.yaml", "kube-proxy-windows.yaml"] {
        fs::remove_file(folder.path().join(name)).expect("it is there");
    }
    run(folder.path(), "--accept", "").succeeded();
    let node = "---\napiVersion: v1\nkind: Node\nmetadata: {name: win-2.example.com, labels: {kubernetes.io/os: windows}}\n";
    let app = read(folder.path(), "front.yaml");
    write(folder.path(), "front.yaml", &format!("{app}{node}"));
    let outcome = run(folder.path(), "", "true");
    outcome.failed(1);
    assert!(outcome.stdout.contains("new  ./front@win-2.example.com.hns.json\n"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("win-2.example.com.ipv4.rules"), "{}", outcome.stdout);
    run(folder.path(), "--accept", "").succeeded();
    write(folder.path(), "front.yaml", &app);
    let outcome = run(folder.path(), "", "true");
    outcome.failed(1);
    let gone = "gone  ./front@win-2.example.com.hns.json\n  no node of the suite has this output";
    assert!(outcome.stdout.contains(gone), "{}", outcome.stdout);
}

#[test]
fn snapshots_of_no_node_are_named() {
    let folder = copied();
    for (from, to) in
        [("front@win-1.hns.json", "front.hns.json"), ("front@linux-1.ipv4.rules", "frnt@linux-1.ipv4.rules")]
    {
        fs::copy(folder.path().join(from), folder.path().join(to)).expect("it can be copied");
    }
    fs::copy(folder.path().join("front@linux-1.ipv4.rules"), folder.path().join("front@win-1.ipv4.rules"))
        .expect("it can be copied");
    let outcome = run(folder.path(), "", "true");
    outcome.failed(1);
    for part in [
        "gone  ./front.hns.json\n  hnsplan.yaml has nodes, and it names none",
        "gone  ./frnt@linux-1.ipv4.rules\n  its manifest is gone",
        "gone  ./front@win-1.ipv4.rules\n  no node of the suite has this output",
        "8 outputs as expected, 3 differ",
    ] {
        assert!(outcome.stdout.contains(part), "{part}: {}", outcome.stdout);
    }
    let folder = copied();
    write(folder.path(), "hnsplan.yaml", &settings("flags: [--node, linux-1]\noutputs: [messages.txt]"));
    let outcome = run(folder.path(), "--accept", "");
    assert_eq!(outcome.code, 2, "expectations name nodes: {}{}", outcome.stdout, outcome.stderr);
    fs::remove_file(folder.path().join("front.expect.yaml")).expect("it is there");
    let outcome = run(folder.path(), "", "true");
    let gone = "gone  ./front@win-1.hns.json\n  hnsplan.yaml has no nodes";
    assert!(outcome.stdout.contains(gone), "{}", outcome.stdout);
}

#[test]
fn wrong_nodes_are_refused() {
    let outputs = "outputs: [ipv4.rules, hns.json]\n";
    for (text, expected) in [
        ("nodes: [linux-1, win-2]", "front.yaml: nodes: no node matches win-2; did you mean win-1?"),
        ("nodes: [linux-1, win-2]", "nodes in the input: linux-1, win-1"),
        ("nodes: [zone=a]", "no node matches zone=a"),
        ("nodes: [win-1, win-1]", "hnsplan.yaml: nodes names win-1 twice; name each node once"),
        ("nodes: [win-1, 'win-*']", "front.yaml: nodes names win-1 twice; name each node once"),
        ("nodes: [win-1]\nflags: [--node, win-1]", "both nodes and the flag `--node` name nodes"),
        ("flags: [--nodes, all]", "several nodes are no flag of a suite; write them beside flags"),
        ("nodes: [os=mac]", "expected all, os=windows"),
        ("nodes: [{node: win-1}]", "expected a node as in win-1"),
        (
            "nodes: [linux-1, win-1]\noutputs: [hns.json]",
            "nothing is expected of node linux-1: add an output that it can have (ipv4.rules",
        ),
        (
            "nodes: [linux-1, win-1]\nflags: [--dump=dump.json]",
            "a dump is of one node, and here it would be that of linux-1, win-1",
        ),
    ] {
        let folder = copied();
        fs::remove_file(folder.path().join("front.expect.yaml")).expect("it is there");
        for name in ["kube-proxy.yaml", "kube-proxy-windows.yaml"] {
            fs::remove_file(folder.path().join(name)).expect("it is there");
        }
        if text.contains("dump") {
            let dump = "fixtures/hns-state/endpoint-one-v2.json";
            fs::copy(dump, folder.path().join("dump.json")).expect("it can be copied");
        }
        let outputs = if text.contains("outputs") { "" } else { outputs };
        write(folder.path(), "hnsplan.yaml", &settings(&format!("{text}\n{outputs}")));
        let outcome = run(folder.path(), "", "true");
        assert!(outcome.failed(2).contains(expected), "{text}: {}", outcome.stderr);
    }
    let folder = copied();
    let app = read(folder.path(), "front.yaml");
    let without_nodes =
        app.split("---\n").filter(|text| !text.contains("kind: Node\n")).collect::<Vec<_>>().join("---\n");
    write(folder.path(), "front.yaml", &without_nodes);
    let outcome = run(folder.path(), "", "true");
    assert!(outcome.failed(2).contains("name them under nodes of an Assumptions file"), "{}", outcome.stderr);
}

/// Nodes that are assumed are nodes of the suite.
#[test]
fn assumed_nodes_are_selected() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::copy("fixtures/examples/app.yaml", folder.path().join("app.yaml")).expect("it can be copied");
    write(
        folder.path(),
        "hnsplan.yaml",
        &settings("assume: true\nnodes: [all]\noutputs: [ipv4.rules, hns.json]"),
    );
    run(folder.path(), "--accept", "").succeeded();
    for name in ["app@linux-1.ipv4.rules", "app@windows-1.hns.json"] {
        assert!(read(folder.path(), name).contains("clusterIP:shop/front"), "{name}");
    }
    assert!(run(folder.path(), "", "true").succeeded().contains("1 case: 2 outputs as expected"));
}

#[test]
fn expectations_are_about_nodes() {
    for (entry, same, unmet) in [
        ("{to: 'shop/front:80', expect: delivered}", 2, ""),
        ("{nodes: [linux-1, win-1], to: 'shop/front:80', expect: delivered}", 2, ""),
        ("{nodes: all, to: 'shop/front:80', on: [iptables, hns], expect: delivered}", 2, ""),
        ("{to: 'shop/front:80', on: [iptables, nftables], expect: delivered}", 2, ""),
        ("{nodes: win-1, to: 'shop/front:80', on: [hns, netsh], expect: delivered}", 2, ""),
        (
            "{nodes: linux-1, to: 'shop/front:80', expect: dropped}",
            0,
            "  linux-1: pod → shop/front:80 on iptables: expected dropped, is delivered\n",
        ),
        // Most likely the manifests lost it.
        (
            "{nodes: win-3, to: 'shop/front:80', expect: delivered}",
            0,
            "  linux-1: pod → shop/front:80: expected delivered, but the manifests do not have what it names: no node matches win-3",
        ),
        (
            "{nodes: win-1, to: 'shop/gone:80', expect: delivered}",
            0,
            "  win-1: pod → shop/gone:80 on hns: expected delivered, but the manifests do not have what it names",
        ),
    ] {
        let folder = copied();
        write(folder.path(), "front.expect.yaml", &expectations(&format!("- {entry}")));
        let outcome = run(folder.path(), "", "true");
        assert_eq!(
            outcome.code,
            i32::from(!unmet.is_empty()),
            "{entry}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
        assert!(outcome.stdout.contains(unmet), "{entry}: {}", outcome.stdout);
        let differ = usize::from(!unmet.is_empty());
        let sum = format!("1 case: {} outputs as expected, {differ} differ\n", same + SNAPSHOTS.len());
        assert!(outcome.stdout.contains(&sum), "{entry}: {}", outcome.stdout);
    }
}

#[test]
fn expectations_that_no_node_can_meet_are_errors() {
    for (nodes, entry, expected) in [
        (
            "[win-1]",
            "{nodes: linux-1, to: 'shop/front:80', expect: delivered}",
            "expect[0]: win-1: linux-1 selects none of the nodes of the suite, which are win-1",
        ),
        (
            "[win-1]",
            "{to: 'shop/front:80', on: [iptables], expect: delivered}",
            "iptables is a target of Linux nodes, and here are none: win-1",
        ),
        (
            "[linux-1, win-1]",
            "{nodes: linux-1, to: 'shop/front:80', on: [iptables, netsh], expect: delivered}",
            "netsh is a target of Windows nodes, and here are none: linux-1",
        ),
        (
            "[linux-1, win-1]",
            "{nodes: os=mac, to: 'shop/front:80', expect: delivered}",
            "front.expect.yaml:4:",
        ),
        (
            "[win-1]",
            "{to: 'shop/front:80', on: [hns-state], expect: delivered}",
            "no dump of the node is given",
        ),
    ] {
        let folder = copied();
        let text = format!("nodes: {nodes}\nflags: [--network-name, cbr0]\noutputs: [messages.txt]");
        write(folder.path(), "hnsplan.yaml", &settings(&text));
        for name in ["kube-proxy.yaml", "kube-proxy-windows.yaml"] {
            fs::remove_file(folder.path().join(name)).expect("it is there");
        }
        write(folder.path(), "front.expect.yaml", &expectations(&format!("- {entry}")));
        let outcome = run(folder.path(), "", "true");
        assert!(outcome.failed(2).contains(expected), "{entry}: {}", outcome.stderr);
    }
}

/// A rollout is gone through on each node.
#[test]
fn rollouts_are_about_nodes() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::copy("fixtures/rollouts/front.yaml", folder.path().join("app.yaml")).expect("it can be copied");
    let text = "assume: true\nnodes: [all]\nflags: [--hns-version, '16.0']\noutputs: [messages.txt]";
    write(folder.path(), "hnsplan.yaml", &settings(text));
    run(folder.path(), "--accept", "").succeeded();
    let entry = "- {during: {restart: shop/front}, from: external, to: 'shop/front:80', on: [hns], expect: neverFails}";
    write(folder.path(), "app.expect.yaml", &expectations(entry));
    let outcome = run(folder.path(), "", "true");
    outcome.failed(1);
    let line =
        "win-1: during restart of shop/front, external → shop/front:80 on hns: expected neverFails, fails: ";
    assert!(outcome.stdout.contains(line), "{}", outcome.stdout);
}
