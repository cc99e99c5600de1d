//! The part of a graph that belongs to some Services.

use petgraph::graph::{DiGraph, NodeIndex};

use crate::answer::picture::reach::reached_along;
use crate::answer::picture::{Flaw, NodeKind, RuleGraph};
use crate::scope::Selector;

impl RuleGraph {
    /// What packets to the service ports that a selector selects can get to, and what these objects need; nothing where
    /// there are no such service ports.
    #[must_use]
    pub fn scoped(&self, selector: &Selector) -> Self {
        let is_meant = |at: &NodeIndex| {
            self.graph[*at].kind == NodeKind::ServicePort && selector.selects(&self.graph[*at].title)
        };
        let meant = self.graph.node_indices().filter(is_meant);
        let kept = reached_along(&self.graph, meant, |edge| !edge.aside);
        let mut new = vec![None; self.graph.node_count()];
        let mut graph = DiGraph::new();
        for at in self.graph.node_indices().filter(|at| kept.contains(*at)) {
            new[at.index()] = Some(graph.add_node(self.graph[at].clone()));
        }
        for edge in self.graph.edge_indices() {
            let ends = self.graph.edge_endpoints(edge);
            let ends = ends.and_then(|(from, to)| new[from.index()].zip(new[to.index()]));
            if let Some((from, to)) = ends {
                graph.add_edge(from, to, self.graph[edge].clone());
            }
        }
        let findings = self.findings.iter().filter_map(|finding| {
            let about = new[finding.about.index()]?;
            Some(Flaw { about, diagnostic: finding.diagnostic.clone() })
        });
        Self { graph, findings: findings.collect() }
    }
}
