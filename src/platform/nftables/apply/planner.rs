//! From rules to the steps of nftables.

use super::NftablesStep;
use crate::answer::step::Fingerprint;
use crate::ir::RuleSet;
use crate::net::Family;
use crate::platform::nftables::plan::{TableChange, Tables};
use crate::platform::nftables::{Format, lower, write};

/// What is to be planned.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'w> {
    /// The rules.
    pub rules: &'w RuleSet,
    /// What the node has.
    pub held: &'w Tables,
    /// Delete the tables instead.
    pub destroy: bool,
}

/// The steps that bring the tables of a node from what they are to what is wanted. All of kube-proxy's table is its own,
/// so that it is replaced as a whole; other tables stay as they are.
#[must_use]
pub fn plan_steps(wish: &Wish<'_>) -> Vec<NftablesStep> {
    let change = |family: Family| {
        let wanted = (!wish.destroy).then(|| lower(wish.rules, family));
        TableChange::between(wish.held.get(family).as_ref(), wanted.as_ref(), family)
    };
    Family::ALL.into_iter().filter_map(change).map(NftablesStep).collect()
}

/// What tells whether the tables of a node are still the same. Counters and remembered clients change by themselves.
#[must_use]
pub fn fingerprint(tables: &Tables) -> Fingerprint {
    let text = |family: Family| {
        let table = tables.get(family).as_ref();
        table.map_or_else(String::new, |table| write(&table.normalise(), Format::Knftables).to_string())
    };
    Fingerprint::of_text(&Family::ALL.map(text).concat())
}
