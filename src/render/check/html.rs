//! Differences as a page: each kind with the two sides of its example, their traces, rules and graphs, and the
//! Services concerned, with all sides next to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use crate::check::{Beside, Concerned, Example, Finding, Remark, Report};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::graph::RuleGraph;
use crate::name::escaped;
use crate::render::html::frontends::{OfService, beside as lay_out, flow, found};
use crate::render::html::{EntryView, FindingView, Group, Page, Provenance, Spot, Tile};
use crate::source::Sources;

/// The page. `graphs` are the rules of the sides, in their order.
#[must_use]
pub fn draw(report: &Report<'_>, graphs: &[RuleGraph], beside: Beside, provenance: Provenance) -> String {
    let comparison = &report.comparison;
    let differences: Vec<FindingView> =
        comparison.findings.iter().map(|of| difference(of, report, graphs)).collect();
    let remarks = report.remarks.iter().map(|remark| &remark.diagnostic);
    let groups = [
        ("Differences in effect", differences),
        ("What goes wrong on this node", said(report.lints.iter(), report.sources)),
        ("Manifests, and what targets lose of them", said(remarks, report.sources)),
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
    let accepted: usize = report.accepted.iter().map(|of| of.found.len()).sum();
    let tile = |number: usize, name: &str| Tile { number, name: name.to_owned() };
    let mut tiles = vec![
        tile(count(Severity::Error), "kinds of errors"),
        tile(count(Severity::Warning), "kinds of warnings"),
        tile(count(Severity::Note), "kinds of notes"),
        tile(comparison.service_ports, "service ports compared"),
        tile(comparison.packets, "packet classes"),
        tile(comparison.undecided, "of them undecided"),
    ];
    if accepted > 0 {
        tiles.push(tile(accepted, "findings accepted"));
    }
    let Beside { sheets, is_one_language } = beside;
    let services = lay_out(sheets, is_one_language);
    let node = &report.participants[0].rules.node;
    let name = node.name.as_ref().map_or("a node without a name", |name| name.as_str());
    Page {
        title: format!("{} on {name}", report.names.join(" and ")),
        scope: format!(
            "What kube-proxy {} does with these Services on each side, asked with every packet class that rules \
             can tell apart.",
            node.version
        ),
        tiles,
        tally: None,
        groups,
        heading: "Service ports with differences, side by side".to_owned(),
        assumed: Vec::new(),
        remarks: Vec::new(),
        sides: report.names.clone(),
        is_one_language,
        entries: entries(report, services),
        provenance,
    }
    .marked(report.assumed())
    .html()
}

/// A kind of difference, with its example and the command that asks again.
fn difference(finding: &Finding<'_>, report: &Report<'_>, graphs: &[RuleGraph]) -> FindingView {
    let command = command(report, &finding.example);
    let cause = |cause: &Remark| {
        let Spot { at, what: _, advice } = spot(&cause.diagnostic, report.sources);
        Spot { at, what: cause.sentence(), advice }
    };
    let spots = finding.causes.iter().map(cause).collect();
    FindingView { spots, command, ..flow(finding, &report.names, graphs) }
}

fn command(report: &Report<'_>, example: &Example<'_>) -> String {
    let Some(command) = &report.command else { return String::new() };
    let to = SocketAddr::new(example.packet.destination, example.packet.port);
    let (kind, ip) = (example.client.kind.as_str(), example.client.ip);
    format!("{command} --from {kind}:{ip} --to {to}/{}", example.packet.protocol)
}

/// What was said, one finding for each code.
fn said<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>, sources: &Sources) -> Vec<FindingView> {
    let mut by_code: BTreeMap<Code, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics {
        by_code.entry(diagnostic.code).or_default().push(diagnostic);
    }
    let finding = |(code, all): (Code, Vec<&Diagnostic>)| {
        found(code, all.into_iter().map(|diagnostic| spot(diagnostic, sources)).collect())
    };
    by_code.into_iter().map(finding).collect()
}

fn spot(diagnostic: &Diagnostic, sources: &Sources) -> Spot {
    let at = diagnostic.place.as_ref().map(|place| escaped(&sources.spot(place).to_string()));
    Spot {
        at: at.unwrap_or_default(),
        what: diagnostic.message.clone(),
        advice: diagnostic.help.clone().unwrap_or_default(),
    }
}

/// The service ports with differences, each with the codes of all of them.
fn entries(report: &Report<'_>, services: Vec<OfService>) -> Vec<EntryView> {
    let mut codes: BTreeMap<Concerned<'_>, BTreeSet<&'static str>> = BTreeMap::new();
    for finding in &report.comparison.findings {
        for concerned in &finding.services {
            codes.entry(*concerned).or_default().insert(finding.code.id());
        }
    }
    let named = services.into_iter().filter_map(|of| Some((of.service?, of.frontends)));
    let mut frontends: BTreeMap<_, _> = named.collect();
    let entry = |(concerned, codes): (Concerned<'_>, BTreeSet<&'static str>)| EntryView {
        name: concerned.id.to_owned(),
        place: report.participants[0].rules.place(concerned.origin),
        codes: codes.into_iter().collect(),
        changes: Vec::new(),
        frontends: frontends.remove(concerned.id).unwrap_or_default(),
    };
    codes.into_iter().map(entry).collect()
}
