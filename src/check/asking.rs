//! Asks all sides about every packet class at a destination, and collects what they differ in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use rustc_hash::{FxHashMap, FxHashSet};

use super::destination::Destination;
use super::kind::Question;
use super::sources::{Askable, Asked, Sources};
use super::{Concerned, EffectComparison, Example, Finding, Pair, Participant};
use crate::answer::verdict::{
    Affinity, Chance, Confidence, Delivery, Effect, Fate, Packet, SourceAddress, Verdict,
};
use crate::diagnostics::Code;
use crate::ir::ServicePort;
use crate::net::{Family, Protocol};
use crate::trace::Client;

/// A comparison in the making.
pub(super) struct Asking<'s, 'r> {
    sides: &'s [Participant<'r>],
    found: BTreeMap<(Code, Pair), Found<'r>>,
    packets: usize,
    compared: usize,
    decided: BTreeMap<Pair, usize>,
    /// Between which sides something is decided at the destination that is asked about.
    here: Decided,
    /// The same of each service port, at any of its destinations.
    ports: FxHashMap<(&'r str, Family), Decided>,
    undecided: usize,
    confidence: BTreeMap<Confidence, usize>,
    reasons: BTreeMap<Reason, usize>,
}

/// What decides something of a service port.
#[derive(Default, Clone)]
struct Decided {
    /// Two sides that both do, of the same packet class.
    pairs: BTreeSet<Pair>,
    /// Single sides.
    sides: BTreeSet<usize>,
}

impl Decided {
    fn extend(&mut self, more: &Self) {
        self.pairs.extend(&more.pairs);
        self.sides.extend(&more.sides);
    }
}

/// A finding in the making.
struct Found<'r> {
    /// In the order in which they were found, some of them several times.
    services: Vec<Concerned<'r>>,
    unclaimed: BTreeSet<(SocketAddr, Protocol)>,
    packets: usize,
    /// The first packet that showed it.
    example: (Client, Packet, Option<&'r str>),
}

/// Why something is undecided.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// An open question, by its id and in words.
    Open(&'static str, &'static str),
    Said(Box<str>),
}

impl Reason {
    fn text(self) -> Box<str> {
        match self {
            Self::Open(id, sentence) => format!("{id}: {sentence}").into(),
            Self::Said(text) => text,
        }
    }
}

/// What an endpoint gets, whatever its address and port are.
#[derive(PartialEq, Eq, Hash)]
struct Got {
    side: usize,
    source: SourceAddress,
    affinity: Option<Affinity>,
    chance: Chance,
}

impl<'s, 'r> Asking<'s, 'r> {
    pub(super) fn new(sides: &'s [Participant<'r>]) -> Self {
        Self {
            sides,
            found: BTreeMap::new(),
            packets: 0,
            compared: 0,
            decided: Pair::all(sides.len()).map(|pair| (pair, 0)).collect(),
            here: Decided::default(),
            ports: FxHashMap::default(),
            undecided: 0,
            confidence: BTreeMap::new(),
            reasons: BTreeMap::new(),
        }
    }

    /// What was found so far, about so many service ports. The ways of the examples are asked for only now.
    pub(super) fn comparison(self, service_ports: usize) -> EffectComparison<'r> {
        let undecided_ports =
            Pair::all(self.sides.len()).map(|pair| (pair, self.undecided_ports(pair))).collect();
        let silent = (0..self.sides.len()).map(|side| self.silence_of(side)).collect();
        let nothing_decided =
            Pair::all(self.sides.len()).filter(|pair| self.decides_nothing(*pair)).collect();
        let finding = |((code, between), found): (_, Found<'r>)| {
            let (client, packet, service) = found.example;
            let verdicts = self.sides.iter().map(|side| side.target.verdict(&packet)).collect();
            let example = Example { client, packet, service, verdicts };
            Finding {
                code,
                between,
                in_order: found.services.iter().map(|concerned| concerned.id).collect(),
                services: found.services.into_iter().collect(),
                unclaimed: found.unclaimed,
                packets: found.packets,
                example,
                causes: Vec::new(),
            }
        };
        EffectComparison {
            findings: self.found.into_iter().map(finding).collect(),
            service_ports,
            packets: self.packets,
            compared: self.compared,
            undecided_ports,
            nothing_decided,
            silent,
            decided: self.decided,
            undecided: self.undecided,
            confidence: self.confidence,
            accepted: BTreeMap::new(),
            classes: Vec::new(),
            reasons: self.reasons.into_iter().map(|(reason, count)| (reason.text(), count)).collect(),
        }
    }

    /// Adds what was found at later destinations.
    pub(super) fn append(&mut self, later: Self) {
        for (kind, found) in later.found {
            match self.found.get_mut(&kind) {
                Some(known) => {
                    known.services.extend(found.services);
                    known.unclaimed.extend(found.unclaimed);
                    known.packets += found.packets;
                }
                None => drop(self.found.insert(kind, found)),
            }
        }
        self.packets += later.packets;
        self.compared += later.compared;
        for (pair, count) in later.decided {
            *self.decided.entry(pair).or_default() += count;
        }
        for (port, decided) in later.ports {
            self.ports.entry(port).or_default().extend(&decided);
        }
        self.undecided += later.undecided;
        for (confidence, count) in later.confidence {
            *self.confidence.entry(confidence).or_default() += count;
        }
        for (reason, count) in later.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
    }

    /// Asks about all classes at a destination.
    pub(super) fn ask_all(&mut self, sources: &Sources<'_>, destination: &Destination<'r>) {
        let askable = sources.at(destination);
        self.here = Decided::default();
        for asked in &askable.asked {
            self.ask_class(sources, &askable, asked, destination);
        }
        if !askable.asked.is_empty() {
            for port in destination.ports() {
                self.ports.entry((&*port.id, port.family)).or_default().extend(&self.here);
            }
        }
    }

    /// The service ports of which no packet class is decided between two sides. The family is named where something is decided
    /// of the other one.
    fn undecided_ports(&self, between: Pair) -> BTreeSet<String> {
        let is_decided =
            |of: &(&str, Family)| self.ports.get(of).is_some_and(|decided| decided.pairs.contains(&between));
        let open = self.ports.keys().filter(|of| !is_decided(of));
        let named = open.map(|(id, family)| {
            let is_of_one = Family::ALL.iter().any(|other| is_decided(&(*id, *other)));
            if is_of_one { format!("{id} ({family})") } else { (*id).to_owned() }
        });
        named.collect()
    }

    /// Of how many service ports a side decides no packet class, where others do.
    fn silence_of(&self, side: usize) -> usize {
        let is_silent = |of: &&Decided| !of.sides.is_empty() && !of.sides.contains(&side);
        self.ports.values().filter(is_silent).count()
    }

    /// Whether nothing is decided between two sides: no packet class at all, or none of any service port where one of them is what
    /// a node holds. Between platforms it may be that nobody knows what one of them does with all that is asked for.
    fn decides_nothing(&self, between: Pair) -> bool {
        let is_open = self.ports.values().all(|decided| !decided.pairs.contains(&between));
        let is_held = between.of(self.sides).iter().any(|side| side.target.side.is_held());
        let is_empty = self.decided.get(&between).is_none_or(|decided| *decided == 0);
        is_empty || is_held && is_open && !self.ports.is_empty()
    }

    /// Asks about a client, and about one endpoint of each kind that it may reach: an endpoint of the same
    /// class differs from it in the packets that it gets itself, and in nothing else. In a dump the rule for
    /// the packets that an endpoint sends to itself may be missing for one alone, which is asked about as well.
    fn ask_class(
        &mut self,
        sources: &Sources<'_>,
        askable: &Askable,
        asked: &Asked,
        destination: &Destination<'r>,
    ) {
        let verdicts = self.ask(&asked.client, destination);
        let mut got: Vec<(IpAddr, Got)> = verdicts.iter().enumerate().flat_map(deliveries).collect();
        got.sort_by_key(|(ip, Got { side, .. })| (*ip, *side));
        let (ips, got): (Vec<IpAddr>, Vec<Got>) = got.into_iter().unzip();
        let mut known: FxHashSet<&[Got]> = FxHashSet::default();
        let mut next = 0;
        for of_endpoint in ips.chunk_by(|one, other| one == other) {
            let got = &got[next..next + of_endpoint.len()];
            next += of_endpoint.len();
            if let Some(client) = sources.alike(asked, of_endpoint[0], askable)
                && (known.insert(got) || self.is_odd(of_endpoint[0]))
            {
                self.ask(&client, destination);
            }
        }
    }

    fn is_odd(&self, endpoint: IpAddr) -> bool {
        self.sides.iter().any(|side| side.target.is_odd(endpoint))
    }

    fn ask(&mut self, client: &Client, destination: &Destination<'r>) -> Vec<Verdict> {
        let packet = client.packet(destination.protocol, destination.to);
        let verdicts: Vec<Verdict> = self.sides.iter().map(|side| side.target.effect(&packet)).collect();
        self.packets += 1;
        let effects: Vec<Effect<'_>> = verdicts.iter().map(Effect::of).collect();
        let decided = effects.iter().enumerate().filter(|(_, effect)| !effect.is_undecided());
        self.here.sides.extend(decided.map(|(side, _)| side));
        let mut is_compared = false;
        for between in Pair::all(self.sides.len()) {
            if !between.of(&effects).iter().any(|effect| effect.is_undecided()) {
                is_compared = true;
                *self.decided.entry(between).or_default() += 1;
                self.here.pairs.insert(between);
            }
            let question = Question { sides: between.of(self.sides), client, destination };
            for code in question.differences(between.of(&effects)) {
                self.add((code, between), client, destination, &packet);
            }
        }
        self.compared += usize::from(is_compared);
        if effects.iter().any(Effect::is_undecided) {
            let sides = self.sides.iter().zip(&effects).filter(|(_, effect)| effect.is_undecided());
            let reasons: BTreeSet<Reason> = sides.flat_map(|(side, _)| reasons(side, &packet)).collect();
            self.undecided += 1;
            for reason in reasons {
                *self.reasons.entry(reason).or_default() += 1;
            }
        } else if let Some(least) = verdicts.iter().filter_map(Verdict::confidence).max() {
            *self.confidence.entry(least).or_default() += 1;
        }
        verdicts
    }

    fn add(&mut self, kind: (Code, Pair), client: &Client, destination: &Destination<'r>, packet: &Packet) {
        let found = self.found.entry(kind).or_insert_with(|| Found {
            services: Vec::new(),
            unclaimed: BTreeSet::new(),
            packets: 0,
            example: (client.clone(), packet.clone(), destination.ports().next().map(|port| &*port.id)),
        });
        found.packets += 1;
        if destination.claims.is_empty() && destination.is_named {
            found.unclaimed.insert((destination.to, destination.protocol));
        }
        // Packets to one destination follow each other.
        let last = found.services.last().map(|last| last.id.as_ptr());
        if last.is_none() || last != destination.ports().last().map(|port| port.id.as_ptr()) {
            let concerned = |port: &'r ServicePort| Concerned { id: &port.id, origin: port.origin };
            found.services.extend(destination.ports().map(concerned));
        }
    }
}

/// Why a side leaves something undecided: the open questions that it depends on, else what the verdict says.
fn reasons(side: &Participant<'_>, packet: &Packet) -> Vec<Reason> {
    let verdict = side.target.verdict(packet);
    let steps = verdict.outcomes().iter().flat_map(|outcome| &outcome.steps);
    let open = steps.filter_map(|step| step.ground).filter(|ground| ground.confidence == Confidence::Open);
    let open: Vec<Reason> = open.map(|ground| Reason::Open(ground.id, ground.sentence)).collect();
    if open.is_empty() { verdict.undecided().map(|said| Reason::Said(said.into())).collect() } else { open }
}

/// What endpoints get of a side's verdict, in its order.
fn deliveries((side, verdict): (usize, &Verdict)) -> impl Iterator<Item = (IpAddr, Got)> {
    verdict.outcomes().iter().filter_map(move |outcome| match outcome.fate {
        Fate::Endpoint(Delivery { endpoint, source, affinity }) => {
            Some((endpoint.ip(), Got { side, source, affinity, chance: outcome.chance }))
        }
        _ => None,
    })
}
