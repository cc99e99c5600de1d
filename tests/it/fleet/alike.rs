//! Promise: nodes that share what is the same on all of them get the answers that each gets alone, and Services are checked
//! for a node only where they may be its own.

use std::collections::BTreeSet;

use hnsplan::allow::AllowList;
use hnsplan::diagnostics::Diagnostic;
use hnsplan::fleet::{CheckAlike, CheckNodes, NodeAnswer};
use hnsplan::node::{Overrides, Version};
use hnsplan::pipeline::{Loaded, Parsed, Setup};
use hnsplan::platform::{Options, Side, find};
use hnsplan::scope::Selector;
use hnsplan::source::Sources;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::support::cases::config;

const NODES: usize = 9;

/// What is the same for all Services of a cluster.
#[derive(Debug, Clone)]
struct Fleet {
    /// Whether Nodes tell the networks of their pods.
    has_networks: bool,
    /// The nodes that run Linux, or are in another zone.
    is_linux: Vec<bool>,
    zones: Vec<usize>,
    apps: Vec<App>,
    cluster_cidr: Option<&'static str>,
    version: &'static str,
    sides: [&'static str; 2],
}

/// A Service with its endpoints.
#[derive(Debug, Clone)]
struct App {
    kind: &'static str,
    policies: [bool; 2],
    endpoints: Vec<(usize, Pod)>,
    ranges: Option<&'static str>,
    external_ip: Option<&'static str>,
    has_affinity: bool,
    hints: Option<usize>,
    is_udp: bool,
}

#[derive(Debug, Clone, Copy)]
enum Pod {
    Usual,
    NotReady,
    Ending,
    /// On the network of its node.
    OfHost,
    /// Of this Service and of another one.
    Shared,
    /// In the network of another node than its own.
    Astray,
    /// Its slice does not say where it runs.
    Unplaced,
}

fn app() -> impl Strategy<Value = App> {
    let pod = prop_oneof![
        8 => Just(Pod::Usual), 1 => Just(Pod::NotReady), 1 => Just(Pod::Ending), 1 => Just(Pod::OfHost),
        1 => Just(Pod::Shared), 1 => Just(Pod::Astray), 1 => Just(Pod::Unplaced),
    ];
    let kind = select(&["ClusterIP", "NodePort", "LoadBalancer"][..]);
    let range = select(
        &[
            "10.128.0.0/9",
            "10.128.3.0/24",
            "172.20.0.4/30",
            "172.20.0.0/16",
            "203.0.113.0/24",
            "10.128.2.128/25",
        ][..],
    );
    let external = select(&["198.51.100.7", "172.20.0.5", "10.128.4.77"][..]);
    let endpoints = vec((0..NODES + 2, pod), 0..4);
    let policies = [0.5, 0.15].map(prop::bool::weighted);
    let often = (prop::bool::weighted(0.2), option::weighted(0.2, 0..NODES + 3), prop::bool::weighted(0.15));
    (kind, policies, endpoints, option::weighted(0.3, range), option::weighted(0.15, external), often)
        .prop_map(|(kind, policies, endpoints, ranges, external_ip, (has_affinity, hints, is_udp))| App {
            kind,
            policies,
            endpoints,
            ranges,
            external_ip,
            has_affinity,
            hints,
            is_udp,
        })
}

fn fleet() -> impl Strategy<Value = Fleet> {
    let cidr = option::weighted(0.5, Just("10.128.0.0/9"));
    let sides =
        select(&[["iptables", "hns"], ["hns", "netsh"], ["iptables", "nftables"], ["nftables", "hns"]][..]);
    (
        prop::bool::weighted(0.7),
        vec(prop::bool::weighted(0.15), NODES),
        vec(select(&[0usize, 0, 0, 1][..]), NODES),
        vec(app(), 1..24),
        cidr,
        select(&["1.30", "1.34", "1.36"][..]),
        sides,
        prop::bool::weighted(0.6),
    )
        .prop_map(
            |(has_networks, is_linux, zones, mut apps, cluster_cidr, version, sides, is_regular)| {
                // Answers are shared where each pod is in the network of its node.
                let endpoints = apps.iter_mut().flat_map(|app| &mut app.endpoints).filter(|_| is_regular);
                for (_, pod) in endpoints {
                    if matches!(pod, Pod::OfHost | Pod::Astray | Pod::Unplaced) {
                        *pod = Pod::Usual;
                    }
                }
                let has_networks = has_networks || is_regular;
                Fleet { has_networks, is_linux, zones, apps, cluster_cidr, version, sides }
            },
        )
}

fn name(node: usize) -> String {
    format!("node-{node}")
}

impl Fleet {
    fn nodes(&self) -> Vec<Value> {
        let node = |at: usize| {
            let os = if self.is_linux[at] { "linux" } else { "windows" };
            let spec =
                if self.has_networks { json!({ "podCIDR": format!("10.128.{at}.0/24") }) } else { json!({}) };
            let zone = format!("z{}", self.zones[at]);
            let ip = format!("172.20.0.{}", at + 4);
            json!({ "apiVersion": "v1", "kind": "Node", "spec": spec,
                "metadata": { "name": name(at), "labels": { "topology.kubernetes.io/zone": zone, "kubernetes.io/os": os } },
                "status": { "addresses": [{ "type": "InternalIP", "address": ip }] } })
        };
        (0..NODES).map(node).collect()
    }

    fn text(&self) -> String {
        let mut objects = self.nodes();
        for (at, app) in self.apps.iter().enumerate() {
            objects.extend(app.objects(at));
        }
        objects.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n")
    }

    fn setup(&self) -> Setup {
        let overrides =
            Overrides { cluster_cidr: self.cluster_cidr.map(str::to_owned), ..Overrides::default() };
        let version: Version = self.version.parse().expect("a version");
        Setup { version: Some(version), overrides, ..Setup::default() }
    }

    fn sides(&self) -> [Side; 2] {
        self.sides.map(|name| Side::wanted(find(name).expect("a platform")))
    }
}

impl App {
    fn objects(&self, at: usize) -> [Value; 2] {
        let name = format!("app-{at}");
        let policy = |is_local: bool| if is_local { "Local" } else { "Cluster" };
        let protocol = if self.is_udp { "UDP" } else { "TCP" };
        let mut port = json!({ "port": 80, "targetPort": 8080, "protocol": protocol });
        let mut spec = json!({ "type": self.kind, "clusterIP": format!("10.96.0.{}", at + 10) });
        let mut status = json!({});
        if self.kind != "ClusterIP" {
            port["nodePort"] = json!(30000 + at);
            spec["externalTrafficPolicy"] = json!(policy(self.policies[0]));
        }
        if self.kind == "LoadBalancer" {
            status = json!({ "loadBalancer": { "ingress": [{ "ip": format!("192.0.2.{}", at + 10) }] } });
            spec["loadBalancerSourceRanges"] = self.ranges.iter().map(|range| json!(range)).collect();
            if self.policies[0] {
                spec["healthCheckNodePort"] = json!(32000 + at);
            }
        }
        spec["internalTrafficPolicy"] = json!(policy(self.policies[1]));
        spec["externalIPs"] = self.external_ip.iter().map(|ip| json!(ip)).collect();
        if self.has_affinity {
            spec["sessionAffinity"] = json!("ClientIP");
        }
        spec["ports"] = json!([port]);
        let endpoints: Vec<Value> =
            self.endpoints.iter().enumerate().map(|(number, pod)| self.endpoint(at, number, *pod)).collect();
        [
            json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": "shop" },
                "spec": spec, "status": status }),
            json!({ "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": { "name": name, "namespace": "shop", "labels": { "kubernetes.io/service-name": name } },
                "ports": [{ "name": "", "port": 8080, "protocol": protocol }], "endpoints": endpoints }),
        ]
    }

    fn endpoint(&self, at: usize, number: usize, (node, pod): (usize, Pod)) -> Value {
        let host = 20 + at * 4 + number;
        let ip = match pod {
            Pod::OfHost => format!("172.20.0.{}", node + 4),
            Pod::Shared => format!("10.128.{node}.250"),
            Pod::Astray => format!("10.128.{}.{host}", (node + 1) % NODES),
            _ => format!("10.128.{node}.{host}"),
        };
        let (is_ready, ends) = match pod {
            Pod::NotReady => (false, false),
            Pod::Ending => (false, true),
            _ => (true, false),
        };
        let mut endpoint = json!({ "addresses": [ip],
            "conditions": { "ready": is_ready, "serving": is_ready || ends, "terminating": ends } });
        if !matches!(pod, Pod::Unplaced) {
            endpoint["nodeName"] = json!(name(node));
        }
        match self.hints {
            Some(hint) if hint < NODES => endpoint["hints"] = json!({ "forNodes": [{ "name": name(hint) }] }),
            Some(hint) => {
                endpoint["hints"] = json!({ "forZones": [{ "name": format!("z{}", hint - NODES) }] });
            }
            None => {}
        }
        endpoint
    }
}

/// All nodes, asked each alone, and sharing; with how many Services were checked.
struct Both {
    alone: Vec<(NodeAnswer, BTreeSet<Diagnostic>)>,
    shared: Vec<(NodeAnswer, BTreeSet<Diagnostic>)>,
    services: usize,
    work: usize,
}

fn ask(fleet: &Fleet, nodes: &[String]) -> Both {
    let mut sources = Sources::default();
    sources.add("cluster.yaml", fleet.text()).expect("it is small");
    let setup = fleet.setup();
    let versions: [(Parsed, Setup); 1] = [(Loaded::new(sources).parse(&setup), setup)];
    let (options, selector, allow) = (Options::default(), Selector::default(), AllowList::default());
    let question = CheckNodes {
        versions: &versions,
        sides: &fleet.sides(),
        options: &options,
        selector: &selector,
        allow: &allow,
        migration: None,
        dumps: None,
    };
    let alike = CheckAlike::new(question, nodes.iter().map(String::as_str));
    let found = |asked: hnsplan::fleet::Asked| (asked.answer, asked.diagnostics.into_iter().collect());
    Both {
        alone: nodes.iter().map(|node| found(question.ask(node))).collect(),
        shared: nodes.iter().map(|node| found(alike.ask(node))).collect(),
        services: versions[0].0.cluster().services.len(),
        work: alike.work(),
    }
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn every_node_gets_the_answer_that_it_gets_alone(fleet in fleet()) {
        let nodes: Vec<String> = (0..NODES).map(name).collect();
        let both = ask(&fleet, &nodes);
        for (node, ((alone, _), (shared, _))) in nodes.iter().zip(both.alone.iter().zip(&both.shared)) {
            prop_assert_eq!(alone, shared, "{}", node);
        }
        let all = |asked: &[(NodeAnswer, BTreeSet<Diagnostic>)]| {
            asked.iter().flat_map(|(_, found)| found.clone()).collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(all(&both.alone), all(&both.shared));
    }
}

/// A cluster in which each Service has endpoints on two nodes, of all kinds.
fn large(services: usize) -> Fleet {
    let app = |at: usize| App {
        kind: ["ClusterIP", "NodePort", "LoadBalancer"][at % 3],
        policies: [at.is_multiple_of(2), at.is_multiple_of(11)],
        endpoints: vec![(at % NODES, Pod::Usual), ((at * 5 + 1) % NODES, Pod::Usual)],
        ranges: (at % 6 == 2).then_some("203.0.113.0/24"),
        external_ip: None,
        has_affinity: at.is_multiple_of(7),
        hints: None,
        is_udp: at.is_multiple_of(5),
    };
    Fleet {
        has_networks: true,
        is_linux: vec![false; NODES],
        zones: vec![0; NODES],
        apps: (0..services).map(app).collect(),
        cluster_cidr: None,
        version: "1.36",
        sides: ["iptables", "hns"],
    }
}

/// Each node has endpoints of a ninth of 54 Services twice over, and so has the first node.
#[test]
fn services_are_checked_for_the_nodes_that_they_name() {
    let nodes: Vec<String> = (0..NODES).map(name).collect();
    let both = ask(&large(54), &nodes);
    assert_eq!(
        both.alone.iter().map(|(answer, _)| answer).collect::<Vec<_>>(),
        both.shared.iter().map(|(answer, _)| answer).collect::<Vec<_>>()
    );
    assert!(both.work < both.services * NODES, "{} of {}", both.work, both.services * NODES);
}
