//! Topology hints: which ready endpoints are meant for this node.

use crate::ir::Selection;
use crate::manifest::Backend;
use crate::node::NodeContext;

/// Which of the ready endpoints are preferred, and why hints that are there are not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Topology {
    /// `Ready`, `SameZone` or `SameNode`.
    pub selection: Selection,
    /// Why the hints are not used, when there are some.
    pub ignored: Option<&'static str>,
}

/// Hints are used only if every ready endpoint has some and one of them names this node, or else this
/// node's zone (kube-proxy, all versions; node hints from 1.34 on).
pub(super) fn of<'b>(
    ready: &(impl Iterator<Item = &'b Backend> + Clone),
    wants_hints: bool,
    node: &NodeContext,
) -> Topology {
    let behavior = &node.behavior;
    let used = |selection| Topology { selection, ignored: None };
    let ignored = |reason| Topology { selection: Selection::Ready, ignored: Some(reason) };

    if !ready.clone().any(|backend| !backend.zone_hints.is_empty() || !backend.node_hints.is_empty()) {
        return used(Selection::Ready);
    }
    if !behavior.reads_hints {
        return ignored("the feature gate TopologyAwareHints is off");
    }
    if behavior.hints_need_annotation && !wants_hints {
        return ignored("this version needs the annotation service.kubernetes.io/topology-mode: Auto");
    }
    let every = |has_hint: fn(&Backend) -> bool| ready.clone().all(has_hint);
    if behavior.reads_node_hints
        && every(|backend| !backend.node_hints.is_empty())
        && ready.clone().any(|backend| names_node(backend, node))
    {
        return used(Selection::SameNode);
    }
    if node.zone.is_none() {
        return ignored("the zone of the node is not known");
    }
    if !every(|backend| !backend.zone_hints.is_empty()) {
        return ignored("a ready endpoint has no hint");
    }
    if !ready.clone().any(|backend| names_zone(backend, node)) {
        return ignored("none of them names the zone of the node");
    }
    used(Selection::SameZone)
}

/// Whether a selection takes an endpoint.
pub(super) fn takes(selection: Selection, backend: &Backend, node: &NodeContext) -> bool {
    match selection {
        Selection::SameNode => names_node(backend, node),
        Selection::SameZone => names_zone(backend, node),
        Selection::Ready | Selection::Terminating | Selection::Unused => true,
    }
}

fn names_node(backend: &Backend, node: &NodeContext) -> bool {
    node.name.as_ref().is_some_and(|name| backend.node_hints.contains(name))
}

fn names_zone(backend: &Backend, node: &NodeContext) -> bool {
    node.zone.as_ref().is_some_and(|zone| backend.zone_hints.contains(zone))
}
