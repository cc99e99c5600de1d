//! The plan as calls of the old API of HNS (`HNSCall`, before HCN), in a JSON document.
//!
//! Serialised, a body is the text that the old library of kube-proxy sent: members in the order of their
//! declaration, empty ones left out, but both ports always there.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{PlanText, document};
use crate::diagnostics::{Code, Diagnostic, ObjectRef};
use crate::fill::IsAssumed;
use crate::ir::RuleSet;
use crate::net::Family;
use crate::node::MacAddress;
use crate::platform::hns::codes;
use crate::platform::hns::ids::{self, FrontendKey};
use crate::platform::hns::lower::Purpose;
use crate::platform::hns::model::{
    Address, Distribution, Endpoint, EndpointRef, Guid, LoadBalancer, LoadBalancerFlags, NetworkRef,
    PortFlags, PortMapping,
};
use crate::platform::hns::plan::{Action, Operation, Plan};

/// One call of HNS.
#[derive(Debug, Serialize, JsonSchema)]
struct CallDocument<'p> {
    /// What to do.
    op: CallKind,
    /// The object: as HNS knows it, or for a new one as the plan names it.
    #[schemars(with = "String")]
    id: Guid,
    /// The method of the call.
    method: Method,
    /// The path of the call.
    path: String,
    /// The exact object that HNS gets. `local:ADDRESS`, `name:NAME` and `network:NAME` stand for the id of
    /// the object with this address or name; the id of an object that an earlier call makes stands for the
    /// one that HNS gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    body: Option<Body<'p>>,
    /// Ids of the objects whose operations come before.
    #[schemars(with = "Vec<String>")]
    requires: Cow<'p, [Guid]>,
    /// The service ports that need it.
    service: Vec<&'p str>,
    /// Whether a number of these service ports is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose>,
    /// Where these Services start, as `FILE:LINE`.
    source: Vec<String>,
}

/// What to do.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
enum CallKind {
    CreateEndpoint,
    CreatePolicyList,
    DeletePolicyList,
    DeleteEndpoint,
}

/// A method of `HNSCall`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Post,
    Delete,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Body<'p> {
    Endpoint(EndpointV1<'p>),
    PolicyList(PolicyList<'p>),
}

/// An endpoint of the old schema.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EndpointV1<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    virtual_network: Option<&'p NetworkRef>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policies: Vec<ProviderAddress<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mac_address: Option<MacAddress>,
    #[serde(rename = "IPAddress", skip_serializing_if = "Option::is_none")]
    ip_address: Option<&'p Address>,
    #[serde(rename = "IPv6Address", skip_serializing_if = "Option::is_none")]
    ipv6_address: Option<&'p Address>,
    #[serde(skip_serializing_if = "is_false")]
    is_remote_endpoint: bool,
}

/// `{"Type":"PA","PA":"10.0.0.12"}`
#[derive(Debug, Serialize)]
#[serde(tag = "Type", rename = "PA")]
struct ProviderAddress<'p> {
    #[serde(rename = "PA")]
    address: &'p Address,
}

/// A load balancer of the old schema.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyList<'p> {
    references: Vec<Reference<'p>>,
    policies: Vec<LoadBalancing<'p>>,
}

/// `/endpoints/ID`
#[derive(Debug)]
struct Reference<'p>(&'p EndpointRef);

/// A policy of type `ELB`. Without addresses it is for the node's own, a node port.
#[derive(Debug, Serialize)]
#[serde(tag = "Type", rename = "ELB", rename_all = "PascalCase")]
struct LoadBalancing<'p> {
    #[serde(skip_serializing_if = "is_zero")]
    protocol: u32,
    internal_port: u16,
    external_port: u16,
    #[serde(rename = "SourceVIP", skip_serializing_if = "Option::is_none")]
    source_vip: Option<&'p Address>,
    #[serde(rename = "VIPs", skip_serializing_if = "<[_]>::is_empty")]
    vips: &'p [Address],
    #[serde(rename = "ILB", skip_serializing_if = "is_false")]
    ilb: bool,
    #[serde(rename = "IsDSR", skip_serializing_if = "is_false")]
    is_dsr: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Serialize for Reference<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("/endpoints/{}", self.0))
    }
}

impl Plan {
    /// The plan as calls of the old API, as JSON: indented, with each object for HNS on one line. A load
    /// balancer that is to be changed is deleted and made again, since the old API cannot change one.
    #[must_use]
    pub fn to_json_v1<'p>(&'p self, rules: &'p RuleSet) -> PlanText<'p> {
        document::to_text(self, rules, "HnsPlanV1", move |operation| {
            Call::of(operation, &self.network.name)
                .into_iter()
                .map(move |call| call.document(operation, rules))
        })
    }

    /// What the old API cannot say of this plan, one finding for each kind of loss.
    #[must_use]
    pub fn losses_of_v1(&self, rules: &RuleSet) -> Vec<Diagnostic> {
        Loss::ALL.into_iter().filter_map(|loss| loss.found_in(self, rules)).collect()
    }
}

/// A call for an operation.
struct Call<'p> {
    op: CallKind,
    id: Guid,
    body: Option<Body<'p>>,
    /// The object that this call replaces, if it does.
    replaces: Option<Guid>,
}

impl<'p> Call<'p> {
    fn of(operation: &'p Operation, network: &str) -> Vec<Self> {
        let delete = |op| Self { op, id: operation.id, body: None, replaces: None };
        let create = |op, body| Self { op, id: operation.id, body: Some(body), replaces: None };
        match &operation.action {
            Action::CreateEndpoint(endpoint) => {
                vec![create(CallKind::CreateEndpoint, Body::Endpoint(endpoint_v1(endpoint)))]
            }
            Action::CreateLoadBalancer(balancer) => {
                vec![create(CallKind::CreatePolicyList, Body::PolicyList(policy_list(balancer)))]
            }
            Action::ModifyLoadBalancer(balancer) => {
                let new = FrontendKey::of(balancer).map(|key| ids::load_balancer(network, &key));
                vec![
                    delete(CallKind::DeletePolicyList),
                    Self {
                        id: new.unwrap_or(operation.id),
                        replaces: Some(operation.id),
                        ..create(CallKind::CreatePolicyList, Body::PolicyList(policy_list(balancer)))
                    },
                ]
            }
            Action::DeleteLoadBalancer | Action::DeletePolicyList => {
                vec![delete(CallKind::DeletePolicyList)]
            }
            Action::DeleteEndpoint => vec![delete(CallKind::DeleteEndpoint)],
        }
    }

    fn document(self, operation: &'p Operation, rules: &'p RuleSet) -> CallDocument<'p> {
        let (method, path) = match self.op {
            CallKind::CreateEndpoint => (Method::Post, "/endpoints/".to_owned()),
            CallKind::CreatePolicyList => (Method::Post, "/policylists/".to_owned()),
            CallKind::DeletePolicyList => (Method::Delete, format!("/policylists/{}", self.id)),
            CallKind::DeleteEndpoint => (Method::Delete, format!("/endpoints/{}", self.id)),
        };
        let mut requires = Cow::Borrowed(&*operation.requires);
        match (self.op, self.replaces) {
            (_, Some(replaced)) => requires.to_mut().push(replaced),
            // Only a new object refers to others.
            (CallKind::DeletePolicyList, None) => requires = Cow::Borrowed(&[]),
            _ => {}
        }
        CallDocument {
            op: self.op,
            id: self.id,
            method,
            path,
            body: self.body,
            requires,
            service: document::services(&operation.owners, rules),
            assumed: document::are_assumed(&operation.owners, rules),
            purpose: operation.purpose,
            source: document::sources(&operation.owners, rules),
        }
    }
}

fn endpoint_v1(endpoint: &Endpoint) -> EndpointV1<'_> {
    let is_ipv6 = |address: &&Address| address.ip().is_some_and(|ip| Family::of(ip) == Family::Ipv6);
    EndpointV1 {
        virtual_network: endpoint.network.as_ref(),
        policies: endpoint
            .provider_address()
            .map(|address| ProviderAddress { address })
            .into_iter()
            .collect(),
        mac_address: endpoint.mac_address,
        ip_address: endpoint.addresses().find(|address| !is_ipv6(address)),
        ipv6_address: endpoint.addresses().find(is_ipv6),
        is_remote_endpoint: endpoint.is_remote(),
    }
}

fn policy_list(balancer: &LoadBalancer) -> PolicyList<'_> {
    let policy = |port: &PortMapping| LoadBalancing {
        protocol: port.protocol,
        internal_port: port.internal_port,
        external_port: port.external_port,
        source_vip: balancer.source_vip.as_ref(),
        vips: &balancer.frontend_vips,
        ilb: port.flags.contains(PortFlags::ILB),
        is_dsr: balancer.flags.contains(LoadBalancerFlags::DSR),
    };
    PolicyList {
        references: balancer.endpoints.iter().map(Reference).collect(),
        policies: balancer.port_mappings.iter().map(policy).collect(),
    }
}

/// Something that the old API cannot say.
#[derive(Debug, Clone, Copy)]
enum Loss {
    Ipv6,
    Affinity,
    ExternalVip,
    PreserveDip,
    InPlace,
}

impl Loss {
    const ALL: [Self; 5] = [Self::Ipv6, Self::Affinity, Self::ExternalVip, Self::PreserveDip, Self::InPlace];

    fn affects(self, operation: &Operation) -> bool {
        let (balancer, in_place) = match &operation.action {
            Action::CreateLoadBalancer(balancer) => (balancer, false),
            Action::ModifyLoadBalancer(balancer) => (balancer, true),
            _ => return false,
        };
        let any_port = |lost: fn(&PortMapping) -> bool| balancer.port_mappings.iter().any(lost);
        match self {
            Self::Ipv6 => balancer.flags.contains(LoadBalancerFlags::IPV6),
            Self::Affinity => any_port(|port| port.distribution != Distribution::TUPLE),
            Self::ExternalVip => any_port(|port| port.flags.contains(PortFlags::VIP_EXTERNAL_IP)),
            Self::PreserveDip => {
                any_port(|port| port.flags.intersects(PortFlags::PRESERVE_DIP | PortFlags::USE_MUX))
            }
            Self::InPlace => in_place,
        }
    }

    fn found_in(self, plan: &Plan, rules: &RuleSet) -> Option<Diagnostic> {
        let mut affected = plan.operations.iter().filter(|operation| self.affects(operation)).peekable();
        let first = affected.peek().and_then(|first| first.owners.first());
        let first = first.map(|&owner| &rules.services[owner as usize]);
        let count = affected.count();
        if count == 0 {
            return None;
        }
        let who = if count == 1 { "1 load balancer".to_owned() } else { format!("{count} load balancers") };
        let of = first.map(|port| format!(", the first for {}", port.id)).unwrap_or_default();
        let (code, what, help) = self.words();
        let found = Diagnostic::new(code, format!("{who} {what}{of}")).help(help);
        Some(match first {
            Some(port) => found
                .about(ObjectRef::new("Service", port.namespace.as_str(), port.name.as_str()))
                .at(port.origin.field("spec")),
            None => found,
        })
    }

    fn words(self) -> (Code, &'static str, &'static str) {
        match self {
            Self::Ipv6 => (
                codes::V1_IPV6,
                "cannot be marked as IPv6",
                "IPv6 on Windows needs HCN: write --hns-format v2",
            ),
            Self::Affinity => (
                codes::V1_AFFINITY,
                "cannot keep clients with their endpoint",
                "each connection may go to another endpoint; --hns-format v2 can say it",
            ),
            Self::ExternalVip => (
                codes::V1_EXTERNAL_VIP,
                "cannot be marked as for clients from outside",
                "HNS treats them as it did before it knew the difference",
            ),
            Self::PreserveDip => (
                codes::V1_PRESERVE_DIP,
                "cannot keep the destination address",
                "the annotation preserve-destination needs --hns-format v2",
            ),
            Self::InPlace => (
                codes::V1_IN_PLACE,
                "must be deleted and made again",
                "their connections break; --hns-format v2 changes them in place",
            ),
        }
    }
}

/// The JSON Schema of the document.
#[must_use]
pub fn schema() -> Schema {
    document::schema::<CallDocument<'static>>("HnsPlanV1", "hnsplan compile -t hns --hns-format v1")
}
