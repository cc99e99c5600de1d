//! The rules in the base chains that lead to kube-proxy's own.
//!
//! They are not part of the sync text: kube-proxy ensures them beforehand, one command each, and puts
//! a missing one at the top of its chain.

use super::model::{
    Chain, ChainName, Command, Comment, ConntrackStates, Is, Match, Rule, Ruleset, TableName, Target,
};
use super::names::base;
use super::names::fixed::{
    EXTERNAL_SERVICES, FIREWALL, FORWARD, NODE_PORTS, POSTROUTING, PROXY_FIREWALL, SERVICES,
};

/// A jump from a base chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// The table.
    pub table: TableName,
    /// The base chain.
    pub from: ChainName,
    /// The chain of kube-proxy.
    pub to: ChainName,
    /// Whether only packets that start a connection jump.
    pub new_connections: bool,
    /// The comment.
    pub comment: Option<&'static str>,
}

const EXTERNALLY_VISIBLE: &str = "kubernetes externally-visible service portals";
const HEALTH_CHECKS: &str = "kubernetes health check service ports";
const PORTALS: &str = "kubernetes service portals";
const FIREWALLED: &str = "kubernetes load balancer firewall";

/// All jumps, the same in both families, in the order in which kube-proxy ensures them. Each is put at
/// the top, so later ones come first (kube-proxy 1.30 to 1.36).
pub const JUMPS: [Jump; 14] = [
    filter_new(base::INPUT, EXTERNAL_SERVICES, EXTERNALLY_VISIBLE),
    filter_new(base::FORWARD, EXTERNAL_SERVICES, EXTERNALLY_VISIBLE),
    always(TableName::Filter, base::INPUT, NODE_PORTS, Some(HEALTH_CHECKS)),
    filter_new(base::FORWARD, SERVICES, PORTALS),
    filter_new(base::OUTPUT, SERVICES, PORTALS),
    always(TableName::Filter, base::FORWARD, FORWARD, Some("kubernetes forwarding rules")),
    filter_new(base::INPUT, PROXY_FIREWALL, FIREWALLED),
    filter_new(base::OUTPUT, PROXY_FIREWALL, FIREWALLED),
    filter_new(base::FORWARD, PROXY_FIREWALL, FIREWALLED),
    always(TableName::Nat, base::OUTPUT, SERVICES, Some(PORTALS)),
    always(TableName::Nat, base::PREROUTING, SERVICES, Some(PORTALS)),
    always(TableName::Nat, base::POSTROUTING, POSTROUTING, Some("kubernetes postrouting rules")),
    always(TableName::Filter, base::INPUT, FIREWALL, None),
    always(TableName::Filter, base::OUTPUT, FIREWALL, None),
];

const fn filter_new(from: ChainName, to: ChainName, comment: &'static str) -> Jump {
    Jump { table: TableName::Filter, from, to, new_connections: true, comment: Some(comment) }
}

const fn always(table: TableName, from: ChainName, to: ChainName, comment: Option<&'static str>) -> Jump {
    Jump { table, from, to, new_connections: false, comment }
}

impl Jump {
    /// The jump as a rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        let state = self.new_connections.then(|| Match::ConntrackState(Is::a(ConntrackStates::NEW)));
        let comment = self.comment.map(|text| Match::Comment(Comment::from_checked(text)));
        Rule {
            chain: self.from,
            matches: state.into_iter().chain(comment).collect(),
            target: Some(Target::Jump(self.to)),
        }
    }
}

/// Adds the jumps to a sync, so that its text works on a fresh host by itself: the chains jumped to are
/// declared, the jumps inserted after all other rules.
///
/// The base chains are not declared: that would empty them, even with `--noflush`, and with them the
/// rules of others. So a text loaded twice has every jump twice.
pub fn include(rules: &mut Ruleset) {
    for table in &mut rules.tables {
        for jump in JUMPS.iter().filter(|jump| jump.table == table.name) {
            if !table.chains.iter().any(|chain| chain.name == jump.to) {
                table.chains.push(Chain { name: jump.to, policy: None });
            }
            table.commands.push(Command::Insert(jump.rule()));
        }
    }
}
