//! The answer of every platform to one question: what becomes of this packet?
//!
//! Each target evaluates its own model of rules, and all of them answer with a [`Verdict`], so that answers
//! can be compared between platforms, versions, and with what a live node has loaded.
//!
//! **Invariant:** nothing here knows a platform. The chances of a verdict add up to one.

mod chance;
mod effect;
mod ground;
mod host;
mod packet;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::source::Origin;

pub use chance::Chance;
pub use effect::{Effect, Telling};
pub use ground::{Confidence, Ground};
pub use host::{Elsewhere, Host, Locality, Owner, unknown_owner};
pub use packet::{Packet, Sender};

/// What becomes of a packet: all that is possible, and how likely each of it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    outcomes: Vec<Outcome>,
}

/// One thing that may become of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How likely it is.
    pub chance: Chance,
    /// What becomes of it.
    pub fate: Fate,
    /// What led there, in order; of several ways the first.
    pub steps: Vec<TraceStep>,
    /// The least sure rule of the platform that it rests on, also where no step is told; `None` where what is loaded
    /// says all, and for what is undecided.
    pub rests_on: Option<&'static Ground>,
}

impl Outcome {
    /// Whether it cannot be told what becomes of the packet.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        matches!(self.fate, Fate::Undecided(_))
    }
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// An endpoint gets it.
    Endpoint(Delivery),
    /// kube-proxy answers it itself on the node: a health check. What it is, a part of a sentence, safe to print.
    Answered(Box<str>),
    /// No Service is there: it goes where it was sent.
    Unhandled(SourceAddress),
    /// The sender is told that nobody is there.
    Rejected,
    /// It is gone, and nobody is told.
    Dropped,
    /// It cannot be told, for this reason; a part of a sentence, safe to print.
    Undecided(Box<str>),
}

/// How a packet reaches an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Delivery {
    /// The endpoint.
    pub endpoint: SocketAddr,
    /// Whom the endpoint sees.
    pub source: SourceAddress,
    /// Whether later connections of the same client go to the same endpoint.
    pub affinity: Option<Affinity>,
}

/// The source address that a packet carries in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceAddress {
    /// The sender's own.
    Kept,
    /// The sender's own, and the endpoint answers to it past the node (direct server return).
    DirectReturn,
    /// The node's, the one that it has towards the destination.
    Masqueraded,
    /// An address that stands for the node on an overlay network.
    SourceVip(IpAddr),
}

/// Session affinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Affinity {
    /// Seconds after its last connection for which a client is remembered; `None` where the platform does
    /// as it likes.
    pub timeout_seconds: Option<u32>,
}

/// One thing that took part in a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceStep {
    /// What it stands in, in the platform's words: `nat KUBE-SERVICES`, `load balancer 3f2c81d0`.
    pub within: Box<str>,
    /// Its number there, from 1, where it has one.
    pub number: Option<usize>,
    /// The rule as the platform writes it; safe to print.
    pub rule: Box<str>,
    /// The Service that it is there for, where that is known.
    pub origin: Option<Origin>,
    /// What it makes of the packet's addresses.
    pub rewrite: Option<Rewrite>,
    /// Why the platform does so, where what is loaded does not say it.
    pub ground: Option<&'static Ground>,
}

/// What a step makes of a packet's addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewrite {
    /// It goes there instead.
    Destination(SocketAddr),
    /// It carries this source address.
    Source(SourceAddress),
}

impl Verdict {
    /// A verdict of outcomes that exclude each other and whose chances add up to one.
    #[must_use]
    pub fn new(outcomes: Vec<Outcome>) -> Self {
        Self { outcomes }
    }

    /// A verdict without alternatives.
    #[must_use]
    pub fn certain(fate: Fate, steps: Vec<TraceStep>) -> Self {
        Self { outcomes: vec![Outcome { chance: Chance::CERTAIN, fate, steps, rests_on: None }] }
    }

    /// All that may become of the packet, in the order in which the platform looks at it.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The reasons for which it cannot be told what becomes of the packet, or of a part of such packets.
    pub fn undecided(&self) -> impl Iterator<Item = &str> {
        self.outcomes.iter().filter_map(|outcome| match &outcome.fate {
            Fate::Undecided(reason) => Some(&**reason),
            _ => None,
        })
    }

    /// The endpoints that may get the packet.
    pub fn endpoints(&self) -> impl Iterator<Item = SocketAddr> {
        self.outcomes.iter().filter_map(|outcome| match &outcome.fate {
            Fate::Endpoint(delivery) => Some(delivery.endpoint),
            _ => None,
        })
    }

    /// How sure the least sure rule is that it rests on; `None` where it rests on no such rule, or is undecided.
    #[must_use]
    pub fn confidence(&self) -> Option<Confidence> {
        if self.outcomes.iter().any(Outcome::is_undecided) {
            return None;
        }
        self.outcomes.iter().filter_map(|outcome| Some(outcome.rests_on?.confidence)).max()
    }

    /// The fates with their chances, without the way to them.
    ///
    /// A chance that is too fine for [`Chance`] leaves its fate in several parts.
    #[must_use]
    pub fn effect(&self) -> BTreeMap<&Fate, Vec<Chance>> {
        let mut effect: BTreeMap<&Fate, Vec<Chance>> = BTreeMap::new();
        for Outcome { chance, fate, .. } in self.outcomes.iter().filter(|one| one.chance != Chance::NEVER) {
            let chances = effect.entry(fate).or_default();
            match chances.last_mut().and_then(|last| Some((last.or(*chance)?, last))) {
                Some((sum, last)) => *last = sum,
                None => chances.push(*chance),
            }
        }
        effect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(endpoint: &str, source: SourceAddress) -> Fate {
        Fate::Endpoint(Delivery { endpoint: endpoint.parse().unwrap(), source, affinity: None })
    }

    fn verdict(outcomes: &[(u128, u128, Fate)]) -> Verdict {
        let outcome = |(numerator, denominator, fate): &(u128, u128, Fate)| Outcome {
            chance: Chance::new(*numerator, *denominator).unwrap(),
            fate: fate.clone(),
            steps: Vec::new(),
            rests_on: None,
        };
        Verdict::new(outcomes.iter().map(outcome).collect())
    }

    #[test]
    fn the_order_and_the_way_make_no_difference() {
        let (a, b) = (to("10.0.0.1:80", SourceAddress::Kept), to("10.0.0.2:80", SourceAddress::Kept));
        let one = verdict(&[(1, 2, a.clone()), (1, 2, b.clone())]);
        let other = verdict(&[(1, 4, b.clone()), (1, 2, a.clone()), (1, 4, b), (0, 1, Fate::Dropped)]);
        assert_eq!(one.same_effect(&other, 0.0), Some(true));
        assert_eq!(one.same_effect(&Verdict::certain(a, Vec::new()), 0.0), Some(false));
    }

    #[test]
    fn source_affinity_and_chance_make_a_difference() {
        let kept = verdict(&[(1, 1, to("10.0.0.1:80", SourceAddress::Kept))]);
        for source in [SourceAddress::Masqueraded, SourceAddress::DirectReturn] {
            assert_eq!(kept.same_effect(&verdict(&[(1, 1, to("10.0.0.1:80", source))]), 0.0), Some(false));
        }
        let affinity = Some(Affinity { timeout_seconds: Some(600) });
        let sticky =
            Delivery { endpoint: "10.0.0.1:80".parse().unwrap(), source: SourceAddress::Kept, affinity };
        assert_eq!(kept.same_effect(&verdict(&[(1, 1, Fate::Endpoint(sticky))]), 0.0), Some(false));

        let halves = |numerator, denominator| {
            let rest = (denominator - numerator, denominator, Fate::Rejected);
            verdict(&[(numerator, denominator, Fate::Dropped), rest])
        };
        assert_eq!(halves(1, 2).same_effect(&halves(501, 1000), 0.0), Some(false));
        assert_eq!(halves(1, 2).same_effect(&halves(501, 1000), 0.01), Some(true));
    }

    #[test]
    fn nothing_is_the_same_as_the_unknown() {
        let unknown = verdict(&[(1, 1, Fate::Undecided("of `-m set`".into()))]);
        assert_eq!(unknown.same_effect(&unknown, 0.0), None);
    }
}
