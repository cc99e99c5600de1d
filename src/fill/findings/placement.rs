//! Services with a policy `Local` whose pods are not on every node.

use std::collections::{BTreeMap, BTreeSet};

use super::names::some_of;
use crate::diagnostics::Diagnostic;
use crate::fill::codes;
use crate::fill::endpoints::Owner;
use crate::fill::pod::Pod;
use crate::manifest::AnyObject;
use crate::name::printable;

/// The nodes of the cluster by name, with the operating system of each; empty where it is not told.
pub(super) type NodeSystems<'o> = BTreeMap<&'o str, &'o str>;

pub(super) fn nodes(objects: &[AnyObject]) -> NodeSystems<'_> {
    let nodes = objects.iter().filter(|object| object.kind() == ("v1", "Node"));
    let system = |node| AnyObject::text(node, &["metadata", "labels", "kubernetes.io/os"]);
    nodes.map(|node| (node.name(), system(node))).collect()
}

/// What each policy `Local` of a Service costs on the nodes that have none of its pods.
pub(super) fn unserved_nodes(owner: &Owner<'_>, pods: &[&Pod], nodes: &NodeSystems<'_>) -> Vec<Diagnostic> {
    if pods.is_empty() {
        return Vec::new();
    }
    let is_external = matches!(owner.object.text(&["spec", "type"]), "NodePort" | "LoadBalancer")
        && owner.object.text(&["spec", "externalTrafficPolicy"]) == "Local";
    let is_internal = owner.object.text(&["spec", "internalTrafficPolicy"]) == "Local";
    let policies = [
        (is_external, "externalTrafficPolicy", "they drop external traffic"),
        (is_internal, "internalTrafficPolicy", "their pods do not reach it"),
    ];
    let serving: BTreeSet<&str> = pods.iter().filter_map(|pod| pod.spec.node_name.as_deref()).collect();
    let without: Vec<&str> = nodes.keys().copied().filter(|node| !serving.contains(node)).collect();
    if without.is_empty() {
        return Vec::new();
    }
    let policies = policies.into_iter().filter(|(is_local, ..)| *is_local);
    policies
        .map(|(_, field, effect)| {
            let message = format!(
                "{field} is Local, and {} of {} nodes have no pod of the Service{}: {}; {effect}",
                without.len(),
                nodes.len(),
                one_system(&serving, &without, nodes),
                some_of(&without)
            );
            Diagnostic::new(codes::NODES_WITHOUT_POD, message)
                .about(owner.object.reference("Service"))
                .at(owner.object.origin.field(format!("spec.{field}")))
        })
        .collect()
}

/// Says so if the pods run on one operating system only, and another node has another one.
fn one_system(serving: &BTreeSet<&str>, without: &[&str], nodes: &NodeSystems<'_>) -> String {
    let systems: BTreeSet<&str> = serving.iter().filter_map(|node| nodes.get(node).copied()).collect();
    let is_other = |node: &&str| nodes.get(*node).is_some_and(|system| !systems.contains(system));
    match (systems.len(), systems.first()) {
        (1, Some(system)) if !system.is_empty() && without.iter().any(is_other) => {
            format!(" (all its pods run on {})", printable(system))
        }
        _ => String::new(),
    }
}
