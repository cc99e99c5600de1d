//! From rules to the steps of iptables.

use super::IptablesStep;
use crate::answer::step::Fingerprint;
use crate::ir::RuleSet;
use crate::net::{Family, PerFamily};
use crate::platform::iptables::{Change, lower};

/// What is to be planned.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'w> {
    /// The rules.
    pub rules: &'w RuleSet,
    /// What `iptables-save` and `ip6tables-save` printed; empty texts where the node has no rules.
    pub saved: &'w PerFamily<String>,
    /// Delete all that the rules need instead.
    pub destroy: bool,
}

/// The steps that bring the tables of a node from what they are to what is wanted. Chains of Services that are gone
/// are deleted: their names tell whose they are.
#[must_use]
pub fn plan_steps(wish: &Wish<'_>) -> Vec<IptablesStep> {
    let change = |family: Family| {
        let wanted = (!wish.destroy).then(|| lower(wish.rules, family));
        Change::between(wish.saved.get(family), wanted.as_ref(), family)
    };
    Family::ALL.into_iter().flat_map(|family| change(family).by_table()).map(IptablesStep).collect()
}

/// What tells whether the tables of a node are still the same. Comments with the time, and counters, change by
/// themselves.
#[must_use]
pub fn fingerprint(saved: &PerFamily<String>) -> Fingerprint {
    let lines = Family::ALL.into_iter().flat_map(|family| {
        let lines = saved.get(family).lines().filter(|line| !(line.is_empty() || line.starts_with('#')));
        lines.map(move |line| format!("{family} {}", without_counters(line)))
    });
    Fingerprint::of_text(&lines.collect::<Vec<_>>().join("\n"))
}

/// A line without the counters of a chain: `:OUTPUT ACCEPT [5:300]`.
fn without_counters(line: &str) -> &str {
    if line.starts_with(':') { line.split(" [").next().unwrap_or(line) } else { line }
}
