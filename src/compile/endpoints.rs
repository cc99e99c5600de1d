//! The endpoints of a service port: from all slices of its Service, each once, in kube-proxy's order.

use std::borrow::Cow;

use super::{Context, about, families};
use crate::compile::codes;
use crate::diagnostics::Diagnostic;
use crate::fill::IsAssumed;
use crate::ir::{BackendId, Endpoint};
use crate::manifest::{Backend, EndpointAddress, EndpointSlice};
use crate::net::{push_host_port, push_ip};
use crate::node::Duplicates;

/// All endpoints in any condition, sorted by the text `ip:port` (kube-proxy, all versions): `10.0.0.10`
/// comes before `10.0.0.9`.
pub(super) fn of(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Endpoint> {
    let mut found = Vec::new();
    for slice in context.slices {
        if families::reads_slice(slice, context.family, context.node) {
            add_slice(slice, context, &mut found);
        }
    }
    found.sort_by(|a, b| a.text.cmp(&b.text));
    without_duplicates(found, context, diagnostics)
}

/// A slice port belongs to the service port if name and protocol are equal; numbers may differ.
fn add_slice(slice: &EndpointSlice, context: &Context<'_>, found: &mut Vec<Endpoint>) {
    let Context { port, family, cluster, node, .. } = context;
    let belongs = |of_slice: &&crate::manifest::SlicePort| {
        of_slice.name == port.name && of_slice.protocol == port.protocol
    };
    let ids: Vec<u32> = in_order(slice, context);
    let mut text = String::new();
    for slice_port in slice.ports.iter().filter(belongs) {
        found.reserve(ids.len());
        for &id in &ids {
            let backend = &cluster.backends[id as usize];
            if families::takes_backend(backend, *family, node) {
                let canonical = node.behavior.canonical_endpoints;
                text.clear();
                push_endpoint(&mut text, &backend.address, canonical, slice_port.port);
                found.push(Endpoint {
                    text: text.as_str().into(),
                    backend: BackendId(id),
                    port: slice_port.port,
                    local: node.is_this_node(backend.node.as_ref()),
                    assumed: IsAssumed::default(),
                });
            }
        }
    }
}

/// The endpoints of a slice in the order in which kube-proxy adds them: in 1.30 by all addresses of each, joined to one
/// text; since then as they stand. It matters for duplicates only.
fn in_order(slice: &EndpointSlice, context: &Context<'_>) -> Vec<u32> {
    let mut ids: Vec<u32> = slice.backends.range().collect();
    if context.node.behavior.duplicates == Duplicates::SortedFirstUnlessLocal {
        let text = |id: &u32| all_addresses(&context.cluster.backends[*id as usize]);
        let sorted = ids.windows(2).all(|pair| text(&pair[0]) <= text(&pair[1]));
        if !sorted {
            ids.sort_by_cached_key(|id| text(id).into_owned());
        }
    }
    ids
}

/// All addresses of an endpoint as they stand in the slice, joined to one text.
fn all_addresses(backend: &Backend) -> Cow<'_, str> {
    let first = spelled(&backend.address);
    backend.more_addresses.as_ref().map_or_else(|| first.clone(), |more| format!("{first},{more}").into())
}

/// The address as it stands in the slice.
fn spelled(address: &EndpointAddress) -> Cow<'_, str> {
    match (address.spelling(), address.ip()) {
        (Some(spelling), _) => spelling.into(),
        (None, ip) => ip.map_or(Cow::Borrowed(""), |ip| ip.to_string().into()),
    }
}

/// Writes `ip:port` as it goes into rules: as it is spelled, or read and printed again, where what is
/// no address prints as `<nil>` (kube-proxy 1.31 and later).
fn push_endpoint(text: &mut String, address: &EndpointAddress, canonical: bool, port: u16) {
    match address.written(canonical) {
        Ok(ip) => push_host_port(text, port, |text| push_ip(text, ip)),
        Err(spelling) => push_host_port(text, port, |text| text.push_str(spelling)),
    }
}

/// Keeps one endpoint of each text. The list is sorted by text, and in kube-proxy's order within.
fn without_duplicates(
    mut endpoints: Vec<Endpoint>,
    context: &Context<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Endpoint> {
    let backends = &context.cluster.backends;
    endpoints.dedup_by(|later, kept| {
        if later.text != kept.text {
            return false;
        }
        let (new, old) = (&backends[later.backend.0 as usize], &backends[kept.backend.0 as usize]);
        if conditions(new) != conditions(old) || later.local != kept.local {
            diagnostics.push(contradiction(&kept.text, context));
        }
        let replaces = match context.node.behavior.duplicates {
            Duplicates::SortedFirstUnlessLocal | Duplicates::FirstUnlessLocal => later.local,
            Duplicates::LastUnlessTerminating => !new.terminating,
        };
        if replaces {
            std::mem::swap(later, kept);
        }
        true
    });
    endpoints
}

fn conditions(backend: &Backend) -> (bool, bool, bool) {
    (backend.ready, backend.serving, backend.terminating)
}

fn contradiction(text: &str, context: &Context<'_>) -> Diagnostic {
    let message = format!("endpoint {text} stands in its slices with different conditions or nodes");
    about(context.service, codes::ENDPOINTS_CONTRADICT, message)
        .help("a stale slice? compare them with kubectl get endpointslices -o yaml")
}
