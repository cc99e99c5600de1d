//! Questions about any graph: what can be reached, and what runs in a circle.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::{Edge, Node};

/// A set of nodes.
pub(crate) struct Nodes(Vec<bool>);

impl Nodes {
    /// Whether a node is among them.
    pub(crate) fn contains(&self, node: NodeIndex) -> bool {
        self.0[node.index()]
    }
}

/// All that can be reached from some nodes along some edges, with these nodes themselves.
pub(crate) fn reached_along(
    graph: &DiGraph<Node, Edge>,
    from: impl Iterator<Item = NodeIndex>,
    takes: impl Fn(&Edge) -> bool,
) -> Nodes {
    let mut seen = vec![false; graph.node_count()];
    let mut next: Vec<NodeIndex> = from.collect();
    while let Some(at) = next.pop() {
        if !std::mem::replace(&mut seen[at.index()], true) {
            next.extend(graph.edges(at).filter(|edge| takes(edge.weight())).map(|edge| edge.target()));
        }
    }
    Nodes(seen)
}

/// The circles, each as the nodes that are part of it, in the order in which they stand in the graph.
pub(crate) fn cycles(graph: &DiGraph<Node, Edge>) -> Vec<Vec<NodeIndex>> {
    let is_cycle = |nodes: &Vec<NodeIndex>| nodes.len() > 1 || graph.contains_edge(nodes[0], nodes[0]);
    // The search keeps a list of its own: the depth of a graph is up to the input, and the stack is not.
    let mut cycles: Vec<_> = kosaraju_scc(graph).into_iter().filter(is_cycle).collect();
    for cycle in &mut cycles {
        cycle.sort_unstable();
    }
    cycles.sort_unstable();
    cycles
}
