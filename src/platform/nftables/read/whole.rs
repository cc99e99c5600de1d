//! Whether the table of a listing is whole: the kernel has no rule that names a chain, set or map that is not there.

use rustc_hash::FxHashSet;

use crate::platform::nftables::model::{Name, Statement, Table, Verdict};

/// The names in a table of chains, sets and maps that it does not list, in their order.
pub(super) fn missing(table: &Table) -> Vec<&Name> {
    let chains: FxHashSet<&Name> = table.chains.iter().map(|chain| &chain.name).collect();
    let containers: FxHashSet<&Name> = table.containers.iter().map(|container| &container.name).collect();
    let mut found: Vec<&Name> = Vec::new();
    let mut need = |name, is_there: bool| {
        if !is_there && !found.contains(&name) {
            found.push(name);
        }
    };
    let elements = table.containers.iter().flat_map(|container| &container.elements);
    for target in elements.filter_map(|element| target(element.verdict.as_ref()?)) {
        need(target, chains.contains(target));
    }
    for statement in table.chains.iter().flat_map(|chain| &chain.rules).flat_map(|rule| &rule.statements) {
        match statement {
            Statement::InSet { set: name, .. }
            | Statement::VerdictMap { map: name, .. }
            | Statement::Remember(name) => need(name, containers.contains(name)),
            Statement::Verdict(verdict) => {
                if let Some(name) = target(verdict) {
                    need(name, chains.contains(name));
                }
            }
            Statement::Choose(choice) => {
                let targets = choice.values.iter().filter_map(|(_, verdict)| target(verdict));
                targets.for_each(|name| need(name, chains.contains(name)));
            }
            _ => {}
        }
    }
    found
}

fn target(verdict: &Verdict) -> Option<&Name> {
    match verdict {
        Verdict::Jump(name) | Verdict::Goto(name) => Some(name),
        Verdict::Accept | Verdict::Drop | Verdict::Return | Verdict::Continue => None,
    }
}
