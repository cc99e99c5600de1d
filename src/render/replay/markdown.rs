//! What clients notice as Markdown, for comments on pull requests.

use std::fmt::Write;

use super::flows;
use super::notice::{listed, reach, span, what};
use crate::document::replay::{Comparison, Replay};
use crate::platform::timeline::{Disturbance, Trouble};
use crate::render::diff::markdown::{cell, code};

/// How many rows are written; a comment has a largest length.
const LISTED: usize = 200;

/// A table of what clients notice.
pub(super) fn markdown(replay: &Replay) -> String {
    let mut text =
        format!("### What clients notice: {}, kube-proxy {}\n\n", replay.target, replay.kube_proxy_version);
    let mut all: Vec<&Disturbance> = replay.disturbances.iter().collect();
    all.sort_by_key(|of| !of.is_felt());
    if !replay.is_felt() {
        let _ = writeln!(text, "Nothing: no frontend that a Service wants was without a {}.\n", replay.noun);
    }
    table(&mut text, &all, replay.noun);
    let reaches = listed(replay.of_kind(Trouble::NoRules, true), reach);
    if !reaches.is_empty() {
        let _ = writeln!(text, "\nWhile there is no {}:\n", replay.noun);
    }
    for (frontend, reach) in reaches.iter().take(LISTED) {
        let _ = writeln!(text, "- {}: {}", code(frontend), cell(reach));
    }
    if !replay.flows.is_empty() {
        text.push_str("\nFlows that the kernel remembers:\n\n");
    }
    for flow in replay.flows.iter().take(LISTED) {
        let _ = writeln!(text, "- {}", cell(&flows::sentence(flow)));
    }
    for note in &replay.notes {
        let _ = writeln!(text, "\nNote: {}.", cell(note));
    }
    text
}

/// Two tables of what only one run has, and one of what both have in another extent.
pub(super) fn markdown_comparison(comparison: &Comparison) -> String {
    let [one, other] = &comparison.kube_proxy_versions;
    let mut text = format!("### {}: kube-proxy {one} against {other}\n\n", comparison.target);
    for (version, only) in comparison.kube_proxy_versions.iter().zip(&comparison.only) {
        if !only.is_empty() {
            let _ = writeln!(text, "Only with kube-proxy {version}:\n");
            table(&mut text, &only.iter().collect::<Vec<_>>(), comparison.noun);
            text.push('\n');
        }
    }
    if !comparison.different.is_empty() {
        let _ = writeln!(text, "With both, and otherwise:\n");
        table(&mut text, &comparison.different.iter().flatten().collect::<Vec<_>>(), comparison.noun);
        text.push('\n');
    }
    if !comparison.flows.is_empty() {
        text.push_str("Flows that fare otherwise:\n\n");
        for (version, flow) in comparison.flows.iter().take(LISTED).flat_map(|[a, b]| [(one, a), (other, b)])
        {
            let _ = writeln!(text, "- {version}: {}", cell(&flows::sentence(flow)));
        }
        text.push('\n');
    }
    let _ = writeln!(text, "The same with both: {}.", comparison.same);
    text
}

fn table(text: &mut String, all: &[&Disturbance], noun: &str) {
    if all.is_empty() {
        return;
    }
    text.push_str("| service port | frontend | what | when |\n| --- | --- | --- | --- |\n");
    for of in all.iter().take(LISTED) {
        let (service, frontend) = (code(&of.service), code(&of.frontend));
        let _ = writeln!(text, "| {service} | {frontend} | {} | {} |", cell(&what(of, noun)), span(of));
    }
    if let more @ 1.. = all.len().saturating_sub(LISTED) {
        let _ = writeln!(text, "\nand {more} more; `hnsplan replay -o json` has all");
    }
}
