//! Promise: packets go where Kubernetes says, told by following them through the emitted text.

use std::net::IpAddr;

use hnsplan::net::{Family, Protocol};

use crate::examples::example;
use crate::restore_text::{Table, tables};
use crate::run::Run;
use crate::tracer::{Packet, Way, trace};

const NODE: [&str; 2] = ["192.168.0.2", "2001:db8:a::2"];

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn follow(tables: &[Table], source: &str, protocol: Protocol, destination: &str, port: u16) -> Way {
    let packet = Packet { source: ip(source), protocol, destination: ip(destination), port };
    trace(tables, packet, &NODE.map(ip))
}

const KEPT: bool = false;
const MASQUERADED: bool = true;

/// What it is, source, protocol, destination and port; where it goes, and whether it is masqueraded.
type Flow = (&'static str, &'static str, Protocol, &'static str, u16, &'static str, bool);

#[track_caller]
fn expect(run: &Run, family: Family, flows: &[Flow]) {
    let tables = tables(&run.text(family));
    let mut wrong = Vec::new();
    for &(what, source, protocol, destination, port, results, masqueraded) in flows {
        let way = follow(&tables, source, protocol, destination, port);
        let got = (way.results.join(", "), way.masqueraded);
        if got != (results.to_owned(), masqueraded) {
            wrong.push(format!("{what}: wanted {results:?}, masquerade {masqueraded}; got {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

use Protocol::{Tcp, Udp};

#[test]
fn the_flows_of_cluster_ip_services() {
    const WEB: &str = "10.244.0.7:8080, 10.244.1.10:8080, 10.244.1.9:8080";
    let flows = [
        ("pod to web", "10.244.3.3", Tcp, "10.96.0.20", 80, WEB, KEPT),
        ("hairpin", "10.244.0.7", Tcp, "10.96.0.20", 80, WEB, MASQUERADED),
        ("node to web", "192.168.0.2", Tcp, "10.96.0.20", 80, WEB, MASQUERADED),
        ("outside to web", "203.0.113.2", Tcp, "10.96.0.20", 80, WEB, MASQUERADED),
        ("pod to DNS over UDP", "10.244.3.3", Udp, "10.96.0.10", 53, "10.244.0.2:53", KEPT),
        ("pod to DNS over TCP", "10.244.3.3", Tcp, "10.96.0.10", 53, "10.244.0.2:53", KEPT),
        ("wrong protocol", "10.244.3.3", Udp, "10.96.0.20", 80, "", KEPT),
        ("wrong port", "10.244.3.3", Tcp, "10.96.0.20", 8080, "", KEPT),
        ("pod to empty", "10.244.3.3", Tcp, "10.96.0.30", 8080, "REJECT", KEPT),
        ("unrelated", "10.244.3.3", Tcp, "10.244.9.9", 80, "", KEPT),
    ];
    expect(&example("cluster-ip"), Family::Ipv4, &flows);
}

#[test]
fn the_flows_of_a_load_balancer_in_ipv4() {
    const LOCAL: &str = "10.244.0.5:8443";
    const READY: &str = "10.244.1.6:8443";
    let flows = [
        ("pod to cluster IP", "10.244.3.3", Tcp, "10.96.1.1", 443, READY, KEPT),
        ("node to cluster IP", "192.168.0.2", Tcp, "10.96.1.1", 443, READY, MASQUERADED),
        ("outside to external IP", "203.0.113.2", Tcp, "192.0.2.10", 443, LOCAL, KEPT),
        ("pod to external IP", "10.244.3.3", Tcp, "192.0.2.10", 443, READY, KEPT),
        ("allowed outside to VIP", "203.0.113.2", Tcp, "198.51.100.7", 443, LOCAL, KEPT),
        ("blocked outside to VIP", "203.0.113.130", Tcp, "198.51.100.7", 443, "DROP", KEPT),
        ("pod to VIP, not in the ranges", "10.244.3.3", Tcp, "198.51.100.7", 443, "DROP", KEPT),
        ("node to VIP", "192.168.0.2", Tcp, "198.51.100.7", 443, READY, MASQUERADED),
        ("VIP to itself", "198.51.100.7", Tcp, "198.51.100.7", 443, LOCAL, KEPT),
        ("outside to node port", "203.0.113.130", Tcp, "192.168.0.2", 30443, LOCAL, KEPT),
        ("pod to node port", "10.244.3.3", Tcp, "192.168.0.2", 30443, READY, KEPT),
        ("localhost to node port", "127.0.0.1", Tcp, "127.0.0.1", 30443, READY, MASQUERADED),
        ("VIP in Proxy mode", "203.0.113.2", Tcp, "198.51.100.8", 443, "", KEPT),
        ("health check", "203.0.113.2", Tcp, "192.168.0.2", 32100, "ACCEPT", KEPT),
        ("pod to cache", "10.244.3.3", Tcp, "10.96.1.2", 6379, "DROP", KEPT),
    ];
    expect(&example("load-balancer"), Family::Ipv4, &flows);
}

#[test]
fn the_flows_of_a_load_balancer_in_ipv6() {
    const READY: &str = "[fd00:244:1::6]:8443";
    // Twice dropped: by its source, and because no endpoint is local.
    const TWICE: &str = "DROP, DROP";
    let flows = [
        ("pod to cluster IP", "fd00:244:3::3", Tcp, "fd00:96::1:1", 443, READY, KEPT),
        ("outside to external IP", "2001:db8:c::5", Tcp, "2001:db8:e::10", 443, "DROP", KEPT),
        ("pod to external IP", "fd00:244:3::3", Tcp, "2001:db8:e::10", 443, READY, KEPT),
        ("allowed outside to VIP", "2001:db8:c::5", Tcp, "2001:db8:ffff::7", 443, TWICE, KEPT),
        ("blocked outside to VIP", "2001:db8:d::5", Tcp, "2001:db8:ffff::7", 443, TWICE, KEPT),
        ("outside to node port", "2001:db8:d::5", Tcp, "2001:db8:a::2", 30443, "DROP", KEPT),
        ("node to node port", "2001:db8:a::2", Tcp, "2001:db8:a::2", 30443, READY, MASQUERADED),
        ("localhost to node port", "::1", Tcp, "::1", 30443, "DROP", KEPT),
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
type Row = (Source, Destination, [Fate; 3]);

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
enum Fate {
    /// Both endpoints, with the source masqueraded.
    AllMasq,
    All,
    LocalMasq,
    Local,
}

use Destination::{ClusterIp, NodePort, Vip};
use Fate::{All, AllMasq, Local, LocalMasq};
use Source::{Itself, Localhost, Node, Outside, Pod};

const MATRIX: [Row; 13] = [
    (Pod, ClusterIp, [All, All, Local]),
    (Itself, ClusterIp, [AllMasq, AllMasq, LocalMasq]),
    (Node, ClusterIp, [AllMasq, AllMasq, LocalMasq]),
    (Outside, ClusterIp, [AllMasq, AllMasq, LocalMasq]),
    (Pod, NodePort, [AllMasq, All, AllMasq]),
    (Pod, Vip, [AllMasq, All, AllMasq]),
    (Itself, NodePort, [AllMasq, AllMasq, AllMasq]),
    (Itself, Vip, [AllMasq, AllMasq, AllMasq]),
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

fn fate(tables: &[Table], source: Source, destination: Destination) -> Option<Fate> {
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
    let way = follow(tables, source, Tcp, address, port);
    match (way.results.join(" ").as_str(), way.masqueraded) {
        ("10.244.0.5:80 10.244.1.6:80", true) => Some(AllMasq),
        ("10.244.0.5:80 10.244.1.6:80", false) => Some(All),
        ("10.244.0.5:80", true) => Some(LocalMasq),
        ("10.244.0.5:80", false) => Some(Local),
        _ => None,
    }
}

#[track_caller]
fn expect_matrix(rows: &[Row], change: impl Fn(Run) -> Run) {
    let columns = [("Cluster", "Cluster"), ("Cluster", "Local"), ("Local", "Cluster")];
    for (column, (internal, external)) in columns.into_iter().enumerate() {
        let tables = tables(&change(policies(internal, external)).ipv4());
        for (source, destination, fates) in rows {
            let got = fate(&tables, *source, *destination);
            let what = format!("{source:?} to {destination:?}, internal {internal}, external {external}");
            assert_eq!(got, Some(fates[column]), "{what}");
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
    let changed = [(Pod, ClusterIp, [AllMasq, AllMasq, LocalMasq])];
    expect_matrix(&matrix(&changed), |run| run.flags(|flags| flags.masquerade_all = Some(true)));
}

#[test]
fn masquerade_all_needs_no_detection() {
    let changed = [
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
