//! Writes what was found on many nodes as Markdown, for comments on pull requests and reports: what it comes to, which nodes
//! are alike, and each kind of finding once.

use std::fmt::Write;

use super::{Detail, extent, holes, name, scope, verdict, worst_first};
use crate::diagnostics::Severity;
use crate::fleet::{Class, Fleet, Kind, Spread};
use crate::render::diff::markdown::{cell, code};

/// How many groups of nodes, kinds of findings and things are listed; a comment has a largest length.
const GROUPS: usize = 30;
const THINGS: usize = 20;

/// The answer about all nodes; with `all` also notes.
#[must_use]
pub fn draw(fleet: &Fleet, detail: Detail) -> String {
    let mut text = format!("### {}\n\n{}\n", cell(&verdict(fleet)), cell(&scope(fleet)));
    for (code, says) in holes(fleet) {
        let _ = writeln!(text, "\n**{} {}**: {}", code.id(), cell(code.title()), cell(&says));
    }
    let groups = fleet.groups();
    text.push_str("\n| nodes that are alike | | findings |\n|---|---:|---|\n");
    for group in groups.iter().take(GROUPS) {
        let kinds = group
            .answer
            .kinds
            .iter()
            .filter(|(kind, _)| kind.divides(group.question) && is_listed(kind, detail));
        let kinds: Vec<String> = kinds
            .map(|(kind, found)| match found.items.len() {
                0 | 1 => kind.code.id().to_owned(),
                many => format!("{} ×{many}", kind.code.id()),
            })
            .collect();
        let found = if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") };
        let nodes = detail.listed(group.nodes.iter().copied());
        let _ = writeln!(text, "| {} | {} | {found} |", cell(&nodes), group.nodes.len());
    }
    if groups.len() > GROUPS {
        let nodes: usize = groups[GROUPS..].iter().map(|group| group.nodes.len()).sum();
        let _ = writeln!(text, "| … and others | {nodes} | |");
    }
    for spread in worst_first(fleet).iter().filter(|spread| is_listed(spread.kind, detail)) {
        kind(&mut text, spread, fleet, detail);
    }
    if fleet.head.assumed {
        text.push_str("\nAddresses, ports or pods that the manifests leave out are assumed.\n");
    }
    text
}

/// Notes only say more, and what the input lacks is told where the manifests are checked.
fn is_listed(kind: &Kind, detail: Detail) -> bool {
    detail.all || kind.class == Class::Missing || kind.code.severity() != Severity::Note
}

fn kind(text: &mut String, spread: &Spread<'_>, fleet: &Fleet, detail: Detail) {
    let of = spread.kind.code;
    let sides = spread.kind.sides.join(" ≠ ");
    let sides = if sides.is_empty() { sides } else { format!(" ({})", cell(&sides)) };
    let (id, severity, title, on) = (of.id(), of.severity(), cell(of.title()), extent(spread, fleet));
    let _ = writeln!(text, "\n**{id} {severity}: {title}**{sides}, {on}\n");
    for variant in spread.variants.iter().take(GROUPS) {
        let nodes = cell(&detail.listed(variant.nodes.iter().copied()));
        let things = &variant.found.items;
        let names: Vec<String> = things.iter().take(THINGS).map(|item| code(&name(item))).collect();
        let more = match things.len().saturating_sub(THINGS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = if names.is_empty() { String::new() } else { format!(": {}{more}", names.join(", ")) };
        let _ = writeln!(text, "- on {nodes}{names}");
    }
    if spread.variants.len() > GROUPS {
        let nodes: usize = spread.variants[GROUPS..].iter().map(|variant| variant.nodes.len()).sum();
        let _ = writeln!(text, "- and otherwise on {nodes} more");
    }
    let first = &spread.variants[0];
    let _ = writeln!(text, "- {}: {}", cell(first.nodes[0]), cell(&first.found.shown));
    if !of.advice().is_empty() {
        let _ = writeln!(text, "- → {}", cell(of.advice()));
    }
}
