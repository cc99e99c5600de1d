//! Where two targets, or two versions of kube-proxy, differ in effect.
//!
//! ```text
//! destination ─► every address and port that a rule of either side is about, merged in order
//! ranges, sources ─► one client of each class that all rules for a destination treat alike
//! kind ─► what the two verdicts on a packet differ in
//! ```
//!
//! Nothing here knows what a platform cannot do: both sides are asked about every class of packets, and
//! differences are what their verdicts show. What one of them leaves undecided is counted, and is no
//! difference.
//!
//! **Invariant:** nothing is drawn here, and no text of a platform is read or written.

mod destination;
mod kind;
mod ranges;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use rustc_hash::FxHashSet;

use self::destination::{Destination, destinations};
use self::kind::{Question, Undecided};
use self::ranges::Piece;
use self::sources::{Askable, Asked, Sources};
use crate::diagnostics::Code;
use crate::ir::RuleSet;
use crate::source::Origin;
use crate::trace::{Client, Clients, Summary, Target};
use crate::verdict::{Affinity, Chance, Confidence, Delivery, Fate, Packet, SourceAddress, Verdict};

pub use kind::advice;

/// One of two sides that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Side<'r> {
    /// What the Services should do, as this side's version compiles them.
    pub rules: &'r RuleSet,
    /// The rules that are asked.
    pub target: &'r Target<'r>,
}

/// All that two sides differ in.
#[derive(Debug)]
pub struct Comparison<'r> {
    /// One for each kind of difference, in the order of the codes.
    pub findings: Vec<Finding<'r>>,
    /// How many service ports were compared; one of both families counts twice.
    pub service_ports: usize,
    /// How many classes of packets were asked about.
    pub packets: usize,
    /// Of how many of them something is undecided.
    pub undecided: usize,
    /// Why, with the number of classes for each reason.
    pub reasons: BTreeMap<Box<str>, usize>,
}

/// A kind of difference, and where it is.
#[derive(Debug)]
pub struct Finding<'r> {
    /// The kind.
    pub code: Code,
    /// The service ports, each once; none where no Service wants the address.
    pub services: BTreeSet<Concerned<'r>>,
    /// How many classes of packets show it.
    pub packets: usize,
    /// One of them.
    pub example: Example<'r>,
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
    /// What becomes of it on each side.
    pub verdicts: [Verdict; 2],
}

/// Compares two sides on every class of packets.
#[must_use]
pub fn compare<'r>(clients: &Clients, sides: [Side<'r>; 2]) -> Comparison<'r> {
    let sources = Sources::new(clients, &sides);
    let mut asking = Asking::new(sides);
    let destinations = destinations(&sides);
    let mut ports = FxHashSet::default();
    for destination in &destinations {
        ports.extend(destination.ports().map(|port| (&port.id, port.protocol, port.family)));
        asking.ask_all(&sources, destination);
    }
    Comparison {
        findings: asking.found.into_values().collect(),
        service_ports: ports.len(),
        packets: asking.packets,
        undecided: asking.undecided,
        reasons: asking.reasons,
    }
}

/// A comparison in the making.
struct Asking<'r> {
    sides: [Side<'r>; 2],
    found: BTreeMap<Code, Finding<'r>>,
    packets: usize,
    undecided: usize,
    reasons: BTreeMap<Box<str>, usize>,
}

impl<'r> Asking<'r> {
    fn new(sides: [Side<'r>; 2]) -> Self {
        Self { sides, found: BTreeMap::new(), packets: 0, undecided: 0, reasons: BTreeMap::new() }
    }

    /// Asks about all classes at a destination.
    fn ask_all(&mut self, sources: &Sources<'_>, destination: &Destination<'r>) {
        let Askable { pieces, asked } = sources.at(destination);
        for asked in &asked {
            self.ask_class(sources, asked, &pieces, destination);
        }
    }

    /// Asks about a client, and about one endpoint of each kind that it may reach: an endpoint of the same
    /// class differs from it in the packets that it gets itself, and in nothing else.
    fn ask_class(
        &mut self,
        sources: &Sources<'_>,
        asked: &Asked,
        pieces: &[Piece],
        destination: &Destination<'r>,
    ) {
        let verdicts = self.ask(&asked.client, destination);
        let got = verdicts.each_ref().map(deliveries);
        let endpoints: BTreeSet<IpAddr> = got.iter().flat_map(BTreeMap::keys).copied().collect();
        let mut known = FxHashSet::default();
        for ip in endpoints {
            let Some(client) = sources.alike(asked, ip, pieces) else { continue };
            if known.insert(got.each_ref().map(|got| got.get(&ip))) {
                self.ask(&client, destination);
            }
        }
    }

    fn ask(&mut self, client: &Client, destination: &Destination<'r>) -> [Verdict; 2] {
        let packet = client.packet(destination.protocol, destination.to);
        let verdicts = self.sides.map(|side| side.target.verdict(&packet));
        self.packets += 1;
        let question = Question { sides: &self.sides, client, destination };
        match question.differences(&verdicts) {
            Ok(codes) => {
                for code in codes {
                    self.add(code, client, destination, &packet, &verdicts);
                }
            }
            Err(Undecided) => self.count_undecided(&verdicts),
        }
        verdicts
    }

    fn add(
        &mut self,
        code: Code,
        client: &Client,
        destination: &Destination<'r>,
        packet: &Packet,
        verdicts: &[Verdict; 2],
    ) {
        let finding = self.found.entry(code).or_insert_with(|| Finding {
            code,
            services: BTreeSet::new(),
            packets: 0,
            example: Example {
                client: client.clone(),
                packet: packet.clone(),
                service: destination.ports().next().map(|port| &*port.id),
                verdicts: verdicts.clone(),
            },
        });
        finding.packets += 1;
        finding
            .services
            .extend(destination.ports().map(|port| Concerned { id: &port.id, origin: port.origin }));
    }

    fn count_undecided(&mut self, verdicts: &[Verdict; 2]) {
        self.undecided += 1;
        let mut reasons: BTreeSet<Box<str>> = BTreeSet::new();
        for verdict in verdicts.iter().filter(|verdict| verdict.undecided().next().is_some()) {
            let grounds = Summary::of(verdict).grounds;
            let mut open =
                grounds.into_iter().filter(|ground| ground.confidence == Confidence::Open).peekable();
            if open.peek().is_none() {
                reasons.extend(verdict.undecided().map(Into::into));
            }
            reasons.extend(open.map(|ground| format!("{}: {}", ground.id, ground.sentence).into()));
        }
        for reason in reasons {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }
}

/// What an endpoint gets: whom it sees, whether the client stays, how often.
type Got = (SourceAddress, Option<Affinity>, Chance);

/// What each address gets, but for its port, in the order of the verdict.
fn deliveries(verdict: &Verdict) -> BTreeMap<IpAddr, Vec<Got>> {
    let mut found: BTreeMap<_, Vec<Got>> = BTreeMap::new();
    for outcome in verdict.outcomes() {
        if let Fate::Endpoint(to) = &outcome.fate {
            let Delivery { endpoint, source, affinity } = *to;
            found.entry(endpoint.ip()).or_default().push((source, affinity, outcome.chance));
        }
    }
    found
}

#[cfg(test)]
mod tests;
