//! The way of a packet: its addresses after each step, and what all ways come to.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;

use serde::Deserialize;

use crate::answer::verdict::{
    Affinity, Confidence, Fate, Ground, Outcome, Packet, Rewrite, SourceAddress, TraceStep, Verdict,
};
use crate::net::Protocol;

/// A packet's addresses on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuple {
    /// The sender's address; what the node makes of it is in `rewritten`.
    pub sender: std::net::IpAddr,
    /// The source address in place of the sender's.
    pub rewritten: Option<SourceAddress>,
    /// Where it goes.
    pub destination: SocketAddr,
    /// Its protocol.
    pub protocol: Protocol,
}

/// A step, and the packet after it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Hop<'v> {
    /// The step.
    pub step: &'v TraceStep,
    /// The packet after it; `None` where the step changes nothing.
    pub after: Option<Tuple>,
}

/// What all ways of a packet come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Conclusion {
    /// An endpoint gets it.
    Delivered,
    /// kube-proxy answers it itself.
    Answered,
    /// Nobody handles it: it goes where it was sent.
    Unhandled,
    /// The sender is told that nobody is there.
    Rejected,
    /// It is gone.
    Dropped,
    /// It cannot be told.
    Undecided,
    /// One packet is delivered, the next one is not.
    Mixed,
}

/// An answer in short.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// What all ways come to.
    pub conclusion: Conclusion,
    /// Endpoints that may get the packet.
    pub endpoints: BTreeSet<SocketAddr>,
    /// Whom they see.
    pub sources: BTreeSet<SourceAddress>,
    /// Whether clients keep their endpoint.
    pub affinity: Option<Affinity>,
    /// Why something is undecided, each reason once.
    pub undecided: BTreeSet<Box<str>>,
    /// What kube-proxy answers itself.
    pub answered: BTreeSet<Box<str>>,
    /// The rules of the platform that the answer rests on, by id.
    pub grounds: Vec<&'static Ground>,
}

impl Tuple {
    /// The packet as it is sent.
    #[must_use]
    pub fn of(packet: &Packet) -> Self {
        Self {
            sender: packet.source,
            rewritten: None,
            destination: SocketAddr::new(packet.destination, packet.port),
            protocol: packet.protocol,
        }
    }

    fn after(self, rewrite: Rewrite) -> Self {
        match rewrite {
            Rewrite::Destination(destination) => Self { destination, ..self },
            Rewrite::Source(source) => Self { rewritten: Some(source), ..self },
        }
    }
}

impl fmt::Display for Tuple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rewritten {
            None | Some(SourceAddress::Kept | SourceAddress::DirectReturn) => self.sender.fmt(f)?,
            Some(SourceAddress::Masqueraded) => f.write_str("the node")?,
            Some(SourceAddress::SourceVip(ip)) => ip.fmt(f)?,
        }
        write!(f, " → {}/{}", self.destination, self.protocol)
    }
}

/// The steps to an outcome, with the packet after each that changes it.
pub fn hops<'v>(packet: &Packet, outcome: &'v Outcome) -> impl Iterator<Item = Hop<'v>> {
    let mut tuple = Tuple::of(packet);
    outcome.steps.iter().map(move |step| {
        let after = step.rewrite.map(|rewrite| {
            tuple = tuple.after(rewrite);
            tuple
        });
        Hop { step, after }
    })
}

impl Conclusion {
    /// Whether somebody who should get the packet gets it.
    #[must_use]
    pub fn is_served(self) -> bool {
        matches!(self, Self::Delivered | Self::Answered)
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Answered => "answered",
            Self::Unhandled => "unhandled",
            Self::Rejected => "rejected",
            Self::Dropped => "dropped",
            Self::Undecided => "undecided",
            Self::Mixed => "mixed",
        }
    }

    fn of(fate: &Fate) -> Self {
        match fate {
            Fate::Endpoint(_) => Self::Delivered,
            Fate::Answered(_) => Self::Answered,
            Fate::Unhandled(_) => Self::Unhandled,
            Fate::Rejected => Self::Rejected,
            Fate::Dropped => Self::Dropped,
            Fate::Undecided(_) => Self::Undecided,
        }
    }
}

impl Summary {
    /// An answer in short.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        let fates = || verdict.outcomes().iter().map(|outcome| &outcome.fate);
        let deliveries =
            || fates().filter_map(|fate| if let Fate::Endpoint(to) = fate { Some(to) } else { None });
        let mut conclusions = fates().map(Conclusion::of);
        let first = conclusions.next().unwrap_or(Conclusion::Undecided);
        let steps = verdict.outcomes().iter().flat_map(|outcome| &outcome.steps);
        let mut grounds: Vec<_> = steps.filter_map(|step| step.ground).collect();
        grounds.sort_by_key(|ground| ground.id);
        grounds.dedup();
        Self {
            conclusion: if conclusions.all(|other| other == first) { first } else { Conclusion::Mixed },
            endpoints: verdict.endpoints().collect(),
            sources: deliveries().map(|to| to.source).collect(),
            affinity: deliveries().find_map(|to| to.affinity),
            answered: fates()
                .filter_map(|fate| if let Fate::Answered(what) = fate { Some(what.clone()) } else { None })
                .collect(),
            undecided: verdict.undecided().map(Into::into).collect(),
            grounds,
        }
    }

    /// The rules among its grounds that nobody checked.
    pub fn believed(&self) -> impl Iterator<Item = &'static Ground> {
        self.grounds.iter().copied().filter(|ground| ground.confidence == Confidence::Believed)
    }
}
