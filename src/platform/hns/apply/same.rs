//! Whether an object of HNS is as wanted. HNS answers with more members than it got, and in another order.

use super::step::HnsObject;
use crate::platform::hns::model::{Endpoint, EndpointRef, LoadBalancer};

/// Whether what is there does what is wanted.
pub(super) fn same(is: &HnsObject, wanted: &HnsObject) -> bool {
    match (is, wanted) {
        (HnsObject::Endpoint(is), HnsObject::Endpoint(wanted)) => same_endpoint(is, wanted),
        (HnsObject::LoadBalancer(is), HnsObject::LoadBalancer(wanted)) => same_balancer(is, wanted),
        _ => false,
    }
}

fn same_endpoint(is: &Endpoint, wanted: &Endpoint) -> bool {
    is.addresses().eq(wanted.addresses())
        && is.is_remote() == wanted.is_remote()
        && is.network == wanted.network
        && is.provider_address() == wanted.provider_address()
        && (wanted.mac_address.is_none() || is.mac_address == wanted.mac_address)
}

fn same_balancer(is: &LoadBalancer, wanted: &LoadBalancer) -> bool {
    is.frontend_vips == wanted.frontend_vips
        && is.port_mappings == wanted.port_mappings
        && is.flags == wanted.flags
        // Where none is wanted, HNS chooses one.
        && (wanted.source_vip.is_none() || is.source_vip == wanted.source_vip)
        && members(is) == members(wanted)
}

fn members(balancer: &LoadBalancer) -> Vec<&EndpointRef> {
    let mut members: Vec<&EndpointRef> = balancer.endpoints.iter().collect();
    members.sort_unstable();
    members
}
