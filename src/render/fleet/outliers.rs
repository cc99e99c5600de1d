//! Draws the nodes of a fleet that are not as they should be, the worst first.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write;

use rustc_hash::FxHashMap;

use super::{Detail, GROUPS, INDENT, LISTED, name};
use crate::diagnostics::Severity;
use crate::fleet::{Class, Fleet, Found, Group, Item, Kind, NodeAnswer, ObjectCount};
use crate::render::columns::block;
use crate::render::counted;

/// Nodes that are not as they should be, the worst first.
pub(super) fn outliers(text: &mut String, fleet: &Fleet, mut groups: Vec<Group<'_>>, detail: Detail) {
    groups.retain(|group| faults(group.answer).next().is_some());
    groups.sort_by_cached_key(|group| Reverse(weight(group.answer)));
    let rare = Rarity::of(fleet);
    let shown = if detail.all { groups.len() } else { GROUPS };
    for group in groups.iter().take(shown) {
        let head = match &*group.nodes {
            [only] => (*only).to_owned(),
            nodes => {
                format!("{} alike: {}", counted(nodes.len(), "node"), detail.listed(nodes.iter().copied()))
            }
        };
        text.push_str(&block("", 0, &format!("{head}: {}", amounts(group.answer)), detail.width));
        // What is said of the node as a whole comes before each object.
        let mut faults: Vec<(&Kind, &Found)> = faults(group.answer).collect();
        faults.sort_by_key(|(_, found)| found.items.len());
        for (kind, found) in faults {
            fault(text, kind, found, (&rare, group.nodes.len()), detail);
        }
        text.push('\n');
    }
    if groups.len() > shown {
        let nodes: usize = groups[shown..].iter().map(|group| group.nodes.len()).sum();
        let _ = writeln!(text, "and {} more that differ; -v shows all\n", counted(nodes, "node"));
    }
}

/// What is wrong with the objects of a node.
pub(super) fn faults(answer: &NodeAnswer) -> impl Iterator<Item = (&Kind, &Found)> {
    let is_fault =
        |(kind, _): &(&Kind, &Found)| kind.class == Class::Object && kind.code.severity() != Severity::Note;
    answer.kinds.iter().filter(is_fault)
}

/// How bad a node is: the share of its objects that is missing, then how much is wrong.
fn weight(answer: &NodeAnswer) -> (u64, usize) {
    let worst = answer.objects.values().map(share).max();
    (worst.unwrap_or_default(), faults(answer).map(|(_, found)| found.items.len()).sum())
}

/// `1 of 577 load balancers, 600 of 600 endpoints`: first those of which the most are missing.
pub(super) fn amounts(answer: &NodeAnswer) -> String {
    let mut kinds: Vec<(&String, &ObjectCount)> = answer.objects.iter().collect();
    kinds.sort_by_key(|(_, of)| Reverse(share(of)));
    let present = |of: &ObjectCount| of.wanted.saturating_sub(of.missing);
    let of_kind = |(kind, of): (&String, &ObjectCount)| format!("{} of {} {kind}", present(of), of.wanted);
    kinds.into_iter().map(of_kind).collect::<Vec<_>>().join(", ")
}

/// How many of a thousand objects are missing.
fn share(of: &ObjectCount) -> u64 {
    of.missing.saturating_mul(1000) / of.wanted.max(1)
}

/// On how many nodes something is wrong with an object.
struct Rarity<'f>(FxHashMap<(&'f Kind, &'f Option<String>, &'f [String]), usize>);

impl<'f> Rarity<'f> {
    fn of(fleet: &'f Fleet) -> Self {
        let mut counts = FxHashMap::default();
        for answer in fleet.nodes.values() {
            for (kind, found) in faults(answer) {
                for item in &*found.items {
                    *counts.entry((kind, &item.object, &*item.services)).or_default() += 1;
                }
            }
        }
        Self(counts)
    }

    /// Where else it is wrong, besides so many nodes that are described.
    fn words(&self, kind: &Kind, item: &Item, here: usize) -> String {
        let all = self.0.get(&(kind, &item.object, &*item.services)).copied().unwrap_or_default();
        match all.saturating_sub(here) {
            0 if here == 1 => ", on this node alone".to_owned(),
            0 => String::new(),
            more => format!(", also on {}", counted(more, "more node")),
        }
    }
}

fn fault(text: &mut String, kind: &Kind, found: &Found, (rare, here): (&Rarity<'_>, usize), detail: Detail) {
    let shown = if detail.all { found.items.len() } else { LISTED };
    for item in found.items.iter().take(shown) {
        let head = format!("  {} {:7}", kind.code.id(), kind.code.severity());
        let says = format!("{}: {}{}", kind.code.title(), name(item), rare.words(kind, item, here));
        text.push_str(&block(&head, head.len() + 2, &says, detail.width));
        let next = item.next.as_deref().unwrap_or(kind.code.advice());
        text.push_str(&block("     →", INDENT + 2, next, detail.width));
    }
    if found.items.len() > shown {
        let more = found.items.len() - shown;
        let services: BTreeSet<&str> =
            found.items[shown..].iter().flat_map(|item| &item.services).map(String::as_str).collect();
        let of = if services.is_empty() {
            String::new()
        } else {
            format!(" of {}", counted(services.len(), "service port"))
        };
        let _ = writeln!(text, "     and {more} more{of}; -v shows all");
    }
}
