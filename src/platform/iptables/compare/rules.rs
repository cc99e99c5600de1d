//! What rules differ in, match by match.

use rustc_hash::FxHashMap;

use super::index::{ChainRules, jump};
use crate::answer::change::FieldChange;
use crate::platform::iptables::model::{Match, Policy, RecentOperation, Rule, Target};
use crate::platform::iptables::{write_match, write_rule, write_target};

/// What two rules differ in, each field with `path` before it.
pub(super) fn fields(path: &str, one: &Rule, other: &Rule) -> Vec<FieldChange> {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let mut found = Vec::new();
    let [mut before, mut after] = [one, other].map(by_name);
    let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (before, after) = (before.remove(&name), after.remove(&name));
        if before.as_ref().map(|(_, of)| of) != after.as_ref().map(|(_, of)| of) {
            let text = |value: Option<(String, &Match)>| value.map(|(text, _)| text);
            found.push(FieldChange::new(join(&name), text(before), text(after)));
        }
    }
    if one.target != other.target {
        found.push(FieldChange::new(join("target"), target(one), target(other)));
    }
    if found.is_empty() && one != other {
        found.push(FieldChange::new(join("order of matches"), Some(text(one)), Some(text(other))));
    }
    found
}

/// The matches of a rule by what they compare, without the words that every one of them has.
fn by_name(rule: &Rule) -> FxHashMap<String, (String, &Match)> {
    let mut found: FxHashMap<String, (String, &Match)> = FxHashMap::default();
    for condition in &rule.matches {
        let mut text = String::new();
        write_match(&mut text, condition);
        let name = name(condition);
        let mut number = 1;
        while found.contains_key(&numbered(name, number)) {
            number += 1;
        }
        found.insert(numbered(name, number), (text, condition));
    }
    found
}

fn numbered(name: &str, number: usize) -> String {
    if number == 1 { name.to_owned() } else { format!("{name}[{number}]") }
}

fn name(condition: &Match) -> &'static str {
    match condition {
        Match::Comment(_) => "comment",
        Match::Protocol(_) => "protocol",
        Match::Source(_) => "source",
        Match::Destination(_) => "destination",
        Match::InInterface(_) => "interface",
        Match::DestinationPort(_) => "port",
        Match::ConntrackState(_) => "state",
        Match::SourceIsLocal(_) => "source type",
        Match::DestinationIsLocal(_) => "destination type",
        Match::Mark(_) => "mark",
        Match::Recent(_) => "recent",
        Match::Statistic(_) => "probability",
        Match::Accounting(_) => "accounting",
        Match::Unknown(_) => "other",
    }
}

/// The rule as iptables writes it, without its chain.
pub(super) fn text(rule: &Rule) -> String {
    let mut text = String::new();
    write_rule(&mut text, rule);
    text.split_once(' ').map_or(String::new(), |(_, rest)| rest.to_owned())
}

fn target(rule: &Rule) -> Option<String> {
    let mut text = String::new();
    write_target(&mut text, rule.target.as_ref()?);
    Some(text)
}

/// What two chains differ in: rules that only one has, fields of those that both have, their order.
pub(super) fn of_chains(one: &ChainRules<'_>, other: &ChainRules<'_>) -> Vec<FieldChange> {
    let mut found: Vec<FieldChange> = policy(one, other).into_iter().collect();
    let [before, after] = [one, other].map(labelled);
    let places: FxHashMap<&str, usize> =
        after.iter().enumerate().map(|(at, (label, _))| (&**label, at)).collect();
    let mut matched = Vec::new();
    for (label, rule) in &before {
        match places.get(&**label) {
            Some(&at) => {
                matched.push((at, label));
                found.extend(fields(&format!("rules[{label}]"), rule, after[at].1));
            }
            None => found.push(FieldChange::new(format!("rules[{label}]"), Some(text(rule)), None)),
        }
    }
    let known: rustc_hash::FxHashSet<&str> = before.iter().map(|(label, _)| &**label).collect();
    for (label, rule) in after.iter().filter(|(label, _)| !known.contains(&**label)) {
        found.push(FieldChange::new(format!("rules[{label}]"), None, Some(text(rule))));
    }
    if !matched.is_sorted_by_key(|(at, _)| *at) {
        let before: Vec<&str> = matched.iter().map(|(_, label)| label.as_str()).collect();
        let mut sorted = matched.clone();
        sorted.sort_unstable_by_key(|(at, _)| *at);
        let after: Vec<&str> = sorted.iter().map(|(_, label)| label.as_str()).collect();
        found.push(FieldChange::new("order of rules", Some(before.join(", ")), Some(after.join(", "))));
    }
    found
}

fn policy(one: &ChainRules<'_>, other: &ChainRules<'_>) -> Option<FieldChange> {
    let word = |policy: Option<Policy>| {
        policy.map(|policy| match policy {
            Policy::Accept => "ACCEPT".to_owned(),
            Policy::Drop => "DROP".to_owned(),
        })
    };
    (one.policy != other.policy).then(|| FieldChange::new("policy", word(one.policy), word(other.policy)))
}

/// The rules of a chain, each with what it is called: by where it leads.
fn labelled<'r>(chain: &ChainRules<'r>) -> Vec<(String, &'r Rule)> {
    let mut seen: FxHashMap<String, usize> = FxHashMap::default();
    let label = |rule: &'r Rule| {
        let label = label(rule);
        let count = seen.entry(label.clone()).or_default();
        *count += 1;
        (if *count == 1 { label } else { format!("{label}#{count}") }, rule)
    };
    chain.rules.iter().copied().map(label).collect()
}

fn label(rule: &Rule) -> String {
    let recent = rule.matches.iter().find_map(|condition| match condition {
        Match::Recent(recent) => Some(matches!(recent.operation, RecentOperation::Check { .. })),
        _ => None,
    });
    let label = match (jump(rule), &rule.target) {
        (Some(to), _) => to.to_string(),
        (None, Some(Target::DestinationNat(_))) => "DNAT".to_owned(),
        (None, Some(target)) => {
            let mut text = String::new();
            write_target(&mut text, target);
            text.trim_start_matches("-j ").split(' ').next().unwrap_or_default().to_owned()
        }
        (None, None) => "comment".to_owned(),
    };
    if recent == Some(true) { format!("{label} by affinity") } else { label }
}
