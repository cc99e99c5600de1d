//! What is known once pods and slices are: Services that reach nobody, ports that no container has, nodes without a
//! pod.
//!
//! Absence is reported only where it is known: a Service whose endpoints are in the input by themselves says nothing
//! about its selector, and neither does one that selects by labels which only a controller gives.

mod host_ports;
mod names;
mod placement;
mod ports;
mod selector;
mod templates;

use std::cell::LazyCell;
use std::collections::BTreeSet;

use self::names::Makers;
use self::templates::Templates;
use super::endpoints::{Owner, named_by, service_of};
use super::pod::{Pod, Pods};
use crate::diagnostics::Diagnostic;
use crate::fill::{Assumed, RunTimePods};
use crate::manifest::AnyObject;

/// Services by namespace and name.
pub(super) type ServiceNames = BTreeSet<(String, String)>;

/// The Services whose endpoints the input has by itself: in slices of another maker than the controller, in slices of
/// the controller that no pod of their namespace stands behind, or in `Endpoints`.
pub(super) fn with_own_endpoints(objects: &[AnyObject], populated: &BTreeSet<String>) -> ServiceNames {
    let of_object = |object| match AnyObject::kind(object) {
        ("v1", "Endpoints") => Some((object.namespace(), object.name())),
        _ => named_by(object)
            .filter(|(namespace, _)| service_of(object).is_none() || !populated.contains(*namespace)),
    };
    let names = objects.iter().filter_map(of_object);
    names.map(|(namespace, name)| (namespace.to_owned(), name.to_owned())).collect()
}

/// Finds what is wrong between Services and the pods that they select.
pub(super) fn find(
    objects: &[AnyObject],
    pods: &Pods<'_>,
    with_own_endpoints: &ServiceNames,
    assumed: &Assumed,
    run_time: &[RunTimePods],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let makers = Makers::new(assumed, run_time);
    // Most inputs have no selector without a pod.
    let templates = LazyCell::new(|| Templates::of(objects));
    let nodes = placement::nodes(objects);
    let has_own = |(namespace, name): (&str, &str)| {
        with_own_endpoints.contains(&(namespace.to_owned(), name.to_owned()))
    };
    let owners = Owner::all(objects);
    for owner in owners.iter().filter(|owner| !has_own(owner.name())) {
        let selected: Vec<&Pod> = pods.selected(owner.name().0, &owner.selector).collect();
        if selected.is_empty() {
            diagnostics.extend(selector::unmatched(owner, &templates));
        }
        diagnostics.extend(ports::unreachable(owner, &selected, &makers));
        let unserved = placement::unserved_nodes(owner, &selected, &nodes);
        if unserved.is_empty() {
            diagnostics.extend(placement::other_system(owner, &selected, &nodes));
        }
        diagnostics.extend(unserved);
    }
    diagnostics.extend(host_ports::collisions(objects, pods.all(), &makers, assumed));
}
