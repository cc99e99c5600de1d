//! `EndpointSlices` as the controller of a cluster makes them from Services, pods and nodes (recorded from
//! Kubernetes 1.36).
//!
//! ```text
//! Service ─► its pods ─► an endpoint each, by the ports that it has ─► groups ─ hints ─► slices of 100
//! ```

mod endpoint;
mod existing;
mod hints;
mod owner;
mod ports;
mod slices;

use std::collections::BTreeMap;

use self::endpoint::Endpoint;
use self::existing::Existing;
use self::ports::SlicePort;
use super::pod::{Nodes, Pod, Pods};
use crate::diagnostics::Diagnostic;
use crate::manifest::AnyObject;

pub(super) use self::existing::named_by;
pub(crate) use self::existing::service_of;
pub(super) use self::owner::Owner;
pub(super) use self::ports::{ServicePort, ServicePorts, Target};

/// The slices of a Service in every family.
pub(super) fn of_service(
    owner: &Owner<'_>,
    pods: &Pods<'_>,
    nodes: &Nodes,
    existing: &[&AnyObject],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<AnyObject> {
    let ports = ServicePorts::of(owner.object);
    let selected: Vec<&Pod> = pods.selected(owner.object.namespace(), &owner.selector).collect();
    let mut families = owner.families.clone();
    families.sort_unstable();
    let mut made = Vec::new();
    for family in families {
        let mut groups: BTreeMap<Vec<SlicePort>, Vec<Endpoint<'_>>> = BTreeMap::new();
        for &pod in &selected {
            if let Some(endpoint) = Endpoint::of(pod, owner, family, nodes) {
                groups.entry(ports.of_pod(pod)).or_default().push(endpoint);
            }
        }
        let of_family = existing.iter().filter(|slice| slice.text(&["addressType"]) == family.as_str());
        let existing: Vec<Existing<'_>> =
            of_family.filter(|slice| owner.owns(slice)).map(|slice| Existing::of(slice)).collect();
        hints::add(owner.object, &mut groups, nodes, &existing);
        made.extend(slices::of_family(owner, family, groups, &existing, diagnostics));
    }
    slices::name(owner.object.name(), &mut made);
    made
}
