//! Promise: packets go where Kubernetes wants them; the tests follow them through the emitted text.

use std::net::IpAddr;

use hnsplan::answer::verdict::{Fate, Host, Outcome, Packet, Sender, SourceAddress, Verdict};
use hnsplan::net::{Family, Protocol};
use hnsplan::platform::iptables::eval::Evaluator;
use hnsplan::platform::iptables::model::Ruleset;
use hnsplan::platform::iptables::read;

use crate::compile::examples::example;
use crate::support::run::Run;

const NODE: [&str; 2] = ["192.168.0.2", "2001:db8:a::2"];

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The rules as they are read from the emitted text.
fn rules(run: &Run, family: Family) -> Ruleset {
    let (rules, problems) = read(&run.text(family), family);
    assert_eq!(problems, []);
    rules
}

fn follow(rules: &Ruleset, source: &str, protocol: Protocol, destination: &str, port: u16) -> Verdict {
    let (source, destination) = (ip(source), ip(destination));
    let host = Host::new(NODE.map(ip));
    let pods = ["10.244.0.0/16", "fd00:244::/32"].map(|net| net.parse::<ipnet::IpNet>().unwrap());
    let sender = match source {
        _ if host.is_local(source) => Sender::Node,
        _ if pods.iter().any(|net| net.contains(&source)) => Sender::Pod,
        _ => Sender::Outside,
    };
    let packet = Packet { sender, source, destination, protocol, port, interface: None, remembered: None };
    Evaluator::new(rules, &host).verdict(&packet)
}

/// Whom the endpoints see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// The sender.
    Kept,
    /// The node.
    Masqueraded,
    /// The node where the sender meets itself, the sender elsewhere.
    Hairpin,
}

use Seen::{Hairpin, Kept, Masqueraded};

/// The endpoints, each with the same chance, or a word for what happens instead; and whom they see.
fn describe(verdict: &Verdict, source: &str) -> (String, Seen) {
    let outcomes: Vec<(String, bool)> = verdict.outcomes().iter().map(describe_outcome).collect();
    let results: Vec<&str> = outcomes.iter().map(|(result, _)| result.as_str()).collect();
    let itself = |result: &str| result.starts_with(&format!("{source}:"));
    let seen = match () {
        () if outcomes.iter().all(|(_, masqueraded)| !masqueraded) => Kept,
        () if outcomes.iter().all(|(_, masqueraded)| *masqueraded) => Masqueraded,
        () if outcomes.iter().all(|(result, masqueraded)| *masqueraded == itself(result)) => Hairpin,
        () => panic!("some of {outcomes:?} are masqueraded"),
    };
    (results.join(", "), seen)
}

fn describe_outcome(outcome: &Outcome) -> (String, bool) {
    let masqueraded = |source| source == SourceAddress::Masqueraded;
    match &outcome.fate {
        Fate::Endpoint(to) => (to.endpoint.to_string(), masqueraded(to.source)),
        Fate::Unhandled(source) => {
            let opened = outcome.steps.iter().any(|step| &*step.within == "filter KUBE-NODEPORTS");
            (if opened { "ACCEPT" } else { "" }.to_owned(), masqueraded(*source))
        }
        Fate::Rejected => ("REJECT".to_owned(), false),
        Fate::Dropped => ("DROP".to_owned(), false),
        Fate::Answered(what) => panic!("no rule answers: {what}"),
        Fate::Undecided(why) => panic!("undecided: {why}"),
    }
}

/// What it is, source, protocol, destination and port; where it goes, and whom the endpoints see.
type Flow = (&'static str, &'static str, Protocol, &'static str, u16, &'static str, Seen);

#[track_caller]
fn expect(run: &Run, family: Family, flows: &[Flow]) {
    let rules = rules(run, family);
    let mut wrong = Vec::new();
    for &(what, source, protocol, destination, port, results, seen) in flows {
        let verdict = follow(&rules, source, protocol, destination, port);
        let got = describe(&verdict, source);
        if got != (results.to_owned(), seen) {
            wrong.push(format!("{what}: wanted {results:?}, {seen:?}; got {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

use Protocol::{Tcp, Udp};

#[test]
fn the_flows_of_cluster_ip_services() {
    const WEB: &str = "10.244.0.7:8080, 10.244.1.10:8080, 10.244.1.9:8080";
    let flows = [
        ("pod to web", "10.244.3.3", Tcp, "10.96.0.20", 80, WEB, Kept),
        ("hairpin", "10.244.0.7", Tcp, "10.96.0.20", 80, WEB, Hairpin),
        ("node to web", "192.168.0.2", Tcp, "10.96.0.20", 80, WEB, Masqueraded),
        ("outside to web", "203.0.113.2", Tcp, "10.96.0.20", 80, WEB, Masqueraded),
        ("pod to DNS over UDP", "10.244.3.3", Udp, "10.96.0.10", 53, "10.244.0.2:53", Kept),
        ("pod to DNS over TCP", "10.244.3.3", Tcp, "10.96.0.10", 53, "10.244.0.2:53", Kept),
        ("wrong protocol", "10.244.3.3", Udp, "10.96.0.20", 80, "", Kept),
        ("wrong port", "10.244.3.3", Tcp, "10.96.0.20", 8080, "", Kept),
        ("pod to empty", "10.244.3.3", Tcp, "10.96.0.30", 8080, "REJECT", Kept),
        ("unrelated", "10.244.3.3", Tcp, "10.244.9.9", 80, "", Kept),
    ];
    expect(&example("cluster-ip"), Family::Ipv4, &flows);
}

#[test]
fn the_flows_of_a_load_balancer_in_ipv4() {
    const LOCAL: &str = "10.244.0.5:8443";
    const READY: &str = "10.244.1.6:8443";
    let flows = [
        ("pod to cluster IP", "10.244.3.3", Tcp, "10.96.1.1", 443, READY, Kept),
        ("node to cluster IP", "192.168.0.2", Tcp, "10.96.1.1", 443, READY, Masqueraded),
        ("outside to external IP", "203.0.113.2", Tcp, "192.0.2.10", 443, LOCAL, Kept),
        ("pod to external IP", "10.244.3.3", Tcp, "192.0.2.10", 443, READY, Kept),
        ("allowed outside to VIP", "203.0.113.2", Tcp, "198.51.100.7", 443, LOCAL, Kept),
        ("blocked outside to VIP", "203.0.113.130", Tcp, "198.51.100.7", 443, "DROP", Kept),
        ("pod to VIP, not in the ranges", "10.244.3.3", Tcp, "198.51.100.7", 443, "DROP", Kept),
        ("node to VIP", "192.168.0.2", Tcp, "198.51.100.7", 443, READY, Masqueraded),
        ("VIP to itself", "198.51.100.7", Tcp, "198.51.100.7", 443, LOCAL, Kept),
        ("outside to node port", "203.0.113.130", Tcp, "192.168.0.2", 30443, LOCAL, Kept),
        ("pod to node port", "10.244.3.3", Tcp, "192.168.0.2", 30443, READY, Kept),
        ("localhost to node port", "127.0.0.1", Tcp, "127.0.0.1", 30443, READY, Masqueraded),
        ("VIP in Proxy mode", "203.0.113.2", Tcp, "198.51.100.8", 443, "", Kept),
        ("health check", "203.0.113.2", Tcp, "192.168.0.2", 32100, "ACCEPT", Kept),
        ("pod to cache", "10.244.3.3", Tcp, "10.96.1.2", 6379, "DROP", Kept),
    ];
    expect(&example("load-balancer"), Family::Ipv4, &flows);
}

#[test]
fn the_flows_of_a_load_balancer_in_ipv6() {
    const READY: &str = "[fd00:244:1::6]:8443";
    let flows = [
        ("pod to cluster IP", "fd00:244:3::3", Tcp, "fd00:96::1:1", 443, READY, Kept),
        ("outside to external IP", "2001:db8:c::5", Tcp, "2001:db8:e::10", 443, "DROP", Kept),
        ("pod to external IP", "fd00:244:3::3", Tcp, "2001:db8:e::10", 443, READY, Kept),
        ("allowed outside to VIP", "2001:db8:c::5", Tcp, "2001:db8:ffff::7", 443, "DROP", Kept),
        ("blocked outside to VIP", "2001:db8:d::5", Tcp, "2001:db8:ffff::7", 443, "DROP", Kept),
        ("outside to node port", "2001:db8:d::5", Tcp, "2001:db8:a::2", 30443, "DROP", Kept),
        ("node to node port", "2001:db8:a::2", Tcp, "2001:db8:a::2", 30443, READY, Masqueraded),
        ("localhost to node port", "::1", Tcp, "::1", 30443, "DROP", Kept),
    ];
    expect(&example("load-balancer"), Family::Ipv6, &flows);
}

/// A Service with one local and one remote endpoint, reached in every way.
fn policies(internal: &str, external: &str) -> Run {
    Run::of(&format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: default}}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.1
  internalTrafficPolicy: {internal}
  externalTrafficPolicy: {external}
  ports: [{{port: 80, nodePort: 30080}}]
status: {{loadBalancer: {{ingress: [{{ip: 198.51.100.1}}]}}}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-1, namespace: default, labels: {{kubernetes.io/service-name: web}}}}
addressType: IPv4
ports: [{{name: '', port: 80}}]
endpoints:
- {{addresses: [10.244.0.5], nodeName: node-a}}
- {{addresses: [10.244.1.6], nodeName: node-b}}
"
    ))
    .on("node-a")
    .flags(|flags| flags.cluster_cidr = Some("10.244.0.0/16".to_owned()))
}

/// Source, destination, and what happens: with both policies Cluster, with the external one Local, with
/// the internal one Local.
type Row = (Source, Destination, [Way; 3]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Pod,
    /// The local endpoint.
    Itself,
    Node,
    Localhost,
    Outside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination {
    ClusterIp,
    NodePort,
    Vip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Both endpoints, with the source masqueraded.
    AllMasq,
    /// Both endpoints, with the source masqueraded where it is the endpoint itself.
    AllHairpin,
    All,
    LocalMasq,
    Local,
}

use Destination::{ClusterIp, NodePort, Vip};
use Source::{Itself, Localhost, Node, Outside, Pod};
use Way::{All, AllHairpin, AllMasq, Local, LocalMasq};

const MATRIX: [Row; 13] = [
    (Pod, ClusterIp, [All, All, Local]),
    (Itself, ClusterIp, [AllHairpin, AllHairpin, LocalMasq]),
    (Node, ClusterIp, [AllMasq, AllMasq, LocalMasq]),
    (Outside, ClusterIp, [AllMasq, AllMasq, LocalMasq]),
    (Pod, NodePort, [AllMasq, All, AllMasq]),
    (Pod, Vip, [AllMasq, All, AllMasq]),
    (Itself, NodePort, [AllMasq, AllHairpin, AllMasq]),
    (Itself, Vip, [AllMasq, AllHairpin, AllMasq]),
    (Node, NodePort, [AllMasq, AllMasq, AllMasq]),
    (Node, Vip, [AllMasq, AllMasq, AllMasq]),
    (Localhost, NodePort, [AllMasq, AllMasq, AllMasq]),
    (Outside, NodePort, [AllMasq, Local, AllMasq]),
    (Outside, Vip, [AllMasq, Local, AllMasq]),
];

/// The matrix with some rows replaced.
fn matrix(replaced: &[Row]) -> Vec<Row> {
    let same = |a: &Row, b: &Row| (a.0, a.1) == (b.0, b.1);
    MATRIX.iter().map(|row| *replaced.iter().find(|new| same(row, new)).unwrap_or(row)).collect()
}

fn way(rules: &Ruleset, source: Source, destination: Destination) -> Option<Way> {
    let source = match source {
        Pod => "10.244.0.99",
        Itself => "10.244.0.5",
        Node => NODE[0],
        Localhost => "127.0.0.1",
        Outside => "203.0.113.2",
    };
    let (address, port) = match destination {
        ClusterIp => ("10.96.0.1", 80),
        NodePort if source == "127.0.0.1" => (source, 30080),
        NodePort => (NODE[0], 30080),
        Vip => ("198.51.100.1", 80),
    };
    let (results, seen) = describe(&follow(rules, source, Tcp, address, port), source);
    match (results.as_str(), seen) {
        ("10.244.0.5:80, 10.244.1.6:80", Masqueraded) => Some(AllMasq),
        ("10.244.0.5:80, 10.244.1.6:80", Hairpin) => Some(AllHairpin),
        ("10.244.0.5:80, 10.244.1.6:80", Kept) => Some(All),
        ("10.244.0.5:80", Masqueraded) => Some(LocalMasq),
        ("10.244.0.5:80", Kept) => Some(Local),
        _ => None,
    }
}

#[track_caller]
fn expect_matrix(rows: &[Row], change: impl Fn(Run) -> Run) {
    let columns = [("Cluster", "Cluster"), ("Cluster", "Local"), ("Local", "Cluster")];
    for (column, (internal, external)) in columns.into_iter().enumerate() {
        let rules = rules(&change(policies(internal, external)), Family::Ipv4);
        for (source, destination, ways) in rows {
            let got = way(&rules, *source, *destination);
            let what = format!("{source:?} to {destination:?}, internal {internal}, external {external}");
            assert_eq!(got, Some(ways[column]), "{what}");
        }
    }
}

#[test]
fn traffic_policies_choose_the_endpoints_and_who_is_masqueraded() {
    expect_matrix(&MATRIX, |run| run);
}

#[test]
fn without_local_traffic_detection_pods_are_as_others() {
    let changed = [
        (Node, ClusterIp, [All, All, Local]),
        (Outside, ClusterIp, [All, All, Local]),
        (Pod, NodePort, [AllMasq, Local, AllMasq]),
        (Pod, Vip, [AllMasq, Local, AllMasq]),
        (Itself, NodePort, [AllMasq, LocalMasq, AllMasq]),
        (Itself, Vip, [AllMasq, LocalMasq, AllMasq]),
    ];
    expect_matrix(&matrix(&changed), |run| run.flags(|flags| flags.cluster_cidr = Some(String::new())));
}

#[test]
fn masquerade_all_masquerades_traffic_of_pods_to_cluster_ips() {
    let changed =
        [(Pod, ClusterIp, [AllMasq, AllMasq, LocalMasq]), (Itself, ClusterIp, [AllMasq, AllMasq, LocalMasq])];
    expect_matrix(&matrix(&changed), |run| run.flags(|flags| flags.masquerade_all = Some(true)));
}

#[test]
fn masquerade_all_needs_no_detection() {
    let changed = [
        (Itself, ClusterIp, [AllMasq, AllMasq, LocalMasq]),
        (Pod, ClusterIp, [AllMasq, AllMasq, LocalMasq]),
        (Pod, NodePort, [AllMasq, Local, AllMasq]),
        (Pod, Vip, [AllMasq, Local, AllMasq]),
        (Itself, NodePort, [AllMasq, LocalMasq, AllMasq]),
        (Itself, Vip, [AllMasq, LocalMasq, AllMasq]),
    ];
    expect_matrix(&matrix(&changed), |run| {
        run.flags(|flags| {
            flags.masquerade_all = Some(true);
            flags.cluster_cidr = Some(String::new());
        })
    });
}
