//! What an object of HNS does, a line each, so that people see what changes.

use std::collections::BTreeMap;

use super::step::HnsObject;
use crate::name::printable;
use crate::platform::hns::compare::fields::words;
use crate::platform::hns::flag_words::NumberKind;
#[cfg(feature = "apply")]
use crate::platform::hns::model::State;
use crate::platform::hns::model::{Address, Endpoint, EndpointRef, Guid, LoadBalancer};

/// Addresses of endpoints by their ids, as far as people have to know them.
pub type MemberNames = BTreeMap<Guid, String>;

/// What an object does, with the addresses of members that a state has.
#[cfg(feature = "apply")]
pub(super) fn facts(object: &HnsObject, state: &State) -> Vec<String> {
    match object {
        HnsObject::Endpoint(_) => facts_of(object, &MemberNames::new()),
        HnsObject::LoadBalancer(balancer) => facts_of(object, &member_names(balancer, state)),
    }
}

/// What an object does.
pub(super) fn facts_of(object: &HnsObject, names: &MemberNames) -> Vec<String> {
    match object {
        HnsObject::Endpoint(endpoint) => of_endpoint(endpoint),
        HnsObject::LoadBalancer(balancer) => of_balancer(balancer, names),
    }
}

/// What only one of two has: first what only the first has.
#[cfg(feature = "apply")]
pub(super) fn difference(one: &[String], other: &[String]) -> [Vec<String>; 2] {
    let beyond =
        |one: &[String], other: &[String]| one.iter().filter(|fact| !other.contains(fact)).cloned().collect();
    [beyond(one, other), beyond(other, one)]
}

/// The addresses of the members of a load balancer.
#[cfg(feature = "apply")]
pub(super) fn member_names(balancer: &LoadBalancer, state: &State) -> MemberNames {
    let name = |id: Guid| {
        let endpoint = state.endpoints.iter().find(|endpoint| endpoint.id == Some(id))?;
        Some((id, addresses_of(endpoint)))
    };
    balancer.endpoints.iter().filter_map(EndpointRef::id).filter_map(name).collect()
}

/// The addresses of an endpoint.
pub(super) fn addresses_of(endpoint: &Endpoint) -> String {
    endpoint.addresses().map(text).collect::<Vec<_>>().join(", ")
}

fn of_endpoint(endpoint: &Endpoint) -> Vec<String> {
    let mut facts = vec![if endpoint.is_remote() { "remote" } else { "of the host" }.to_owned()];
    facts.extend(endpoint.addresses().map(|address| format!("address {}", text(address))));
    facts.extend(endpoint.provider_address().map(|address| format!("provider address {}", text(address))));
    facts.extend(endpoint.mac_address.map(|mac| format!("MAC address {mac}")));
    facts.extend(endpoint.network.as_ref().map(|network| printable(&network.to_string())));
    facts
}

fn of_balancer(balancer: &LoadBalancer, names: &MemberNames) -> Vec<String> {
    let mut facts = Vec::new();
    for mapping in &balancer.port_mappings {
        facts.push(format!("port {} to {}", mapping.external_port, mapping.internal_port));
        facts.push(format!("port flags {}", words(NumberKind::Port, mapping.flags.bits())));
        facts.push(format!("distribution {}", words(NumberKind::Distribution, mapping.distribution.0)));
    }
    facts.push(format!("flags {}", words(NumberKind::LoadBalancer, balancer.flags.bits())));
    facts.extend(balancer.source_vip.as_ref().map(|vip| format!("source VIP {}", text(vip))));
    facts.extend(balancer.frontend_vips.iter().skip(1).map(|vip| format!("frontend {}", text(vip))));
    let mut members: Vec<String> = balancer.endpoints.iter().map(|member| of_member(member, names)).collect();
    members.sort_unstable();
    facts.extend(members);
    facts
}

fn of_member(member: &EndpointRef, names: &MemberNames) -> String {
    match member {
        EndpointRef::Id(id) => match names.get(id) {
            Some(addresses) => format!("member {}", printable(addresses)),
            None => format!("member {id}"),
        },
        EndpointRef::Local(address) => format!("member {}", text(address)),
        EndpointRef::Named(name) => format!("member {}", printable(name)),
    }
}

fn text(address: &Address) -> String {
    printable(&address.to_string())
}
