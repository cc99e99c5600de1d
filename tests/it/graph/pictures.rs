//! Promise: `hnsplan graph` draws what leads where and finds what leads nowhere; no name escapes from its text.

use std::fmt::Write;
use std::net::SocketAddr;

use hnsplan::graph::{RuleGraph, draw};
use hnsplan::net::Family;
use hnsplan::pipeline::Compiled;
use hnsplan::platform::hns::model::{Endpoint, EndpointFlags, EndpointRef, State};
use hnsplan::platform::hns::{PlanOptions, Semantics};
use hnsplan::platform::netsh::model::{Connect, Host, Object};
use hnsplan::platform::{iptables, netsh};
use hnsplan::scope::Selector;
use serde_json::Value;

use crate::support::case::Case;
use crate::support::exe::{Outcome, hnsplan};
use crate::support::snapshots::assert_snapshot;

/// `hnsplan graph` of the shop, as seen by its Windows node.
fn shop(arguments: &str) -> Outcome {
    let shop = "graph -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";
    hnsplan(shop).args(arguments).run()
}

fn iptables_graph(compiled: &Compiled) -> RuleGraph {
    let rulesets = Family::ALL.map(|family| {
        let mut rules = iptables::lower(&compiled.rules, family);
        iptables::jumps::include(&mut rules);
        rules
    });
    RuleGraph::of_iptables(&compiled.rules, &rulesets, &[])
}

fn hns_graph(compiled: &Compiled) -> RuleGraph {
    RuleGraph::of_hns(&compiled.rules, &hns_state(compiled), &[])
}

fn hns_state(compiled: &Compiled) -> State {
    let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
    plan.after(&compiled.rules, None).state
}

fn netsh_graph(compiled: &Compiled) -> RuleGraph {
    RuleGraph::of_netsh(&compiled.rules, &compiled.netsh(&netsh::Options::default()).plan, &[])
}

fn codes(graph: &RuleGraph) -> Vec<&'static str> {
    graph.findings().map(|finding| finding.code.id()).collect()
}

#[test]
fn a_service_of_the_shop_on_all_targets() {
    let texts = ["iptables", "hns", "netsh"]
        .map(|target| format!("=== {target}\n{}", shop(&format!("-t {target} -S shop/front")).succeeded()));
    assert_snapshot("graph.shop", &texts.join("\n"));
}

#[test]
fn a_service_in_all_languages() {
    for format in ["json", "dot", "mermaid", "svg"] {
        let outcome = shop(&format!("-t iptables -S shop/catalog -o {format}"));
        assert_snapshot(&format!("graph.{format}"), outcome.succeeded());
    }
}

/// Every endpoint that rules translate to can be reached from a Service in the graph.
#[test]
fn every_rule_that_translates_is_in_the_graph() {
    let compiled = Case::named("031-lb-source-ranges-node").run("1.36", false).compile();
    let graph = draw::text(&iptables_graph(&compiled));
    let rules = compiled.iptables(Family::Ipv4).to_string();
    let mut seen = 0;
    for line in rules.lines() {
        if let Some((_, endpoint)) = line.split_once("--to-destination ") {
            assert!(graph.contains(endpoint), "{endpoint}\n{graph}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

/// What is compiled has no loose end on any platform, but for what kube-proxy itself leaves loose: the chain
/// of external IPs that a gate switches off, and endpoints of HNS where a policy keeps traffic on the node.
#[test]
fn nothing_is_wrong_with_compiled_rules() {
    let mut nodes = 0;
    let mut loose = Vec::new();
    for case in Case::all() {
        let compiled = case.compiled("1.36", false);
        for graph in [iptables_graph(compiled), hns_graph(compiled), netsh_graph(compiled)] {
            let mut codes = codes(&graph);
            codes.dedup();
            loose.extend(codes.into_iter().map(|code| format!("{code} {}", case.name)));
            nodes += graph.len();
        }
    }
    assert_eq!(
        loose,
        ["G1103 037-itp-local-with-local", "G1103 r11-services60", "G1101 x15-externalips-gate-off"]
    );
    assert!(nodes > 1_000, "only {nodes} nodes");
}

/// A dump of a Service whose chain is there twice under other names, jumps to a chain that is not there, and
/// jumps in a circle.
const DAMAGED: &str = "*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]
:KUBE-SVC-BBBBBBBBBBBBBBBB - [0:0]
:KUBE-SEP-CCCCCCCCCCCCCCCC - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment \"demo/web cluster IP\" -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA
-A KUBE-SVC-AAAAAAAAAAAAAAAA -j KUBE-SEP-CCCCCCCCCCCCCCCC
-A KUBE-SVC-AAAAAAAAAAAAAAAA -j KUBE-SEP-DDDDDDDDDDDDDDDD
-A KUBE-SVC-BBBBBBBBBBBBBBBB -j KUBE-SEP-CCCCCCCCCCCCCCCC
-A KUBE-SEP-CCCCCCCCCCCCCCCC -j KUBE-SVC-AAAAAAAAAAAAAAAA
COMMIT
";

fn dump(text: &str) -> RuleGraph {
    let (rules, problems) = iptables::read(text, Family::Ipv4);
    assert!(problems.is_empty());
    let nothing = crate::support::run::Run::of("").compile();
    RuleGraph::of_iptables(&nothing.rules, &[rules], &[])
}

#[test]
fn faults_of_a_dump_are_named() {
    let graph = dump(DAMAGED);
    let found: Vec<_> =
        graph.findings().map(|finding| format!("{} {}", finding.code.id(), finding.message)).collect();
    assert_eq!(
        found,
        [
            "G1102 KUBE-SVC-AAAAAAAAAAAAAAAA jumps to KUBE-SEP-DDDDDDDDDDDDDDDD, which is not there",
            "G1101 no packet gets to KUBE-SVC-BBBBBBBBBBBBBBBB",
            "G1104 chains jump in a circle: KUBE-SVC-AAAAAAAAAAAAAAAA, KUBE-SEP-CCCCCCCCCCCCCCCC",
        ]
    );
    let part = graph.scoped(&Selector::of_port("demo/web"));
    assert_eq!(codes(&part), ["G1102", "G1104"]);
    for drawing in [draw::svg(&graph, ""), draw::dot(&graph), draw::text(&graph), draw::mermaid(&graph)] {
        assert!(drawing.contains("KUBE-SVC-BBBBBBBBBBBBBBBB"), "{drawing}");
    }
}

/// A plan of three cluster IPs and a node port, whose listeners connect elsewhere: each of these ports, to
/// this address.
fn reconnected(connections: &[(u16, &str)]) -> RuleGraph {
    let service = |name: &str, spec: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {spec}\n---\n\
             apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n\
             metadata: {{name: {name}-a, labels: {{kubernetes.io/service-name: {name}}}}}\n\
             ports: [{{port: 8080}}]\nendpoints: [{{addresses: [10.244.1.2]}}]\n---\n"
        )
    };
    let manifests = [
        service("one", "{clusterIP: 10.96.0.10, ports: [{port: 81}]}"),
        service("two", "{clusterIP: 10.96.0.11, ports: [{port: 82}]}"),
        service("three", "{clusterIP: 10.96.0.12, ports: [{port: 83}]}"),
        service("four", "{type: NodePort, clusterIP: 10.96.0.13, ports: [{port: 84, nodePort: 30084}]}"),
    ];
    let compiled = crate::support::run::Run::of(&manifests.concat()).compile();
    let mut plan = compiled.netsh(&netsh::Options::default()).plan;
    for (port, to) in connections {
        let to: SocketAddr = to.parse().expect("an address and a port");
        let mut listeners = plan.objects.iter_mut().filter_map(|planned| match &mut planned.object {
            Object::PortProxy(proxy) if proxy.listener.port == *port => Some(proxy),
            _ => None,
        });
        let proxy = listeners.next().expect("the plan has a listener on this port");
        proxy.connect = Connect { host: Host::Ip(to.ip()), port: to.port() };
    }
    RuleGraph::of_netsh(&compiled.rules, &plan, &[])
}

/// No plan that hnsplan makes has a circle (`S0720`), but an edited one may.
#[test]
fn listeners_that_connect_to_listeners_are_reported() {
    let circle = [(81, "10.96.0.11:82"), (82, "10.96.0.10:81"), (83, "10.96.0.10:81")];
    let graph = reconnected(&circle);
    let found: Vec<String> =
        graph.findings().map(|found| format!("{} {}", found.code.id(), found.message)).collect();
    let message = "G1104 connections run in a circle: listener 10.96.0.10:81, 10.96.0.11:82, listener \
                   10.96.0.11:82, 10.96.0.10:81";
    assert_eq!(found, [message]);
    assert!(draw::text(&graph).contains("listens as well"), "{}", draw::text(&graph));
    // What leads to a circle, or on to a listener, is no part of one.
    assert_eq!(codes(&reconnected(&circle[1..])), [""; 0]);
    assert_eq!(codes(&reconnected(&[(81, "10.96.0.10:81")])), ["G1104"]);
}

/// The cluster DNS on netsh: its address is taken, and UDP goes nowhere.
#[test]
fn an_address_that_is_claimed_and_not_served_is_reported() {
    let outcome = shop("-t netsh -S kube-system/kube-dns");
    let claimed: Vec<&str> =
        outcome.succeeded().lines().filter(|line| line.contains("nothing listens")).collect();
    assert_eq!(claimed, ["└─ ClusterIP  10.96.0.10:53/UDP  address claimed, nothing listens"]);
}

/// Node ports are listened on at all addresses; of these, the cluster IPs are the node's own.
#[test]
fn a_listener_on_all_addresses_is_met_at_each_of_the_node() {
    for (to, expected) in [
        ("10.96.0.10:30084", &["G1104"][..]),
        ("127.0.0.1:30084", &["G1104"]),
        ("10.244.1.2:30084", &[]),
        ("[::1]:30084", &[]),
    ] {
        assert_eq!(codes(&reconnected(&[(30084, to)])), expected, "{to}");
    }
}

#[test]
fn a_dump_without_manifests_is_drawn_with_its_faults() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("node.save");
    let draw = |text: &str| {
        std::fs::write(&file, text).expect("a file can be made");
        hnsplan("graph -t iptables-save --iptables-save").arg(&file).run()
    };
    // The kernel has no rule that goes nowhere: of what a node printed, a part is missing.
    let refused = draw(DAMAGED);
    assert!(
        refused.failed(2).contains("KUBE-SEP-DDDDDDDDDDDDDDDD, which it does not declare"),
        "{}",
        refused.stderr
    );
    // What kube-proxy loads does not tell all chains.
    let outcome = draw(&DAMAGED.replace(":PREROUTING ACCEPT [0:0]\n", ""));
    assert!(outcome.failed(1).contains("error[G1102]"), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("demo/web  TCP, IPv4\n└─ 10.96.0.10:80/TCP\n"), "{}", outcome.stdout);
}

/// One object is taken out of what HNS holds, or put in, and exactly that is found.
#[test]
fn faults_of_hns_are_named() {
    let compiled = Case::named("002-clusterip-2ep").run("1.36", false).compile();
    let state = hns_state(&compiled);
    let found = |state: &State| {
        let graph = RuleGraph::of_hns(&compiled.rules, state, &[]);
        graph.findings().map(|of| (of.code.id(), of.message.clone())).collect::<Vec<_>>()
    };
    assert_eq!(found(&state), []);

    let member = state.load_balancers[0].endpoints[0].clone();
    let EndpointRef::Id(id) = member else { panic!("{member} has no id") };
    let mut lost = state.clone();
    lost.endpoints.retain(|endpoint| endpoint.id != Some(id));
    let [(code, message)] = &found(&lost)[..] else { panic!("{:?}", found(&lost)) };
    assert_eq!(*code, "G1102");
    assert!(message.contains(&format!("refers to endpoint {id}")), "{message}");

    let mut more = state.clone();
    let left_over = "00000000-0000-4000-8000-000000000001";
    more.endpoints.push(Endpoint {
        id: Some(left_over.parse().unwrap()),
        flags: EndpointFlags::REMOTE,
        ..Endpoint::default()
    });
    let [(code, message)] = &found(&more)[..] else { panic!("{:?}", found(&more)) };
    assert_eq!(*code, "G1103");
    assert!(message.contains(left_over), "{message}");
}

/// What HNS says of a network can be anything.
const HOSTILE: [&str; 6] = [
    "\"]; evil [label=\"x",
    "<script>alert(1)</script>",
    "a\"]\n  n0 --> n0\n  click n0 \"javascript:alert(1)\"",
    "#quot;&quot;\\\" \\N",
    "`${x}` ]]> --> <!-- ",
    "\u{202e}\u{1b}[31mred\u{0}",
];

#[test]
fn hostile_names_stay_text() {
    let compiled = Case::named("002-clusterip-2ep").run("1.36", false).compile();
    let mut state = hns_state(&compiled);
    let drawn = |state: &State| {
        let graph = RuleGraph::of_hns(&compiled.rules, state, &[]);
        [draw::dot(&graph), draw::mermaid(&graph), draw::svg(&graph, &state.networks[0].name)]
    };
    let [dot, mermaid, svg] = drawn(&state);
    for name in HOSTILE {
        state.networks[0].name = name.into();
        state.endpoints[0].name = name.into();
        let hostile = drawn(&state);
        let lines = |text: &str| text.lines().count();
        assert_eq!(lines(&hostile[0]), lines(&dot), "{}", hostile[0]);
        assert_eq!(lines(&hostile[1]), lines(&mermaid), "{}", hostile[1]);
        hostile[0].lines().skip(4).for_each(check_dot);
        hostile[1].lines().skip(1).for_each(check_mermaid);
        assert_eq!(
            tags(&hostile[2], "text") - tags(&svg, "text"),
            wrapped_lines(&hostile[2], &svg),
            "{name}"
        );
        for unwanted in ["<script", "\u{1b}", "\u{202e}", "<!--"] {
            assert!(!hostile[2].contains(unwanted), "{unwanted}");
        }
        check_xml(&hostile[2]);
    }
}

/// Long names are wrapped, which adds lines of text and nothing else.
fn wrapped_lines(hostile: &str, plain: &str) -> usize {
    for tag in ["g", "rect", "path", "svg", "style"] {
        assert_eq!(tags(hostile, tag), tags(plain, tag), "{tag}");
    }
    tags(hostile, "text") - tags(plain, "text")
}

fn tags(text: &str, tag: &str) -> usize {
    text.split(&format!("<{tag}")).skip(1).filter(|rest| rest.starts_with([' ', '>', '/'])).count()
}

/// One statement of DOT: quoted strings end where they should, and nothing stands between them but names
/// and attributes of ours.
fn check_dot(line: &str) {
    let mut bare = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character != '"' {
            bare.push(character);
            continue;
        }
        loop {
            match characters.next() {
                Some('\\') => assert!(matches!(characters.next(), Some('"' | '\\' | 'n')), "{line}"),
                Some('"') => break,
                Some(_) => {}
                None => panic!("a string does not end: {line}"),
            }
        }
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || " []=;,->}{".contains(c);
    assert!(bare.chars().all(allowed), "{bare}");
    assert!(!bare.contains("evil"), "{bare}");
}

/// One line of Mermaid: in quotes there is nothing that could end them.
fn check_mermaid(line: &str) {
    let parts: Vec<&str> = line.split('"').collect();
    assert!(parts.len() == 3 || (parts.len() == 1 && line.contains(" --> ")), "{line}");
    if let [_, label, _] = parts[..] {
        let allowed = |c: char| c.is_alphanumeric() || " .,:/-%#;".contains(c);
        assert!(label.replace("<br/>", "").chars().all(allowed), "{label}");
    }
}

/// Tags are closed in order, and every `&` begins one of our entities.
fn check_xml(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    for (at, _) in text.match_indices('<') {
        let tag = &text[at + 1..][..text[at..].find('>').expect("a tag ends") - 1];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split([' ', '\n']).next().unwrap_or_default());
        }
    }
    assert!(open.is_empty(), "{open:?}");
    let entities = ["amp;", "lt;", "gt;", "quot;", "#39;"];
    assert!(text.split('&').skip(1).all(|rest| entities.iter().any(|entity| rest.starts_with(entity))));
}

#[test]
fn the_json_contains_what_the_drawing_shows() {
    let outcome = shop("-t hns -S shop/front -o json");
    let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    let count = |member: &str| document[member].as_array().expect("a list").len();
    let dot = shop("-t hns -S shop/front -o dot").stdout;
    assert_eq!(dot.lines().filter(|line| line.contains(" -> ")).count(), count("edges"));
    assert_eq!(
        dot.lines().filter(|line| line.contains("label=") && !line.contains(" -> ")).count(),
        count("nodes")
    );
}

#[test]
fn input_that_cannot_be_drawn_is_an_error() {
    for (arguments, message) in [
        ("-t iptables -S shop/front:", "`shop/front:` is not a Service"),
        ("-t iptables -S shop/nobody", "no Service matches shop/nobody"),
        ("-t hns-state", "add --dump FILE"),
    ] {
        let outcome = shop(arguments);
        assert!(outcome.failed(2).contains(message), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
    let outcome = hnsplan("graph -t netsh").run();
    assert!(outcome.failed(2).contains("add -f FILE"), "{}", outcome.stderr);
}

/// A picture of everything in a large cluster shows nothing, and says what would.
#[test]
fn a_drawing_has_a_limit() {
    let mut services = String::new();
    for (third, last) in (0..2).flat_map(|third| (1..=150).map(move |last| (third, last))) {
        let _ = writeln!(
            services,
            "{{apiVersion: v1, kind: Service, metadata: {{name: s{third}-{last}}}, spec: {{clusterIP: \
             10.96.{third}.{last}, ports: [{{port: 80}}]}}}}\n---"
        );
    }
    let graph =
        |arguments: &str| hnsplan("graph -t iptables -f -").args(arguments).input(services.as_str()).run();
    let outcome = graph("-o svg");
    assert!(outcome.failed(2).contains("with -S"), "{}", outcome.stderr);
    assert!(graph("-o svg -S default/s0-7").succeeded().contains("default/s0-7"));
    assert!(graph("-o text").succeeded().lines().count() > 600);
}
