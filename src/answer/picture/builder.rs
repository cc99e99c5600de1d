//! Putting a graph together: each thing once, with Services and their frontends in it from the start.

use std::collections::hash_map::Entry;
use std::net::{IpAddr, SocketAddr};

use petgraph::graph::{EdgeIndex, NodeIndex};
use rustc_hash::FxHashMap;

use super::reach::cycles;
use super::{Edge, Flaw, Node, NodeKind, RuleGraph, codes};
use crate::diagnostics::Diagnostic;
use crate::fill::IsAssumed;
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::name::{escaped, is_unprintable};
use crate::net::{Family, Protocol};

/// Where clients connect to; without an address, at those of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrontendKey {
    /// The family.
    pub family: Family,
    /// The address; none is any of the node's.
    pub ip: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Its name: a dump may have protocols that Services do not.
    pub protocol: &'static str,
}

/// A graph in the making.
pub struct Builder<'r> {
    rules: &'r RuleSet,
    graph: RuleGraph,
    named: FxHashMap<(NodeKind, Box<str>), NodeIndex>,
    frontends: FxHashMap<FrontendKey, NodeIndex>,
    by_ip: FxHashMap<IpAddr, Vec<NodeIndex>>,
    edges: FxHashMap<(NodeIndex, NodeIndex), EdgeIndex>,
    /// The families of which a dump may have more rules than it tells.
    open: Vec<Family>,
}

impl<'r> Builder<'r> {
    /// Starts with the service ports of these families, and their frontends.
    #[must_use]
    pub fn new(rules: &'r RuleSet, families: &[Family]) -> Self {
        let mut builder = Self {
            rules,
            graph: RuleGraph::default(),
            named: FxHashMap::default(),
            frontends: FxHashMap::default(),
            by_ip: FxHashMap::default(),
            edges: FxHashMap::default(),
            open: Vec::new(),
        };
        for port in rules.services.iter().filter(|port| families.contains(&port.family)) {
            let service = builder.service_port(port);
            for frontend in port.frontends.iter().filter(|frontend| frontend.served) {
                let is_node_port = frontend.kind == FrontendKind::NodePort;
                let key = FrontendKey {
                    family: port.family,
                    ip: frontend.address.filter(|_| !is_node_port),
                    port: frontend.port,
                    protocol: port.protocol.as_str(),
                };
                let to = builder.frontend(key);
                builder.edge(service, to, frontend.kind.as_str());
            }
        }
        builder
    }

    /// Says of frontends of some families that lead nowhere that the dump does not tell what serves them.
    pub fn leave_open(&mut self, families: &[Family]) {
        self.open.extend(families);
    }

    /// The node of a service port.
    fn service_port(&mut self, port: &ServicePort) -> NodeIndex {
        let ServicePort { id, protocol, family, .. } = port;
        let identity = format!("{id} {protocol} {family}");
        let file = self.rules.files.get(port.origin.source.index()).map_or("", String::as_str);
        let manifest = format!("{}:{}", escaped(file), port.origin.line);
        self.node(NodeKind::ServicePort, &identity, || Node {
            kind: NodeKind::ServicePort,
            title: id.clone(),
            details: vec![format!("{protocol}, {family}").into()],
            manifest: Some(manifest.into()),
            assumed: IsAssumed::default(),
        })
    }

    /// The node of a service port of which only the name is known.
    pub fn service_named(&mut self, id: &str, protocol: &str, family: Family) -> NodeIndex {
        let identity = format!("{id} {protocol} {family}");
        self.node(NodeKind::ServicePort, &identity, || Node {
            kind: NodeKind::ServicePort,
            title: id.into(),
            details: vec![format!("{protocol}, {family}").into()],
            manifest: None,
            assumed: IsAssumed::default(),
        })
    }

    /// The nodes of the service ports with an id, of any protocol and family.
    #[must_use]
    pub fn services_with(&self, id: &str) -> Vec<NodeIndex> {
        let keys = Family::ALL.into_iter().flat_map(|family| {
            [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
                .map(|protocol| (NodeKind::ServicePort, format!("{id} {protocol} {family}").into()))
        });
        keys.filter_map(|key| self.named.get(&key).copied()).collect()
    }

    /// The node of a frontend.
    pub fn frontend(&mut self, key: FrontendKey) -> NodeIndex {
        if let Some(at) = self.frontends.get(&key) {
            return *at;
        }
        let title = match key.ip {
            Some(ip) => format!("{}/{}", SocketAddr::new(ip, key.port), key.protocol),
            None => format!("node port {}/{}", key.port, key.protocol),
        };
        let family = key.ip.is_none().then(|| key.family.to_string().into());
        let at = self.add(Node::new(NodeKind::Frontend, title, family));
        self.frontends.insert(key, at);
        if let Some(ip) = key.ip {
            self.by_ip.entry(ip).or_default().push(at);
        }
        at
    }

    /// The node of a frontend that is known already.
    #[must_use]
    pub fn known_frontend(&self, key: FrontendKey) -> Option<NodeIndex> {
        self.frontends.get(&key).copied()
    }

    /// All frontends at an address.
    #[must_use]
    pub fn frontends_at(&self, ip: IpAddr) -> Vec<NodeIndex> {
        self.by_ip.get(&ip).cloned().unwrap_or_default()
    }

    /// The node with an identity among those of its kind; it is made if there is none.
    pub fn node(&mut self, kind: NodeKind, identity: &str, make: impl FnOnce() -> Node) -> NodeIndex {
        match self.named.entry((kind, identity.into())) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => *free.insert(self.graph.graph.add_node(make())),
        }
    }

    /// The node with an identity, if there is one.
    #[must_use]
    pub fn find(&self, kind: NodeKind, identity: &str) -> Option<NodeIndex> {
        self.named.get(&(kind, identity.into())).copied()
    }

    /// Adds a node that nothing else refers to by name.
    pub fn add(&mut self, node: Node) -> NodeIndex {
        self.graph.graph.add_node(node)
    }

    /// Leads from one node to another, under a condition; of several, each is kept once.
    pub fn edge(&mut self, from: NodeIndex, to: NodeIndex, label: &str) {
        let graph = &mut self.graph.graph;
        let edge = *self.edges.entry((from, to)).or_insert_with(|| graph.add_edge(from, to, Edge::plain()));
        let labels = &mut graph[edge].labels;
        let label = if label.is_empty() && !labels.is_empty() { "otherwise" } else { label };
        if !label.is_empty() && !labels.iter().any(|known| &**known == label) {
            labels.push(label.into());
        }
    }

    /// Leads aside: packets come back from there.
    pub fn edge_aside(&mut self, from: NodeIndex, to: NodeIndex) {
        let graph = &mut self.graph.graph;
        let aside = Edge { aside: true, ..Edge::plain() };
        self.edges.entry((from, to)).or_insert_with(|| graph.add_edge(from, to, aside));
    }

    /// Adds a detail to a node, each once.
    pub fn detail(&mut self, node: NodeIndex, text: impl Into<Box<str>>) {
        let text = text.into();
        let details = &mut self.graph.graph[node].details;
        if !details.contains(&text) {
            details.push(text);
        }
    }

    /// Notes what is wrong with a node.
    pub fn find_fault(&mut self, about: NodeIndex, diagnostic: Diagnostic) {
        self.graph.findings.push(Flaw { about, diagnostic });
    }

    /// Says which chains lead in a circle; the kernel refuses them.
    pub fn find_cycles_of_chains(&mut self) {
        for cycle in cycles(&self.graph.graph) {
            let titles: Vec<&str> = cycle.iter().map(|at| &*self.graph.graph[*at].title).collect();
            let message = format!("chains jump in a circle: {}", titles.join(", "));
            let help = "the kernel refuses such rules, so the dump was edited";
            self.find_fault(cycle[0], Diagnostic::new(codes::CYCLE, message).help(help));
        }
    }

    /// The graph as it is now.
    #[must_use]
    pub fn graph(&self) -> &RuleGraph {
        &self.graph
    }

    /// The graph. Frontends that lead nowhere say so, and what a dump has of characters that do more than print is
    /// escaped.
    #[must_use]
    pub fn finish(mut self) -> RuleGraph {
        let graph = &mut self.graph.graph;
        for node in graph.node_weights_mut() {
            node.details
                .iter_mut()
                .chain(&mut node.manifest)
                .chain([&mut node.title])
                .for_each(make_printable);
        }
        for edge in graph.edge_weights_mut() {
            edge.labels.iter_mut().for_each(make_printable);
        }
        for (key, &at) in &self.frontends {
            if graph.neighbors(at).next().is_none() {
                let is_open = self.open.contains(&key.family);
                let detail =
                    if is_open { "the dump does not tell what serves it" } else { "nothing serves it" };
                graph[at].details.push(detail.into());
            }
        }
        self.graph
    }
}

fn make_printable(text: &mut Box<str>) {
    if text.chars().any(is_unprintable) {
        *text = escaped(text).into();
    }
}

impl Node {
    /// A node with at most one detail.
    pub fn new(kind: NodeKind, title: impl Into<Box<str>>, detail: Option<Box<str>>) -> Self {
        Self {
            kind,
            title: title.into(),
            details: detail.into_iter().collect(),
            manifest: None,
            assumed: IsAssumed::default(),
        }
    }
}

impl Edge {
    fn plain() -> Self {
        Self { labels: Vec::new(), aside: false }
    }
}
