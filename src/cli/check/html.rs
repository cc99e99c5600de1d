//! Differences as a page: each kind with the two sides of its example, their traces, rules and graphs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;

use super::super::trace::text::{place, sentence};
use super::Compared;
use super::allowed::Allowed;
use super::text::counted;
use crate::check::{Concerned, Example, advice};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::graph::{RuleGraph, Scope, draw as drawing};
use crate::name::escaped;
use crate::report::{Finding, Group, Report, ServiceRow, SideView, Tile};
use crate::source::Sources;
use crate::trace::{Summary, hops};
use crate::verdict::{Packet, Verdict};

/// How many ways of a packet are told, and how many places of one finding.
const WAYS: usize = 3;
const PLACES: usize = 100;
/// How many nodes a graph of a Service may have to be drawn.
const MOST_DRAWN: usize = 150;

/// The page. `graphs` are the rules of the sides, in their order.
pub(super) fn draw(compared: &Compared<'_>, allowed: &[Allowed<'_>], graphs: &[RuleGraph]) -> String {
    let comparison = &compared.comparison;
    let differences: Vec<Finding> =
        comparison.findings.iter().map(|of| difference(of, compared, graphs)).collect();
    let remarks = compared.remarks.iter().map(|remark| &remark.diagnostic);
    let groups = [
        ("Differences in effect", differences),
        ("What goes wrong on this node", said(compared.lints.iter(), compared.sources)),
        ("Manifests, and what targets lose of them", said(remarks, compared.sources)),
    ];
    let groups: Vec<Group> = groups
        .into_iter()
        .filter(|(_, findings)| !findings.is_empty())
        .map(|(name, findings)| Group { name: name.to_owned(), findings })
        .collect();
    let count = |severity: Severity| {
        let all = groups.iter().flat_map(|group| &group.findings);
        all.filter(|finding| finding.severity == severity.as_str()).count()
    };
    let accepted: usize = allowed.iter().map(|of| of.found.len()).sum();
    let tile = |number: usize, name: &str| Tile { number, name: name.to_owned() };
    let mut tiles = vec![
        tile(count(Severity::Error), "kinds of errors"),
        tile(count(Severity::Warning), "kinds of warnings"),
        tile(count(Severity::Note), "kinds of notes"),
        tile(comparison.service_ports, "service ports compared"),
        tile(comparison.packets, "classes of packets"),
        tile(comparison.undecided, "of them undecided"),
    ];
    if accepted > 0 {
        tiles.push(tile(accepted, "findings accepted"));
    }
    let node = &compared.sides[0].rules.node;
    let name = node.name.as_ref().map_or("a node without a name", |name| name.as_str());
    Report {
        title: format!("{} on {name}", compared.names.join(" and ")),
        scope: format!(
            "What kube-proxy {} does with these Services on each side, asked with every class of packets that rules \
             can tell apart.",
            node.version
        ),
        tiles,
        groups,
        services: services(compared),
    }
    .html()
}

/// A kind of difference, with its example.
fn difference(finding: &crate::check::Finding<'_>, compared: &Compared<'_>, graphs: &[RuleGraph]) -> Finding {
    let code = finding.code;
    let example = &finding.example;
    let scope: Option<Scope> = example.service.and_then(|id| id.parse().ok());
    let sides = [finding.between.one, finding.between.other].map(|at| SideView {
        name: compared.names[at].clone(),
        answer: sentence(&Summary::of(&example.verdicts[at])),
        trace: steps(&example.packet, &example.verdicts[at]),
        ..scope.as_ref().map(|scope| rules(&graphs[at], scope, &compared.names[at])).unwrap_or_default()
    });
    let between = finding.between.of(&compared.names);
    Finding {
        extent: format!(
            "{} ≠ {}, {}",
            between[0],
            between[1],
            counted(finding.services.len(), "service port")
        ),
        advice: advice(code).to_owned(),
        question: question(example),
        sides: sides.into(),
        command: command(compared, example),
        ..kind(code)
    }
}

/// What is known of every finding with a code.
fn kind(code: Code) -> Finding {
    Finding {
        code: code.id(),
        severity: code.severity().as_str(),
        title: code.title().to_owned(),
        meaning: code.explanation().to_owned(),
        ..Finding::default()
    }
}

/// The rules of a Service as text and as a drawing.
fn rules(graph: &RuleGraph, scope: &Scope, name: &str) -> SideView {
    let part = graph.scoped(scope);
    let title = format!("Rules of {scope} in {name}");
    let is_drawn = !part.is_empty() && part.len() <= MOST_DRAWN;
    SideView {
        rules: drawing::text(&part),
        drawing: if is_drawn { drawing::svg_figure(&part, &title) } else { String::new() },
        ..SideView::default()
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

fn command(compared: &Compared<'_>, example: &Example<'_>) -> String {
    let Some(targets) = &compared.targets else { return String::new() };
    let to = SocketAddr::new(example.packet.destination, example.packet.port);
    let (kind, ip) = (example.client.kind.as_str(), example.client.ip);
    format!("hnsplan trace -t {targets} -S {kind}:{ip} -D {to}/{}", example.packet.protocol)
}

/// The steps of the first few ways of a packet.
fn steps(packet: &Packet, verdict: &Verdict) -> String {
    let mut text = String::new();
    for outcome in verdict.outcomes().iter().take(WAYS) {
        let _ = writeln!(text, "with a chance of {}:", outcome.chance);
        for hop in hops(packet, outcome) {
            let number = hop.step.number.map(|number| format!(" {number}")).unwrap_or_default();
            let _ = writeln!(text, "  {}{number}", hop.step.within);
            let _ = writeln!(text, "    {}", hop.step.rule);
            if let Some(after) = hop.after {
                let _ = writeln!(text, "    ⇒ {after}");
            }
        }
    }
    let more = verdict.outcomes().len().saturating_sub(WAYS);
    if more > 0 {
        let _ = writeln!(text, "and {more} more ways");
    }
    text
}

/// What was said, one finding for each code.
fn said<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>, sources: &Sources) -> Vec<Finding> {
    let mut by_code: BTreeMap<Code, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics {
        by_code.entry(diagnostic.code).or_default().push(diagnostic);
    }
    let finding = |(code, all): (Code, Vec<&Diagnostic>)| {
        let mut places = String::new();
        for diagnostic in all.iter().take(PLACES) {
            let spot = diagnostic.place.as_ref().map(|place| format!("{}  ", sources.spot(place)));
            let _ = writeln!(places, "{}{}", escaped(&spot.unwrap_or_default()), diagnostic.message);
        }
        if all.len() > PLACES {
            let _ = writeln!(places, "and {} more", all.len() - PLACES);
        }
        let side = SideView { name: "Found".to_owned(), rules: places, ..SideView::default() };
        Finding {
            extent: if all.len() == 1 { "once".to_owned() } else { format!("{} times", all.len()) },
            advice: all.iter().find_map(|diagnostic| diagnostic.help.clone()).unwrap_or_default(),
            sides: vec![side],
            ..kind(code)
        }
    };
    by_code.into_iter().map(finding).collect()
}

/// The service ports with differences, each with the codes of all of them.
fn services(compared: &Compared<'_>) -> Vec<ServiceRow> {
    let mut codes: BTreeMap<Concerned<'_>, BTreeSet<&'static str>> = BTreeMap::new();
    for finding in &compared.comparison.findings {
        for concerned in &finding.services {
            codes.entry(*concerned).or_default().insert(finding.code.id());
        }
    }
    let row = |(concerned, codes): (Concerned<'_>, BTreeSet<&'static str>)| ServiceRow {
        id: concerned.id.to_owned(),
        place: place(concerned.origin, compared.sides[0].rules),
        codes: codes.into_iter().collect(),
    };
    codes.into_iter().map(row).collect()
}
