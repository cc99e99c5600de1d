//! Where targets, or versions of kube-proxy, differ in effect.
//!
//! ```text
//! destination ─► every address and port that a rule of any side is about, merged in order
//! ranges, sources ─► one client of each class that all rules for a destination treat alike
//! asking ─► all sides are asked about each class, in one pass
//! kind ─► what the verdicts of two of them differ in
//! upgrade ─► which changes of kube-proxy cause what two versions differ in
//! ```
//!
//! Nothing here knows what a platform cannot do: all sides are asked about every packet class, and
//! differences are what their verdicts show. What one of them leaves undecided is counted, and is no
//! difference to any other.
//!
//! **Invariant:** nothing is drawn here, and no text of a platform is read or written.

mod accepted;
mod asking;
mod beside;
pub mod codes;
mod compared;
mod destination;
mod kind;
mod migration;
mod occurrence;
mod part;
mod ranges;
mod remark;
mod report;
mod sources;
mod upgrade;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use self::asking::Asking;
use self::destination::{Destination, destinations};
use self::sources::Sources;
use crate::answer::verdict::{Confidence, Packet, Verdict};
use crate::diagnostics::Code;
use crate::ir::RuleSet;
use crate::name::printable;
use crate::net::{Family, Protocol};
use crate::scope::Selector;
use crate::source::Origin;
use crate::trace::{Client, ClientKind, Clients, Target};

pub use accepted::Accepted;
pub use beside::Beside;
pub use compared::{NotComparable, compared};
pub use migration::{Migration, UnknownMigration};
pub use occurrence::{Occurrence, occurrences, occurrences_by_kind, shown_by};
pub use part::Part;
pub use remark::Remark;
pub use report::{Check, Report, marks};

/// One of the sides that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Participant<'r> {
    /// What the Services should do, as this side's version compiles them.
    pub rules: &'r RuleSet,
    /// The rules that are asked.
    pub target: &'r Target<'r>,
}

/// Two sides, by their positions; the first one comes before the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The position of the first one.
    pub one: usize,
    /// The position of the other one.
    pub other: usize,
}

/// All that sides differ in.
#[derive(Debug)]
#[non_exhaustive]
pub struct EffectComparison<'r> {
    /// One for each kind of difference between each two sides, in the order of the codes, then of the pairs.
    pub findings: Vec<Finding<'r>>,
    /// How many service ports were compared; one of both families counts twice.
    pub service_ports: usize,
    /// How many packet classes all sides were asked about.
    pub packets: usize,
    /// How many of them some two sides decide.
    pub compared: usize,
    /// How many of them each two sides decide.
    pub decided: BTreeMap<Pair, usize>,
    /// The service ports of which no packet class is decided between two sides: nothing is known of them. A family is named
    /// where something is decided of the other one.
    pub undecided_ports: BTreeMap<Pair, BTreeSet<String>>,
    /// Two sides between which nothing is decided of any service port.
    nothing_decided: BTreeSet<Pair>,
    /// Of how many service ports each side decides nothing, where another one does.
    silent: Vec<usize>,
    /// Of how many of them some side leaves something undecided.
    pub undecided: usize,
    /// Why, with the number of classes for each reason.
    pub reasons: BTreeMap<Box<str>, usize>,
    /// Of how many packet classes the verdicts rest on rules that are no surer, by the least sure one on any side.
    /// Classes that are undecided, and those that rest on no such rule, are left out.
    pub confidence: BTreeMap<Confidence, usize>,
    /// How many differences of service ports each entry of an allow-list accepts, by the position of the entry.
    pub accepted: BTreeMap<usize, usize>,
    /// What classes of clients there are, whatever a Service restricts.
    pub classes: Vec<(Family, ClientKind, Vec<bool>)>,
}

/// A kind of difference between two sides, and where it is.
#[derive(Debug)]
pub struct Finding<'r> {
    /// The kind.
    pub code: Code,
    /// The two sides.
    pub between: Pair,
    /// The service ports, each once; none where no Service wants the address.
    pub services: BTreeSet<Concerned<'r>>,
    /// Their ids in the order of the destinations that show it, some of them several times.
    pub in_order: Vec<&'r str>,
    /// The addresses and ports of rules that show it although no Service wants them.
    pub unclaimed: BTreeSet<(SocketAddr, Protocol)>,
    /// How many packet classes show it.
    pub packets: usize,
    /// One of them.
    pub example: Example<'r>,
    /// The losses that cause it; they are no remarks of their own.
    pub causes: Vec<Remark>,
}

/// A service port with a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Concerned<'r> {
    /// `namespace/name:port`
    pub id: &'r str,
    /// Where the Service was read.
    pub origin: Origin,
}

/// A packet that shows a difference.
#[derive(Debug)]
pub struct Example<'r> {
    /// Who sends it.
    pub client: Client,
    /// The packet.
    pub packet: Packet,
    /// The service port that wants it, the first of several.
    pub service: Option<&'r str>,
    /// What becomes of it on each side, also on those that the finding is not about.
    pub verdicts: Vec<Verdict>,
}

impl Pair {
    /// Each two of so many sides, in order.
    pub fn all(sides: usize) -> impl Iterator<Item = Self> {
        (0..sides).flat_map(move |one| (one + 1..sides).map(move |other| Self { one, other }))
    }

    /// The things of two sides, out of those of all sides.
    #[must_use]
    pub fn of<T>(self, all: &[T]) -> [&T; 2] {
        [&all[self.one], &all[self.other]]
    }
}

impl EffectComparison<'_> {
    /// Whether there was nothing to compare, or nothing that was is decided: "no difference" would be no answer.
    #[must_use]
    pub fn compares_nothing(&self) -> bool {
        // What stands for all ports that nobody serves says nothing about Services.
        let is_found =
            self.findings.iter().any(|found| !found.services.is_empty() || !found.unclaimed.is_empty());
        let is_empty = self.service_ports == 0
            || self.compared == 0
            || self.nothing_decided.len() == self.undecided_ports.len();
        is_empty && !is_found && self.accepted.is_empty()
    }

    /// Two sides between which nothing is decided.
    #[must_use]
    pub fn undecided_pair(&self) -> Option<Pair> {
        self.nothing_decided.first().copied()
    }

    /// The service ports of which nothing is decided, for each two sides that decide something of others: a sentence each,
    /// with at most so many of them; safe to print.
    #[must_use]
    pub fn undecided_services(&self, names: &[String], most: usize) -> Vec<String> {
        let open = self.undecided_ports.iter().filter(|(_, ports)| !ports.is_empty());
        let told = open.filter(|(pair, _)| !self.nothing_decided.contains(pair)).map(|(pair, ports)| {
            let [one, other] = pair.of(names);
            let listed: Vec<String> = ports.iter().take(most).map(|port| printable(port)).collect();
            let more = match ports.len() - listed.len() {
                0 => String::new(),
                more => format!(" and {more} more; -v names all"),
            };
            format!("not decided between {one} and {other}, whatever the packet: {}{more}", listed.join(", "))
        });
        told.collect()
    }

    /// Why nothing is decided, most packet classes first.
    #[must_use]
    pub fn reasons_in_order(&self) -> Vec<(&str, usize)> {
        let mut reasons: Vec<_> = self.reasons.iter().map(|(reason, count)| (&**reason, *count)).collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        reasons
    }

    /// What says that nothing is decided, and why; a sentence without its end.
    #[must_use]
    pub fn why_undecided(&self) -> String {
        let reason = self.reasons_in_order().first().map(|(reason, _)| format!(": {reason}"));
        format!("no packet class is decided{}", reason.unwrap_or_default().trim_end_matches('.'))
    }
}

/// How many destinations are asked about at a time.
const AT_A_TIME: usize = 64;

/// Compares each two of the sides on every packet class.
#[must_use]
pub fn compare<'r>(clients: &Clients, sides: &[Participant<'r>]) -> EffectComparison<'r> {
    compare_selected(clients, sides, &Selector::default())
}

/// The same for the destinations of some Services; with all, also for those that no Service wants.
#[must_use]
pub fn compare_selected<'r>(
    clients: &Clients,
    sides: &[Participant<'r>],
    selector: &Selector,
) -> EffectComparison<'r> {
    let sources = Sources::new(clients, sides);
    let mut destinations = destinations(sides);
    if !selector.is_all() {
        destinations.retain(|destination| destination.ports().any(|port| selector.selects(&port.id)));
    }
    let ports = destinations.iter().flat_map(Destination::ports);
    let ports: FxHashSet<_> = ports.map(|port| (&*port.id, port.protocol, port.family)).collect();
    let asked = destinations.par_chunks(AT_A_TIME).map(|chunk| {
        let mut asking = Asking::new(sides);
        for destination in chunk {
            asking.ask_all(&sources, destination);
        }
        asking
    });
    let mut all = Asking::new(sides);
    for part in asked.collect::<Vec<_>>() {
        all.append(part);
    }
    EffectComparison { classes: sources.classes(), ..all.comparison(ports.len()) }
}

#[cfg(test)]
mod tests;
