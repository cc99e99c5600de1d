//! Objects as written in the text: every field optional, numbers unchecked, nothing defaulted.
//!
//! One struct is the union of all kinds that are read. `kind` sorts after `endpoints` in kubectl's
//! output, so a tagged enum would have to buffer each object to learn what it is.

use serde::Deserialize;

use super::labels::ProxyKeys;
use crate::manifest::format::{AllKeys, Bool, Entries, Int, IntOrText, Text, null_as_default};

/// A Service, `EndpointSlice`, Endpoints, Node, or a list of them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawObject {
    /// `v1`, `discovery.k8s.io/v1`, ….
    pub api_version: Option<Text>,
    /// `Service`, `EndpointSlice`, `List`, ….
    pub kind: Option<Text>,
    /// Name, namespace, labels, annotations.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: RawMetadata,
    /// Of a Service or a Node.
    #[serde(deserialize_with = "null_as_default")]
    pub spec: RawSpec,
    /// Of a Service or a Node.
    #[serde(deserialize_with = "null_as_default")]
    pub status: RawStatus,
    /// Of an `EndpointSlice`.
    pub address_type: Option<Text>,
    /// Of an `EndpointSlice`.
    #[serde(deserialize_with = "null_as_default")]
    pub endpoints: Vec<RawEndpoint>,
    /// Of an `EndpointSlice`.
    #[serde(deserialize_with = "null_as_default")]
    pub ports: Vec<RawSlicePort>,
    /// Of an Endpoints object.
    #[serde(deserialize_with = "null_as_default")]
    pub subsets: Vec<RawSubset>,
    /// Of a list.
    #[serde(deserialize_with = "null_as_default")]
    pub items: Vec<Option<RawObject>>,
    /// Of an event of a watch: what happened.
    #[serde(rename = "type")]
    pub type_: Option<Text>,
    /// Of an event of a watch: the object that it happened to.
    pub object: Option<Box<RawObject>>,
}

/// `metadata`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawMetadata {
    /// The name.
    pub name: Option<Text>,
    /// The namespace.
    pub namespace: Option<Text>,
    /// A number that grows with every change of the object.
    pub resource_version: Option<Text>,
    /// Of a list that goes on: where.
    #[serde(rename = "continue")]
    pub continue_: Option<Text>,
    /// Of a list that goes on: how many items are not in it.
    pub remaining_item_count: Option<Int>,
    /// The labels that kube-proxy reads.
    #[serde(deserialize_with = "null_as_default")]
    pub labels: Entries<ProxyKeys>,
    /// The annotations that kube-proxy reads.
    #[serde(deserialize_with = "null_as_default")]
    pub annotations: Entries<ProxyKeys>,
}

/// `spec` of a Service, and of a Node.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawSpec {
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    #[serde(rename = "type")]
    pub type_: Option<Text>,
    /// The first cluster IP, or `None`.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Option<Text>,
    /// All cluster IPs.
    #[serde(rename = "clusterIPs", deserialize_with = "null_as_default")]
    pub cluster_ips: Vec<Text>,
    /// Families in the order of the cluster IPs.
    #[serde(deserialize_with = "null_as_default")]
    pub ip_families: Vec<Text>,
    /// `SingleStack`, `PreferDualStack`, `RequireDualStack`.
    pub ip_family_policy: Option<Text>,
    /// The service ports.
    #[serde(deserialize_with = "null_as_default")]
    pub ports: Vec<RawServicePort>,
    /// Labels of the pods.
    #[serde(deserialize_with = "null_as_default")]
    pub selector: Entries<AllKeys>,
    /// `None` or `ClientIP`.
    pub session_affinity: Option<Text>,
    /// The timeout of `ClientIP`.
    #[serde(deserialize_with = "null_as_default")]
    pub session_affinity_config: RawAffinityConfig,
    /// Addresses that lead to the node from outside.
    #[serde(rename = "externalIPs", deserialize_with = "null_as_default")]
    pub external_ips: Vec<Text>,
    /// The DNS name behind an `ExternalName` Service.
    pub external_name: Option<Text>,
    /// Sources that may use the load balancer addresses.
    #[serde(deserialize_with = "null_as_default")]
    pub load_balancer_source_ranges: Vec<Text>,
    /// Whether node ports are allocated.
    pub allocate_load_balancer_node_ports: Option<Bool>,
    /// Which load balancer implementation serves it.
    pub load_balancer_class: Option<Text>,
    /// `Cluster` or `Local`.
    pub external_traffic_policy: Option<Text>,
    /// `Cluster` or `Local`.
    pub internal_traffic_policy: Option<Text>,
    /// Port of the health check server on each node.
    pub health_check_node_port: Option<Int>,
    /// `PreferClose`, ….
    pub traffic_distribution: Option<Text>,
    /// Networks of a `ServiceCIDR`.
    #[serde(deserialize_with = "null_as_default")]
    pub cidrs: Vec<Text>,
    /// Pod networks of a Node.
    #[serde(rename = "podCIDRs", deserialize_with = "null_as_default")]
    pub pod_cidrs: Vec<Text>,
    /// The first pod network of a Node.
    #[serde(rename = "podCIDR")]
    pub pod_cidr: Option<Text>,
}

/// `spec.sessionAffinityConfig`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawAffinityConfig {
    /// Settings of `ClientIP`.
    #[serde(rename = "clientIP", deserialize_with = "null_as_default")]
    pub client_ip: RawClientIp,
}

/// `spec.sessionAffinityConfig.clientIP`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawClientIp {
    /// How long a client keeps its endpoint.
    pub timeout_seconds: Option<Int>,
}

/// `spec.ports[]` of a Service.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawServicePort {
    /// Its name.
    pub name: Option<Text>,
    /// `TCP`, `UDP`, `SCTP`.
    pub protocol: Option<Text>,
    /// The port of the Service.
    pub port: Option<Int>,
    /// The port of the pods.
    pub target_port: Option<IntOrText>,
    /// The port of the nodes.
    pub node_port: Option<Int>,
    /// A hint about the application protocol.
    pub app_protocol: Option<Text>,
}

/// `status` of a Service, and of a Node.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawStatus {
    /// Of a Service.
    #[serde(deserialize_with = "null_as_default")]
    pub load_balancer: RawLoadBalancer,
    /// Of a Node.
    #[serde(deserialize_with = "null_as_default")]
    pub addresses: Vec<RawNodeAddress>,
    /// Of a Node.
    #[serde(deserialize_with = "null_as_default")]
    pub node_info: RawNodeInfo,
}

/// `status.nodeInfo`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawNodeInfo {
    /// On Windows its build: `10.0.17763.1432`.
    pub kernel_version: Option<Text>,
    /// On Windows its release: `Windows Server 2022 Datacenter`.
    pub os_image: Option<Text>,
    /// The version of kube-proxy, up to Kubernetes 1.32.
    pub kube_proxy_version: Option<Text>,
    /// The version of the kubelet.
    pub kubelet_version: Option<Text>,
}

/// `status.loadBalancer`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawLoadBalancer {
    /// Where the load balancer is reached.
    #[serde(deserialize_with = "null_as_default")]
    pub ingress: Vec<RawIngress>,
}

/// `status.loadBalancer.ingress[]`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawIngress {
    /// An address.
    pub ip: Option<Text>,
    /// `VIP` or `Proxy`.
    pub ip_mode: Option<Text>,
    /// A name in place of an address.
    pub hostname: Option<Text>,
}

/// `status.addresses[]` of a Node.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawNodeAddress {
    /// The address, or a name.
    pub address: Option<Text>,
    /// `InternalIP`, `ExternalIP`, `Hostname`, ….
    #[serde(rename = "type")]
    pub type_: Option<Text>,
}

/// `endpoints[]` of an `EndpointSlice`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawEndpoint {
    /// Addresses; only the first is used.
    #[serde(deserialize_with = "null_as_default")]
    pub addresses: Vec<Text>,
    /// Whether it can be used.
    #[serde(deserialize_with = "null_as_default")]
    pub conditions: RawConditions,
    /// Which clients should use it.
    #[serde(deserialize_with = "null_as_default")]
    pub hints: RawHints,
    /// A host name for DNS.
    pub hostname: Option<Text>,
    /// The node it runs on.
    pub node_name: Option<Text>,
    /// The zone it runs in.
    pub zone: Option<Text>,
    /// The object behind it.
    #[serde(deserialize_with = "null_as_default")]
    pub target_ref: RawTargetRef,
}

/// `targetRef`; its namespace is that of the slice.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawTargetRef {
    /// `Pod`, or the kind of something else.
    pub kind: Option<Text>,
    /// Its name.
    pub name: Option<Text>,
}

/// `endpoints[].conditions`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawConditions {
    /// It takes new connections.
    pub ready: Option<Bool>,
    /// It answers, even if it is about to end.
    pub serving: Option<Bool>,
    /// It is about to end.
    pub terminating: Option<Bool>,
}

/// `endpoints[].hints`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawHints {
    /// Zones whose clients should use it.
    #[serde(deserialize_with = "null_as_default")]
    pub for_zones: Vec<RawHint>,
    /// Nodes whose clients should use it.
    #[serde(deserialize_with = "null_as_default")]
    pub for_nodes: Vec<RawHint>,
}

/// A zone or node of `hints`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawHint {
    /// Its name.
    pub name: Option<Text>,
}

/// `ports[]` of an `EndpointSlice`, and of a subset of an Endpoints object.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawSlicePort {
    /// Its name.
    pub name: Option<Text>,
    /// `TCP`, `UDP`, `SCTP`.
    pub protocol: Option<Text>,
    /// Its number.
    pub port: Option<Int>,
    /// A hint about the application protocol.
    pub app_protocol: Option<Text>,
}

/// `subsets[]` of an Endpoints object.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawSubset {
    /// Ready addresses.
    #[serde(deserialize_with = "null_as_default")]
    pub addresses: Vec<RawSubsetAddress>,
    /// Addresses that are not ready.
    #[serde(deserialize_with = "null_as_default")]
    pub not_ready_addresses: Vec<RawSubsetAddress>,
    /// Their ports.
    #[serde(deserialize_with = "null_as_default")]
    pub ports: Vec<RawSlicePort>,
}

/// An address of a subset.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a mapping")]
pub(in crate::manifest) struct RawSubsetAddress {
    /// The address.
    pub ip: Option<Text>,
    /// The node it is on.
    pub node_name: Option<Text>,
    /// The object behind it.
    #[serde(deserialize_with = "null_as_default")]
    pub target_ref: RawTargetRef,
}
