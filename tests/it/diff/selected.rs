//! Promise: `hnsplan diff -S` compares the selected Services and nothing else: whatever the sides, the question and the
//! format, another Service neither counts nor is shown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::exe::{Outcome, hnsplan};

/// The Services of the generated cluster, each with an address of its own for everything.
const NAMES: [&str; 3] = ["alpha", "beta", "gamma"];

/// Where manifests are compiled to, and for which node.
const TARGETS: [(&str, &str); 3] = [("iptables", "linux-1"), ("hns", "win-1"), ("netsh", "win-1")];

/// Three Services; `changed` has another target port and another endpoint than it should.
fn cluster(changed: Option<&str>) -> String {
    let mut text = String::new();
    for (at, name) in NAMES.iter().enumerate() {
        let at = at + 1;
        let (port, host) = if changed == Some(*name) { (9090, 80) } else { (8080, 10) };
        let _ = write!(
            text,
            "\
---
{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: shop}}, spec: {{type: NodePort,
  clusterIP: 10.96.0.{at}, ports: [{{name: web, port: 80, targetPort: {port}, nodePort: 3010{at}}}]}}}}
---
{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, metadata: {{name: {name}-1, namespace: shop,
  labels: {{kubernetes.io/service-name: {name}}}}}, ports: [{{name: web, port: {port}}}],
  endpoints: [{{addresses: [10.244.{at}.{host}], nodeName: elsewhere}}]}}
"
        );
    }
    text
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(changed: &str) -> Self {
        let files = Self { folder: tempfile::tempdir().expect("a folder can be made") };
        files.write("right.yaml", &cluster(None));
        files.write("wrong.yaml", &cluster(Some(changed)));
        for (target, node) in TARGETS {
            let text = files.run(&format!("compile -t {target} -f wrong.yaml --node {node}"));
            files.write(target, text.succeeded());
        }
        files
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("it fits");
    }

    fn run(&self, arguments: &str) -> Outcome {
        hnsplan(arguments).inside(self.folder.path()).run()
    }
}

/// Every pair of sides that differs in one Service, as arguments; and whether they are of one platform.
fn pairs() -> Vec<(String, bool)> {
    let mut pairs = Vec::new();
    for (target, node) in TARGETS {
        pairs.push((format!("--old right.yaml --new wrong.yaml -t {target} --node {node}"), true));
        pairs.push((format!("{target} ./{target} -f right.yaml --node {node}"), true));
        pairs.push((format!("./{target} right.yaml --format b=manifests -f right.yaml --node {node}"), true));
    }
    pairs.push(("iptables ./hns -f right.yaml --node win-1".to_owned(), false));
    pairs.push(("./iptables hns -f right.yaml --node win-1".to_owned(), false));
    pairs.push(("netsh ./hns -f right.yaml --node win-1".to_owned(), false));
    pairs
}

/// Everything that names or addresses a Service. Pods are clients of other Services where packets are sent.
fn marks(name: &str, sends_packets: bool) -> Vec<String> {
    let at = NAMES.iter().position(|of| *of == name).expect("it is one of them") + 1;
    let mut marks = vec![format!("shop/{name}"), format!("10.96.0.{at}"), format!("3010{at}")];
    if !sends_packets {
        marks.push(format!("10.244.{at}."));
    }
    marks
}

#[test]
fn no_other_service_counts_or_is_shown() {
    let changed = "beta";
    let files = Files::new(changed);
    for (pair, is_of_one) in pairs() {
        let formats: &[&str] = if is_of_one {
            &[
                "",
                "-v",
                "-o json",
                "-o md",
                "-o prom",
                "-o html",
                "--view unified",
                "--view side-by-side",
                "--semantic",
                "--semantic -o json",
                "--semantic -o md",
            ]
        } else {
            &["", "-o json", "-o html", "--view unified", "--semantic", "--semantic -o json"]
        };
        for format in formats {
            for name in NAMES {
                let command = format!("diff {pair} {format} -S shop/{name}");
                let outcome = files.run(&command);
                let code = i32::from(name == changed);
                // Two platforms differ without anybody's doing, and what Windows does with a packet is often undecided.
                let is_known =
                    is_of_one && (code == 0 || !format.contains("semantic") || pair.contains("linux"));
                if is_known {
                    assert_eq!(outcome.code, code, "{command}\n{}{}", outcome.stdout, outcome.stderr);
                }
                assert!(outcome.code < 2, "{command}\n{}", outcome.stderr);
                let sends_packets = format.contains("semantic") || format.contains("html");
                let others = NAMES.iter().filter(|other| **other != name);
                let others = others.flat_map(|other| marks(other, sends_packets));
                for mark in others {
                    assert!(!outcome.stdout.contains(&mark), "{command}: {mark}\n{}", outcome.stdout);
                }
            }
        }
    }
}

#[test]
fn counts_are_those_of_the_selection() {
    let files = Files::new("beta");
    for (target, node) in TARGETS {
        let counts = |selection: &str| -> u64 {
            let sides = format!("--old right.yaml --new wrong.yaml -t {target} --node {node}");
            let outcome = files.run(&format!("diff {sides} -o json {selection}"));
            let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
            let objects = document["objects"].as_array().expect("objects are counted");
            let of = |object: &serde_json::Value| {
                ["equal", "changed", "deleted", "created"]
                    .iter()
                    .filter_map(|of| object[of].as_u64())
                    .sum::<u64>()
            };
            objects.iter().map(of).sum()
        };
        let each: Vec<u64> = NAMES.iter().map(|name| counts(&format!("-S shop/{name}"))).collect();
        assert!(each.iter().all(|count| *count > 0), "{target}: {each:?}");
        assert_eq!(counts("-S shop/*"), each.iter().sum::<u64>(), "{target}");
        assert_eq!(counts("-S shop/alpha,shop/beta"), each[0] + each[1], "{target}");
        // Without a selection what belongs to no Service counts as well.
        assert!(counts("") >= each.iter().sum::<u64>(), "{target}");
    }
}

#[test]
fn a_service_of_one_side_alone_can_be_selected() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let old = cluster(None);
    std::fs::write(folder.path().join("old.yaml"), &old).expect("it fits");
    std::fs::write(folder.path().join("new.yaml"), old.replace("alpha", "omega")).expect("it fits");
    let diff = |name: &str| {
        hnsplan(&format!("diff --old old.yaml --new new.yaml -t iptables --node linux-1 -S shop/{name}"))
            .inside(folder.path())
            .run()
    };
    assert_eq!(diff("alpha").code, 1);
    assert_eq!(diff("omega").code, 1);
    assert_eq!(diff("beta").code, 0);
    assert!(diff("delta").failed(2).contains("no Service matches shop/delta"));
}

#[test]
fn only_manifests_tell_which_services_there_are() {
    let files = Files::new("beta");
    let outcome = files.run("diff ./hns ./hns -S shop/beta");
    assert!(outcome.failed(2).contains("add -f FILE to select shop/beta"), "{}", outcome.stderr);
}

/// Why a Service that is there has no port that is served; with what was found about it, and about no other one.
#[test]
fn a_service_without_a_served_port_says_why() {
    let service = |name: &str, spec: &str| {
        format!(
            "---\n{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: shop}}, spec: {{{spec}}}}}\n"
        )
    };
    let text = [
        service("invalid", "clusterIP: 10.96.0.1, ports: [{port: 70000}]"),
        service("broken", "clusterIP: 10.96.0.2, ports: [{port: 80000}]"),
        service("headless", "clusterIP: None, ports: [{port: 80}]"),
        service("alias", "type: ExternalName, externalName: example.org"),
        service("fine", "clusterIP: 10.96.0.3, ports: [{port: 80}]"),
    ]
    .concat();
    let reasons = [
        ("invalid", "it has no valid port", true),
        ("headless", "it is headless", false),
        ("alias", "it is an ExternalName", false),
        ("absent", "no Service matches shop/absent", false),
    ];
    let commands = [
        "compile -t iptables -f -",
        "check -f -",
        "diff iptables hns -f -",
        "graph -t hns -f -",
        "trace -t hns --matrix -f -",
        "plan -t hns -f -",
    ];
    for command in commands {
        for (name, reason, has_finding) in reasons {
            let outcome = hnsplan(&format!("{command} --service shop/{name}")).input(&*text).run();
            let message = outcome.failed(2);
            assert!(message.contains(reason), "{command} {name}: {message}");
            let codes: BTreeSet<bool> = message.lines().map(|line| line.contains("error[M0107]")).collect();
            assert_eq!(codes.contains(&true), has_finding, "{command} {name}: {message}");
            assert!(!message.contains("shop/broken") || !has_finding, "{command} {name}: {message}");
        }
    }
}
