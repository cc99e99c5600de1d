//! What two chains differ in, rule by rule.

use rustc_hash::FxHashMap;

use crate::answer::change::FieldChange;
use crate::name::escaped;
use crate::net::Family;
use crate::platform::nftables::model::{Base, Chain};
use crate::platform::nftables::write::push_rule;

/// The rules of a chain that one side alone has.
pub(super) fn alone(family: Family, chain: &Chain, side: usize) -> Vec<FieldChange> {
    let rules = texts(family, chain).into_iter().enumerate();
    rules.map(|(at, rule)| FieldChange::alone(format!("rules[{}]", at + 1), side, rule)).collect()
}

/// What differs between two chains of one name: rules that only one has, and their order.
pub(super) fn of_chains(family: Family, one: &Chain, other: &Chain) -> Vec<FieldChange> {
    let mut found = Vec::new();
    if one.base != other.base {
        let text = |base: Option<Base>| base.map(|base| format!("{base:?}"));
        found.push(FieldChange::new("hook", text(one.base), text(other.base)));
    }
    let [before, after] = [one, other].map(|chain| texts(family, chain));
    let mut left: FxHashMap<&str, usize> = FxHashMap::default();
    for rule in &after {
        *left.entry(rule).or_default() += 1;
    }
    let mut gone: Vec<(usize, &String)> = Vec::new();
    for (at, rule) in before.iter().enumerate() {
        match left.get_mut(rule.as_str()).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => gone.push((at, rule)),
        }
    }
    let mut new: Vec<(usize, &String)> = Vec::new();
    for (at, rule) in after.iter().enumerate().rev() {
        if let Some(count) = left.get_mut(rule.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            new.push((at, rule));
        }
    }
    new.reverse();
    let pairs = gone.len().max(new.len());
    for place in 0..pairs {
        let (old, young) = (gone.get(place), new.get(place));
        // The same name for it from either side.
        let at = old.into_iter().chain(young).map(|(at, _)| at + 1).min().unwrap_or_default();
        let text = |of: Option<&(usize, &String)>| of.map(|(_, rule)| (*rule).clone());
        found.push(FieldChange::new(format!("rules[{at}]"), text(old), text(young)));
    }
    if found.is_empty() {
        found.push(FieldChange::new("order of rules", Some(before.join("; ")), Some(after.join("; "))));
    }
    found
}

fn texts(family: Family, chain: &Chain) -> Vec<String> {
    let text = |rule| {
        let mut text = String::new();
        push_rule(&mut text, family, rule);
        escaped(&text)
    };
    chain.rules.iter().map(text).collect()
}
