//! What becomes of a packet, by the rules of a table alone.
//!
//! The rules are followed as the kernel follows them: hooks and base chains in their order, chains, verdict maps, marks,
//! chance, translation, and what the filters make of the translated packet. Nothing else is known about Services. What
//! the rules cannot tell is taken as follows.
//!
//! - The packet starts a connection: its state is new, and it carries no mark.
//! - Sets of clients that stay with their endpoint are empty, but for a client that is [remembered](Packet::remembered).
//! - Routing delivers every packet: to the node what is for one of its addresses, else away. Where the input does not
//!   tell whether the destination is one of them, and rules or routes hang on it, the verdict is undecided. Cluster IPs
//!   are of no node: in this mode none has them on an interface.
//! - Other tables change nothing.
//!
//! What the model does not know makes a verdict undecided where it could matter, and is never guessed.

mod condition;
pub(super) mod destinations;
mod hooks;
mod reasons;
mod steps;
mod tables;
mod walk;

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use self::tables::Tables;
use self::walk::Walk;
use super::model::{Address, Chain, Key, Table};
use super::names::{fixed, service_text};
use crate::answer::verdict::{Fate, Host, Locality, Packet, SourceAddress, Telling, Verdict};
use crate::ir::ServicePort;
use crate::net::Family;
use crate::source::Origin;

/// The table of one family, made ready for any number of packets.
#[derive(Debug)]
pub struct Evaluator<'r> {
    family: Family,
    tables: Tables<'r>,
    host: &'r Host,
    /// Addresses that rules are about and that no node has.
    cluster_ips: FxHashSet<IpAddr>,
    /// By `namespace/name/protocol/port`.
    origins: FxHashMap<String, Origin>,
}

impl<'r> Evaluator<'r> {
    /// Makes rules ready that are loaded on a node with the addresses of `host`.
    #[must_use]
    pub fn new(table: &'r Table, host: &'r Host) -> Self {
        Self {
            family: table.family,
            tables: Tables::new(table),
            host,
            cluster_ips: cluster_ips(table),
            origins: FxHashMap::default(),
        }
    }

    /// Lets steps tell where Services were read.
    #[must_use]
    pub fn with_origins<'p>(self, ports: impl IntoIterator<Item = &'p ServicePort>) -> Self {
        let named = ports.into_iter().map(|port| (service_text(port), port.origin));
        Self { origins: named.collect(), ..self }
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

    /// The Service that a chain is there for, by its name.
    fn origin(&self, chain: &Chain) -> Option<Origin> {
        self.origins.get(super::names::service_of(chain.name.as_str())?).copied()
    }
}

/// The members of the set of cluster IPs.
fn cluster_ips(table: &Table) -> FxHashSet<IpAddr> {
    let elements = table.container(fixed::CLUSTER_IPS).map_or(&[][..], |set| &set.elements);
    let ips = elements.iter().filter_map(|element| match &element.key {
        Key::Address(address @ Address::Ip(_)) => address.ip(),
        _ => None,
    });
    ips.collect()
}

#[cfg(test)]
mod tests;
