//! Draws what was found on many nodes.

pub mod junit;
pub mod markdown;
mod outliers;
pub mod page;
pub mod prometheus;
pub mod scanning;
pub mod text;

use crate::fleet::{Class, Fleet, Item, Kind, Question, Spread, Verdict};
use crate::render::counted;

/// How far the lines below a headline are indented.
const INDENT: usize = 5;

/// How many nodes, Services or objects are named, unless all are asked for.
const LISTED: usize = 4;

/// How many groups of nodes are described, unless all are asked for.
const GROUPS: usize = 20;

/// How much is drawn.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Detail {
    /// Whether everything is named.
    pub all: bool,
    /// Where lines end.
    pub width: usize,
}

impl Default for Detail {
    fn default() -> Self {
        Self { all: false, width: 105 }
    }
}

impl Detail {
    /// A list of names, cut short.
    pub fn listed<'n>(self, names: impl IntoIterator<Item = &'n str>) -> String {
        let names: Vec<&str> = names.into_iter().collect();
        let shown = if self.all { names.len() } else { LISTED };
        let more = names.len().saturating_sub(shown);
        let listed = names[..names.len() - more].join(", ");
        if more > 0 { format!("{listed} and {more} more") } else { listed }
    }
}

/// What a finding is about.
fn name(item: &Item) -> String {
    match (&item.object, &*item.services) {
        (None, services) => services.join(", "),
        (Some(object), []) => object.clone(),
        (Some(object), services) => format!("{object} of {}", services.join(", ")),
    }
}

/// What it comes to, as a headline: `1 error on 3 of 40 nodes, 2 warnings on 40`.
fn verdict(fleet: &Fleet) -> String {
    let Verdict { nodes, unknown, errors, warnings, .. } = fleet.verdict();
    let mut parts: Vec<String> = Vec::new();
    let total = |parts: &[String]| {
        if parts.is_empty() { format!(" of {}", counted(nodes, "node")) } else { String::new() }
    };
    for (reach, word) in [(errors, "error"), (warnings, "warning")] {
        if reach.kinds > 0 {
            let of = total(&parts);
            parts.push(format!("{} on {}{of}", counted(reach.kinds, word), reach.nodes));
        }
    }
    if unknown > 0 {
        let of = total(&parts);
        parts.push(format!("{unknown}{of} not compared or only in part"));
    }
    if errors.kinds + warnings.kinds == 0 {
        let on = if unknown > 0 { "the others".to_owned() } else { counted(nodes, "node") };
        parts.push(format!("no errors and no warnings on {on}"));
    }
    parts.join(", ")
}

/// What was asked of the nodes, in a sentence.
fn scope(fleet: &Fleet) -> String {
    let (sides, nodes) = (fleet.head.sides.join(" and "), counted(fleet.nodes.len(), "node"));
    match fleet.head.question {
        Question::Check => format!("{sides} compared in effect on {nodes}, packet class by packet class."),
        Question::Diff => {
            format!("What {nodes} hold, compared with what they should hold, object by object.")
        }
        Question::Since => {
            format!("What {nodes} hold, compared with what they held before, object by object.")
        }
        Question::Compile => format!("Rules of {sides} for {nodes}, compared with those of the first one."),
        Question::Plan => format!("What would change on {nodes}."),
        Question::Change => {
            format!("What changes for packets from {} on {nodes}.", fleet.head.sides.join(" to "))
        }
    }
}

/// What is not known, apart from what is missing of single nodes: a code and a sentence each.
fn holes(fleet: &Fleet) -> Vec<(crate::diagnostics::Code, String)> {
    let mut holes = Vec::new();
    if !fleet.is_whole() {
        let nodes: Vec<&str> = fleet.unasked().collect();
        let says = format!("nothing is known of {}: {}", counted(nodes.len(), "node"), nodes.join(", "));
        holes.push((crate::fleet::codes::SHARE_MISSING, says));
    }
    if !fleet.head.strays.is_empty() {
        let strays: Vec<&str> = fleet.head.strays.iter().map(String::as_str).collect();
        holes.push((crate::fleet::codes::STRAY_DUMP, strays.join(", ")));
    }
    holes
}

/// Kinds of findings, what is missing first, then the worst.
fn worst_first(fleet: &Fleet) -> Vec<Spread<'_>> {
    let mut spreads = fleet.spreads();
    let rank = |kind: &Kind| (kind.class != Class::Missing, kind.code.severity());
    spreads.sort_by_key(|spread| rank(spread.kind));
    spreads
}

/// `on all nodes`, or `on 3 of 40 nodes`.
fn extent(spread: &Spread<'_>, fleet: &Fleet) -> String {
    let (on, all) = (spread.nodes().count(), fleet.nodes.len());
    if on == all { "on all nodes".to_owned() } else { format!("on {on} of {}", counted(all, "node")) }
}
