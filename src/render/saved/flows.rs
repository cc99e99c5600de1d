//! Draws what packets two sides treat differently, from a saved document.

use std::fmt::Write;

use anstyle::Style;

use crate::catalog;
use crate::document::saved::{SavedAnswer, SavedFlow, SavedFlows};
use crate::render::counted;

const BOLD: Style = Style::new().bold();

/// How many Services of a kind are named, unless all are asked for.
const LISTED: usize = 5;

/// All flows whose verdict differs, with all Services if `all`.
pub(super) fn draw(flows: &SavedFlows, all: bool) -> String {
    let mut text = String::new();
    for flow in &flows.differences {
        draw_flow(&mut text, flow, all);
    }
    sums(&mut text, flows, all);
    text
}

fn draw_flow(text: &mut String, flow: &SavedFlow, all: bool) {
    let SavedFlow { code, severity, title, classes_of_packets, services, example } = flow;
    let classes = counted(*classes_of_packets as usize, "packet class");
    let _ = writeln!(text, "{BOLD}{code} {severity}{BOLD:#}  {title}  {classes}");
    if !services.is_empty() {
        let _ = writeln!(text, "  {}", listed(services, all));
    }
    let _ = writeln!(
        text,
        "  {} {} → {}/{}",
        example.client, example.source, example.destination, example.protocol
    );
    for SavedAnswer { side, verdict, steps } in &example.sides {
        let _ = writeln!(text, "    {side}: {verdict}");
        for step in steps {
            let _ = writeln!(text, "      {}  {}", step.within, step.rule);
        }
    }
    if let Some(code) = catalog::find(code) {
        let _ = writeln!(text, "    → {}", code.advice());
    }
    text.push('\n');
}

fn listed(services: &[String], all: bool) -> String {
    let shown = if all { services.len() } else { services.len().min(LISTED) };
    let more = match services.len() - shown {
        0 => String::new(),
        more => format!(" and {more} more; -v names all"),
    };
    services[..shown].join(", ") + &more
}

fn sums(text: &mut String, flows: &SavedFlows, all: bool) {
    let [one, other] = &flows.sides;
    let compared = flows.classes_of_packets.saturating_sub(flows.undecided);
    let classes = counted(compared as usize, "packet class");
    let _ = match flows.differences.len() {
        0 if compared == 0 => {
            writeln!(text, "{one} and {other}: nothing was compared: no packet class is decided")
        }
        0 => writeln!(text, "{one} and {other}: no packet is treated differently ({classes} compared)"),
        kinds => {
            let kinds = counted(kinds, "difference");
            writeln!(text, "{one} and {other}: {kinds} ({classes} compared)")
        }
    };
    if flows.undecided > 0 {
        let classes = counted(flows.undecided as usize, "packet class");
        let _ = writeln!(text, "undecided: {classes}; run hnsplan check for the reasons");
        if !flows.undecided_services.is_empty() {
            let services = listed(&flows.undecided_services, all);
            let _ = writeln!(text, "not decided between {one} and {other}, whatever the packet: {services}");
        }
    }
}
