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

/// What clients on nodes of another operating system than that of all pods should know, where the pods' system is known.
///
/// Pods that do not say where they run are taken to be for Linux, which is no knowledge.
pub(super) fn other_system(owner: &Owner<'_>, pods: &[&Pod], nodes: &NodeSystems<'_>) -> Option<Diagnostic> {
    let has_rules = !matches!(owner.object.text(&["spec", "clusterIP"]), "" | "None");
    let of_pod = |pod: &&Pod| {
        let system =
            nodes.get(pod.spec.node_name.as_deref()?).copied().filter(|system| !system.is_empty())?;
        let is_known = !pod.is_assumed || pod.spec.names_system || system != "linux";
        is_known.then_some(system)
    };
    let systems: BTreeSet<&str> = pods.iter().map(of_pod).collect::<Option<_>>()?;
    let (1, Some(system), true) = (systems.len(), systems.first(), has_rules) else { return None };
    let others: Vec<(&str, &str)> = nodes
        .iter()
        .map(|(node, of)| (*node, *of))
        .filter(|(_, of)| !of.is_empty() && of != system)
        .collect();
    let (_, other) = others.first()?;
    let names: Vec<&str> = others.iter().map(|(node, _)| *node).collect();
    let message = format!(
        "all pods of the Service run on {}, and clients on {} nodes reach it by the rules there: {}",
        shown(system),
        shown(other),
        some_of(&names)
    );
    let found = Diagnostic::new(codes::PODS_OF_ONE_SYSTEM, message);
    Some(found.about(owner.object.reference("Service")).at(owner.object.origin.field("spec.selector")))
}

/// An operating system as people write it.
fn shown(system: &str) -> String {
    match system {
        "linux" => "Linux".to_owned(),
        "windows" => "Windows".to_owned(),
        other => printable(other),
    }
}

/// Says so if the pods run on one operating system only, and another node has another one.
fn one_system(serving: &BTreeSet<&str>, without: &[&str], nodes: &NodeSystems<'_>) -> String {
    let systems: BTreeSet<&str> = serving.iter().filter_map(|node| nodes.get(node).copied()).collect();
    let is_other = |node: &&str| nodes.get(*node).is_some_and(|system| !systems.contains(system));
    match (systems.len(), systems.first()) {
        (1, Some(system)) if !system.is_empty() && without.iter().any(is_other) => {
            format!(" (all its pods run on {})", shown(system))
        }
        _ => String::new(),
    }
}
