//! Writes what was found on many nodes as JUnit XML: a case for each node, then each kind of finding with a case for each
//! thing that it is about.

use super::{extent, holes, name, verdict, worst_first};
use crate::fleet::{Class, Fleet, Found, Item, Kind, NodeAnswer, Spread};
use crate::render::junit::{CaseResult, Group, render};

/// All nodes and findings; kinds that `fails` names are failures, and so is a hole in the answer whatever it names.
#[must_use]
pub fn draw(fleet: &Fleet, fails: impl Fn(&Kind) -> bool) -> String {
    let mut nodes: Vec<CaseResult> =
        fleet.nodes.iter().map(|(node, answer)| of_node(node, answer, &fails)).collect();
    nodes.extend(holes(fleet).into_iter().map(|(code, says)| CaseResult {
        failure: Some((format!("{} {}", code.id(), code.title()), format!("{says}\n{}", code.advice()))),
        ..CaseResult::passed(code.title().to_owned())
    }));
    let mut groups = vec![Group { name: verdict(fleet), results: nodes }];
    for spread in worst_first(fleet) {
        let code = spread.kind.code;
        let results = of_kind(&spread, fleet, fails(spread.kind));
        groups.push(Group { name: format!("{} {}: {}", code.id(), code.severity(), code.title()), results });
    }
    render(&groups)
}

/// A node: it fails for the first of its findings that fails, and all that do are listed.
fn of_node(node: &str, answer: &NodeAnswer, fails: impl Fn(&Kind) -> bool) -> CaseResult {
    let failing: Vec<(&Kind, &Found)> = answer.kinds.iter().filter(|(kind, _)| fails(kind)).collect();
    let line = |(kind, found): &(&Kind, &Found)| {
        format!("{} {}: {}", kind.code.id(), kind.code.title(), found.shown)
    };
    let failure = (!failing.is_empty()).then(|| {
        let ids: Vec<&str> = failing.iter().map(|(kind, _)| kind.code.id()).collect();
        (ids.join(", "), failing.iter().map(line).collect::<Vec<_>>().join("\n"))
    });
    let lacks = answer.kinds.iter().find(|(kind, _)| kind.class == Class::Missing);
    let skipped = lacks.filter(|_| failure.is_none()).map(|(_, found)| found.shown.clone());
    CaseResult { failure, skipped, ..CaseResult::passed(node.to_owned()) }
}

/// A case for each thing that a kind of finding is about, on each set of nodes that has it.
fn of_kind(spread: &Spread<'_>, fleet: &Fleet, fails: bool) -> Vec<CaseResult> {
    let code = spread.kind.code;
    let mut results = Vec::new();
    for variant in &spread.variants {
        let on = variant.nodes.join(", ");
        let case = |about: &str, next: &str| {
            let details = [code.explanation(), next, &*format!("on {on}")].join("\n");
            let failure =
                fails.then(|| (format!("{}; {}", variant.found.shown, extent(spread, fleet)), details));
            CaseResult { failure, ..CaseResult::passed(format!("{about}{on}")) }
        };
        let next = |item: &Item| item.next.as_deref().unwrap_or(code.advice()).to_owned();
        results
            .extend(variant.found.items.iter().map(|item| case(&format!("{}  ", name(item)), &next(item))));
        if variant.found.items.is_empty() {
            results.push(case("", code.advice()));
        }
    }
    results
}
