//! What assumptions leave open, decided for an input: by what kubeadm was told, or as kubeadm does by default.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use serde_json::Value;

use super::{AssumedNode, AssumedWorkload, Assumptions};
use crate::fill::assumed::Replicas;
use crate::manifest::AnyObject;
use crate::net::{Family, PortRange, parse_cidr};

/// The service range of a cluster that says nothing else.
const SERVICE_CIDR: &str = "10.96.0.0/12";
/// Its pod networks.
const POD_CIDRS: [&str; 2] = ["10.244.0.0/16", "fd00:10:244::/48"];

impl Assumptions {
    /// The same with all that is left open decided for an input. Nodes are those that are made: none where the input
    /// has some.
    pub(in crate::fill) fn decide(&self, objects: &[AnyObject]) -> Self {
        let mut decided = self.clone();
        let kubeadm = Kubeadm::of(objects);
        if decided.service_cidrs.is_empty() {
            decided.service_cidrs = kubeadm.networks("serviceSubnet");
        }
        if decided.service_cidrs.is_empty() {
            decided.service_cidrs = of_service_cidr(objects);
        }
        if decided.service_cidrs.is_empty() {
            decided.service_cidrs = vec![network(SERVICE_CIDR)];
        }
        if decided.pod_cidrs.is_empty() {
            decided.pod_cidrs = kubeadm.networks("podSubnet");
        }
        for default in POD_CIDRS.map(network) {
            let is_same = |own: &IpNet| Family::of_net(own) == Family::of_net(&default);
            if !decided.pod_cidrs.iter().any(is_same) {
                decided.pod_cidrs.push(default);
            }
        }
        decided.node_ports =
            decided.node_ports.or_else(|| kubeadm.node_ports()).or(Some(PortRange::NODE_PORTS));
        decided.nodes = if objects.iter().any(|object| object.kind() == ("v1", "Node")) {
            Vec::new()
        } else {
            decided.complete_nodes()
        };
        decided
    }

    /// Keeps the replicas that no manifest names.
    pub(in crate::fill) fn keep_replicas(&mut self, workloads: &[Replicas]) {
        for of in workloads.iter().filter(|of| of.is_assumed) {
            let known = self.workloads.iter_mut().find(|known| {
                (&known.namespace, &known.name) == (&of.namespace, &of.name)
                    && known.kind.as_deref().is_none_or(|kind| kind == of.kind)
            });
            match known {
                Some(known) => known.replicas = known.replicas.or(Some(of.count)),
                None => self.workloads.push(AssumedWorkload {
                    namespace: of.namespace.clone(),
                    name: of.name.clone(),
                    kind: Some(of.kind.to_owned()),
                    replicas: Some(of.count),
                    ready: None,
                }),
            }
        }
    }

    /// The nodes with their addresses and pod networks: a Linux and a Windows node if none are given.
    fn complete_nodes(&self) -> Vec<AssumedNode> {
        let mut nodes = self.nodes.clone();
        if nodes.is_empty() {
            for (name, is_windows) in [("linux-1", false), ("windows-1", true)] {
                nodes.push(AssumedNode { name: name.into(), is_windows, ..AssumedNode::default() });
            }
        }
        let parts = nodes.len().next_power_of_two().max(2);
        for (at, node) in nodes.iter_mut().enumerate() {
            if node.addresses.is_empty() {
                node.addresses = addresses(at);
            }
            if node.pod_cidrs.is_empty() {
                let part = |network: &IpNet| part(network, parts, at);
                node.pod_cidrs = self.pod_cidrs.iter().filter_map(part).collect();
            }
        }
        nodes
    }
}

/// The addresses of a node by its position.
fn addresses(at: usize) -> Vec<IpAddr> {
    let at = u32::try_from(at).unwrap_or_default();
    let ipv4 = u32::from(Ipv4Addr::new(192, 168, 0, 11)).saturating_add(at);
    let ipv6 = u128::from(Ipv6Addr::new(0xfd00, 0x192, 0x168, 0, 0, 0, 0, 0x11)) + u128::from(at);
    vec![Ipv4Addr::from(ipv4).into(), Ipv6Addr::from(ipv6).into()]
}

/// One of as many parts of a network; `None` where it is too small.
fn part(network: &IpNet, parts: usize, at: usize) -> Option<IpNet> {
    let bits = u8::try_from(parts.trailing_zeros()).ok()?;
    let length =
        network.prefix_len().checked_add(bits).filter(|length| *length <= network.max_prefix_len())?;
    network.subnets(length).ok()?.nth(at)
}

fn network(text: &str) -> IpNet {
    text.parse().expect("it is a network")
}

/// The ranges in the `ServiceCIDR` that every cluster makes of its flags.
fn of_service_cidr(objects: &[AnyObject]) -> Vec<IpNet> {
    let is_default = |object: &&AnyObject| {
        let (version, kind) = object.kind();
        kind == "ServiceCIDR" && version.starts_with("networking.k8s.io/") && object.name() == "kubernetes"
    };
    let cidrs = objects.iter().find(is_default).and_then(|object| object.get(&["spec", "cidrs"]));
    let cidrs = cidrs.and_then(Value::as_array).into_iter().flatten();
    cidrs.filter_map(|cidr| parse_cidr(cidr.as_str()?)).collect()
}

/// `ClusterConfiguration` of kubeadm, as a document or in the `ConfigMap` that kubeadm keeps of it.
struct Kubeadm(Value);

impl Kubeadm {
    fn of(objects: &[AnyObject]) -> Self {
        let found = objects.iter().find_map(|object| match object.kind() {
            (version, "ClusterConfiguration") if version.starts_with("kubeadm.k8s.io/") => {
                Some(Value::Object(object.fields.clone()))
            }
            ("v1", "ConfigMap") if object.name() == "kubeadm-config" => {
                serde_yaml::from_str(object.text(&["data", "ClusterConfiguration"])).ok()
            }
            _ => None,
        });
        Self(found.unwrap_or_default())
    }

    /// The networks in a field of `networking`, joined by commas.
    fn networks(&self, field: &str) -> Vec<IpNet> {
        let text = self.0["networking"][field].as_str().unwrap_or_default();
        text.split(',').filter_map(|text| parse_cidr(text.trim())).collect()
    }

    /// An argument of the API server: a mapping until `v1beta3`, a list since.
    fn node_ports(&self) -> Option<PortRange> {
        const NAME: &str = "service-node-port-range";
        let arguments = &self.0["apiServer"]["extraArgs"];
        let of_list = || {
            let mut list = arguments.as_array()?.iter();
            list.find(|argument| argument["name"] == NAME).map(|argument| &argument["value"])
        };
        let value = arguments.get(NAME).or_else(of_list)?;
        PortRange::from_str(value.as_str()?).ok()
    }
}
