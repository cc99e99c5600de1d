//! The order of operations: a graph of what needs what.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;

use super::Operation;
use crate::platform::hns::model::Guid;

/// Puts each operation after those that it requires; apart from that the order stays. What requires an
/// object that no operation touches does not wait for anything.
pub(super) fn in_order(operations: Vec<Operation>) -> Vec<Operation> {
    let graph = graph(&operations);
    let order = topological(&graph);
    debug_assert_eq!(order.len(), operations.len(), "operations wait for each other");
    if order.is_sorted() {
        return operations;
    }
    let mut operations: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| operations[at].take()).collect()
}

/// An edge leads from an operation to one that requires it. Nodes are numbered as the operations.
fn graph(operations: &[Operation]) -> DiGraph<(), ()> {
    // An object that is replaced is deleted and made under one id; the deletion stands first.
    let mut by_id: FxHashMap<Guid, u32> = FxHashMap::default();
    for (at, operation) in (0..).zip(operations) {
        by_id.entry(operation.id).or_insert(at);
    }
    let edges = operations.iter().map(|operation| operation.requires.len()).sum();
    let mut graph = DiGraph::with_capacity(operations.len(), edges);
    for _ in operations {
        graph.add_node(());
    }
    for (at, operation) in (0..).zip(operations) {
        for required in operation.requires.iter().filter_map(|id| by_id.get(id)) {
            graph.add_edge(NodeIndex::from(*required), NodeIndex::from(at), ());
        }
    }
    graph
}

/// Of all nodes that wait for nothing, the first one goes first: the order depends on nothing but the
/// graph, and changes no more than it has to.
fn topological(graph: &DiGraph<(), ()>) -> Vec<usize> {
    let mut waiting: Vec<usize> =
        graph.node_indices().map(|node| graph.edges_directed(node, Direction::Incoming).count()).collect();
    let free = graph.node_indices().filter(|node| waiting[node.index()] == 0);
    let mut free: BinaryHeap<Reverse<NodeIndex>> = free.map(Reverse).collect();
    let mut order = Vec::with_capacity(waiting.len());
    while let Some(Reverse(node)) = free.pop() {
        order.push(node.index());
        for next in graph.neighbors(node) {
            waiting[next.index()] -= 1;
            if waiting[next.index()] == 0 {
                free.push(Reverse(next));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::hns::plan::Action;

    fn operation(id: u128, requires: &[u128]) -> Operation {
        let guid = |id: u128| uuid::Uuid::from_u128(id).into();
        Operation {
            action: Action::DeleteEndpoint,
            id: guid(id),
            requires: requires.iter().copied().map(guid).collect(),
            purpose: None,
            owners: Vec::new(),
        }
    }

    #[test]
    fn what_is_required_comes_first_and_nothing_else_moves() {
        let operations =
            [operation(1, &[3]), operation(2, &[]), operation(3, &[9]), operation(4, &[1, 2])].into();
        let order: Vec<u128> =
            in_order(operations).iter().map(|operation| operation.id.value().as_u128()).collect();
        assert_eq!(order, [2, 3, 1, 4]);
    }
}
