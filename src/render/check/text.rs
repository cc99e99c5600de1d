//! Draws differences for people: each kind with one packet that shows it, and sums at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;

use super::{Detail, INDENT, LISTED, REASONS, lints};
use crate::answer::verdict::Verdict;
use crate::check::{Concerned, Example, Finding, Remark, Report};
use crate::diagnostics::{Code, Severity, Tally};
use crate::platform::Side;
use crate::platform::iptables::codes;
use crate::render::columns::wrapped;
use crate::render::trace::Paragraph;
use crate::render::{allowed, counted};
use crate::trace::Summary;

/// All findings, and what was asked.
#[must_use]
pub fn draw(report: &Report<'_>, detail: Detail) -> String {
    let mut text = lints::draw(&report.lints, report.sources, detail);
    for of_code in report.comparison.findings.chunk_by(|one, other| one.code == other.code) {
        draw_kind(&mut text, report, of_code, detail);
        text.push('\n');
    }
    sums(&mut text, report, detail.all);
    let accepted = report.accepted.iter().map(|of| (of.entry, of.found.len()));
    text + &allowed::draw(accepted, report.sources, detail.show_allowed)
}

/// A kind of difference, between each two sides that show it.
fn draw_kind(text: &mut String, report: &Report<'_>, findings: &[Finding<'_>], detail: Detail) {
    let code = findings[0].code;
    let head = format!("{} {:7}  {}", code.id(), code.severity(), code.title());
    let services: BTreeSet<Concerned<'_>> =
        findings.iter().flat_map(|finding| finding.services.iter().copied()).collect();
    let unclaimed: BTreeSet<_> = findings.iter().flat_map(|finding| &finding.unclaimed).collect();
    let many = match services.len() {
        0 if unclaimed.is_empty() => "no Service".to_owned(),
        0 => counted(unclaimed.len(), "frontend") + " of no Service",
        many => counted(many, "service port"),
    };
    let _ = writeln!(text, "{head:75}  {many}");
    for line in wrapped(code.explanation(), detail.width - INDENT) {
        let _ = writeln!(text, "     {line}");
    }
    let _ = writeln!(text, "     → {}", code.advice());
    draw_causes(text, findings, detail);
    // What one packet shows of the same Services is told once.
    let mut told: Vec<Vec<&Finding<'_>>> = Vec::new();
    for finding in findings {
        let is_same = |same: &&mut Vec<&Finding<'_>>| {
            same[0].services == finding.services && same[0].example.packet == finding.example.packet
        };
        match told.iter_mut().find(is_same) {
            Some(same) => same.push(finding),
            None => told.push(vec![finding]),
        }
    }
    for same in told {
        if report.names.len() > 2 {
            let pairs = same.iter().map(|finding| finding.between.of(&report.names).map(String::as_str));
            let pairs: Vec<String> = pairs.map(|names| names.join(" ≠ ")).collect();
            let _ = writeln!(text, "     {}", pairs.join(", "));
        }
        draw_example(text, report, &same[0].example, detail.width);
        let of_example = |service: &str| same[0].services.iter().any(|concerned| concerned.id == service);
        if same[0].example.service.is_some_and(|service| !of_example(service)) {
            text.push_str("     that Service is accepted, and stands here for those that are not\n");
        }
        draw_services(text, report, &same[0].services, detail.all);
        draw_unclaimed(text, same[0], detail.all);
    }
}

/// The losses that cause a kind of difference, each once.
fn draw_causes(text: &mut String, findings: &[Finding<'_>], detail: Detail) {
    let causes: BTreeSet<&Remark> = findings.iter().flat_map(|finding| &finding.causes).collect();
    let listed = if detail.all { usize::MAX } else { LISTED };
    for cause in causes.iter().take(listed) {
        beside(text, "     cause: ", &cause.sentence(), detail.width);
    }
    if causes.len() > listed {
        let _ = writeln!(text, "     and {}; -v names all", counted(causes.len() - listed, "more cause"));
    }
}

fn draw_services(text: &mut String, report: &Report<'_>, services: &BTreeSet<Concerned<'_>>, all: bool) {
    let listed = if all { usize::MAX } else { LISTED };
    let files = report.participants[0].rules;
    for concerned in services.iter().take(listed) {
        let _ = writeln!(text, "     at {}  {}", files.place(concerned.origin), concerned.id);
    }
    if services.len() > listed {
        let _ = writeln!(text, "     and {} more; -v names all", services.len() - listed);
    }
}

/// The addresses of no Service; one that is the example stands above.
fn draw_unclaimed(text: &mut String, finding: &Finding<'_>, all: bool) {
    let packet = &finding.example.packet;
    let shown = (SocketAddr::new(packet.destination, packet.port), packet.protocol);
    let others = finding.unclaimed.iter().filter(|of| **of != shown);
    let listed = if all { usize::MAX } else { LISTED };
    for (to, protocol) in others.clone().take(listed) {
        let _ = writeln!(text, "     at {to}/{protocol}  of no Service");
    }
    let more = others.count().saturating_sub(listed);
    if more > 0 {
        let _ = writeln!(text, "     and {more} more of no Service; -v names all");
    }
}

fn draw_example(text: &mut String, report: &Report<'_>, example: &Example<'_>, right: usize) {
    let to = SocketAddr::new(example.packet.destination, example.packet.port);
    let (client, protocol) = (&example.client, example.packet.protocol);
    let service = example.service.map(|id| format!("{id}  ")).unwrap_or_default();
    let _ = writeln!(text, "     {service}{} {} → {to}/{protocol}", client.kind.as_str(), client.ip);
    let width = report.names.iter().map(String::len).max().unwrap_or_default();
    for (name, verdict) in report.names.iter().zip(&example.verdicts) {
        beside(text, &format!("       {name:width$}  "), &Summary::of(verdict).sentence(), right);
        beside(text, &format!("       {:width$}    by ", ""), &way(verdict), right);
    }
    if let Some(command) = &report.command {
        let kind = client.kind.as_str();
        let _ = writeln!(text, "     {command} \\\n       --from {kind}:{} --to {to}/{protocol}", client.ip);
    }
}

/// A text behind a label, in lines that begin under each other.
pub(in crate::render) fn beside(text: &mut String, label: &str, content: &str, right: usize) {
    for line in Paragraph::new(label, content).lines(right) {
        let _ = writeln!(text, "{line}");
    }
}

/// What the packet goes through, of several ways the first.
fn way(verdict: &Verdict) -> String {
    let steps = verdict.outcomes().first().map_or(&[][..], |outcome| &outcome.steps);
    way_through(steps.iter().map(|step| &*step.within).collect())
}

/// A way by the places that it leads through.
pub(in crate::render) fn way_through(mut within: Vec<&str>) -> String {
    within.dedup();
    let mut text = String::new();
    let mut table = "";
    for place in within {
        // `nat KUBE-SERVICES`: a table is named where it changes.
        let (first, rest) = place.split_once(' ').unwrap_or((place, place));
        let arrow = if text.is_empty() { "" } else { " → " };
        let _ = write!(text, "{arrow}{}", if first == table { rest } else { place });
        table = if rest.contains(' ') { "" } else { first };
    }
    if text.is_empty() { "no rule".to_owned() } else { text }
}

fn sums(text: &mut String, report: &Report<'_>, all: bool) {
    let comparison = &report.comparison;
    let _ = writeln!(
        text,
        "{}: {} compared over {}",
        listed_words(&report.names),
        counted(comparison.service_ports, "service port"),
        counted(comparison.compared, "packet class"),
    );
    if let Some(sum) = lints::sum(&report.lints) {
        let _ = writeln!(text, "{sum}");
    }
    let codes: BTreeSet<Code> = comparison.findings.iter().map(|finding| finding.code).collect();
    let found: Tally = codes.iter().map(|code| code.severity()).collect();
    let kinds = codes.len();
    if report.compares_nothing() {
        let _ = writeln!(text, "nothing was compared: {}", report.why_nothing());
    } else if kinds == 0 {
        let known = if comparison.undecided > 0 { ", as far as it is decided" } else { "" };
        let _ = writeln!(text, "no difference in effect{known}");
    } else {
        let kinds = counted(kinds, "kind");
        let _ = writeln!(text, "{kinds} of difference ({found}); hnsplan explain CODE says more");
    }
    if let Some(nothing) = report.nothing_between().filter(|_| !report.compares_nothing()) {
        let _ = writeln!(text, "{nothing}");
    }
    if !report.left_out.is_empty() && !report.compares_nothing() {
        let _ = writeln!(text, "not compared: {}", report.left_out);
    }
    losses(text, report);
    rests_on(text, report);
    if comparison.undecided > 0 {
        let many = counted(comparison.undecided, "packet class");
        let _ = writeln!(text, "undecided: {many}; what decides about them is not known:");
        let reasons = comparison.reasons_in_order();
        let listed = if all { usize::MAX } else { REASONS };
        for (reason, count) in reasons.iter().take(listed) {
            let _ = writeln!(text, "  {count:5}  {reason}");
        }
        if reasons.len() > listed {
            let _ = writeln!(text, "         and {} more reasons; -v lists all", reasons.len() - listed);
        }
        if !report.compares_nothing() {
            for line in comparison.undecided_services(&report.names, if all { usize::MAX } else { LISTED }) {
                let _ = writeln!(text, "{line}");
            }
        }
    }
}

/// How sure the rules are that verdicts rest on.
fn rests_on(text: &mut String, report: &Report<'_>) {
    let confidence = &report.comparison.confidence;
    let said: Vec<String> =
        confidence.iter().map(|(confidence, count)| format!("{count} {}", confidence.as_str())).collect();
    if !said.is_empty() {
        let _ =
            writeln!(text, "packet classes by the least sure rule that they rest on: {}", said.join(", "));
    }
}

/// What each target loses of the Services, and what else is wrong with it there, by code. It may be nothing
/// that rules show.
fn losses(text: &mut String, report: &Report<'_>) {
    let mut of_targets: BTreeMap<(Side, &str), BTreeMap<Code, usize>> = BTreeMap::new();
    for Remark { target, diagnostic } in &report.remarks {
        let what = match diagnostic.severity() {
            _ if diagnostic.code.is_loss() => "not supported by",
            _ if is_on_purpose(diagnostic.code) => continue,
            Severity::Error | Severity::Warning => "warnings for",
            Severity::Note => continue,
        };
        if let Some(target) = target {
            *of_targets.entry((*target, what)).or_default().entry(diagnostic.code).or_default() += 1;
        }
    }
    for ((target, what), codes) in of_targets {
        let codes = codes.into_iter().map(|(code, count)| match count {
            1 => code.id().to_owned(),
            count => format!("{} ({count})", code.id()),
        });
        let codes: Vec<String> = codes.collect();
        let _ = writeln!(text, "{what} {}: {}", target.name(), codes.join(", "));
    }
}

/// Whether a warning is about what a check does on purpose: one node is compared with itself on another platform.
pub(in crate::render) fn is_on_purpose(code: Code) -> bool {
    code == codes::WINDOWS_NODE
}

/// `iptables, hns and netsh`
pub(in crate::render) fn listed_words(names: &[String]) -> String {
    match names {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    }
}
