//! Endpoints objects, which replace missing slices.

use std::collections::BTreeSet;

use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::manifest::codes;
use crate::manifest::object::{Backend, EndpointSlice, Service};

/// Slices made of Endpoints objects, for Services that have no slice of their own.
pub(super) fn replacements(
    endpoints: Vec<(EndpointSlice, Vec<Backend>)>,
    slices: &[(EndpointSlice, Vec<Backend>)],
    services: &[Service],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(EndpointSlice, Vec<Backend>)> {
    let has_slice: BTreeSet<_> = slices.iter().map(|(slice, _)| (&slice.namespace, &slice.service)).collect();
    let has_service: BTreeSet<_> =
        services.iter().map(|service| (&service.namespace, &service.name)).collect();
    let (mut ignored, mut noted) = (0usize, BTreeSet::new());
    let mut used = Vec::new();
    for (slice, backends) in endpoints {
        let key = (slice.namespace.clone(), slice.service.clone());
        if has_slice.contains(&(&key.0, &key.1)) || !has_service.contains(&(&key.0, &key.1)) {
            ignored += 1;
            continue;
        }
        if noted.insert(key) {
            diagnostics.push(report_use(&slice));
        }
        used.push((slice, backends));
    }
    if ignored > 0 {
        let message = match ignored {
            1 => "1 subset of an Endpoints object is ignored".to_owned(),
            _ => format!("{ignored} subsets of Endpoints objects are ignored"),
        };
        diagnostics.push(Diagnostic::new(codes::ENDPOINTS_IGNORED, message));
    }
    used
}

fn report_use(slice: &EndpointSlice) -> Diagnostic {
    let message = "this Service has no EndpointSlice; its Endpoints object is used instead";
    Diagnostic::new(codes::ENDPOINTS_USED, message)
        .about(ObjectRef::new("Endpoints", slice.namespace.as_str(), slice.service.as_str()))
        .at(slice.origin.field("metadata.name"))
        .help("kube-proxy reads EndpointSlices only: kubectl get endpointslices -A -o yaml")
}
