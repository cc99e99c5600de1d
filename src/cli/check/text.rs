//! Draws differences for people: each kind with one packet that shows it, and sums at the end.

use std::fmt::Write;

use super::super::explain::table::wrapped;
use super::super::trace::text::{place, sentence};
use super::{Compared, lints};
use crate::check::{Example, Finding, advice};
use crate::diagnostics::Severity;
use crate::trace::Summary;
use crate::verdict::Verdict;

/// How long a line of an explanation may be.
pub(super) const WIDTH: usize = 100;

/// How many Services of a kind are named, unless all are asked for.
pub(super) const LISTED: usize = 3;

/// All findings, and what was asked.
pub(super) fn draw(compared: &Compared<'_>, all: bool) -> String {
    let mut text = lints::draw(&compared.lints, compared.sources, all);
    for finding in &compared.comparison.findings {
        draw_finding(&mut text, compared, finding, all);
        text.push('\n');
    }
    sums(&mut text, compared, all);
    text
}

fn draw_finding(text: &mut String, compared: &Compared<'_>, finding: &Finding<'_>, all: bool) {
    let code = finding.code;
    let head = format!("{} {:7}  {}", code.id(), code.severity(), code.title());
    let many = match finding.services.len() {
        0 => "no Service".to_owned(),
        many => counted(many, "service port"),
    };
    let _ = writeln!(text, "{head:75}  {many}");
    for line in wrapped(code.explanation(), WIDTH) {
        let _ = writeln!(text, "     {line}");
    }
    draw_example(text, compared, &finding.example);
    let _ = writeln!(text, "     → {}", advice(code));
    let listed = if all { usize::MAX } else { LISTED };
    let files = compared.sides[0].rules;
    for concerned in finding.services.iter().take(listed) {
        let _ = writeln!(text, "     at {}  {}", place(concerned.origin, files), concerned.id);
    }
    if finding.services.len() > listed {
        let _ = writeln!(text, "     and {} more; -v names all", finding.services.len() - listed);
    }
}

fn draw_example(text: &mut String, compared: &Compared<'_>, example: &Example<'_>) {
    let to = std::net::SocketAddr::new(example.packet.destination, example.packet.port);
    let (client, protocol) = (&example.client, example.packet.protocol);
    let service = example.service.map(|id| format!("{id}  ")).unwrap_or_default();
    let _ = writeln!(text, "     {service}{} {} → {to}/{protocol}", client.kind.as_str(), client.ip);
    let width = compared.names.iter().map(String::len).max().unwrap_or_default();
    for (name, verdict) in compared.names.iter().zip(&example.verdicts) {
        let _ = writeln!(text, "       {name:width$}  {}", sentence(&Summary::of(verdict)));
        let _ = writeln!(text, "       {:width$}    by {}", "", way(verdict));
    }
    if let Some(targets) = &compared.targets {
        let kind = client.kind.as_str();
        let _ = writeln!(text, "     hnsplan trace -t {targets} -S {kind}:{} -D {to}/{protocol}", client.ip);
    }
}

/// What the packet goes through, of several ways the first.
fn way(verdict: &Verdict) -> String {
    let steps = verdict.outcomes().first().map_or(&[][..], |outcome| &outcome.steps);
    let mut within: Vec<&str> = steps.iter().map(|step| &*step.within).collect();
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

fn sums(text: &mut String, compared: &Compared<'_>, all: bool) {
    let comparison = &compared.comparison;
    let [one, other] = &compared.names;
    let _ = writeln!(
        text,
        "{one} and {other}: {} compared over {}",
        counted(comparison.service_ports, "service port"),
        counted(comparison.packets, "class of packets"),
    );
    if let Some(sum) = lints::sum(&compared.lints) {
        let _ = writeln!(text, "{sum}");
    }
    let of = |severity| comparison.findings.iter().filter(|of| of.code.severity() == severity).count();
    let sums = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| (of(severity), severity));
    let said: Vec<String> = sums
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| counted(*count, severity.as_str()))
        .collect();
    let kinds = comparison.findings.len();
    if kinds == 0 {
        text.push_str("no difference in effect\n");
    } else {
        let kinds = counted(kinds, "kind");
        let _ = writeln!(text, "{kinds} of difference ({}); hnsplan explain CODE says more", said.join(", "));
    }
    if comparison.undecided > 0 {
        let many = counted(comparison.undecided, "class of packets");
        let _ = writeln!(text, "undecided: {many}, since nobody knows of these");
        let mut reasons: Vec<_> = comparison.reasons.iter().collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), (*reason).clone()));
        let listed = if all { usize::MAX } else { 5 };
        for (reason, count) in reasons.iter().take(listed) {
            let _ = writeln!(text, "  {count:5}  {reason}");
        }
        if reasons.len() > listed {
            let _ = writeln!(text, "         and {} more reasons; -v tells all", reasons.len() - listed);
        }
    }
}

/// `1 class of packets`, `2 classes of packets`
fn counted(count: usize, noun: &str) -> String {
    let nouns = match noun.strip_prefix("class ") {
        _ if count == 1 => noun.to_owned(),
        Some(rest) => format!("classes {rest}"),
        None => format!("{noun}s"),
    };
    format!("{count} {nouns}")
}
