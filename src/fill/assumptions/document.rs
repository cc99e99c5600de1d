//! The `Assumptions` document, as it is written in a file.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, schema_for};
use serde::{Deserialize, Serialize};

use super::{AssumedNode, AssumedWorkload, Assumptions, RunTimePods, Taint};
use crate::net::Protocol;

/// The version of the document.
pub(super) const API_VERSION: &str = "hnsplan/v1alpha1";
/// The kind of the document.
pub(super) const KIND: &str = "Assumptions";

/// What is assumed about a cluster: what manifests do not say. Every field is optional.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Assumptions")]
pub(super) struct Document {
    /// `hnsplan/v1alpha1`
    #[serde(default)]
    #[schemars(required, extend("const" = "hnsplan/v1alpha1"))]
    pub(super) api_version: String,
    /// `Assumptions`
    #[serde(default)]
    #[schemars(required, extend("const" = "Assumptions"))]
    pub(super) kind: String,
    /// The service ranges, at most one of each family; the first one's family is the default. Otherwise those of a
    /// `ClusterConfiguration` of kubeadm in the input, those of its `ServiceCIDR`, or 10.96.0.0/12.
    #[serde(rename = "serviceCIDRs", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) service_cidrs: Vec<String>,
    /// FIRST-LAST; 30000-32767 if nothing else is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) node_port_range: Option<String>,
    /// The pod networks, at most one of each family. Otherwise clusterCIDR of kube-proxy's configuration, that of a
    /// `ClusterConfiguration`, or 10.244.0.0/16 and `fd00:10:244::/48`.
    #[serde(rename = "podCIDRs", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pod_cidrs: Vec<String>,
    /// The addresses that a load balancer may give: addresses, networks, and ranges as FIRST-LAST.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) load_balancers: Vec<String>,
    /// The nodes, where the input has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) nodes: Vec<NodeEntry>,
    /// Replicas and readiness of workloads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) workloads: Vec<WorkloadEntry>,
    /// Pods that exist only at run time, as operators make them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pods: Vec<PodsEntry>,
}

/// A node.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Node")]
pub(super) struct NodeEntry {
    /// Its name.
    pub(super) name: String,
    /// Its operating system, linux if left out.
    #[serde(default)]
    pub(super) os: System,
    /// Its topology.kubernetes.io/zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) zone: Option<String>,
    /// Its internal addresses, at most one of each family.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) addresses: Vec<String>,
    /// Its pod networks, at most one of each family; parts of those of the cluster if left out.
    #[serde(rename = "podCIDRs", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pod_cidrs: Vec<String>,
    /// Labels beside those for name, system and zone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) labels: BTreeMap<String, String>,
    /// Its taints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) taints: Vec<Taint>,
}

/// An operating system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum System {
    /// Linux
    #[default]
    Linux,
    /// Windows
    Windows,
}

/// What is assumed of a workload.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Workload")]
pub(super) struct WorkloadEntry {
    /// NAMESPACE/NAME
    pub(super) name: String,
    /// Its kind, as in Deployment; any kind if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    /// How many pods it has, where its manifest does not say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replicas: Option<u64>,
    /// How many of its pods are ready; all if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ready: Option<u64>,
}

/// Pods that something makes at run time.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Pods")]
pub(super) struct PodsEntry {
    /// NAMESPACE/NAME; their names are NAME-0, NAME-1, ….
    pub(super) name: String,
    /// How many there are; one if left out.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub(super) replicas: u64,
    /// How many of them are ready; all if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ready: Option<u64>,
    /// Their labels.
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    /// Their ports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ports: Vec<PortEntry>,
    /// The operating system of their nodes, linux if left out.
    #[serde(default, skip_serializing_if = "System::is_linux")]
    pub(super) os: System,
    /// Whether their addresses are those of their nodes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) host_network: bool,
}

/// A port of such pods.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Port")]
pub(super) struct PortEntry {
    /// The name that Services may use.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) name: String,
    /// The number.
    pub(super) port: u16,
    /// The protocol, TCP if left out.
    #[serde(default)]
    pub(super) protocol: Transport,
}

/// The protocol of a port.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub(super) enum Transport {
    /// TCP
    #[default]
    Tcp,
    /// UDP
    Udp,
    /// SCTP
    Sctp,
}

impl Transport {
    fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Tcp => Self::Tcp,
            Protocol::Udp => Self::Udp,
            Protocol::Sctp => Self::Sctp,
        }
    }
}

impl From<Transport> for Protocol {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Tcp => Self::Tcp,
            Transport::Udp => Self::Udp,
            Transport::Sctp => Self::Sctp,
        }
    }
}

impl System {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_linux(&self) -> bool {
        *self == Self::Linux
    }

    fn of(is_windows: bool) -> Self {
        if is_windows { Self::Windows } else { Self::Linux }
    }
}

fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_one(number: &u64) -> bool {
    *number == 1
}

/// The JSON Schema of the document.
#[must_use]
pub fn schema() -> Schema {
    schema_for!(Document)
}

impl Assumptions {
    /// The document that says the same.
    ///
    /// # Panics
    /// Never: the document has text keys only.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let document = Document {
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            service_cidrs: texts(&self.service_cidrs),
            node_port_range: self.node_ports.map(|range| range.to_string()),
            pod_cidrs: texts(&self.pod_cidrs),
            load_balancers: texts(&self.load_balancers),
            nodes: self.nodes.iter().map(NodeEntry::of).collect(),
            workloads: self.workloads.iter().map(WorkloadEntry::of).collect(),
            pods: self.pods.iter().map(PodsEntry::of).collect(),
        };
        serde_yaml::to_string(&document).expect("the document has text keys only")
    }
}

impl NodeEntry {
    fn of(node: &AssumedNode) -> Self {
        Self {
            name: node.name.clone(),
            os: System::of(node.is_windows),
            zone: node.zone.clone(),
            addresses: texts(&node.addresses),
            pod_cidrs: texts(&node.pod_cidrs),
            labels: node.labels.clone(),
            taints: node.taints.clone(),
        }
    }
}

impl WorkloadEntry {
    fn of(workload: &AssumedWorkload) -> Self {
        Self {
            name: format!("{}/{}", workload.namespace, workload.name),
            kind: workload.kind.clone(),
            replicas: workload.replicas,
            ready: workload.ready,
        }
    }
}

impl PodsEntry {
    fn of(pods: &RunTimePods) -> Self {
        let ports = pods.ports.iter().map(|port| PortEntry {
            name: port.name.clone(),
            port: port.number,
            protocol: Transport::of(port.protocol),
        });
        Self {
            name: format!("{}/{}", pods.namespace, pods.name),
            replicas: pods.replicas,
            ready: pods.ready,
            labels: pods.labels.clone(),
            ports: ports.collect(),
            os: System::of(pods.is_windows),
            host_network: pods.host_network,
        }
    }
}

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
