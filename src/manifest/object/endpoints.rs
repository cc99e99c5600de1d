//! Legacy Endpoints objects, turned into slices as the mirroring controller does.
//!
//! kube-proxy never reads them. They are used only for a Service without any slice, with a note.

use super::endpoint_slice::{
    AddressType, Backend, EndpointAddress, EndpointSlice, SlicePort, pod, slice_port_with,
};
use super::positions::Positions;
use super::raw::{RawObject, RawSlicePort, RawSubset, RawSubsetAddress};
use super::value::{protocol, version};
use crate::name::{Label, Subdomain};
use crate::net::Family;
use crate::source::Origin;

/// One slice for each subset and family; none when a name could not be written safely.
pub(in crate::manifest) fn convert(
    raw: RawObject,
    namespace: &str,
    origin: Origin,
) -> Vec<(EndpointSlice, Vec<Backend>)> {
    let Some(name) = raw.metadata.name else { return Vec::new() };
    let (Ok(namespace), Ok(service)) = (Label::new(namespace), Label::new(name.as_str())) else {
        return Vec::new();
    };
    let resource_version = version(raw.metadata.resource_version.as_ref());
    let mut slices = Vec::new();
    for (index, subset) in raw.subsets.iter().enumerate() {
        for family in Family::ALL {
            let endpoints = backends(subset, family);
            // An Endpoints object without addresses of a family makes no slice of it.
            let Ok(name) = Subdomain::new(&format!("{service}-{index}-{family}")) else { continue };
            if !endpoints.is_empty() {
                let slice = EndpointSlice {
                    namespace: namespace.clone(),
                    service: service.clone(),
                    name,
                    address_type: AddressType::Ip(family),
                    ports: subset.ports.iter().filter_map(port).collect(),
                    backends: Positions::default(),
                    has_other_proxy: false,
                    has_headless_label: false,
                    resource_version,
                    origin,
                };
                slices.push((slice, endpoints));
            }
        }
    }
    slices
}

fn port(raw: &RawSlicePort) -> Option<SlicePort> {
    slice_port_with(raw, protocol(raw.protocol.as_ref())?)
}

fn backends(subset: &RawSubset, family: Family) -> Vec<Backend> {
    let ready = subset.addresses.iter().map(|address| (address, true));
    let not_ready = subset.not_ready_addresses.iter().map(|address| (address, false));
    let backends = ready.chain(not_ready).filter_map(|(address, ready)| backend(address, ready));
    backends.filter(|backend| backend.address.ip().map(Family::of) == Some(family)).collect()
}

fn backend(raw: &RawSubsetAddress, ready: bool) -> Option<Backend> {
    Some(Backend {
        address: EndpointAddress::new(raw.ip.as_ref()?.as_str())?,
        more_addresses: None,
        node: raw.node_name.as_ref().and_then(|name| Subdomain::new(name.as_str()).ok()),
        zone: None,
        ready,
        serving: ready,
        terminating: false,
        zone_hints: Box::default(),
        node_hints: Box::default(),
        pod: pod(&raw.target_ref),
    })
}
