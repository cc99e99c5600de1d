//! What is assumed about a cluster: what manifests do not say, and what a cluster would decide.
//!
//! ```text
//! document ─ read ─► Assumptions ─ decide, for an input ─► Assumptions without anything open ─ to_yaml ─► document
//! ```

mod decide;
mod document;
mod range;
mod read;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::net::{Family, PortRange, Protocol};

pub use document::schema;
pub use range::{AddressRange, NotAnAddressRange};
pub(super) use read::MOST_REPLICAS;

/// What a cluster would decide and manifests do not say. What is left open is taken from the input, or is the default
/// of kubeadm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumptions {
    /// The service ranges, at most one of each family. The first one's family is the default.
    pub service_cidrs: Vec<IpNet>,
    /// The range of node ports.
    pub node_ports: Option<PortRange>,
    /// The pod networks of the cluster, of which each node without one of its own gets a part.
    pub pod_cidrs: Vec<IpNet>,
    /// The addresses that a load balancer may give.
    pub load_balancers: Vec<AddressRange>,
    /// The nodes, where the input has none.
    pub nodes: Vec<AssumedNode>,
    /// Replicas and readiness of workloads.
    pub workloads: Vec<AssumedWorkload>,
    /// Pods that exist only at run time, as operators make them.
    pub pods: Vec<RunTimePods>,
    /// The namespace of objects that name none.
    pub default_namespace: String,
}

impl Default for Assumptions {
    /// Nothing is given.
    fn default() -> Self {
        Self {
            service_cidrs: Vec::new(),
            node_ports: None,
            pod_cidrs: Vec::new(),
            load_balancers: Vec::new(),
            nodes: Vec::new(),
            workloads: Vec::new(),
            pods: Vec::new(),
            default_namespace: "default".into(),
        }
    }
}

/// A node where the input has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssumedNode {
    /// Its name.
    pub name: String,
    /// Whether it runs Windows.
    pub is_windows: bool,
    /// Its `topology.kubernetes.io/zone`.
    pub zone: Option<String>,
    /// Its internal addresses; by its position if there are none.
    pub addresses: Vec<IpAddr>,
    /// Its pod networks; parts of those of the cluster if there are none.
    pub pod_cidrs: Vec<IpNet>,
    /// Labels beside those for name, system and zone.
    pub labels: BTreeMap<String, String>,
    /// Its taints.
    pub taints: Vec<Taint>,
}

/// A taint of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What it does to pods that do not tolerate it.
    pub effect: TaintEffect,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum TaintEffect {
    /// No new ones.
    NoSchedule,
    /// New ones only where no other node takes them.
    PreferNoSchedule,
    /// None.
    NoExecute,
}

/// What is assumed of one workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumedWorkload {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its kind; any kind if `None`.
    pub kind: Option<String>,
    /// How many pods it has, where its manifest does not say so.
    pub replicas: Option<u64>,
    /// How many of its pods are ready; all if `None`.
    pub ready: Option<u64>,
}

/// Pods that something makes at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTimePods {
    /// Their namespace.
    pub namespace: String,
    /// Their names are this and a number.
    pub name: String,
    /// How many there are.
    pub replicas: u64,
    /// How many of them are ready; all if `None`.
    pub ready: Option<u64>,
    /// Their labels.
    pub labels: BTreeMap<String, String>,
    /// Their ports.
    pub ports: Vec<RunTimePort>,
    /// Whether they run on Windows.
    pub is_windows: bool,
    /// Whether their addresses are those of their nodes.
    pub host_network: bool,
}

/// A port of pods that something makes at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTimePort {
    /// The name; may be empty.
    pub name: String,
    /// The number.
    pub number: u16,
    /// The protocol.
    pub protocol: Protocol,
}

/// The shortest prefix of a service range of IPv6 that the API server takes.
const SHORTEST_IPV6_PREFIX: u8 = 64;

/// Whether the API server takes a network as a service range.
#[must_use]
pub fn is_service_range(range: &IpNet) -> bool {
    range.addr().is_ipv4() || range.prefix_len() >= SHORTEST_IPV6_PREFIX
}

/// Reads a network that the API server takes as a service range.
///
/// # Errors
/// When it is none; the text says what is taken.
pub fn parse_service_range(text: &str) -> Result<IpNet, String> {
    let range: IpNet = text.parse().map_err(|_| "expected a network as in 10.96.0.0/12".to_owned())?;
    let is_taken = is_service_range(&range);
    is_taken.then_some(range).ok_or_else(|| "the range is too large; IPv6 takes /64 or smaller".to_owned())
}

/// These networks without the addresses in them, if there is at most one of each family.
#[must_use]
pub fn one_of_each_family(ranges: &[IpNet]) -> Option<Vec<IpNet>> {
    let families: Vec<Family> = ranges.iter().map(Family::of_net).collect();
    let is_twice = ranges.len() > 2 || matches!(families[..], [one, other] if one == other);
    (!is_twice).then(|| ranges.iter().map(IpNet::trunc).collect())
}

impl Assumptions {
    /// The range of node ports.
    pub(super) fn node_ports(&self) -> PortRange {
        self.node_ports.unwrap_or(PortRange::NODE_PORTS)
    }
}
