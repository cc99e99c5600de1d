//! What a change does, chain by chain and element by element, for people.

use rustc_hash::FxHashMap;

use super::TableChange;
use crate::answer::step::{PlanLine, Sign};
use crate::name::printable;
use crate::net::Family;
use crate::platform::nftables::model::{Chain, Container, Element, Key, Name, Table, Verdict, family_word};
use crate::platform::nftables::names::service_port_of;
use crate::platform::nftables::write::{push_element_body, push_key, push_rule};

/// A line of a plan, and what its object does before and after.
pub(in crate::platform::nftables) struct Fact {
    pub(in crate::platform::nftables) line: PlanLine,
    pub(in crate::platform::nftables) before: Vec<String>,
    pub(in crate::platform::nftables) after: Vec<String>,
}

/// All that a change does.
pub(in crate::platform::nftables) fn facts(change: &TableChange) -> Vec<Fact> {
    let [before, after] = [change.table_before(), change.table_after()]
        .map(|table| table.unwrap_or(Table::empty(change.family)));
    let [before, after] = [&before, &after].map(Table::normalise);
    let mut found = Vec::new();
    chains(&before, &after, &mut found);
    elements(&before, &after, &mut found);
    found
}

fn chains(before: &Table, after: &Table, found: &mut Vec<Fact>) {
    let family = before.family;
    let rules = |chain: Option<&Chain>| chain.map_or_else(Vec::new, |chain| texts(family, chain));
    let mut add = |one: Option<&Chain>, other: Option<&Chain>, name: &Name| {
        let (before, after) = (rules(one), rules(other));
        let detail = match (one, other) {
            (Some(_), Some(_)) => format!("{} → {} rules", before.len(), after.len()),
            _ => crate::name::counted(before.len().max(after.len()), "rule"),
        };
        let line = PlanLine {
            sign: sign(one.is_some(), other.is_some()),
            kind: "chain",
            name: format!("{} {}", family_word(family), printable(name.as_str())),
            detail,
            services: service_port_of(name.as_str()).into_iter().collect(),
        };
        found.push(Fact { line, before, after });
    };
    for chain in &before.chains {
        let other = after.chain(chain.name.as_str());
        if other.is_none_or(|other| other != chain) {
            add(Some(chain), other, &chain.name);
        }
    }
    for chain in after.chains.iter().filter(|chain| before.chain(chain.name.as_str()).is_none()) {
        add(None, Some(chain), &chain.name);
    }
}

fn texts(family: Family, chain: &Chain) -> Vec<String> {
    let text = |rule| {
        let mut text = String::new();
        push_rule(&mut text, family, rule);
        printable(&text)
    };
    chain.rules.iter().map(text).collect()
}

fn elements(before: &Table, after: &Table, found: &mut Vec<Fact>) {
    let family = before.family;
    let [old, new] = [before, after].map(by_key);
    let mut add = |container: &Container, key: &Key, one: Option<&Element>, other: Option<&Element>| {
        let mut name = format!("{} {} ", family_word(family), printable(container.name.as_str()));
        push_key(&mut name, key);
        let service = other.or(one).and_then(service_of).or_else(|| service_port_of(container.name.as_str()));
        let line = PlanLine {
            sign: sign(one.is_some(), other.is_some()),
            kind: "element",
            name,
            detail: String::new(),
            services: service.into_iter().collect(),
        };
        let text = |element: Option<&Element>| element.map(body).into_iter().collect();
        found.push(Fact { line, before: text(one), after: text(other) });
    };
    for container in &before.containers {
        for element in &container.elements {
            let other = new.get(&(&container.name, &element.key)).copied();
            if other != Some(element) {
                add(container, &element.key, Some(element), other);
            }
        }
    }
    for container in &after.containers {
        for element in &container.elements {
            if !old.contains_key(&(&container.name, &element.key)) {
                add(container, &element.key, None, Some(element));
            }
        }
    }
}

fn by_key(table: &Table) -> FxHashMap<(&Name, &Key), &Element> {
    let all = table.containers.iter().flat_map(|container| {
        container.elements.iter().map(move |element| ((&container.name, &element.key), element))
    });
    all.collect()
}

fn body(element: &Element) -> String {
    let mut text = String::new();
    push_element_body(&mut text, element);
    printable(&text)
}

fn service_of(element: &Element) -> Option<String> {
    let chain = element.verdict.as_ref().and_then(Verdict::chain);
    let by_chain = chain.and_then(|chain| service_port_of(chain.as_str()));
    by_chain.or_else(|| element.comment.as_ref().map(|comment| printable(comment.as_str())))
}

fn sign(before: bool, after: bool) -> Sign {
    match (before, after) {
        (false, _) => Sign::Add,
        (_, false) => Sign::Destroy,
        (true, true) => Sign::Change,
    }
}
