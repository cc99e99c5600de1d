//! Draws what was found on many nodes for people: which are alike, what the others have, and each kind of finding once.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::outliers::{faults, outliers};
use super::{Detail, GROUPS, INDENT, name};
use crate::diagnostics::{Code, Severity};
use crate::fleet::{Class, Difference, Fleet, Group, Item, Kind, NodeAnswer, Question, Spread, Verdict};
use crate::render::columns::block;
use crate::render::counted;

/// The answer about all nodes.
#[must_use]
pub fn draw(fleet: &Fleet, detail: Detail) -> String {
    let mut text = String::new();
    let groups = fleet.groups();
    missing(&mut text, fleet, detail);
    match fleet.head.question {
        Question::Check | Question::Compile | Question::Change | Question::Plan => {
            match fleet.head.question {
                Question::Change => {
                    effects(&mut text, &groups, "no packet is treated differently on", detail);
                }
                Question::Plan => effects(&mut text, &groups, "nothing to change on", detail),
                _ => alike(&mut text, &groups, detail),
            }
            for spread in fleet.spreads().iter().filter(|spread| is_listed(spread.kind, detail)) {
                kind(&mut text, spread, fleet, detail);
            }
        }
        Question::Diff | Question::Since => outliers(&mut text, fleet, groups, detail),
    }
    remarks(&mut text, fleet);
    sums(&mut text, fleet);
    text
}

/// Findings that are told one by one: others are summed up by their codes.
fn is_listed(kind: &Kind, detail: Detail) -> bool {
    kind.class != Class::Remark && (detail.all || kind.code.severity() != Severity::Note)
}

/// What the answer is not about.
fn missing(text: &mut String, fleet: &Fleet, detail: Detail) {
    if !fleet.is_whole() {
        let shares: Vec<String> = fleet.head.shares.missing().iter().map(ToString::to_string).collect();
        let nodes: Vec<&str> = fleet.unasked().collect();
        let many = counted(shares.len(), "share");
        let known = match nodes.len() {
            0 => "no node is in them".to_owned(),
            many => format!(
                "nothing is known of {}: {}",
                counted(many, "node"),
                detail.listed(nodes.iter().copied())
            ),
        };
        let says = format!("{many} missing: {}; {known}", detail.listed(shares.iter().map(String::as_str)));
        headline(text, crate::fleet::codes::SHARE_MISSING, &says, detail);
    }
    if !fleet.head.strays.is_empty() {
        let strays = &fleet.head.strays;
        let many = counted(strays.len(), "dump");
        let says = format!("{many} without a node: {}", detail.listed(strays.iter().map(String::as_str)));
        headline(text, crate::fleet::codes::STRAY_DUMP, &says, detail);
    }
    let of_class = |spread: &Spread<'_>| spread.kind.class == Class::Missing;
    for spread in fleet.spreads().iter().filter(|spread| of_class(spread)) {
        let nodes: Vec<&str> = spread.nodes().collect();
        let says = format!("{}: {}", spread.kind.code.title(), detail.listed(nodes.iter().copied()));
        headline(text, spread.kind.code, &says, detail);
        let shown = format!("{}: {}", spread.variants[0].nodes[0], spread.variants[0].found.shown);
        text.push_str(&block("", INDENT, &shown, detail.width));
    }
    if !text.is_empty() {
        text.push('\n');
    }
}

fn headline(text: &mut String, code: Code, says: &str, detail: Detail) {
    let head = format!("{} {:7}", code.id(), code.severity());
    text.push_str(&block(&head, head.len() + 2, says, detail.width));
    let _ = writeln!(text, "     → {}", code.advice());
}

/// The nodes that are alike, and what the others have that those have not.
fn alike(text: &mut String, groups: &[Group<'_>], detail: Detail) {
    let Some((largest, others)) = groups.split_first() else { return };
    let many = counted(largest.nodes.len(), "node");
    let alike = if largest.nodes.len() == 1 { "" } else { " alike" };
    let head = format!("{many}{alike}: {}", detail.listed(largest.nodes.iter().copied()));
    text.push_str(&block("", 0, &head, detail.width));
    let shown = if detail.all { others.len() } else { GROUPS };
    for group in others.iter().take(shown) {
        let many = counted(group.nodes.len(), "node");
        let verb = if group.nodes.len() == 1 { "differs" } else { "differ" };
        let head = format!("{many} {verb} from them: {}", detail.listed(group.nodes.iter().copied()));
        text.push_str(&block("", 0, &head, detail.width));
        for difference in group.differences(largest) {
            let Difference { kind, .. } = &difference;
            let head = format!("  {} {:7}", kind.code.id(), kind.code.severity());
            text.push_str(&block(&head, head.len() + 2, &change(&difference, detail), detail.width));
        }
    }
    if others.len() > shown {
        let nodes: usize = others[shown..].iter().map(|group| group.nodes.len()).sum();
        let _ = writeln!(
            text,
            "and {} more in {} that differ; -v shows all",
            counted(nodes, "node"),
            counted(others.len() - shown, "group")
        );
    }
    text.push('\n');
}

/// What a change does, by the nodes on which it does the same.
fn effects(text: &mut String, groups: &[Group<'_>], none: &str, detail: Detail) {
    let nothing = NodeAnswer::default();
    let question = groups.first().map_or(Question::Change, |group| group.question);
    let before = Group { question, nodes: Vec::new(), answer: &nothing };
    let shown = if detail.all { groups.len() } else { GROUPS };
    for group in groups.iter().take(shown) {
        let many = counted(group.nodes.len(), "node");
        let differences = group.differences(&before);
        let effect = if differences.is_empty() { format!("{none} ") } else { String::new() };
        let head = format!("{effect}{many}: {}", detail.listed(group.nodes.iter().copied()));
        text.push_str(&block("", 0, &head, detail.width));
        for difference in differences {
            let code = difference.kind.code;
            let head = format!("  {} {:7}", code.id(), code.severity());
            text.push_str(&block(&head, head.len() + 2, &change(&difference, detail), detail.width));
        }
    }
    if groups.len() > shown {
        let nodes: usize = groups[shown..].iter().map(|group| group.nodes.len()).sum();
        let _ =
            writeln!(text, "and {} on which it does something else; -v shows all", counted(nodes, "node"));
    }
    text.push('\n');
}

/// `also shop/web:http; not shop/api:http`
fn change(difference: &Difference<'_>, detail: Detail) -> String {
    let Difference { kind, more, less, both } = difference;
    let title = kind.code.title();
    let mut parts = Vec::new();
    if !more.is_empty() {
        parts.push(format!("{}{}", if *both { "also " } else { "" }, listed(more, detail)));
    }
    if !less.is_empty() {
        parts.push(format!("not {}", listed(less, detail)));
    }
    if parts.is_empty() { title.to_owned() } else { format!("{title}: {}", parts.join("; ")) }
}

/// What findings are about: Services, or else objects.
fn listed(items: &[&Item], detail: Detail) -> String {
    let names: Vec<String> = items.iter().map(|item| name(item)).collect();
    detail.listed(names.iter().map(String::as_str))
}

/// `2 service ports`, or `2 objects` where some are none.
fn subjects(items: &[&Item]) -> String {
    let are_services = items.iter().all(|item| item.object.is_none());
    counted(items.len(), if are_services { "service port" } else { "object" })
}

/// A kind of finding, and where it is.
fn kind(text: &mut String, spread: &Spread<'_>, fleet: &Fleet, detail: Detail) {
    let Kind { code, sides, class } = spread.kind;
    if *class == Class::Missing {
        return;
    }
    let head = format!("{} {:7}  {}", code.id(), code.severity(), code.title());
    let between = if fleet.head.sides.len() > 2 && !sides.is_empty() {
        format!(" ({})", sides.join(" ≠ "))
    } else {
        String::new()
    };
    let nodes = spread.nodes().count();
    let on = if nodes == fleet.nodes.len() { "all nodes".to_owned() } else { counted(nodes, "node") };
    let _ = writeln!(text, "{:75}  on {on}", head + &between);
    let _ = writeln!(text, "     → {}", code.advice());
    let (first, others) = spread.variants.split_first().expect("a kind is somewhere");
    let of_first: Vec<&Item> = first.found.items.iter().collect();
    if !of_first.is_empty() {
        let says = format!("{}: {}", subjects(&of_first), listed(&of_first, detail));
        let says = if others.is_empty() {
            says
        } else {
            format!("on {}: {says}", detail.listed(first.nodes.iter().copied()))
        };
        text.push_str(&block("", INDENT, &says, detail.width));
    }
    let shown = if detail.all { others.len() } else { GROUPS };
    for variant in others.iter().take(shown) {
        let [more, less] = variant.against(first);
        let parts = [("also ", more), ("not ", less)].into_iter().filter(|(_, items)| !items.is_empty());
        let parts: Vec<String> =
            parts.map(|(word, items)| format!("{word}{}", listed(&items, detail))).collect();
        let says = format!("on {}: {}", detail.listed(variant.nodes.iter().copied()), parts.join("; "));
        text.push_str(&block("", INDENT, &says, detail.width));
    }
    if others.len() > shown {
        let nodes: usize = others[shown..].iter().map(|variant| variant.nodes.len()).sum();
        let _ = writeln!(text, "     and otherwise on {}; -v shows all", counted(nodes, "more node"));
    }
    let shown = format!("{}: {}", first.nodes[0], first.found.shown);
    text.push_str(&block("", INDENT, &shown, detail.width));
    text.push('\n');
}

/// What is wrong with the input and what targets do not support, by code.
fn remarks(text: &mut String, fleet: &Fleet) {
    let mut by_sides: BTreeMap<(Vec<String>, bool), BTreeMap<Code, usize>> = BTreeMap::new();
    for answer in fleet.nodes.values() {
        for kind in answer.kinds.keys().filter(|kind| kind.class == Class::Remark) {
            if kind.code.severity() == Severity::Note && !kind.code.is_loss() {
                continue;
            }
            let key = (kind.sides.clone(), kind.code.is_loss());
            *by_sides.entry(key).or_default().entry(kind.code).or_default() += 1;
        }
    }
    for ((sides, is_loss), codes) in by_sides {
        let of = if sides.is_empty() { "the input".to_owned() } else { sides.join(", ") };
        let what = if is_loss { "not supported by" } else { "warnings for" };
        let codes = codes.into_iter().map(|(code, nodes)| {
            if nodes == fleet.nodes.len() {
                code.id().to_owned()
            } else {
                format!("{} (on {})", code.id(), counted(nodes, "node"))
            }
        });
        let _ = writeln!(text, "{what} {of}: {}", codes.collect::<Vec<_>>().join(", "));
    }
}

fn sums(text: &mut String, fleet: &Fleet) {
    let head = &fleet.head;
    let asked = fleet.nodes.len();
    let is_missing = |answer: &&NodeAnswer| answer.kinds.keys().any(|kind| kind.class == Class::Missing);
    let Verdict { errors, warnings, unknown: missing, .. } = fleet.verdict();
    match head.question {
        Question::Check => {
            let _ = writeln!(
                text,
                "{} compared on {}: errors on {}, warnings on {}",
                head.sides.join(" and "),
                counted(asked, "node"),
                errors.nodes,
                warnings.nodes,
            );
            let open = fleet.nodes.values().map(|answer| answer.scale.undecided).filter(|open| *open > 0);
            if let Some(most) = open.clone().max() {
                let (classes, nodes) =
                    (counted(usize::try_from(most).unwrap_or(usize::MAX), "packet class"), open.count());
                let up_to = if nodes > 1 { "up to " } else { "" };
                let _ = writeln!(text, "undecided: {up_to}{classes} on {}", counted(nodes, "node"));
            }
        }
        Question::Change => {
            let is_changed =
                |answer: &&NodeAnswer| answer.kinds.keys().any(|kind| kind.class == Class::Effect);
            let changed = fleet.nodes.values().filter(is_changed).count();
            let _ = writeln!(
                text,
                "{} compared on {}: packets are treated differently on {changed}, {missing} not compared or only in part",
                head.sides.join(" and "),
                counted(asked, "node"),
            );
        }
        Question::Compile => {
            let alike = fleet.groups().first().map_or(0, |group| group.nodes.len());
            let _ = writeln!(
                text,
                "rules of {} for {}: {alike} alike, {} with others",
                head.sides.join(", "),
                counted(asked, "node"),
                asked - alike,
            );
        }
        Question::Plan => {
            let has_some = |answer: &&NodeAnswer| answer.kinds.keys().any(|kind| kind.class == Class::Plan);
            let changed = fleet.nodes.values().filter(has_some).count();
            let _ = writeln!(
                text,
                "plans for {}: {changed} would change, {} would not, {missing} not planned",
                counted(head.names.len(), "node"),
                head.names.len().saturating_sub(changed + missing),
            );
        }
        Question::Diff | Question::Since => {
            let differ = fleet.nodes.values().filter(|answer| faults(answer).next().is_some()).count();
            let is_since = head.question == Question::Since;
            let as_wanted = if is_since { "as they were" } else { "as they should be" };
            let equal =
                fleet.nodes.values().filter(|answer| faults(answer).next().is_none() && !is_missing(answer));
            let _ = writeln!(
                text,
                "{}: {} {as_wanted}, {differ} with differences, {missing} not compared or only in part",
                counted(head.names.len(), "node"),
                equal.count(),
            );
        }
    }
    if head.assumed {
        text.push_str("addresses, ports or pods that the manifests leave out are assumed (--assume)\n");
    }
    text.push_str("hnsplan explain CODE says more\n");
}
