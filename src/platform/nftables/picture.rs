//! The graph of nftables: chains, what goes where, and the frontends of maps.

use petgraph::graph::NodeIndex;

use super::codes;
use super::model::{
    Address, Chain, Destination, Element, Key, Name, Rule, Selected, Side, Statement, Table, Verdict,
};
use super::names::{fixed, service_port_of};
use super::write::push_statement;
use crate::answer::picture::builder::{Builder, FrontendKey};
use crate::answer::picture::reach::reached_along;
use crate::answer::picture::{self, Node, NodeKind, RuleGraph};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::net::{Family, push_host_port};

impl RuleGraph {
    /// The graph of tables of nftables, as compiled or as loaded. Of families that are `open` there may be more.
    #[must_use]
    pub fn of_nftables(rules: &RuleSet, tables: &[&Table], open: &[Family]) -> Self {
        let families: Vec<Family> = tables.iter().map(|table| table.family).collect();
        let mut builder = Builder::new(rules, &families);
        for table in tables {
            let mut chains = Chains { builder: &mut builder, table };
            for chain in &table.chains {
                chains.declare(chain);
            }
            for chain in &table.chains {
                chains.add(chain);
            }
        }
        find_unreachable(&mut builder);
        builder.find_cycles_of_chains();
        builder.leave_open(open);
        builder.finish()
    }
}

/// The chains of one table, on their way into the graph.
struct Chains<'b, 'r, 't> {
    builder: &'b mut Builder<'r>,
    table: &'t Table,
}

impl Chains<'_, '_, '_> {
    fn declare(&mut self, chain: &Chain) -> NodeIndex {
        let identity = self.identity(&chain.name);
        let detail = chain.base.is_some().then(|| "base chain".into());
        let title = chain.name.to_string();
        self.builder.node(NodeKind::Chain, &identity, || Node::new(NodeKind::Chain, title, detail))
    }

    fn identity(&self, name: &Name) -> String {
        format!("{} {name}", self.table.family)
    }

    /// The node of a chain that something leads to, which may be missing.
    fn led_to(&mut self, from: NodeIndex, name: &Name) -> NodeIndex {
        let identity = self.identity(name);
        for kind in [NodeKind::Chain, NodeKind::Missing] {
            if let Some(known) = self.builder.find(kind, &identity) {
                return known;
            }
        }
        let message =
            format!("{} leads to {name}, which is not there", self.builder.graph().graph[from].title);
        let missing = Node::new(NodeKind::Missing, name.to_string(), Some("no such chain".into()));
        let at = self.builder.node(NodeKind::Missing, &identity, || missing);
        let help = "the dump is not whole, or was edited: nft would refuse it";
        self.builder.find_fault(at, Diagnostic::new(picture::codes::DANGLING, message).help(help));
        at
    }

    fn add(&mut self, chain: &Chain) {
        let at = self.declare(chain);
        for rule in &chain.rules {
            self.rule(at, chain, rule);
        }
    }

    fn rule(&mut self, from: NodeIndex, chain: &Chain, rule: &Rule) {
        let condition = condition(self.table.family, rule);
        for statement in &rule.statements {
            match statement {
                Statement::SetMark(super::model::Operation::Or, _) => self.masquerades(from, &condition),
                Statement::Verdict(Verdict::Jump(to)) if to.as_str() == fixed::MARK => {
                    let to = self.led_to(from, to);
                    self.builder.edge_aside(from, to);
                    self.masquerades(from, &condition);
                }
                Statement::Verdict(verdict) => self.verdict(from, chain, verdict, &condition),
                Statement::Reject => self.end(from, &chain.name, "REJECT", &condition),
                Statement::VerdictMap { map, .. } => self.map(from, chain, map, &condition),
                Statement::Choose(selected) => {
                    for (_, verdict) in &selected.values {
                        self.verdict(from, chain, verdict, &share(selected));
                    }
                }
                Statement::Translate(Destination::One(address, port)) => {
                    self.endpoint(from, address, *port, &condition);
                }
                Statement::Translate(Destination::Choose(selected)) => {
                    for (_, (address, port)) in &selected.values {
                        self.endpoint(from, address, *port, &share(selected));
                    }
                }
                _ => {}
            }
        }
    }

    fn masquerades(&mut self, from: NodeIndex, condition: &str) {
        let when = if condition.is_empty() { String::new() } else { format!(" if {condition}") };
        self.builder.detail(from, format!("masquerades{when}"));
    }

    fn verdict(&mut self, from: NodeIndex, chain: &Chain, verdict: &Verdict, label: &str) {
        match verdict {
            Verdict::Jump(to) | Verdict::Goto(to) => {
                let to = self.led_to(from, to);
                self.builder.edge(from, to, label);
            }
            Verdict::Drop => self.end(from, &chain.name, "DROP", label),
            Verdict::Accept | Verdict::Return | Verdict::Continue => {}
        }
    }

    /// An end without an endpoint, in the chain that decides so.
    fn end(&mut self, from: NodeIndex, chain: &Name, word: &str, label: &str) {
        let identity = format!("{} {chain} {word}", self.table.family);
        let to = self.builder.node(NodeKind::Verdict, &identity, || {
            Node::new(NodeKind::Verdict, word, Some(format!("in {chain}").into()))
        });
        self.builder.edge(from, to, label);
    }

    fn endpoint(&mut self, from: NodeIndex, address: &Address, port: u16, label: &str) {
        let mut name = String::new();
        push_host_port(&mut name, port, |text| match address {
            Address::Ip(ip) => text.push_str(&ip.to_string()),
            Address::Verbatim(word) => text.push_str(word.as_str()),
        });
        let to = self.builder.node(NodeKind::Endpoint, &name, || Node::new(NodeKind::Endpoint, &*name, None));
        self.builder.edge(from, to, label);
    }

    /// The elements of a map: each is a frontend that leads on.
    fn map(&mut self, from: NodeIndex, chain: &Chain, map: &Name, condition: &str) {
        let elements = self.table.container(map.as_str()).map_or(&[][..], |map| &map.elements);
        for element in elements {
            let Some(verdict) = &element.verdict else { continue };
            let Some(frontend) = self.frontend(element) else {
                self.verdict(from, chain, verdict, condition);
                continue;
            };
            self.builder.edge(from, frontend, "");
            self.link_service(frontend, element, verdict);
            self.verdict(frontend, chain, verdict, condition);
        }
    }

    fn frontend(&mut self, element: &Element) -> Option<NodeIndex> {
        let (ip, protocol, port) = match &element.key {
            Key::Service(address, protocol, port) => (Some(address.ip()?), protocol, *port),
            Key::NodePort(protocol, port) => (None, protocol, *port),
            Key::Address(_) | Key::Pair(..) | Key::Other(_) => return None,
        };
        let key = FrontendKey { family: self.table.family, ip, port, protocol: protocol.as_str() };
        Some(self.builder.frontend(key))
    }

    /// What Services do not ask for gets the name of its service port from the chain or the comment.
    fn link_service(&mut self, frontend: NodeIndex, element: &Element, verdict: &Verdict) {
        let graph = &self.builder.graph().graph;
        let mut before = graph.neighbors_directed(frontend, petgraph::Direction::Incoming);
        if before.any(|from| graph[from].kind == NodeKind::ServicePort) {
            return;
        }
        let by_chain = verdict.chain().and_then(|chain| service_port_of(chain.as_str()));
        let by_comment = || element.comment.as_ref().map(|comment| crate::name::printable(comment.as_str()));
        let protocol = match &element.key {
            Key::Service(_, protocol, _) | Key::NodePort(protocol, _) => protocol.as_str(),
            Key::Address(_) | Key::Pair(..) | Key::Other(_) => "",
        };
        if let Some(id) = by_chain.or_else(by_comment).filter(|id| id.contains('/')) {
            let service = self.builder.service_named(&id, protocol, self.table.family);
            self.builder.edge(service, frontend, "");
        }
    }
}

fn share<T>(selected: &Selected<T>) -> String {
    if selected.of <= 1 { String::new() } else { format!("{:.0} %", 100.0 / f64::from(selected.of)) }
}

/// What a packet has to be, where that does not go without saying in its chain.
fn condition(family: Family, rule: &Rule) -> String {
    let parts = rule.statements.iter().filter_map(|statement| match statement {
        Statement::IsLocal(Side::Source) => Some("from the node".to_owned()),
        Statement::IsLocal(Side::Destination) => Some("to the node".to_owned()),
        Statement::State(states) if *states == super::model::States::NEW => Some("new".to_owned()),
        Statement::Addresses { side: Side::Source, .. }
        | Statement::InSet { .. }
        | Statement::InInterface(_)
        | Statement::Mark { .. }
        | Statement::IsTranslated
        | Statement::Foreign(_) => {
            let mut text = String::new();
            push_statement(&mut text, family, statement);
            Some(text)
        }
        _ => None,
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Chains of Services that no packet gets to.
fn find_unreachable(builder: &mut Builder<'_>) {
    let graph = &builder.graph().graph;
    let is_base = |at: &NodeIndex| graph[*at].details.iter().any(|detail| &**detail == "base chain");
    let reached = reached_along(graph, graph.node_indices().filter(is_base), |_| true);
    let unreachable = |at: &NodeIndex| {
        let node = &graph[*at];
        node.kind == NodeKind::Chain && node.title.contains('/') && !reached.contains(*at)
    };
    let found: Vec<NodeIndex> = graph.node_indices().filter(unreachable).collect();
    for at in found {
        let message = format!("no packet gets to {}", builder.graph().graph[at].title);
        let help = "kube-proxy deletes chains that are left over with a later sync; if Services need it, hnsplan trace \
                    shows where the way ends";
        builder.find_fault(at, Diagnostic::new(codes::UNREACHABLE, message).help(help));
        builder.detail(at, "unreachable");
    }
}
