//! Small random clusters. Names and addresses come from small pools, so that Services share addresses
//! and ports, and slices share endpoints; but no two objects have one name, and no endpoint is given
//! twice with different conditions.

use std::fmt;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::support::run::Run;

/// The objects of a cluster.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) objects: Vec<Value>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.objects.iter().try_for_each(|object| write!(f, "\n---\n{object}"))
    }
}

impl Cluster {
    /// The cluster as one multi-document manifest, compiled for node-a.
    pub(crate) fn run(&self, version: &str) -> Run {
        let documents: Vec<String> = self.objects.iter().map(Value::to_string).collect();
        compile_for_node_a(Run::of(&documents.join("\n---\n")), version)
    }
}

/// The node and its settings that all random clusters are compiled for.
pub(crate) fn compile_for_node_a(run: Run, version: &str) -> Run {
    run.version(version).on("node-a").flags(|flags| {
        flags.cluster_cidr = Some("10.244.0.0/16,fd00:244::/48".to_owned());
        flags.nfacct = Some(true);
    })
}

/// A version of kube-proxy.
pub(crate) fn version() -> impl Strategy<Value = &'static str> {
    select(&["1.30", "1.33", "1.35", "1.36"][..])
}

/// Any small cluster.
pub(crate) fn cluster() -> impl Strategy<Value = Cluster> {
    let maybe = |namespace, name| option::weighted(0.7, app(namespace, name));
    let apps = (maybe("default", "web"), maybe("default", "web-2"), maybe("shop", "web"), maybe("shop", "a"));
    (apps, any::<bool>(), any::<bool>()).prop_map(|((a, b, c, d), has_zone, has_node)| {
        let mut objects: Vec<Value> = [a, b, c, d].into_iter().flatten().flatten().collect();
        if has_node {
            objects.push(node("node-a", if has_zone { "z1" } else { "" }, ["192.168.0.2", "2001:db8:a::2"]));
            objects.push(node("node-b", "z2", ["192.168.0.3", "2001:db8:a::3"]));
        }
        Cluster { objects }
    })
}

fn node(name: &str, zone: &str, addresses: [&str; 2]) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": { "name": name, "labels": { "topology.kubernetes.io/zone": zone } },
        "status": { "addresses": addresses.map(|address| json!({ "type": "InternalIP", "address": address })) },
    })
}

/// A Service and its slices.
fn app(namespace: &'static str, name: &'static str) -> impl Strategy<Value = Vec<Value>> {
    let slices = vec((any::<bool>(), slice_ports(), members()), 0..4);
    (service(namespace, name), slices, vec(attributes(), ADDRESSES.len())).prop_map(
        move |(service, slices, attributes)| {
            let slices = (0..).zip(slices).map(|(index, (ipv6, ports, members))| {
                let family = usize::from(ipv6);
                json!({
                    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                    "metadata": {
                        "name": format!("{name}-{index}"), "namespace": namespace,
                        "labels": { "kubernetes.io/service-name": name },
                    },
                    "addressType": (["IPv4", "IPv6"][family]),
                    "ports": ports,
                    "endpoints": members.iter().map(|&member| {
                        let mut endpoint = attributes[member].clone();
                        endpoint.insert("addresses".to_owned(), json!([(ADDRESSES[member][family])]));
                        Value::Object(endpoint)
                    }).collect::<Vec<_>>(),
                })
            });
            std::iter::once(service).chain(slices).collect()
        },
    )
}

/// Addresses whose order as text is not that as numbers.
const ADDRESSES: [[&str; 2]; 6] = [
    ["10.244.0.9", "fd00:244::9"],
    ["10.244.0.10", "fd00:244::10"],
    ["10.244.1.2", "fd00:244:1::2"],
    ["10.244.1.20", "fd00:244:1::a"],
    ["10.0.0.1", "fd00::1"],
    ["192.168.0.2", "2001:db8:a::2"],
];

fn members() -> impl Strategy<Value = Vec<usize>> {
    subsequence((0..ADDRESSES.len()).collect::<Vec<_>>(), 0..=ADDRESSES.len())
}

/// All that an endpoint has besides its address.
fn attributes() -> impl Strategy<Value = Map<String, Value>> {
    let condition = || option::weighted(0.4, any::<bool>());
    let node = option::of(select(&["node-a", "node-b", "node-c"][..]));
    let zones = option::weighted(0.7, subsequence(vec!["z1", "z2"], 1..=2));
    let nodes = option::weighted(0.5, subsequence(vec!["node-a", "node-b"], 1..=2));
    (condition(), condition(), condition(), node, zones, nodes).prop_map(
        |(ready, serving, terminating, node, zones, nodes)| {
            let named =
                |names: Vec<&str>| names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>();
            let conditions = json!({ "ready": ready, "serving": serving, "terminating": terminating });
            let hints = json!({ "forZones": zones.map(named), "forNodes": nodes.map(named) });
            let fields = json!({ "nodeName": node, "conditions": conditions, "hints": hints });
            without_nulls(fields).as_object().expect("made of fields").clone()
        },
    )
}

/// A field that is not there is the same as `null`, but looks like what people write.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        other => other,
    }
}

/// Names of ports, with the protocol that goes with them.
const PORTS: [(&str, &str); 4] = [("http", "TCP"), ("dns", "UDP"), ("dns-tcp", "TCP"), ("media", "SCTP")];

fn port_names() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    prop_oneof![Just(vec![("", "TCP")]), subsequence(PORTS.to_vec(), 1..=3)]
}

fn slice_ports() -> impl Strategy<Value = Vec<Value>> {
    let all = subsequence([("", "TCP")].into_iter().chain(PORTS).collect::<Vec<_>>(), 1..=5);
    (all, vec(select(&[80, 8080][..]), 5)).prop_map(|(names, numbers)| {
        let ports = names.iter().zip(numbers);
        ports
            .map(|((name, protocol), port)| json!({ "name": name, "protocol": protocol, "port": port }))
            .collect()
    })
}

fn service_ports() -> impl Strategy<Value = Vec<Value>> {
    let numbers = vec((select(&[53, 80, 443][..]), option::of(30001..30004)), 3);
    (port_names(), numbers).prop_map(|(names, numbers)| {
        let port = |(&(name, protocol), (port, node_port)): (&(&str, &str), (i32, Option<i32>))| {
            without_nulls(json!({ "name": name, "protocol": protocol, "port": port, "nodePort": node_port }))
        };
        names.iter().zip(numbers).map(port).collect()
    })
}

fn service(namespace: &'static str, name: &'static str) -> impl Strategy<Value = Value> {
    let policy = || option::of(select(&["Cluster", "Local"][..]));
    let identity =
        (cluster_ips(), select(&["ClusterIP", "NodePort", "LoadBalancer"][..]), policy(), policy());
    let outside = (
        subsequence(vec!["192.0.2.1", "192.0.2.2", "2001:db8:e::1"], 0..=3),
        subsequence(vec!["198.51.100.1", "192.0.2.1", "2001:db8:f::1"], 0..=3),
        subsequence(vec!["203.0.113.0/24", "192.168.0.0/16", "0.0.0.0/0", "2001:db8:c::/48"], 0..=3),
        option::of(32000..32002),
    );
    let label = option::weighted(0.1, select(&["headless", "service-proxy-name"][..]));
    (identity, outside, service_ports(), any::<bool>(), any::<bool>(), label).prop_map(
        move |((ips, kind, internal, external), (external_ips, vips, ranges, health), ports, sticky, annotated, label)| {
            let family = |ip: &&str| if ip.contains(':') { "IPv6" } else { "IPv4" };
            without_nulls(json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": without_nulls(json!({
                    "name": name, "namespace": namespace,
                    "labels": label.map(|label| json!({ format!("service.kubernetes.io/{label}"): "" })),
                    "annotations": annotated.then(|| json!({ "service.kubernetes.io/topology-mode": "Auto" })),
                })),
                "spec": {
                    "type": kind, "clusterIP": ips[0], "clusterIPs": ips,
                    "ipFamilies": ips.iter().map(family).collect::<Vec<_>>(),
                    "ports": ports, "externalIPs": external_ips, "loadBalancerSourceRanges": ranges,
                    "sessionAffinity": if sticky { "ClientIP" } else { "None" },
                    "internalTrafficPolicy": internal, "externalTrafficPolicy": external,
                    "healthCheckNodePort": health,
                },
                "status": { "loadBalancer": {
                    "ingress": vips.iter().map(|ip| json!({ "ip": ip })).collect::<Vec<_>>(),
                } },
            }))
        },
    )
}

fn cluster_ips() -> impl Strategy<Value = Vec<&'static str>> {
    let ipv4 = || select(&["10.96.0.1", "10.96.0.2"][..]);
    let ipv6 = || select(&["fd00:96::1", "fd00:96::2"][..]);
    prop_oneof![
        3 => ipv4().prop_map(|ip| vec![ip]),
        1 => ipv6().prop_map(|ip| vec![ip]),
        2 => (ipv4(), ipv6()).prop_map(|(a, b)| vec![a, b]),
        1 => (ipv4(), ipv6()).prop_map(|(a, b)| vec![b, a]),
    ]
}
