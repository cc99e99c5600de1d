//! What becomes of a packet, by the rules alone.
//!
//! The rules are followed as the kernel follows them: hooks and tables in their order, chains, marks,
//! chance, translation, and what the filter makes of the translated packet. Whoever wrote the rules makes no
//! difference, and nothing else is known about Services. What the rules cannot tell is taken as follows.
//!
//! - The packet starts a connection: its state is NEW, and it carries no mark.
//! - `recent` lists are empty, but for a client that is [remembered](Packet::remembered).
//! - Routing delivers every packet: to the node what is for one of its addresses, else away. Where the input does
//!   not tell whether the destination is one of them, and rules or routes hang on it, the verdict is undecided.
//! - 1/n in a probability is meant exactly, although the kernel rounds it to units of 2⁻³¹.
//! - A text without any base chain is a sync of kube-proxy, which has ensured its [jumps](super::jumps)
//!   before. `iptables-save` always tells the base chains, so there a missing jump is missing.
//!
//! What the model does not know makes a verdict undecided where it could matter, and is never guessed.
//!
//! ```
//! use hnsplan::net::{Family, Protocol};
//! use hnsplan::platform::iptables::{eval::Evaluator, read};
//! use hnsplan::answer::verdict::{Chance, Host, Packet, Sender};
//!
//! let saved = "*nat
//! :PREROUTING ACCEPT [0:0]
//! :KUBE-SERVICES - [0:0]
//! -A PREROUTING -j KUBE-SERVICES
//! -A KUBE-SERVICES -d 10.96.0.10/32 -m statistic --mode random --probability 0.33333333349 -j DNAT --to-destination 10.244.1.5:53
//! -A KUBE-SERVICES -d 10.96.0.10/32 -j DNAT --to-destination 10.244.2.5:53
//! COMMIT";
//! let (rules, problems) = read(saved, Family::Ipv4);
//! let host = Host::new(["192.168.10.11".parse()?]);
//! let packet = Packet {
//!     sender: Sender::Pod,
//!     source: "10.244.1.20".parse()?,
//!     destination: "10.96.0.10".parse()?,
//!     protocol: Protocol::Udp,
//!     port: 53,
//!     interface: None,
//!     remembered: None,
//! };
//! let verdict = Evaluator::new(&rules, &host).verdict(&packet);
//! let chances: Vec<Chance> = verdict.outcomes().iter().map(|outcome| outcome.chance).collect();
//! assert_eq!(chances, [Chance::one_in(3), Chance::one_in(3).complement()]);
//! # assert!(problems.is_empty());
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

mod address;
mod chains;
mod condition;
pub(super) mod destinations;
mod hooks;
mod index;
mod reasons;
mod recent;
mod state;
mod steps;
mod walk;

use std::collections::HashMap;
use std::net::IpAddr;

use rustc_hash::FxHashSet;

pub(super) use self::address::loaded_socket;
use self::chains::Chains;
pub(super) use self::index::named_by;
use self::recent::Lists;
use self::walk::Walk;
use super::model::{Address, Command, Is, Match, Rule, Ruleset, TableName, Target};
use super::names::fixed;
use crate::answer::verdict::{Fate, Host, Locality, Packet, SourceAddress, Telling, Verdict};
use crate::net::Family;
use crate::source::Origin;

/// The rules of one family, made ready for any number of packets.
#[derive(Debug)]
pub struct Evaluator<'r> {
    family: Family,
    chains: Chains<'r>,
    lists: Lists,
    host: &'r Host,
    /// Addresses that rules are about and that no node has.
    cluster_ips: FxHashSet<IpAddr>,
    origins: HashMap<&'r str, Origin>,
    /// The bits of the mark that some rule looks at.
    marks: u32,
}

impl<'r> Evaluator<'r> {
    /// Makes rules ready that are loaded on a node with the addresses of `host`.
    #[must_use]
    pub fn new(rules: &'r Ruleset, host: &'r Host) -> Self {
        let chains = Chains::new(rules);
        let lists = Lists::new(&chains);
        let marks = marks(rules);
        let cluster_ips = cluster_ips(rules);
        Self { family: rules.family, chains, lists, host, cluster_ips, origins: HashMap::new(), marks }
    }

    /// Whether chance decides about nothing but bits of the mark that no rule looks at. Packets that differ in these
    /// need not be told apart: of n such rules there would be two to the power of n.
    fn is_idle_chance(&self, rule: &Rule) -> bool {
        let Some(Target::SetMark(set)) = &rule.target else { return false };
        let is_by_chance = |condition: &Match| matches!(condition, Match::Statistic(_));
        (set.mask | set.value) & self.marks == 0 && rule.matches.iter().any(is_by_chance)
    }

    /// Lets steps tell where Services were read, by service port: `namespace/name:port`, with which the
    /// comments of kube-proxy begin.
    #[must_use]
    pub fn with_origins(self, origins: impl IntoIterator<Item = (&'r str, Origin)>) -> Self {
        Self { origins: origins.into_iter().collect(), ..self }
    }

    /// Whether the jumps of kube-proxy are taken as there, since the text has no base chains.
    #[must_use]
    pub fn assumes_jumps(&self) -> bool {
        self.chains.assumes_jumps
    }

    /// What becomes of a packet. One of the other family meets none of the rules.
    #[must_use]
    pub fn verdict(&self, packet: &Packet) -> Verdict {
        self.answer(packet, Telling::Steps)
    }

    /// What becomes of a packet, and nothing of the way to it.
    #[must_use]
    pub fn effect(&self, packet: &Packet) -> Verdict {
        self.answer(packet, Telling::Effect)
    }

    fn answer(&self, packet: &Packet, telling: Telling) -> Verdict {
        if packet.family() != self.family {
            return Verdict::certain(Fate::Unhandled(SourceAddress::Kept), Vec::new());
        }
        let walk = |locality: &Locality<'_>| Walk::verdict(self, packet, locality, telling);
        if self.cluster_ips.contains(&packet.destination) {
            return walk(&self.host.locality());
        }
        self.host.verdict(packet.destination, walk)
    }

    /// The Service that a rule is there for, by its comment.
    fn origin(&self, rule: &Rule) -> Option<Origin> {
        if self.origins.is_empty() {
            return None;
        }
        let comment = rule.matches.iter().find_map(|condition| match condition {
            Match::Comment(comment) => Some(comment.as_str()),
            _ => None,
        })?;
        // "masquerade traffic for ns/name:port external destinations" names it in the middle.
        comment.split(' ').find_map(|word| self.origins.get(word).copied())
    }
}

/// The cluster IPs without endpoints: in `filter`, kube-proxy rejects packets to them in `KUBE-SERVICES`, and those to
/// other addresses elsewhere (all versions).
fn cluster_ips(rules: &Ruleset) -> FxHashSet<IpAddr> {
    let filter = rules.tables.iter().filter(|table| table.name == TableName::Filter);
    let rules = filter.flat_map(|table| &table.commands).filter_map(|command| match command {
        Command::Append(rule) | Command::Insert(rule) => Some(rule),
        Command::DeleteChain(_) => None,
    });
    let rejecting = rules.filter(|rule| rule.chain == fixed::SERVICES);
    let destinations = rejecting.flat_map(|rule| &rule.matches).filter_map(|of| match of {
        Match::Destination(Is { not: false, value: Address::Ip(ip) }) => Some(*ip),
        Match::Destination(Is { not: false, value: Address::Net(net) }) => {
            (net.prefix_len() == net.max_prefix_len()).then(|| net.addr())
        }
        _ => None,
    });
    destinations.collect()
}

/// The bits of the mark that rules look at.
fn marks(rules: &Ruleset) -> u32 {
    let commands = rules.tables.iter().flat_map(|table| &table.commands);
    let rules = commands.filter_map(|command| match command {
        Command::Append(rule) | Command::Insert(rule) => Some(rule),
        Command::DeleteChain(_) => None,
    });
    let mask = |condition: &Match| match condition {
        Match::Mark(is) => is.value.mask | is.value.value,
        _ => 0,
    };
    rules.flat_map(|rule| &rule.matches).map(mask).fold(0, |all, mask| all | mask)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
