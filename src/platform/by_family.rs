//! Evaluators of both families: the rules of one are of no other, and a dump may tell only one.

use std::net::{IpAddr, SocketAddr};

use super::{Evaluate, Site};
use crate::answer::verdict::{Fate, Packet, Verdict};
use crate::net::{Family, PerFamily, Protocol};

/// Rules of one family that packets are followed through.
pub(super) trait Rules: Send + Sync {
    /// What becomes of a packet, with every step that decides.
    fn verdict(&self, packet: &Packet) -> Verdict;

    /// The same without the steps.
    fn effect(&self, packet: &Packet) -> Verdict;
}

/// What the rules of one family in a dump are about; what kube-proxy writes is about what Services want and nothing else.
pub(super) trait Dumped: Send + Sync {
    /// Addresses and ports.
    fn sites(&self, family: Family) -> Vec<Site>;

    /// Addresses whatever the port is.
    fn addresses(&self) -> Vec<IpAddr>;

    /// Whether packets of an endpoint to itself are not treated as kube-proxy does it.
    fn is_odd(&self, endpoint: IpAddr) -> bool;

    /// What sources of packets to a destination are compared with, from the first address to the last.
    fn sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<(IpAddr, IpAddr)>;
}

/// The rules of both families.
pub(super) struct ByFamily<R, D> {
    /// The rules; none of a family that no dump tells.
    pub(super) rules: PerFamily<Option<R>>,
    /// Why nothing can be told about a family.
    pub(super) untold: PerFamily<Option<String>>,
    /// What a dump's rules are about.
    pub(super) dumped: Vec<(Family, D)>,
}

impl<R: Rules, D> ByFamily<R, D> {
    fn answer(&self, packet: &Packet, answer: impl Fn(&R) -> Verdict) -> Verdict {
        let family = packet.family();
        match (self.untold.get(family), self.rules.get(family)) {
            (None, Some(rules)) => answer(rules),
            (reason, _) => {
                let reason = reason.clone().unwrap_or_default();
                Verdict::certain(Fate::Undecided(reason.into()), Vec::new())
            }
        }
    }
}

impl<R: Rules, D: Dumped> Evaluate for ByFamily<R, D> {
    fn verdict(&self, packet: &Packet) -> Verdict {
        self.answer(packet, |rules| rules.verdict(packet))
    }

    fn effect(&self, packet: &Packet) -> Verdict {
        self.answer(packet, |rules| rules.effect(packet))
    }

    fn sites(&self) -> Vec<Site> {
        self.dumped.iter().flat_map(|(family, dumped)| dumped.sites(*family)).collect()
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.dumped.iter().flat_map(|(_, dumped)| dumped.addresses()).collect()
    }

    fn is_odd(&self, endpoint: IpAddr) -> bool {
        self.dumped.iter().any(|(_, dumped)| dumped.is_odd(endpoint))
    }

    fn compared_sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<Vec<(IpAddr, IpAddr)>> {
        let dumped = self.dumped.iter().filter(|(family, _)| *family == Family::of(to.ip()));
        dumped.flat_map(|(_, dumped)| dumped.sources(to, protocol)).map(|range| vec![range]).collect()
    }
}
