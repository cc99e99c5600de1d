//! Draws flows that two sides treat differently, with an example and both ways.

use std::fmt::Write;

use anstyle::Style;

use crate::answer::verdict::Verdict;
use crate::check::{self, EffectComparison, Finding};
use crate::render::counted;
use crate::trace::{Summary, hops};

const BOLD: Style = Style::new().bold();

/// How many Services of a kind are named, unless all are asked for.
const LISTED: usize = 5;

/// All flows whose verdict differs, with all Services if `all`.
#[must_use]
pub fn draw(names: &[String; 2], comparison: &EffectComparison<'_>, all: bool) -> String {
    let mut text = String::new();
    for finding in &comparison.findings {
        draw_finding(names, &mut text, finding, all);
    }
    sums(&mut text, names, comparison, all);
    text
}

fn draw_finding(names: &[String; 2], text: &mut String, finding: &Finding<'_>, all: bool) {
    let code = finding.code;
    let classes = counted(finding.packets, "packet class");
    let _ = writeln!(text, "{BOLD}{} {}{BOLD:#}  {}  {classes}", code.id(), code.severity(), code.title());
    let services: Vec<&str> = finding.services.iter().map(|of| of.id).collect();
    let listed = if all { services.len() } else { services.len().min(LISTED) };
    let more = services.len() - listed;
    let more = if more > 0 { format!(" and {more} more; -v names all") } else { String::new() };
    if listed > 0 {
        let _ = writeln!(text, "  {}{more}", services[..listed].join(", "));
    }
    let example = &finding.example;
    let to = std::net::SocketAddr::new(example.packet.destination, example.packet.port);
    let client = &example.client;
    let _ = writeln!(text, "  {} {} → {to}/{}", client.kind.as_str(), client.ip, example.packet.protocol);
    for (name, verdict) in names.iter().zip(&example.verdicts) {
        let _ = writeln!(text, "    {name}: {}", Summary::of(verdict).sentence());
        way(text, verdict, example);
    }
    let _ = writeln!(text, "    → {}\n", code.advice());
}

/// The steps of the first way that a packet may take.
fn way(text: &mut String, verdict: &Verdict, example: &check::Example<'_>) {
    let Some(outcome) = verdict.outcomes().first() else { return };
    for hop in hops(&example.packet, outcome) {
        let number = hop.step.number.map(|number| format!(" {number}")).unwrap_or_default();
        let _ = writeln!(text, "      {}{number}  {}", hop.step.within, hop.step.rule);
        if let Some(after) = hop.after {
            let _ = writeln!(text, "        ⇒ {after}");
        }
    }
}

fn sums(text: &mut String, names: &[String; 2], comparison: &EffectComparison<'_>, all: bool) {
    let [one, other] = names;
    let classes = counted(comparison.compared, "packet class");
    let _ = match comparison.findings.len() {
        0 if comparison.compares_nothing() => {
            writeln!(text, "{one} and {other}: nothing was compared: {}", comparison.why_undecided())
        }
        0 => writeln!(text, "{one} and {other}: no packet is treated differently ({classes} compared)"),
        kinds => {
            let kinds = counted(kinds, "difference");
            writeln!(text, "{one} and {other}: {kinds} ({classes} compared)")
        }
    };
    if comparison.undecided > 0 {
        let classes = counted(comparison.undecided, "packet class");
        let _ = writeln!(text, "undecided: {classes}; run hnsplan check for the reasons");
        if !comparison.compares_nothing() {
            for line in comparison.undecided_services(names, if all { usize::MAX } else { LISTED }) {
                let _ = writeln!(text, "{line}");
            }
        }
    }
}
