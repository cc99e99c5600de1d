//! The rule IR: what every service port of one node should do, in no platform's words.
//!
//! Pools are what Kubernetes means. Where kube-proxy on a platform does otherwise, that is the
//! platform's `lower`, since that difference is what people come to see.
//!
//! **Invariant:** nothing here knows a platform; everything is sorted, and the same objects in any
//! order give the same rule set.

mod json;
mod parts;
mod stand_ins;

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostics::{Code, Diagnostic, ObjectRef};
use crate::fill::{IsAssumed, Marks};
use crate::manifest::{Backend, ServiceType, TargetPort, TrafficPolicy};
use crate::name::{Label, PortName, Subdomain};
use crate::net::{Family, Protocol};
use crate::node::NodeContext;
use crate::source::Origin;

pub use json::{schema, to_json};
pub(crate) use parts::Spare;

/// All rules of one node.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// The node.
    pub node: NodeContext,
    /// Names of the files that objects were read from.
    pub files: Vec<String>,
    /// Service ports, sorted by identity, protocol and family. One that serves both families is there
    /// twice, since the proxiers of the families share nothing.
    pub services: Vec<ServicePort>,
    /// The endpoints of all slices, by slice; service ports point into them.
    pub backends: Arc<[Backend]>,
    /// What a person should know about how the rules came to be.
    pub diagnostics: Vec<Diagnostic>,
    /// Which of their numbers are assumed.
    pub assumed: Marks,
}

/// The position of a backend in the list of all backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct BackendId(pub u32);

/// The position of an endpoint in the list of its service port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct EndpointId(pub u32);

/// One port of a Service in one family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServicePort {
    /// `namespace/name:port`, or `namespace/name` for an unnamed port.
    pub id: Box<str>,
    /// Namespace of the Service.
    pub namespace: Label,
    /// Name of the Service.
    pub name: Label,
    /// Name of the port.
    pub port_name: PortName,
    /// Its protocol.
    pub protocol: Protocol,
    /// The family whose proxier serves it.
    pub family: Family,
    /// `spec.type`
    #[serde(rename = "type")]
    pub type_: ServiceType,
    /// The port of the pods, as the Service says it; slices decide, except on Windows.
    pub target_port: TargetPort,
    /// Where clients connect to. The first is the cluster IP.
    pub frontends: Vec<Frontend>,
    /// Addresses that the Service names and Kubernetes does not serve in this family.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// All endpoints of the port in any condition, sorted by their text.
    pub endpoints: Vec<Endpoint>,
    /// Endpoints for traffic that may go to any node.
    pub cluster: Pool,
    /// Endpoints for traffic that must stay on this node.
    pub local: Pool,
    /// Whether any endpoint on any node can take traffic now.
    pub has_endpoints: bool,
    /// `spec.internalTrafficPolicy`
    pub internal_policy: TrafficPolicy,
    /// `spec.externalTrafficPolicy`
    pub external_policy: TrafficPolicy,
    /// How long a client keeps its endpoint, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity_seconds: Option<u32>,
    /// Sources that may use load balancer addresses; all may if there are none.
    #[schemars(with = "Vec<String>")]
    pub source_ranges: Vec<IpNet>,
    /// Host names of the load balancer that stand for no address; rules lead from addresses only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingress_hostnames: Vec<Subdomain>,
    /// Port of the health check server on each node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_node_port: Option<u16>,
    /// What annotations of the Service request from a node's proxy.
    pub annotations: ProxyAnnotations,
    /// Where the Service was read.
    #[serde(skip)]
    pub origin: Origin,
}

/// An endpoint of a service port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// `ip:port`, its identity: kube-proxy sorts and hashes endpoints by this text.
    pub text: Box<str>,
    /// The endpoint of the slice.
    pub backend: BackendId,
    /// The port of the pod, from the slice.
    pub port: u16,
    /// Whether it runs on the node compiled for.
    pub local: bool,
    /// Whether the address is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    pub assumed: IsAssumed,
}

/// Endpoints that share the traffic of one policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pool {
    /// Why these endpoints.
    pub selection: Selection,
    /// The members, in the order of the service port's endpoints.
    pub members: Vec<EndpointId>,
}

/// Why endpoints are in a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Selection {
    /// No traffic uses the pool.
    Unused,
    /// They are ready.
    Ready,
    /// They are ready, and their hints name this node's zone.
    SameZone,
    /// They are ready, and their hints name this node.
    SameNode,
    /// None is ready; they are about to end, but still answer.
    Terminating,
}

/// An address and port that clients connect to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Frontend {
    /// What kind of address.
    pub kind: FrontendKind,
    /// The address; `None` is any address of the node that serves node ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The text of the address in the Service, where it is not the canonical one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spelling: Option<Box<str>>,
    /// The port.
    pub port: u16,
    /// What happens to traffic of pods on this node and of the node itself.
    pub inside: Route,
    /// What happens to all other traffic.
    pub outside: Route,
    /// Whose source address is replaced by the node's.
    pub masquerade: Masquerade,
    /// Whether only the service port's source ranges may use it.
    pub restricted: bool,
    /// Whether rules lead to it; external IPs can be switched off by a feature gate.
    pub served: bool,
    /// Whether the address, or the node port, is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    pub assumed: IsAssumed,
}

/// An address that a Service names and that gets no frontend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PassedOver {
    /// What kind of address.
    pub kind: FrontendKind,
    /// The address.
    pub address: IpAddr,
    /// Its text in the Service, where it is not the canonical one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spelling: Option<Box<str>>,
    /// Why it gets no frontend.
    pub reason: PassedOverReason,
}

/// Why an address gets no frontend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum PassedOverReason {
    /// It is of the other family.
    OtherFamily,
    /// `ipMode: Proxy`: its load balancer does not pass packets on unchanged.
    ModeProxy,
}

/// The kind of a frontend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum FrontendKind {
    /// The cluster IP.
    ClusterIp,
    /// One of `spec.externalIPs`.
    ExternalIp,
    /// An address of the load balancer.
    LoadBalancerIp,
    /// The node port.
    NodePort,
}

/// Where traffic goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Route {
    /// To the cluster pool.
    Cluster,
    /// To the local pool.
    Local,
    /// No endpoint can take it: it is rejected.
    Reject,
    /// Others could take it, but the policy wants this node: it is dropped.
    Drop,
}

/// Whose source address is replaced by the node's. A pod that reaches itself is always masqueraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Masquerade {
    /// Everybody's.
    All,
    /// That of everything but pods on this node.
    AllButLocalPods,
    /// That of the node itself.
    Node,
    /// No one's.
    None,
}

/// What annotations of a Service request from a node's proxy. Not every proxy reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProxyAnnotations {
    /// `preserve-destination: "true"`
    pub preserve_destination: bool,
    /// Not `winProxyOptimization: disabled`.
    pub proxy_optimization: bool,
}

impl FrontendKind {
    /// The word for it: `ClusterIP`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClusterIp => "ClusterIP",
            Self::ExternalIp => "ExternalIP",
            Self::LoadBalancerIp => "LoadBalancerIP",
            Self::NodePort => "NodePort",
        }
    }
}

impl ServicePort {
    /// Whether the number of one of its frontends or endpoints is assumed.
    #[must_use]
    pub fn is_assumed(&self) -> bool {
        self.frontends.iter().any(|frontend| frontend.assumed.0)
            || self.endpoints.iter().any(|endpoint| endpoint.assumed.0)
    }

    /// The cluster IP.
    #[must_use]
    pub fn cluster_ip(&self) -> &Frontend {
        &self.frontends[0]
    }

    /// The frontends of a kind.
    pub fn frontends_of(&self, kind: FrontendKind) -> impl Iterator<Item = &Frontend> {
        self.frontends.iter().filter(move |frontend| frontend.kind == kind)
    }

    /// Whether it can be reached from outside the cluster, in this family.
    #[must_use]
    pub fn is_externally_accessible(&self) -> bool {
        self.frontends.len() > 1
    }

    /// An endpoint.
    #[must_use]
    pub fn endpoint(&self, id: EndpointId) -> &Endpoint {
        &self.endpoints[id.0 as usize]
    }

    /// A diagnostic about a field of its Service.
    pub(crate) fn diagnostic(&self, code: Code, field: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message)
            .about(ObjectRef::new("Service", self.namespace.as_str(), self.name.as_str()))
            .at(self.origin.field(field))
    }

    /// The pool that a route leads to.
    #[must_use]
    pub fn pool(&self, route: Route) -> Option<&Pool> {
        match route {
            Route::Cluster => Some(&self.cluster),
            Route::Local => Some(&self.local),
            Route::Reject | Route::Drop => None,
        }
    }
}

impl RuleSet {
    /// Marks what is assumed.
    pub(crate) fn mark(&mut self, assumed: Marks) {
        for port in &mut self.services {
            for frontend in &mut port.frontends {
                frontend.assumed = match frontend.address {
                    Some(address) => assumed.ip(address),
                    None => IsAssumed(assumed.of_port(frontend.port).is_some()),
                };
            }
            for endpoint in &mut port.endpoints {
                let address = self.backends[endpoint.backend.0 as usize].address.ip();
                endpoint.assumed = address.map(|ip| assumed.ip(ip)).unwrap_or_default();
            }
        }
        self.assumed = assumed;
    }

    /// The service ports of one family.
    pub fn services_of(&self, family: Family) -> impl Iterator<Item = &ServicePort> {
        self.services.iter().filter(move |service| service.family == family)
    }

    /// The node ports of all service ports.
    pub(crate) fn node_ports(&self) -> impl Iterator<Item = (&ServicePort, &Frontend)> {
        let of_port =
            |port| ServicePort::frontends_of(port, FrontendKind::NodePort).map(move |of| (port, of));
        self.services.iter().flat_map(of_port)
    }

    /// Where an object was read: `cluster.yaml:212`; safe to print.
    #[must_use]
    pub fn place(&self, origin: Origin) -> String {
        let file = self.files.get(origin.source.index()).map_or("", String::as_str);
        format!("{}:{}", crate::name::escaped(file), origin.line)
    }

    /// The slice's endpoint behind an endpoint of a service port.
    #[must_use]
    pub fn backend(&self, id: BackendId) -> &Backend {
        &self.backends[id.0 as usize]
    }
}
