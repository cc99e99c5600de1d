//! The HNS that kube-proxy talks to: what it holds, each call to it, and those that fail.
//!
//! It refuses nothing by itself, as what a real HNS refuses depends on its release; what it might refuse is noted beside
//! the call.

use std::collections::BTreeMap;

use crate::net::Family;
use crate::platform::call_faults::Faults;
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::lower::Object;
use crate::platform::hns::model::{
    Address, Endpoint, EndpointRef, Guid, LoadBalancer, LoadBalancerFlags, Network, NetworkRef, State,
    protocol_name,
};
use crate::platform::hns::store::Store;
use crate::platform::timeline::Fault;

/// A call that changes something, or fails to.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Whose proxier calls.
    pub(super) by: Family,
    pub(super) op: Op,
    /// The result, or the target.
    pub(super) id: Option<Guid>,
    /// What it is about, for people: a frontend or an address.
    pub(super) on: Box<str>,
    /// The members of a load balancer by place and address.
    pub(super) members: Vec<String>,
    /// The object that is handed over.
    pub(super) object: Option<Object>,
    /// Objects that a real HNS might refuse the call for.
    pub(super) beside: Vec<Guid>,
    pub(super) error: Option<Box<str>>,
}

/// The operations that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    CreateEndpoint,
    DeleteEndpoint,
    CreateLoadBalancer,
    UpdateLoadBalancer,
    DeleteLoadBalancer,
    /// The same through the older API, as kube-proxy 1.30 does at its start.
    DeletePolicyList,
}

impl Op {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CreateEndpoint => "CreateEndpoint",
            Self::DeleteEndpoint => "DeleteEndpoint",
            Self::CreateLoadBalancer => "CreateLoadBalancer",
            Self::UpdateLoadBalancer => "UpdateLoadBalancer",
            Self::DeleteLoadBalancer => "DeleteLoadBalancer",
            Self::DeletePolicyList => "DeletePolicyList",
        }
    }

    /// Whether its object is there afterwards, if it does not fail.
    pub(super) fn makes(self) -> bool {
        matches!(self, Self::CreateEndpoint | Self::CreateLoadBalancer | Self::UpdateLoadBalancer)
    }

    /// Whether it is about a load balancer, and not about an endpoint.
    pub(super) fn is_of_balancer(self) -> bool {
        !matches!(self, Self::CreateEndpoint | Self::DeleteEndpoint)
    }

    /// The same for people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::CreateEndpoint => "create endpoint",
            Self::DeleteEndpoint => "delete endpoint",
            Self::CreateLoadBalancer => "create load balancer",
            Self::UpdateLoadBalancer => "change load balancer",
            Self::DeleteLoadBalancer => "delete load balancer",
            Self::DeletePolicyList => "delete policy list",
        }
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// Whether HNS says that it cannot do such a thing at all.
    pub(super) is_not_implemented: bool,
}

/// The operations that can fail.
pub(in crate::platform::hns) const OPERATIONS: &[&str] = &[
    "CreateEndpoint",
    "DeleteEndpoint",
    "CreateLoadBalancer",
    "UpdateLoadBalancer",
    "DeleteLoadBalancer",
    "DeletePolicyList",
    "GetNetworkByName",
    "GetEndpointByID",
    "GetEndpointByName",
    "GetLoadBalancerByID",
    "ListEndpointsOfNetwork",
    "ListLoadBalancers",
    "ListPolicyLists",
];

/// `E_NOTIMPL`
const NOT_IMPLEMENTED: &str = "0x80004001";

/// HNS as kube-proxy finds it.
#[derive(Debug, Default)]
pub(super) struct StandIn {
    pub(super) objects: Store,
    pub(super) calls: Vec<Call>,
    /// How often what was asked, for calls that change nothing.
    pub(super) reads: BTreeMap<&'static str, u32>,
    /// The calls of this step that fail.
    pub(super) faults: Faults,
    endpoints_made: u64,
    balancers_made: u64,
}

impl StandIn {
    pub(super) fn new(state: &State) -> Self {
        Self { objects: Store::new(state), ..Self::default() }
    }

    /// A new step: nothing is called yet, and these calls will fail.
    pub(super) fn begin(&mut self, faults: &[Fault]) {
        self.calls.clear();
        self.reads.clear();
        self.faults = Faults::new(faults);
    }

    fn attempt(&mut self, op: &'static str) -> Result<(), (Box<str>, Failed)> {
        match self.faults.call(op) {
            Some(fault) => {
                let code = fault.code.as_deref().unwrap_or_default();
                let is_not_implemented =
                    code.eq_ignore_ascii_case(NOT_IMPLEMENTED) || fault.error.contains(NOT_IMPLEMENTED);
                let error = match code {
                    "" => fault.error.clone(),
                    code => format!("{} ({code})", fault.error).into(),
                };
                Err((error, Failed { is_not_implemented }))
            }
            None => Ok(()),
        }
    }

    fn read(&mut self, op: &'static str) -> Result<(), Failed> {
        *self.reads.entry(op).or_default() += 1;
        self.attempt(op).map_err(|(_, failed)| failed)
    }

    /// The network with a name.
    pub(super) fn network(&mut self, name: &str) -> Option<Network> {
        self.read("GetNetworkByName").ok()?;
        self.objects.networks.iter().find(|network| &*network.name == name).cloned()
    }

    /// Asks for the endpoints of a network, whose name is looked up first: how they refer to it.
    pub(super) fn ask_for_endpoints(&mut self, network: &str) -> Option<NetworkRef> {
        let network = NetworkRef::Id(self.network(network)?.id);
        self.read("ListEndpointsOfNetwork").ok()?;
        Some(network)
    }

    /// Asks for all load balancers.
    pub(super) fn ask_for_load_balancers(&mut self) -> Result<(), Failed> {
        self.read("ListLoadBalancers")
    }

    /// The load balancers that are deleted when kube-proxy starts, listed through the API that it deletes them with.
    pub(super) fn all_at_start(&mut self, op: Op) -> Vec<Guid> {
        let list = if op == Op::DeletePolicyList { "ListPolicyLists" } else { "ListLoadBalancers" };
        if self.read(list).is_err() {
            return Vec::new();
        }
        self.objects.load_balancers().filter_map(|of| of.id).collect()
    }

    /// The endpoint with a name, on whatever network.
    pub(super) fn endpoint_named(&mut self, name: &str) -> Option<Endpoint> {
        self.read("GetEndpointByName").ok()?;
        self.objects.endpoints_named(name).next().cloned()
    }

    /// Makes an endpoint on a network, whose name is looked up first.
    pub(super) fn create_endpoint(
        &mut self,
        by: Family,
        network: &str,
        endpoint: Endpoint,
    ) -> Result<Endpoint, Failed> {
        self.network(network).ok_or(Failed { is_not_implemented: false })?;
        let address = endpoint.addresses().next().cloned();
        let network = endpoint.network.as_ref();
        let there = address.iter().flat_map(|address| self.objects.endpoints_at(network, address));
        let beside = there.filter_map(|of| of.id).collect();
        let mut call = Call {
            by,
            op: Op::CreateEndpoint,
            id: None,
            on: address.map(|address| address.to_string()).unwrap_or_default().into(),
            members: Vec::new(),
            object: Some(Object::Endpoint(Box::new(endpoint.clone()))),
            beside,
            error: None,
        };
        if let Err(failed) = self.attempt(call.op.name()) {
            return Err(self.fail(call, failed));
        }
        self.endpoints_made += 1;
        let id = numbered('E', self.endpoints_made);
        call.id = Some(id);
        self.calls.push(call);
        let endpoint = Endpoint { id: Some(id), ..endpoint };
        self.objects.insert_endpoint(endpoint.clone());
        Ok(endpoint)
    }

    /// Deletes an endpoint, if it is there; it is looked up first.
    pub(super) fn delete_endpoint(&mut self, by: Family, id: Option<Guid>) -> Result<(), Failed> {
        self.read("GetEndpointByID")?;
        let found = id.and_then(|id| Some((id, self.objects.endpoint(id)?)));
        let (id, found) = found.ok_or(Failed { is_not_implemented: false })?;
        let on = found.addresses().next().map(ToString::to_string).unwrap_or_default().into();
        let beside = self.objects.users_of(id).filter_map(|of| of.id).collect();
        let op = Op::DeleteEndpoint;
        let call = Call { by, op, id: Some(id), on, members: vec![], object: None, beside, error: None };
        if let Err(failed) = self.attempt(op.name()) {
            return Err(self.fail(call, failed));
        }
        self.calls.push(call);
        self.objects.remove_endpoint(id);
        Ok(())
    }

    /// Makes a load balancer.
    pub(super) fn create_balancer(&mut self, by: Family, balancer: &LoadBalancer) -> Result<Guid, Failed> {
        let mut call = self.balancer_call(by, Op::CreateLoadBalancer, balancer);
        if let Err(failed) = self.attempt(call.op.name()) {
            return Err(self.fail(call, failed));
        }
        self.balancers_made += 1;
        let id = numbered('B', self.balancers_made);
        call.id = Some(id);
        self.calls.push(call);
        self.objects.insert_balancer(LoadBalancer { id: Some(id), ..balancer.clone() });
        Ok(id)
    }

    /// Changes a load balancer in place.
    pub(super) fn update_balancer(
        &mut self,
        by: Family,
        id: Guid,
        balancer: &LoadBalancer,
    ) -> Result<(), Failed> {
        let mut call = self.balancer_call(by, Op::UpdateLoadBalancer, balancer);
        call.id = Some(id);
        call.beside.clear();
        if let Err(failed) = self.attempt(call.op.name()) {
            return Err(self.fail(call, failed));
        }
        let changed = LoadBalancer { id: Some(id), ..balancer.clone() };
        if self.objects.replace_balancer(changed).is_none() {
            return Err(self.fail(call, ("not found".into(), Failed { is_not_implemented: false })));
        }
        self.calls.push(call);
        Ok(())
    }

    /// Asks for a load balancer without an id, as kube-proxy does where it has none.
    pub(super) fn ask_for_none(&mut self) {
        *self.reads.entry("GetLoadBalancerByID(empty)").or_default() += 1;
    }

    /// Deletes a load balancer, if it is there: it is looked up first, and where the first try fails there is a second.
    pub(super) fn delete_balancer(&mut self, by: Family, id: Guid) -> Result<(), Failed> {
        if self.read("GetLoadBalancerByID").is_err() || self.objects.load_balancer(id).is_none() {
            return Ok(());
        }
        self.try_delete_balancer(by, Op::DeleteLoadBalancer, id)
            .or_else(|_| self.try_delete_balancer(by, Op::DeleteLoadBalancer, id))
    }

    /// Deletes a load balancer that was listed.
    pub(super) fn try_delete_balancer(&mut self, by: Family, op: Op, id: Guid) -> Result<(), Failed> {
        let on = self.objects.load_balancer(id).map(frontend).unwrap_or_default().into();
        let call =
            Call { by, op, id: Some(id), on, members: vec![], object: None, beside: vec![], error: None };
        if let Err(failed) = self.attempt(op.name()) {
            return Err(self.fail(call, failed));
        }
        self.calls.push(call);
        self.objects.remove_balancer(id);
        Ok(())
    }

    fn balancer_call(&self, by: Family, op: Op, balancer: &LoadBalancer) -> Call {
        let key = FrontendKey::of(balancer);
        let same = key.iter().flat_map(|key| self.objects.balancers_at(key));
        let beside = same.filter_map(|of| of.id).collect();
        Call {
            by,
            op,
            id: None,
            on: frontend(balancer).into(),
            members: balancer.endpoints.iter().map(|member| self.member(member)).collect(),
            object: Some(Object::LoadBalancer(Box::new(balancer.clone()))),
            beside,
            error: None,
        }
    }

    /// A member by place and address: `remote:10.244.2.5`; `gone:` and the id where HNS has no such endpoint.
    pub(super) fn member(&self, member: &EndpointRef) -> String {
        match member.id().and_then(|id| self.objects.endpoint(id)) {
            Some(endpoint) => {
                let place = if endpoint.is_remote() { "remote" } else { "local" };
                let addresses: Vec<String> = endpoint.addresses().map(Address::to_string).collect();
                format!("{place}:{}", addresses.join("+"))
            }
            None => format!("gone:{member}"),
        }
    }

    fn fail(&mut self, call: Call, (error, failed): (Box<str>, Failed)) -> Failed {
        self.calls.push(Call { error: Some(error), ..call });
        failed
    }
}

/// What a load balancer answers to: `TCP 10.96.0.10:80`, `TCP *:30080 IPv6`.
pub(super) fn frontend(balancer: &LoadBalancer) -> String {
    let Some(mapping) = balancer.port_mappings.first() else { return String::new() };
    let is_ipv6 = balancer.flags.contains(LoadBalancerFlags::IPV6);
    frontend_text(mapping.protocol, balancer.frontend_vips.first(), mapping.external_port, is_ipv6)
}

/// The same of its parts; without an address it is a node port.
pub(super) fn frontend_text(protocol: u32, vip: Option<&Address>, port: u16, is_ipv6: bool) -> String {
    let vip = match vip {
        None => "*".to_owned(),
        Some(vip @ Address::Ip(std::net::IpAddr::V6(_))) => format!("[{vip}]"),
        Some(vip) => vip.to_string(),
    };
    let family = if is_ipv6 { " IPv6" } else { "" };
    format!("{} {vip}:{port}{family}", protocol_name(protocol))
}

/// The id of the nth object that is made: ids of HNS are random, and those of a replay are not.
fn numbered(kind: char, number: u64) -> Guid {
    format!("{kind}0000000-0000-4000-8000-{number:012}").parse().expect("it has the form of an id")
}
