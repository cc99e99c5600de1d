//! From the rule IR to iptables rules, as kube-proxy in iptables mode makes them in a full sync.
//!
//! kube-proxy fills four buffers (chains and rules of `filter` and `nat`) in one pass: a fixed head,
//! a group for each service port, a tail. [`Group`] is what one step adds to them.

mod balance;
mod fixed;
mod service;
mod sync;

pub(super) use sync::{Dispatch, lower_sync};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::model::{
    Address, Chain, ChainName, Command, Comment, Interface, Is, Masked, Match, Rule, Ruleset, Table,
    TableName, Target, Word,
};
use super::write;
use crate::ir::{RuleSet, ServicePort};
use crate::net::Family;
use crate::node::{LocalDetector, NodeContext};

/// With more endpoints than this, kube-proxy leaves the comments of endpoint rules out.
const LARGE_CLUSTER: usize = 1000;

/// How many service ports are lowered and written at once.
const CHUNK: usize = 128;

/// The rules of one family.
#[must_use]
pub fn lower(rules: &RuleSet, family: Family) -> Ruleset {
    let lowering = Lowering::new(rules, family);
    let mut all = fixed::head(&lowering);
    let ports = rules.services_of(family).count();
    let endpoints: usize = rules.services_of(family).map(|port| port.endpoints.len()).sum();
    // Lists that grow are copied; more than most clusters take costs nothing, as it is not touched.
    all.nat.chains.reserve(3 * ports + endpoints);
    all.nat.commands.reserve(10 * ports + 3 * endpoints);
    for port in rules.services_of(family) {
        all.append(service::lower(port, &lowering));
    }
    let active = all.nat.chains.iter().map(|chain| chain.name).collect();
    all.append(fixed::tail(&lowering, lowering.existing(), &active));
    all.into_rules(family)
}

/// Whether kube-proxy takes a cluster for a large one: it counts the endpoints of all service ports of the family.
pub(super) fn is_large(rules: &RuleSet, family: Family) -> bool {
    !Lowering::new(rules, family).comments_endpoints
}

/// The text for `iptables-restore --noflush --counters`: what [`write()`] prints of [`lower()`], without
/// holding all rules at once.
#[must_use]
pub fn restore_text(rules: &RuleSet, family: Family) -> RestoreText {
    let lowering = Lowering::new(rules, family);
    let mut head = Buffers::default();
    head.write(&fixed::head(&lowering));
    let ports: Vec<&ServicePort> = rules.services_of(family).collect();
    let chunks: Vec<Buffers> = ports.par_chunks(CHUNK).map(|ports| Buffers::of(ports, &lowering)).collect();
    let active = chunks.iter().chain([&head]).flat_map(|buffers| &buffers.active).copied().collect();
    let mut tail = Buffers::default();
    tail.write(&fixed::tail(&lowering, lowering.existing(), &active));

    RestoreText { all: std::iter::once(head).chain(chunks).chain([tail]).collect() }
}

/// The text of a sync, in the pieces in which it was made: putting 34 MB together would take as long as
/// making them.
pub struct RestoreText {
    all: Vec<Buffers>,
}

impl RestoreText {
    /// The pieces, which are the text one after the other.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        let section = |part: fn(&Buffers) -> &str| self.all.iter().map(part);
        std::iter::once("*filter\n")
            .chain(section(|buffers| &buffers.filter_chains))
            .chain(section(|buffers| &buffers.filter_rules))
            .chain(std::iter::once("COMMIT\n*nat\n"))
            .chain(section(|buffers| &buffers.nat_chains))
            .chain(section(|buffers| &buffers.nat_rules))
            .chain(std::iter::once("COMMIT\n"))
    }
}

impl std::fmt::Display for RestoreText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pieces().try_for_each(|piece| f.write_str(piece))
    }
}

/// The four buffers of kube-proxy, as text.
#[derive(Default)]
struct Buffers {
    filter_chains: String,
    filter_rules: String,
    nat_chains: String,
    nat_rules: String,
    /// Declared chains of `nat`, kept only when stale chains have to be found.
    active: Vec<ChainName>,
}

impl Buffers {
    fn of(ports: &[&ServicePort], lowering: &Lowering<'_>) -> Self {
        // Texts that grow are copied; what a service port and an endpoint take is known well enough.
        let endpoints: usize = ports.iter().map(|port| port.endpoints.len()).sum();
        let mut buffers = Self {
            nat_chains: String::with_capacity(40 * (2 * ports.len() + endpoints)),
            nat_rules: String::with_capacity(800 * ports.len() + 400 * endpoints),
            ..Self::default()
        };
        let has_existing = !lowering.node.iptables.existing_nat_chains.is_empty();
        for port in ports {
            let group = service::lower(port, lowering);
            buffers.write(&group);
            if has_existing {
                buffers.active.extend(group.nat.chains.iter().map(|chain| chain.name));
            }
        }
        buffers
    }

    fn write(&mut self, group: &Group) {
        group.filter.write(&mut self.filter_chains, &mut self.filter_rules);
        group.nat.write(&mut self.nat_chains, &mut self.nat_rules);
    }
}

/// What one step adds to the two tables.
#[derive(Debug, Clone, Default)]
struct Group {
    filter: Part,
    nat: Part,
}

/// What one step adds to one table.
#[derive(Debug, Clone, Default)]
struct Part {
    chains: Vec<Chain>,
    commands: Vec<Command>,
}

impl Group {
    fn into_rules(self, family: Family) -> Ruleset {
        let tables = [(TableName::Filter, self.filter), (TableName::Nat, self.nat)];
        let table =
            |(name, part): (TableName, Part)| Table { name, chains: part.chains, commands: part.commands };
        Ruleset { family, tables: tables.into_iter().map(table).collect() }
    }

    fn append(&mut self, mut other: Self) {
        for (to, from) in [(&mut self.filter, &mut other.filter), (&mut self.nat, &mut other.nat)] {
            to.chains.append(&mut from.chains);
            to.commands.append(&mut from.commands);
        }
    }
}

impl Part {
    fn write(&self, chains: &mut String, rules: &mut String) {
        for chain in &self.chains {
            write::write_chain(chains, chain);
            chains.push('\n');
        }
        for command in &self.commands {
            write::write_command(rules, command);
            rules.push('\n');
        }
    }

    fn chain(&mut self, name: ChainName) {
        self.chains.push(Chain { name, policy: None });
    }

    fn rule(&mut self, chain: ChainName, matches: Vec<Match>, target: Target) {
        self.commands.push(Command::Append(Rule { chain, matches, target: Some(target) }));
    }
}

/// What all steps look at.
struct Lowering<'r> {
    node: &'r NodeContext,
    rules: &'r RuleSet,
    family: Family,
    /// The mark that asks for masquerading.
    mark: Masked,
    /// Whether endpoint rules have comments.
    comments_endpoints: bool,
}

impl<'r> Lowering<'r> {
    fn new(rules: &'r RuleSet, family: Family) -> Self {
        let bit = 1 << rules.node.iptables.masquerade_bit;
        let endpoints: usize = rules.services_of(family).map(|port| port.endpoints.len()).sum();
        Self {
            node: &rules.node,
            rules,
            family,
            mark: Masked { value: bit, mask: bit },
            comments_endpoints: endpoints <= LARGE_CLUSTER,
        }
    }

    /// The chains that the input says are there.
    fn existing(&self) -> impl Iterator<Item = ChainName> {
        self.node.iptables.existing_nat_chains.iter().filter_map(|name| ChainName::new(name))
    }

    /// Whether node ports answer on loopback addresses of the family.
    fn serves_localhost_node_ports(&self) -> bool {
        self.family == Family::Ipv4
            && self.node.iptables.localhost_node_ports
            && self.node.node_port_addresses.get(self.family).includes_loopback
    }

    /// Whether rules count packets in kernel accounting objects.
    fn counts_packets(&self) -> bool {
        self.node.behavior.counts_with_nfacct && self.node.iptables.nfacct
    }

    /// Matches traffic of local pods, or all other traffic; `None` when the two are not distinguished.
    fn local_traffic(&self, is_local: bool) -> Option<Match> {
        let from_interface = |name: &str, prefix| {
            let name = Word::new(name).expect("an interface name is a word");
            Match::InInterface(Is { not: !is_local, value: Interface { name, prefix } })
        };
        match self.node.local_traffic.get(self.family) {
            LocalDetector::None => None,
            LocalDetector::Source(net) => {
                Some(Match::Source(Is { not: !is_local, value: Address::Net(*net) }))
            }
            LocalDetector::Interface(name) => Some(from_interface(name.as_str(), false)),
            LocalDetector::InterfacePrefix(name) => Some(from_interface(name.as_str(), true)),
        }
    }
}

/// A comment put together from names that are checked already.
fn comment(parts: &[&str]) -> Match {
    Match::Comment(Comment::from_checked(parts.concat()))
}

/// Chains that stand in the nat table and that this sync does not use.
fn stale(existing: impl IntoIterator<Item = ChainName>, active: &FxHashSet<ChainName>) -> Vec<ChainName> {
    let ours = |name: &ChainName| {
        super::names::HASHED_PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix))
    };
    let mut stale: Vec<ChainName> =
        existing.into_iter().filter(ours).filter(|name| !active.contains(name)).collect();
    stale.sort();
    stale.dedup();
    stale
}
