//! What kube-proxy on Windows keeps about one service port: every member of winkernel's `serviceInfo`, with
//! its value on this node, where it came from, and what it does.
//!
//! ```text
//! written ─► the fields of manifests, and where they stand
//! made ─► the load balancers and endpoints of the Service, out of the plan
//! members ─► each member of serviceInfo, from both and from what lowering decided
//! text ─► the same as words
//! ```

mod made;
mod members;
mod text;
mod written;

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::host::host;
use super::lower::{Decisions, Semantics, lower};
use super::model::{Address, Guid, State};
use super::plan::{PlanOptions, plan};
use crate::fill::{AssumedMembers, Marks};
use crate::ir::{RuleSet, ServicePort};
use crate::manifest::Cluster;
use crate::name::visible_json;
use crate::net::{Family, Protocol};
use crate::node::{HnsVersion, NetworkType};
use crate::platform::schema_of;
use crate::source::Sources;
use made::Made;
use members::Members;

pub use text::Member;

/// What the answer is computed from.
#[derive(Debug, Clone, Copy)]
pub struct Question<'c> {
    /// The rules of the node.
    pub rules: &'c RuleSet,
    /// The objects that they were made of.
    pub cluster: &'c Cluster,
    /// The texts that these were read from.
    pub sources: &'c Sources,
    /// What HNS holds, where that is known.
    pub state: Option<&'c State>,
}

/// What kube-proxy on Windows keeps about a Service, as `hnsplan explain service -o json` prints it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "ServiceInfo")]
struct Document<'i> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `ServiceInfo`
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    /// Its ports, in each family.
    ports: Vec<MarkedInfo<'i>>,
}

/// What kube-proxy keeps about a port in a family, with what of it is assumed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PortInfo")]
struct MarkedInfo<'i> {
    #[serde(flatten)]
    info: &'i ServiceInfo<'i>,
    #[serde(flatten)]
    assumed: AssumedMembers,
}

/// What kube-proxy keeps about a Service, as JSON.
///
/// # Errors
/// Never: texts and numbers are JSON.
pub fn json(infos: &[ServiceInfo<'_>], marks: &Marks) -> serde_json::Result<String> {
    let shown: String = infos.iter().map(|info| info.shown() + "\n").collect();
    let document = Document {
        api_version: "hnsplan/v1alpha1",
        kind: "ServiceInfo",
        assumed: AssumedMembers::found_in(marks, &shown),
        ports: infos.iter().map(|info| info.marked(marks)).collect(),
    };
    serde_json::to_string_pretty(&document).map(|text| visible_json(text) + "\n")
}

/// The JSON Schema of what kube-proxy keeps about a Service.
pub(super) fn schema() -> Schema {
    schema_of::<Document<'static>>()
}

impl ServiceInfo<'_> {
    fn marked(&self, marks: &Marks) -> MarkedInfo<'_> {
        let shown = self.shown();
        let assumed = if marks.are_in(&shown) {
            AssumedMembers::found_in(marks, &shown)
        } else {
            AssumedMembers::default()
        };
        MarkedInfo { info: self, assumed }
    }

    /// All values that are shown, each on a line.
    fn shown(&self) -> String {
        let members = self.members();
        let values = members.iter().map(|member| member.value.as_str());
        std::iter::once(self.frontend.as_str()).chain(values).collect::<Vec<_>>().join("\n")
    }
}

/// The members of `serviceInfo` (kube-proxy 1.30 to 1.36, package winkernel), in its order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceInfo<'c> {
    /// `namespace/name:port`
    pub service: &'c str,
    /// The protocol.
    pub protocol: Protocol,
    /// The family whose proxier keeps it.
    pub family: Family,
    /// What the cluster IP answers to, as in `10.96.0.10:80/TCP`.
    pub frontend: String,
    /// The port of the pods, for all load balancers.
    pub target_port: Known<u16>,
    /// External IPs.
    #[serde(rename = "externalIPs")]
    pub external_ips: Known<Vec<ExternalIp>>,
    /// Addresses of the load balancer.
    #[serde(rename = "loadBalancerIngressIPs")]
    pub load_balancer_ingress_ips: Known<Vec<IngressIp>>,
    /// The load balancer of the cluster IP.
    #[serde(rename = "hnsID")]
    pub hns_id: Known<Option<Balancer>>,
    /// The load balancer of the node port.
    #[serde(rename = "nodePorthnsID")]
    pub node_port_hns_id: Known<Option<Balancer>>,
    /// Nothing is left to do for it.
    pub policy_applied: Known<bool>,
    /// The endpoint that was made for the cluster IP, on an overlay network.
    pub remote_endpoint: Known<Option<Guid>>,
    /// The HNS that it talks to.
    pub hns: Known<Handle>,
    /// The destination address is kept.
    #[serde(rename = "preserveDIP")]
    pub preserve_dip: Known<bool>,
    /// Traffic from outside stays on this node, and clients keep their address.
    #[serde(rename = "localTrafficDSR")]
    pub local_traffic_dsr: Known<bool>,
    /// Traffic to the cluster IP stays on this node.
    pub internal_traffic_local: Known<bool>,
    /// Load balancers stay while endpoints change.
    pub win_proxy_optimization: Known<bool>,
}

/// A value, where it came from, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Known<T> {
    /// The value.
    pub value: T,
    /// What decided about it.
    pub from: Vec<Provenance>,
    /// What it does, in sentences.
    pub effect: String,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Provenance {
    /// A field of a manifest.
    Manifest {
        /// Its path, as in `spec.ports[0].nodePort`; of another object than the Service, with its name.
        field: String,
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A field of the Service that is not written, so that the default counts.
    Default {
        /// Its path.
        field: String,
    },
    /// A setting of kube-proxy, by its path in the configuration.
    Setting(&'static str),
    /// What a version of HNS can do.
    Hns {
        /// The version.
        version: HnsVersion,
        /// Nobody said it. Documents call assumed what `--assume` filled in.
        #[serde(rename = "guessed")]
        assumed: bool,
    },
    /// The type of the network.
    Network {
        /// The type.
        #[serde(rename = "type")]
        type_: NetworkType,
        /// Nobody said it. Documents call assumed what `--assume` filled in.
        #[serde(rename = "guessed")]
        assumed: bool,
    },
    /// The plan makes the object, with the id that it says.
    Plan,
    /// HNS holds the object already.
    State,
    /// It follows from the endpoints that are in use.
    Endpoints,
}

/// One of `externalIPs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExternalIp {
    /// The address.
    pub ip: Known<Address>,
    /// Its load balancer.
    #[serde(rename = "hnsID")]
    pub hns_id: Known<Option<Balancer>>,
}

/// One of `loadBalancerIngressIPs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IngressIp {
    /// The address.
    pub ip: Known<Address>,
    /// Its load balancer.
    #[serde(rename = "hnsID")]
    pub hns_id: Known<Option<Balancer>>,
    /// The load balancer for its health checks.
    #[serde(rename = "healthCheckHnsID")]
    pub health_check_hns_id: Known<Option<Balancer>>,
}

/// A load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Balancer {
    /// Its id, in HNS or in the plan.
    pub id: Guid,
    /// What becomes of it.
    pub fate: Fate,
}

/// What a plan does with a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// It is made.
    Made,
    /// It is there and changed in place.
    Changed,
    /// It is there and stays.
    Kept,
}

/// The HNS of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Handle {
    /// Its version.
    pub version: HnsVersion,
    /// Name of the network.
    pub network: Box<str>,
    /// Its type.
    pub network_type: NetworkType,
}

/// What kube-proxy keeps about each port of a Service, in each family; empty for a Service that is unknown
/// or that it passes over. The ids are those of the plan for the same question.
#[must_use]
pub fn service_infos<'c>(question: Question<'c>, namespace: &str, name: &str) -> Vec<ServiceInfo<'c>> {
    let Question { rules, state, .. } = question;
    let is_asked = |port: &ServicePort| port.namespace.as_str() == namespace && port.name.as_str() == name;
    let ports: Vec<(u32, &ServicePort)> =
        (0..).zip(&rules.services).filter(|(_, port)| is_asked(port)).collect();
    let Some((_, first)) = ports.first() else { return Vec::new() };
    let (host, _) = host(rules, state, crate::platform::hns::Basis::KubeProxy);
    let desired = lower(rules, state, Semantics::KubeProxy);
    let outcomes = desired.outcomes.clone();
    let mut made = Made::of(&ports.iter().map(|(owner, _)| *owner).collect::<Vec<_>>(), &desired);
    made.identify(&plan(rules, desired, Semantics::KubeProxy, state, &PlanOptions::default()), state);
    let manifest = written::Service::new(question.sources, first.origin);
    let of_port = |(owner, port): (u32, &'c ServicePort)| {
        let members = Members {
            question,
            manifest: &manifest,
            port,
            index: manifest.index_of(port),
            owner,
            host: &host,
            made: &made,
            outcome: outcomes[owner as usize],
            decisions: Decisions::about(port, rules, &host.features),
        };
        members.service_info()
    };
    ports.into_iter().map(of_port).collect()
}
