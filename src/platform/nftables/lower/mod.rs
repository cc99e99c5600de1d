//! From the rule IR to a table, as kube-proxy in nftables mode makes it in its first full sync.
//!
//! ```text
//! fixed ─► chains, sets and maps that are there whatever the Services are
//! service ─► chains and elements of one service port
//! endpoints ─► choosing one endpoint, and translating to it
//! contents ─► elements of all service ports in the shared sets and maps
//! later ─► the same as commands, for syncs after the first one
//! ```

mod contents;
mod endpoints;
mod fixed;
mod later;
mod service;

use ipnet::IpNet;
use rayon::prelude::*;

pub use self::contents::Claim;
use self::contents::Contents;
pub(super) use self::contents::Shared;
pub(super) use self::later::{Later, Port};
use super::model::{
    AddressRange, Braces, Chain, Comment, Container, Interface, Name, Operation, Rule, Side, Statement,
    Table, Verdict, Word,
};
use super::names::fixed::MARK;
use super::write::table_comment;
use crate::ir::{RuleSet, ServicePort};
use crate::net::Family;
use crate::node::{LocalDetector, LocalhostNodePorts, NftablesBehavior, NodeContext, NodePortMatch};

/// How many service ports are lowered at once.
const CHUNK: usize = 128;

/// The table of one family.
#[must_use]
pub fn lower(rules: &RuleSet, family: Family) -> Table {
    lower_with_claims(rules, family).0
}

/// The table of one family, and the elements that several service ports claim: the last one has them.
#[must_use]
pub fn lower_with_claims(rules: &RuleSet, family: Family) -> (Table, Vec<Claim>) {
    let lowering = Lowering::new(rules, family);
    let ports: Vec<&ServicePort> = rules.services_of(family).collect();
    let lower_chunk = |ports: &[&ServicePort]| {
        let mut group = Group::default();
        for port in ports {
            service::lower(port, &lowering, &mut group);
        }
        group
    };
    let groups: Vec<Group> = ports.par_chunks(CHUNK).map(lower_chunk).collect();
    let mut chains = fixed::chains(&lowering);
    let mut containers = Vec::new();
    let mut contents = Contents::default();
    for mut group in groups {
        chains.append(&mut group.chains);
        containers.append(&mut group.sets);
        contents.add(group.claims);
    }
    let (mut filled, claims) = fixed::containers(&lowering, contents);
    containers.append(&mut filled);
    let comment = Some(table_comment());
    let counters = fixed::counters(&lowering);
    let mut table = Table { family, comment, chains, containers, counters };
    table.sort();
    (table, claims)
}

/// What service ports add to a table.
#[derive(Default)]
struct Group {
    chains: Vec<Chain>,
    sets: Vec<Container>,
    claims: Vec<Claim>,
}

/// What all steps look at.
struct Lowering<'r> {
    node: &'r NodeContext,
    rules: &'r RuleSet,
    family: Family,
    behavior: NftablesBehavior,
    /// The mark that asks for masquerading.
    mark: u32,
    /// The chain that sets it (up to 1.35).
    mark_chain: Name,
}

impl<'r> Lowering<'r> {
    fn new(rules: &'r RuleSet, family: Family) -> Self {
        Self {
            node: &rules.node,
            rules,
            family,
            behavior: rules.node.behavior.nftables,
            mark: 1 << rules.node.nftables.masquerade_bit,
            mark_chain: Name::from_checked(MARK),
        }
    }

    /// Asks for masquerading.
    fn masquerade(&self) -> Statement {
        if self.behavior.inline_mark {
            Statement::SetMark(Operation::Or, self.mark)
        } else {
            Statement::Verdict(Verdict::Jump(self.mark_chain.clone()))
        }
    }

    /// Matches traffic of local pods, or all other traffic; `None` when the two are not distinguished.
    fn local_traffic(&self, is_local: bool) -> Option<Statement> {
        let from_interface = |name: &str, is_prefix| {
            let name = Word::new(name).expect("an interface name is a word");
            let by_number = !self.behavior.interfaces_by_name;
            Statement::InInterface(Interface { by_number, not: !is_local, name, is_prefix })
        };
        match self.node.local_traffic.get(self.family) {
            LocalDetector::None => None,
            LocalDetector::Source(net) => Some(addresses(Side::Source, !is_local, *net)),
            LocalDetector::Interface(name) => Some(from_interface(name.as_str(), false)),
            LocalDetector::InterfacePrefix(name) => Some(from_interface(name.as_str(), true)),
        }
    }

    /// Which traffic to cluster IPs is masqueraded: all of it, that of no local pod, or none.
    fn masqueraded_to_cluster_ips(&self) -> Option<Vec<Statement>> {
        if self.node.nftables.masquerade_all {
            return Some(Vec::new());
        }
        self.local_traffic(false).map(|from_outside| vec![from_outside])
    }

    /// What becomes of node ports on loopback addresses.
    fn localhost_node_ports(&self) -> LocalhostNodePorts {
        *self.node.nftables.localhost_node_ports.get(self.family)
    }

    /// The addresses that serve node ports; `None` where all do.
    fn node_port_ips(&self) -> Option<&[std::net::IpAddr]> {
        match self.node.nftables.node_port_addresses.get(self.family) {
            NodePortMatch::All => None,
            NodePortMatch::Only(ips) => Some(ips),
        }
    }
}

/// Compares an address with a network.
fn addresses(side: Side, not: bool, net: IpNet) -> Statement {
    Statement::Addresses { side, not, ranges: vec![AddressRange::Net(net)], braces: Braces::Without }
}

/// A rule with a comment.
fn commented(statements: Vec<Statement>, comment: &str) -> Rule {
    Rule { statements, comment: Some(Comment::from_checked(comment)) }
}
