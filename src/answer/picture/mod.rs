//! The rules of a node as a graph: Services, their frontends, the objects of a platform, endpoints.
//!
//! ```text
//! iptables, hns, netsh ─► RuleGraph: one builder for each platform, which also says what it finds
//! scope ─► the part of it that belongs to some Services
//! layout ─► layers and places of a drawing
//! draw ─► text, JSON, DOT, Mermaid, SVG
//! ```
//!
//! An edge leads from what takes a packet to what gets it next, or, in HNS and netsh, from an object to one
//! that it needs.
//!
//! **Invariant:** all texts of a graph are safe to print; what they need beyond that for a language of
//! drawings is the business of `graph::draw`.

pub mod builder;
pub mod codes;
pub(crate) mod reach;

use petgraph::graph::DiGraph;

use crate::diagnostics::Diagnostic;
use crate::fill::{IsAssumed, Marks};

pub use petgraph::graph::NodeIndex;

/// The rules of one node on one platform.
#[derive(Debug, Clone, Default)]
pub struct RuleGraph {
    pub(crate) graph: DiGraph<Node, Edge>,
    pub(crate) findings: Vec<Flaw>,
}

/// A Service, or something that a platform keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// What it is called.
    pub title: Box<str>,
    /// What else is to be known of it, a few words each.
    pub details: Vec<Box<str>>,
    /// Where its Service was read, as in `cluster.yaml:212`.
    pub manifest: Option<Box<str>>,
    /// Whether an assumed number is in its title or its details.
    pub assumed: IsAssumed,
}

/// What a node of the graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NodeKind {
    /// A port of a Service.
    ServicePort,
    /// An address and port that clients connect to.
    Frontend,
    /// A chain of iptables.
    Chain,
    /// A load balancer of HNS.
    LoadBalancer,
    /// A listener of the port proxy.
    Listener,
    /// An address that netsh gives to the node.
    Address,
    /// A rule of the Windows firewall.
    FirewallRule,
    /// Who gets packets: an address and port, or an endpoint of HNS.
    Endpoint,
    /// A network of HNS.
    Network,
    /// An end without an endpoint: `REJECT`, `DROP`, `ACCEPT`.
    Verdict,
    /// Something that is referred to and is not there.
    Missing,
    /// What only one platform has, by the word for it in JSON.
    Other(&'static str),
}

/// One thing leads to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Under which conditions, or as what; one text for each rule that leads there.
    pub labels: Vec<Box<str>>,
    /// Whether packets come back from there. Such edges are not drawn, the node they start from tells.
    pub aside: bool,
}

/// Something that is wrong with the rules.
#[derive(Debug, Clone)]
pub(crate) struct Flaw {
    pub(crate) about: NodeIndex,
    pub(crate) diagnostic: Diagnostic,
}

impl NodeKind {
    /// The name, as JSON has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServicePort => "servicePort",
            Self::Frontend => "frontend",
            Self::Chain => "chain",
            Self::LoadBalancer => "loadBalancer",
            Self::Listener => "listener",
            Self::Address => "address",
            Self::FirewallRule => "firewallRule",
            Self::Endpoint => "endpoint",
            Self::Network => "network",
            Self::Verdict => "verdict",
            Self::Missing => "missing",
            Self::Other(name) => name,
        }
    }
}

impl RuleGraph {
    /// Marks the nodes that show an assumed number.
    pub(crate) fn mark(&mut self, marks: &Marks) {
        if marks.is_empty() {
            return;
        }
        for node in self.graph.node_weights_mut() {
            let shows = |text: &str| marks.are_in(text);
            node.assumed = IsAssumed(shows(&node.title) || node.details.iter().any(|detail| shows(detail)));
        }
    }

    /// How many nodes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Whether there is nothing to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The nodes; the first has number 0.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.graph.node_weights()
    }

    /// The edges that are drawn: the numbers of both nodes, and the edge.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, &Edge)> {
        self.graph.edge_indices().filter_map(|at| {
            let (from, to) = self.graph.edge_endpoints(at)?;
            let edge = &self.graph[at];
            (!edge.aside).then_some((from.index(), to.index(), edge))
        })
    }

    /// What is wrong with the rules, in the order in which they stand.
    pub fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().map(|finding| &finding.diagnostic)
    }
}
