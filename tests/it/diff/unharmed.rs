//! What every command says about a dump, and that nothing worse is said when something of the dump is gone.

use std::fmt::Display;
use std::net::IpAddr;

use hnsplan::answer::change::Comparison;
use hnsplan::answer::verdict::{Fate, Packet, Sender};
use hnsplan::net::Protocol;
use hnsplan::platform::Evaluate;

/// What every command says about a dump.
pub(super) struct Answers {
    pub(super) comparison: Comparison,
    /// How many steps a plan has; `None` where it is refused.
    pub(super) steps: Option<usize>,
    /// For each packet the fates that are decided.
    pub(super) fates: Vec<Vec<Fate>>,
}

/// A packet of a pod.
pub(super) fn of_pod(source: &str, destination: IpAddr, port: u16, protocol: Protocol) -> Packet {
    Packet {
        sender: Sender::Pod,
        source: source.parse().expect("an address"),
        destination,
        protocol,
        port,
        interface: None,
        remembered: None,
    }
}

/// For each packet the fates that are decided.
pub(super) fn decided(evaluator: &dyn Evaluate, packets: &[Packet]) -> Vec<Vec<Fate>> {
    let fates = packets.iter().map(|packet| {
        let verdict = evaluator.effect(packet);
        let fates = verdict.outcomes().iter().map(|outcome| outcome.fate.clone());
        fates.filter(|fate| !matches!(fate, Fate::Undecided(_))).collect()
    });
    fates.collect()
}

impl Answers {
    /// Nothing differs, nothing is planned, and no packet has a fate that it has not by the whole dump.
    #[track_caller]
    pub(super) fn assert_unharmed(&self, whole: &Self, packets: &[Packet], what: &dyn Display) {
        let Self { comparison, steps, fates } = self;
        let changes: Vec<_> = comparison.counting().collect();
        assert!(comparison.is_empty(), "{what}: {changes:#?} {:#?}", comparison.findings);
        assert!(steps.is_none_or(|steps| steps == 0), "{what}: {steps:?} steps are planned");
        for ((packet, known), fates) in packets.iter().zip(&whole.fates).zip(fates) {
            for fate in fates {
                assert!(known.contains(fate), "{what}: {packet:?}: {fate:?} instead of {known:?}");
            }
        }
    }
}
