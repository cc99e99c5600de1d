//! The part of a graph that belongs to some Services.

use petgraph::graph::{DiGraph, NodeIndex};

use crate::answer::picture::reach::reached_along;
use crate::answer::picture::{Finding, NodeKind, RuleGraph};
use crate::name::printable;

/// Some Services: `shop/front`, one port of it `shop/front:https`, or all of a namespace `shop/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    namespace: String,
    /// `None` for all names.
    name: Option<String>,
    port: Option<String>,
}

/// A text names no Services.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no Services; allowed: NAMESPACE/NAME, NAMESPACE/NAME:PORT by its name, and NAMESPACE/* for all of \
     a namespace"
)]
pub struct ScopeError(String);

impl std::str::FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let error = || ScopeError(printable(text));
        let (namespace, rest) = text.split_once('/').ok_or_else(error)?;
        let (name, port) = rest.split_once(':').map_or((rest, None), |(name, port)| (name, Some(port)));
        let is_malformed = namespace.is_empty() || name.is_empty() || port.is_some_and(str::is_empty);
        if is_malformed || name.contains('/') || (name == "*" && port.is_some()) {
            return Err(error());
        }
        let name = (name != "*").then(|| name.to_owned());
        Ok(Self { namespace: namespace.to_owned(), name, port: port.map(str::to_owned) })
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", printable(&self.namespace), printable(self.name.as_deref().unwrap_or("*")))?;
        self.port.as_ref().map_or(Ok(()), |port| write!(f, ":{}", printable(port)))
    }
}

impl Scope {
    /// Whether a service port, `namespace/name` or `namespace/name:port`, is meant.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        let Some((namespace, rest)) = id.split_once('/') else { return false };
        let (name, port) = rest.split_once(':').unwrap_or((rest, ""));
        namespace == self.namespace
            && self.name.as_ref().is_none_or(|wanted| wanted == name)
            && self.port.as_ref().is_none_or(|wanted| wanted == port)
    }
}

impl RuleGraph {
    /// What packets to the service ports of a scope can get to, and what these objects need; nothing where
    /// there are no such service ports.
    #[must_use]
    pub fn scoped(&self, scope: &Scope) -> Self {
        let is_meant = |at: &NodeIndex| {
            self.graph[*at].kind == NodeKind::ServicePort && scope.names(&self.graph[*at].title)
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
            Some(Finding { about, diagnostic: finding.diagnostic.clone() })
        });
        Self { graph, findings: findings.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_names_service_ports() {
        let names = |scope: &str, id: &str| scope.parse::<Scope>().unwrap().names(id);
        assert!(names("shop/front", "shop/front:https") && names("shop/front", "shop/front"));
        assert!(names("shop/*", "shop/front:https") && !names("shop/*", "shops/front"));
        assert!(names("shop/front:https", "shop/front:https"));
        assert!(!names("shop/front:https", "shop/front:http") && !names("shop/front", "shop/frontend"));
    }

    #[test]
    fn what_names_no_service_is_refused() {
        for bad in ["shop", "/front", "shop/", "shop/front:", "shop/*:https", "a/b/c", ""] {
            assert!(bad.parse::<Scope>().is_err(), "{bad}");
        }
    }
}
