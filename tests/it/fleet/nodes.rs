//! Promise: an answer about many nodes says of each what a run for this node alone says.

use std::collections::{BTreeMap, BTreeSet};

use hnsplan::allow::AllowList;
use hnsplan::check::Check;
use hnsplan::fleet::{CheckNodes, Fleet, Head, NodeAnswer, Nodes, Question, Shares};
use hnsplan::pipeline::{Loaded, Parsed, Setup, compile};
use hnsplan::platform::{Options, Side, find};
use hnsplan::scope::Selector;
use hnsplan::source::Sources;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::cases::config;
use crate::support::clusters::{Cluster, cluster};
use crate::support::exe::hnsplan;
use crate::support::snapshots::assert_snapshot;

/// The nodes of a random cluster: endpoints are on the first three, and on an address of the first one.
const NODES: [(&str, &str, &str, &str); 5] = [
    ("node-a", "z1", "linux", "192.168.0.2"),
    ("node-b", "z2", "windows", "192.168.0.3"),
    ("node-c", "z1", "windows", "192.168.0.4"),
    ("node-d", "z1", "windows", "192.168.0.5"),
    ("node-e", "z2", "linux", "192.168.0.6"),
];

/// The text of a cluster with all these nodes.
pub(super) fn with_nodes(cluster: &Cluster) -> String {
    let of_cluster = cluster.objects.iter().filter(|object| object["kind"] != "Node").cloned();
    let nodes = NODES.map(|(name, zone, os, ip)| {
        json!({ "apiVersion": "v1", "kind": "Node",
            "metadata": { "name": name, "labels": { "topology.kubernetes.io/zone": zone, "kubernetes.io/os": os } },
            "status": { "addresses": [{ "type": "InternalIP", "address": ip }] } })
    });
    of_cluster.chain(nodes).map(|object| object.to_string()).collect::<Vec<_>>().join("\n---\n")
}

fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.add("cluster.yaml", text).expect("it is small");
    sources
}

pub(super) fn sides() -> [Side; 2] {
    ["iptables", "hns"].map(|name| Side::wanted(find(name).expect("a platform")))
}

/// The answer about all nodes of a text in one run.
pub(super) fn ask(text: &str) -> Fleet {
    let versions: [(Parsed, Setup); 1] =
        [(Loaded::new(sources(text)).parse(&Setup::default()), Setup::default())];
    let (options, selector, allow) = (Options::default(), Selector::default(), AllowList::default());
    let question = CheckNodes {
        versions: &versions,
        sides: &sides(),
        options: &options,
        selector: &selector,
        allow: &allow,
        migration: None,
        dumps: None,
    };
    let names: Vec<String> = versions[0].0.cluster().nodes.iter().map(|node| node.name.to_string()).collect();
    let Nodes { answers: nodes, .. } =
        Nodes::ask(names.iter().map(String::as_str), |node| question.ask(node));
    let head = Head {
        question: Question::Check,
        sides: vec!["iptables".to_owned(), "hns".to_owned()],
        input: "an input".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        names,
        shares: Shares::default(),
        strays: BTreeSet::new(),
        assumed: false,
    };
    Fleet { head, nodes }
}

/// The answer about one node alone, from texts that are read for it.
fn ask_alone(text: &str, node: &str) -> NodeAnswer {
    let setup = Setup::of_node(node);
    let versions = [compile(sources(text), &setup)];
    Check::new(&versions, &sides()).setup(&setup).run(|report| NodeAnswer::of_report(report, node))
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn every_node_gets_the_answer_that_it_gets_alone(cluster in cluster()) {
        let text = with_nodes(&cluster);
        let fleet = ask(&text);
        prop_assert_eq!(fleet.nodes.len(), NODES.len());
        for (name, ..) in NODES {
            prop_assert_eq!(&fleet.nodes[name], &ask_alone(&text, name), "{}", name);
        }
    }

    /// Nodes are in one group if and only if the same was found on them.
    #[test]
    fn groups_are_those_of_which_the_same_was_found(cluster in cluster()) {
        let fleet = ask(&with_nodes(&cluster));
        let found = |name: &str| {
            let kinds = fleet.nodes[name].kinds.iter().filter(|(kind, _)| kind.divides(Question::Check));
            kinds.map(|(kind, found)| (kind.clone(), found.items.iter().map(|item| (item.object.clone(), item.services.clone())).collect::<Vec<_>>()))
                .collect::<Vec<_>>()
        };
        let groups = fleet.groups();
        let mut seen = BTreeSet::new();
        for (at, group) in groups.iter().enumerate() {
            let first = found(group.nodes[0]);
            prop_assert!(group.nodes.iter().all(|node| found(node) == first && seen.insert((*node).to_owned())));
            prop_assert!(groups[..at].iter().all(|other| found(other.nodes[0]) != first));
            prop_assert!(at == 0 || groups[at - 1].nodes.len() >= group.nodes.len());
            prop_assert_eq!(at == 0, group.differences(&groups[0]).is_empty());
        }
        prop_assert_eq!(seen.len(), NODES.len());
    }
}

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml";

/// Code and sides to what is found, as far as packets are concerned.
type Findings = BTreeMap<(String, Vec<String>), BTreeSet<String>>;

fn words(values: &Value) -> Vec<String> {
    let words = values.as_array().expect("a list").iter();
    words.map(|word| word.as_str().expect("a word").to_owned()).collect()
}

#[test]
fn the_document_has_the_findings_of_the_documents_of_all_nodes() {
    let all: Value =
        serde_json::from_str(&hnsplan(&format!("check {SHOP} --nodes all -o json")).run().stdout)
            .expect("it is JSON");
    let mut seen = 0;
    for node in ["linux-1", "linux-2", "win-1"] {
        let alone = hnsplan(&format!("check {SHOP} --node {node} -o json")).run();
        let alone: Value = serde_json::from_str(&alone.stdout).expect("it is JSON");
        let mut wanted = Findings::new();
        for finding in alone["findings"].as_array().expect("a list") {
            let services = finding["services"].as_array().expect("a list").iter();
            let services = services.map(|of| of["service"].as_str().expect("a name").to_owned());
            let code = finding["code"].as_str().expect("a code").to_owned();
            wanted.insert(
                (code, words(&finding["between"])),
                services.chain(words(&finding["unclaimed"])).collect(),
            );
        }
        let mut got = Findings::new();
        for finding in all["findings"].as_array().expect("a list").iter().filter(|of| of["class"] == "effect")
        {
            let of_node = finding["on"]
                .as_array()
                .expect("a list")
                .iter()
                .find(|on| words(&on["nodes"]).iter().any(|of| of == node));
            let Some(on) = of_node else { continue };
            let items = on["items"].as_array().expect("a list").iter();
            let items = items.map(|item| {
                item["object"].as_str().map_or_else(|| words(&item["services"]).join(","), str::to_owned)
            });
            let code = finding["code"].as_str().expect("a code").to_owned();
            got.insert((code, words(&finding["sides"])), items.collect());
        }
        assert_eq!(got, wanted, "{node}");
        assert_eq!(all["compared"][node]["packets"], alone["packets"], "{node}");
        assert_eq!(all["compared"][node]["servicePorts"], alone["servicePorts"], "{node}");
        seen += wanted.len();
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn the_exit_code_is_that_of_the_worst_node() {
    let run = |flags: &str| hnsplan(&format!("check {SHOP} {flags}")).run().code;
    assert_eq!(run("--nodes all"), 1, "D0802 is an error");
    assert_eq!(run("--nodes all --fail-on never"), 0);
    // Only one of the Linux nodes has terminating endpoints in the place of ready ones.
    assert_eq!((run("--nodes linux-* --fail-on D0805"), run("--nodes linux-1 --fail-on D0805")), (1, 0));
}

/// Two versions are compared on the platform that the nodes have, as for one node.
#[test]
fn versions_are_compared_on_the_platform_of_the_nodes() {
    let sides = |flags: &str| {
        let versions = "--kube-proxy-version 1.33.13 --against 1.34 --fail-on never -o json";
        let outcome = hnsplan(&format!("check {SHOP} {versions} {flags}")).run();
        let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
        words(&document["sides"])
    };
    assert_eq!(sides("--nodes os=windows"), ["hns", "hns 1.34"]);
    assert_eq!(sides("--nodes linux-*"), ["iptables", "iptables 1.34"]);
    assert_eq!(sides("--nodes all -t nftables"), ["nftables", "nftables 1.34"]);
    let mixed = hnsplan(&format!("check {SHOP} --nodes all --against 1.34")).run();
    assert!(mixed.failed(2).contains("name what is compared with -t"), "{}", mixed.stderr);
}

#[test]
fn nodes_that_are_not_there_are_refused_with_the_nearest_names() {
    for (selector, message) in [
        ("win-2", "did you mean win-1?"),
        ("all,zone=nowhere", "zones in the input:"),
        ("os=mac", "neither windows nor linux"),
        ("role=worker", "selected by os and zone"),
    ] {
        let outcome = hnsplan(&format!("check {SHOP} --nodes {selector}")).run();
        assert!(outcome.failed(2).contains(message), "{selector}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{selector}");
    }
    let both = hnsplan(&format!("check {SHOP} --nodes all --node win-1")).run();
    assert!(both.failed(2).contains("cannot be used with"), "{}", both.stderr);
    let none = hnsplan("check -f - --nodes all").input("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}}").run();
    assert!(none.failed(2).contains("kubectl get nodes"), "{}", none.stderr);
}

#[test]
fn nodes_that_are_alike_are_told_once() {
    let outcome = hnsplan(&format!("check {SHOP} --nodes all --fail-on never")).run();
    assert_snapshot("fleet.check", outcome.succeeded());
}
