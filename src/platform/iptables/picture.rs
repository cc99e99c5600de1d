//! The graph of iptables: chains and what jumps where.
//!
//! The rules of the dispatching chains become edges from a frontend, all others edges from their chain.
//! kube-proxy writes the chances of endpoints as 1/3, then 1/2 of what is left; edges say the share of all.

use std::net::SocketAddr;

use petgraph::graph::NodeIndex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::picture::builder::{Builder, FrontendKey};
use crate::answer::picture::reach::reached_along;
use crate::answer::picture::{self, Node, NodeKind, RuleGraph};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::net::Family;
use crate::platform::iptables::model::{
    Address, ChainName, Command, ConntrackStates, Is, Match, Recent, RecentOperation, Rule, Ruleset, Table,
    TableName, Target,
};
use crate::platform::iptables::names::{base, fixed};
use crate::platform::iptables::{codes, write_match};

/// Chains whose rules each serve one address and port.
const DISPATCHING: [ChainName; 4] =
    [fixed::SERVICES, fixed::NODE_PORTS, fixed::EXTERNAL_SERVICES, fixed::PROXY_FIREWALL];

/// What begins the names of all chains of kube-proxy and kubelet.
const OURS: &str = "KUBE-";

/// Chains that may lie unused: kube-proxy makes it for Services that mark, and the canaries tell kube-proxy
/// and kubelet that somebody has flushed the rules (kube-proxy 1.30 to 1.36, `Monitor`).
const UNUSED_IS_FINE: [&str; 4] =
    ["KUBE-MARK-MASQ", "KUBE-MARK-DROP", "KUBE-PROXY-CANARY", "KUBE-KUBELET-CANARY"];

impl RuleGraph {
    /// The graph of rules of iptables, as compiled with the jumps from base chains, or as loaded. Of families that are
    /// `open` there may be more rules.
    #[must_use]
    pub fn of_iptables(rules: &RuleSet, loaded: &[Ruleset], open: &[Family]) -> Self {
        let families: Vec<Family> = loaded.iter().map(|ruleset| ruleset.family).collect();
        let mut builder = Builder::new(rules, &families);
        for ruleset in loaded {
            for table in &ruleset.tables {
                Chains { builder: &mut builder, family: ruleset.family, table, shares: FxHashMap::default() }
                    .add();
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
    family: Family,
    table: &'t Table,
    /// What rules with a chance have left of the packets of a chain.
    shares: FxHashMap<ChainName, f64>,
}

impl Chains<'_, '_, '_> {
    fn add(&mut self) {
        let commands = &self.table.commands;
        let deleted: FxHashSet<ChainName> = commands
            .iter()
            .filter_map(|command| match command {
                Command::DeleteChain(name) => Some(*name),
                Command::Append(_) | Command::Insert(_) => None,
            })
            .collect();
        for chain in self.table.chains.iter().filter(|chain| !deleted.contains(&chain.name)) {
            let at = self.chain(chain.name);
            if chain.policy.is_some() {
                self.builder.detail(at, "base chain");
            }
        }
        for command in commands {
            if let Command::Append(rule) | Command::Insert(rule) = command {
                self.add_rule(rule);
            }
        }
    }

    /// The node of a chain that is there.
    fn chain(&mut self, name: ChainName) -> NodeIndex {
        let detail = base::is_base(name).then(|| "base chain".into());
        let title = self.title(name);
        let identity = format!("{} {title}", self.family);
        self.builder.node(NodeKind::Chain, &identity, || Node::new(NodeKind::Chain, title, detail))
    }

    /// Most chains stand in the nat table, so that only others name theirs.
    fn title(&self, name: ChainName) -> String {
        match self.table.name {
            TableName::Nat => name.to_string(),
            other => format!("{} {name}", other.as_str()),
        }
    }

    /// The node of a chain that a rule jumps to, which may be missing.
    fn jumped_to(&mut self, from: NodeIndex, name: ChainName) -> NodeIndex {
        let title = self.title(name);
        let identity = format!("{} {title}", self.family);
        if let Some(known) = self.builder.find(NodeKind::Chain, &identity) {
            return known;
        }
        if let Some(known) = self.builder.find(NodeKind::Missing, &identity) {
            return known;
        }
        let message = {
            let from = &self.builder.graph().graph[from].title;
            format!("{from} jumps to {title}, which is not there")
        };
        let missing = Node::new(NodeKind::Missing, title, Some("no such chain".into()));
        let at = self.builder.node(NodeKind::Missing, &identity, || missing);
        let help = "the dump is not whole, or was edited: iptables-restore would refuse it";
        self.builder.find_fault(at, Diagnostic::new(picture::codes::DANGLING, message).help(help));
        at
    }

    fn add_rule(&mut self, rule: &Rule) {
        let chain = self.chain(rule.chain);
        let dispatched = DISPATCHING.contains(&rule.chain).then(|| self.frontend(rule)).flatten();
        let condition = if dispatched.is_some() { String::new() } else { condition(rule) };
        let from = dispatched.unwrap_or(chain);
        if let Some(frontend) = dispatched {
            self.builder.edge(chain, frontend, "");
            self.link_service(frontend, rule);
        }
        match &rule.target {
            Some(Target::Jump(to) | Target::Goto(to)) if *to == fixed::MARK_MASQ => {
                let to = self.jumped_to(from, *to);
                self.builder.edge_aside(from, to);
                let when = if condition.is_empty() { String::new() } else { format!(" if {condition}") };
                self.builder.detail(from, format!("masquerades{when}"));
            }
            Some(Target::Jump(to) | Target::Goto(to)) => {
                let to = self.jumped_to(from, *to);
                let label = self.share(rule, condition);
                self.builder.edge(from, to, &label);
            }
            Some(Target::DestinationNat(to)) => {
                let to = match &to.address {
                    Address::Ip(ip) => SocketAddr::new(*ip, to.port).to_string(),
                    Address::Net(net) => format!("{net}:{}", to.port),
                    Address::Verbatim(word) => format!("{}:{}", word.as_str(), to.port),
                };
                let endpoint =
                    self.builder.node(NodeKind::Endpoint, &to, || Node::new(NodeKind::Endpoint, &*to, None));
                self.builder.edge(from, endpoint, &condition);
            }
            Some(Target::Reject(_)) => self.verdict(from, rule.chain, "REJECT", &condition),
            Some(Target::Drop) => self.verdict(from, rule.chain, "DROP", &condition),
            Some(Target::Accept) if dispatched.is_some() => self.verdict(from, rule.chain, "ACCEPT", ""),
            _ => {}
        }
    }

    /// An end without an endpoint, in the chain that decides so.
    fn verdict(&mut self, from: NodeIndex, chain: ChainName, word: &str, condition: &str) {
        let title = self.title(chain);
        let to = self.builder.node(NodeKind::Verdict, &format!("{} {title} {word}", self.family), || {
            Node::new(NodeKind::Verdict, word, Some(format!("in {title}").into()))
        });
        self.builder.edge(from, to, condition);
    }

    /// The frontend that a dispatching rule serves.
    fn frontend(&mut self, rule: &Rule) -> Option<NodeIndex> {
        let mut key = FrontendKey { family: self.family, ip: None, port: 0, protocol: "" };
        for condition in &rule.matches {
            match condition {
                Match::Destination(Is { not: false, value: Address::Ip(ip) }) => key.ip = Some(*ip),
                Match::Destination(Is { not: false, value: Address::Net(net) }) if is_host(*net) => {
                    key.ip = Some(net.addr());
                }
                Match::Protocol(Is { not: false, value }) => key.protocol = value.as_str(),
                Match::DestinationPort(Is { not: false, value }) => key.port = *value,
                _ => {}
            }
        }
        (key.port != 0 && !key.protocol.is_empty()).then(|| self.builder.frontend(key))
    }

    /// Rules name their service port in their comment; what Services do not ask for gets its name from there.
    fn link_service(&mut self, frontend: NodeIndex, rule: &Rule) {
        let graph = &self.builder.graph().graph;
        let is_asked_for = graph
            .neighbors_directed(frontend, petgraph::Direction::Incoming)
            .any(|from| graph[from].kind == NodeKind::ServicePort);
        let comment = rule.matches.iter().find_map(|condition| match condition {
            Match::Comment(comment) => Some(comment.as_str()),
            _ => None,
        });
        let Some(id) = comment.and_then(|text| text.split(' ').next()).filter(|id| id.contains('/')) else {
            return;
        };
        if is_asked_for {
            return;
        }
        let protocol = rule.matches.iter().find_map(|condition| match condition {
            Match::Protocol(protocol) => Some(protocol.value.as_str()),
            _ => None,
        });
        let service = self.builder.service_named(id, protocol.unwrap_or_default(), self.family);
        // kube-proxy lets clients reach the port on which it tells load balancers of the node's endpoints.
        let is_for_health = comment.is_some_and(|text| text.ends_with(" health check node port"));
        self.builder.edge(service, frontend, if is_for_health { "health check" } else { "" });
    }

    /// The condition of a jump, with the share of packets where chances decide.
    fn share(&mut self, rule: &Rule, condition: String) -> String {
        let chance = rule.matches.iter().find_map(|condition| match condition {
            Match::Statistic(probability) => Some(f64::from(probability.raw()) / f64::from(1u32 << 31)),
            _ => None,
        });
        let left = self.shares.get(&rule.chain).copied();
        let share = match (chance, left) {
            (Some(chance), left) => {
                let left = left.unwrap_or(1.0);
                self.shares.insert(rule.chain, left * (1.0 - chance));
                left * chance
            }
            (None, Some(left)) if condition.is_empty() => left,
            (None, _) => return condition,
        };
        let share = format!("{:.0} %", share * 100.0);
        if condition.is_empty() { share } else { format!("{share}, {condition}") }
    }
}

fn is_host(net: ipnet::IpNet) -> bool {
    net.prefix_len() == net.max_prefix_len()
}

/// What a packet has to be. Chains of a service port only get packets for its address and port, so that
/// nothing is said of these.
fn condition(rule: &Rule) -> String {
    let is_ours = rule.chain.as_str().starts_with(OURS);
    let goes_without_saying = |condition: &&Match| match condition {
        Match::Comment(_) | Match::Statistic(_) | Match::Accounting(_) => true,
        Match::Recent(recent) => recent.operation == RecentOperation::Set,
        Match::Protocol(_) | Match::DestinationPort(_) | Match::Destination(_) => is_ours,
        Match::Unknown(foreign) => foreign.always_matches(),
        _ => false,
    };
    let parts = rule.matches.iter().filter(|condition| !goes_without_saying(condition));
    parts.map(words).collect::<Vec<_>>().join(", ")
}

/// A condition in words where kube-proxy uses it, and as the rule writes it otherwise.
fn words(condition: &Match) -> String {
    match condition {
        Match::Source(Is { not, value: Address::Ip(ip) }) => format!("{}{ip}", from(*not)),
        Match::Source(Is { not, value: Address::Net(net) }) => format!("{}{net}", from(*not)),
        Match::SourceIsLocal(Is { not, .. }) => from(*not).to_owned() + "the node",
        Match::DestinationIsLocal(Is { not: false, .. }) => "to the node".to_owned(),
        Match::ConntrackState(Is { not: false, value: ConntrackStates::NEW }) => "new".to_owned(),
        Match::Recent(Recent { operation: RecentOperation::Check { seconds, .. }, .. }) => {
            format!("back within {seconds} s")
        }
        other => {
            let mut text = String::new();
            write_match(&mut text, other);
            text
        }
    }
}

fn from(not: bool) -> &'static str {
    if not { "not from " } else { "from " }
}

/// Chains of kube-proxy that no packet gets to: they are left over, or what should lead there is missing.
fn find_unreachable(builder: &mut Builder<'_>) {
    let graph = &builder.graph().graph;
    let is_base = |at: &NodeIndex| graph[*at].details.iter().any(|detail| &**detail == "base chain");
    let reached = reached_along(graph, graph.node_indices().filter(is_base), |_| true);
    let unreachable = |at: &NodeIndex| {
        let node = &graph[*at];
        let name = node.title.rsplit(' ').next().unwrap_or_default();
        node.kind == NodeKind::Chain
            && name.starts_with(OURS)
            && !UNUSED_IS_FINE.contains(&name)
            && !reached.contains(*at)
    };
    let found: Vec<NodeIndex> = graph.node_indices().filter(unreachable).collect();
    for at in found {
        let message = format!("no packet gets to {}", builder.graph().graph[at].title);
        let help = "kube-proxy deletes chains that are left over at its next full sync; if Services need it, \
                    hnsplan trace shows where the way ends";
        builder.find_fault(at, Diagnostic::new(codes::UNREACHABLE, message).help(help));
        builder.detail(at, "unreachable");
    }
}
