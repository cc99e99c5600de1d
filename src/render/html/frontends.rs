//! What the pages of check and diff have in common: findings with their examples, and frontends on which all
//! sides stand next to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;

use super::{FindingView, FrontendView, LineView, SideView, Spot};
use crate::answer::frontend::{Aspect, FrontendAt};
use crate::answer::telling::Telling;
use crate::answer::verdict::{Packet, Verdict};
use crate::check::{self, Example};
use crate::diagnostics::Code;
use crate::graph::{RuleGraph, draw};
use crate::ir::FrontendKind;
use crate::render::counted;
use crate::scope::Selector;
use crate::sheet::{Row, Sheet};
use crate::trace::{Summary, hops};

/// How many ways of a packet are told.
const WAYS: usize = 3;
/// How many nodes a graph of a Service may have to be drawn.
const MOST_DRAWN: usize = 150;
/// How many places with the same finding are told.
const SPOTS: usize = 100;
/// How many lines that are equal may follow each other before they are folded.
const EQUAL: usize = 4;

/// What is known of every finding with a code.
pub(crate) fn kind(code: Code) -> FindingView {
    FindingView {
        code: code.id(),
        severity: code.severity().as_str(),
        title: code.title().to_owned(),
        meaning: code.explanation().to_owned(),
        ..FindingView::default()
    }
}

/// What was found in several places, of which the first ones are told. What is to be done is said once, if it
/// is the same everywhere.
pub(crate) fn found(code: Code, mut spots: Vec<Spot>) -> FindingView {
    let many = spots.len();
    let first = spots.first().map(|spot| spot.advice.clone()).unwrap_or_default();
    let is_same = spots.iter().all(|spot| spot.advice == first);
    spots.truncate(SPOTS);
    if is_same {
        for spot in &mut spots {
            spot.advice.clear();
        }
    }
    FindingView {
        extent: if many == 1 { "once".to_owned() } else { format!("{many} times") },
        more_spots: many - spots.len(),
        spots,
        advice: if is_same { first } else { String::new() },
        ..kind(code)
    }
}

/// Flows that two of the sides treat differently: an example, the way through both, and the rules of its Service
/// in the graphs of all sides, where there are some.
pub(crate) fn flow(finding: &check::Finding<'_>, names: &[String], graphs: &[RuleGraph]) -> FindingView {
    let example = &finding.example;
    let scope = example.service.map(Selector::of_port);
    let sides = [finding.between.one, finding.between.other].map(|at| {
        let mut side = SideView {
            name: names[at].clone(),
            answer: Summary::of(&example.verdicts[at]).sentence(),
            trace: steps(&example.packet, &example.verdicts[at]),
            ..SideView::default()
        };
        if let Some((graph, scope)) = graphs.get(at).zip(scope.as_ref()) {
            add_rules(&mut side, graph, scope);
        }
        side
    });
    let [one, other] = finding.between.of(names);
    FindingView {
        extent: format!("{one} ≠ {other}, {}", counted(finding.services.len(), "service port")),
        advice: finding.code.advice().to_owned(),
        question: question(example),
        sides: sides.into(),
        ..kind(finding.code)
    }
}

/// The rules of a Service as text and as a drawing.
fn add_rules(side: &mut SideView, graph: &RuleGraph, scope: &Selector) {
    let part = graph.scoped(scope);
    side.rules = draw::text(&part);
    if !part.is_empty() && part.len() <= MOST_DRAWN {
        side.drawing = draw::svg_figure(&part, &format!("Rules of {scope} in {}", side.name));
    }
}

fn question(example: &Example<'_>) -> String {
    let to = SocketAddr::new(example.packet.destination, example.packet.port);
    let service = example.service.map(|id| format!(" ({id})")).unwrap_or_default();
    format!(
        "{} {} → {to}/{}{service}",
        example.client.kind.as_str(),
        example.client.ip,
        example.packet.protocol
    )
}

/// The steps of the first few ways of a packet.
fn steps(packet: &Packet, verdict: &Verdict) -> String {
    let mut text = String::new();
    let outcomes = verdict.outcomes();
    for outcome in outcomes.iter().take(WAYS) {
        if outcomes.len() > 1 {
            let _ = writeln!(text, "with a chance of {}:", outcome.chance);
        }
        for hop in hops(packet, outcome) {
            let number = hop.step.number.map(|number| format!(" {number}")).unwrap_or_default();
            let _ = writeln!(text, "  {}{number}", hop.step.within);
            let _ = writeln!(text, "    {}", hop.step.rule);
            if let Some(after) = hop.after {
                let _ = writeln!(text, "    ⇒ {after}");
            }
        }
    }
    let more = outcomes.len().saturating_sub(WAYS);
    if more > 0 {
        let _ = writeln!(text, "and {more} more ways");
    }
    text
}

/// A service port, and its frontends in the words of all sides.
pub(crate) struct OfService {
    /// `namespace/name:port`; none of frontends that no Service wants.
    pub(crate) service: Option<String>,
    /// Where the Service was read.
    pub(crate) place: Option<String>,
    /// Whether any of its frontends counts as a difference.
    pub(crate) differs: bool,
    /// Whether of any of them it is not known.
    pub(crate) is_open: bool,
    /// In which ways the sides differ in effect.
    pub(crate) codes: BTreeSet<Code>,
    /// The frontends, those that are equal folded.
    pub(crate) frontends: Vec<FrontendView>,
}

/// Lays sheets upon each other, of which each compares the first side with one of the others, in their order.
/// The service ports are sorted; what belongs to none comes last.
pub(crate) fn beside(sheets: Vec<Sheet>, is_one_language: bool) -> Vec<OfService> {
    let sides = sheets.len() + 1;
    let mut merged: BTreeMap<FrontendAt, Merged> = BTreeMap::new();
    for (at, sheet) in sheets.into_iter().enumerate() {
        for row in sheet.rows {
            merged.entry(row.at).or_default().add(at + 1, sides, row);
        }
    }
    let mut merged: Vec<(FrontendAt, Merged)> = merged.into_iter().collect();
    merged.sort_by(|(a, one), (b, other)| one.order(a).cmp(&other.order(b)));
    let mut services: Vec<OfService> = Vec::new();
    for (_, frontend) in merged {
        if services.last().is_none_or(|last| last.service != frontend.service) {
            services.push(OfService {
                service: frontend.service.clone(),
                place: frontend.place.clone(),
                differs: false,
                is_open: false,
                codes: BTreeSet::new(),
                frontends: Vec::new(),
            });
        }
        if let Some(last) = services.last_mut() {
            last.differs |= frontend.differs;
            last.is_open |= frontend.is_open;
            last.codes.extend(&frontend.codes);
            last.frontends.push(frontend.drawn(sides, is_one_language));
        }
    }
    services
}

/// A frontend on all sides.
#[derive(Default)]
struct Merged {
    service: Option<String>,
    kind: Option<FrontendKind>,
    name: String,
    place: Option<String>,
    differs: bool,
    is_open: bool,
    /// Sides that do not tell all that they do there.
    untold: BTreeSet<usize>,
    codes: BTreeSet<Code>,
    lines: BTreeMap<Aspect, Vec<Option<String>>>,
}

impl Merged {
    /// What the first side and another one say.
    fn add(&mut self, other: usize, sides: usize, row: Row) {
        if self.kind.is_none() {
            self.name = row.name();
            self.kind = row.kind;
        }
        self.is_open |= row.is_undecided();
        self.service = self.service.take().or(row.service);
        self.place = self.place.take().or(row.place);
        self.differs |= row.differs;
        let untold = [0, other].into_iter().zip(row.tellings);
        self.untold.extend(untold.filter(|(_, telling)| *telling != Telling::Whole).map(|(side, _)| side));
        self.codes.extend(row.codes);
        for pair in row.lines {
            let said = self.lines.entry(pair.aspect).or_insert_with(|| vec![None; sides]);
            let [first, second] = pair.sides;
            said[0] = said[0].take().or(first);
            said[other] = second;
        }
    }

    fn order<'m>(
        &'m self,
        at: &'m FrontendAt,
    ) -> (bool, &'m Option<String>, Option<FrontendKind>, &'m FrontendAt) {
        (self.service.is_none(), &self.service, self.kind, at)
    }

    fn drawn(self, sides: usize, is_one_language: bool) -> FrontendView {
        let codes = self.codes.iter().map(|code| code.id()).collect();
        if !self.differs && self.codes.is_empty() {
            let name = if self.is_open { format!("{} (undecided)", self.name) } else { self.name };
            return FrontendView { name, codes, lines: Vec::new() };
        }
        let is_there = |side: usize| self.lines.values().any(|of| of[side].is_some());
        let mut lines: Vec<LineView> = Vec::new();
        // In one language every line of the other side tells that.
        if !is_one_language && !(0..sides).all(is_there) {
            let word = |side| if self.untold.contains(&side) { "not known" } else { "nothing here" };
            let nothing = (0..sides).map(|side| (!is_there(side)).then(|| word(side).to_owned()));
            lines.push(LineView { sides: nothing.collect(), ..LineView::default() });
        }
        for (aspect, sides) in self.lines {
            let is_about = |code: &&Code| aspect != Aspect::Entry && aspect.is_about(**code);
            let code = self.codes.iter().find(is_about).map_or("", |code| code.id());
            lines.push(LineView { code, sides, is_name: aspect == Aspect::Entry });
        }
        FrontendView { name: self.name, codes, lines: if is_one_language { folded(&lines) } else { lines } }
    }
}

/// Lines, of which many equal ones in a row have become one that counts them.
fn folded(lines: &[LineView]) -> Vec<LineView> {
    let is_equal = |line: &LineView| line.sides.windows(2).all(|two| two[0] == two[1]);
    let mut folded = Vec::new();
    for run in lines.chunk_by(|one, other| is_equal(one) && is_equal(other)) {
        if run.len() > EQUAL {
            let many = Some(format!("{} equal lines", run.len()));
            folded.push(LineView { sides: vec![many], ..LineView::default() });
        } else {
            folded.extend_from_slice(run);
        }
    }
    folded
}
