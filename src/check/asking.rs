//! Asks all sides about every class of packets at a destination, and collects what they differ in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use rustc_hash::FxHashSet;

use super::destination::Destination;
use super::kind::{Question, Undecided};
use super::ranges::Piece;
use super::sources::{Askable, Asked, Sources};
use super::{Comparison, Concerned, Example, Finding, Pair, Side};
use crate::diagnostics::Code;
use crate::trace::{Client, Summary};
use crate::verdict::{Affinity, Chance, Confidence, Delivery, Fate, Packet, SourceAddress, Verdict};

/// A comparison in the making.
pub(super) struct Asking<'s, 'r> {
    sides: &'s [Side<'r>],
    found: BTreeMap<(Code, Pair), Finding<'r>>,
    packets: usize,
    undecided: usize,
    reasons: BTreeMap<Box<str>, usize>,
}

impl<'s, 'r> Asking<'s, 'r> {
    pub(super) fn new(sides: &'s [Side<'r>]) -> Self {
        Self { sides, found: BTreeMap::new(), packets: 0, undecided: 0, reasons: BTreeMap::new() }
    }

    /// What was found so far, about so many service ports.
    pub(super) fn comparison(self, service_ports: usize) -> Comparison<'r> {
        Comparison {
            findings: self.found.into_values().collect(),
            service_ports,
            packets: self.packets,
            undecided: self.undecided,
            reasons: self.reasons,
        }
    }

    /// Asks about all classes at a destination.
    pub(super) fn ask_all(&mut self, sources: &Sources<'_>, destination: &Destination<'r>) {
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
        let got: Vec<_> = self.ask(&asked.client, destination).iter().map(deliveries).collect();
        let endpoints: BTreeSet<IpAddr> = got.iter().flat_map(BTreeMap::keys).copied().collect();
        let mut known = FxHashSet::default();
        for ip in endpoints {
            let Some(client) = sources.alike(asked, ip, pieces) else { continue };
            if known.insert(got.iter().map(|got| got.get(&ip)).collect::<Vec<_>>()) {
                self.ask(&client, destination);
            }
        }
    }

    fn ask(&mut self, client: &Client, destination: &Destination<'r>) -> Vec<Verdict> {
        let packet = client.packet(destination.protocol, destination.to);
        let verdicts: Vec<Verdict> = self.sides.iter().map(|side| side.target.verdict(&packet)).collect();
        self.packets += 1;
        let mut is_undecided = false;
        for pair in Pair::all(self.sides.len()) {
            let question = Question { sides: pair.of(self.sides), client, destination };
            match question.differences(pair.of(&verdicts)) {
                Ok(codes) => {
                    for code in codes {
                        self.add(code, pair, client, destination, &packet, &verdicts);
                    }
                }
                Err(Undecided) => is_undecided = true,
            }
        }
        if is_undecided {
            self.count_undecided(&verdicts);
        }
        verdicts
    }

    fn add(
        &mut self,
        code: Code,
        between: Pair,
        client: &Client,
        destination: &Destination<'r>,
        packet: &Packet,
        verdicts: &[Verdict],
    ) {
        let finding = self.found.entry((code, between)).or_insert_with(|| Finding {
            code,
            between,
            services: BTreeSet::new(),
            packets: 0,
            example: Example {
                client: client.clone(),
                packet: packet.clone(),
                service: destination.ports().next().map(|port| &*port.id),
                verdicts: verdicts.to_vec(),
            },
        });
        finding.packets += 1;
        finding
            .services
            .extend(destination.ports().map(|port| Concerned { id: &port.id, origin: port.origin }));
    }

    fn count_undecided(&mut self, verdicts: &[Verdict]) {
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
