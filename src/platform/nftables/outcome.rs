//! What a node has loaded when a change is done.

use super::NftablesHeld;
use super::apply::NftablesStep;
use super::model::Table;
use crate::net::{Family, PerFamily};

/// What a node holds when steps are done. `held` is what it holds before; without it no table.
#[must_use]
pub fn outcome(steps: &[NftablesStep], held: Option<&NftablesHeld>) -> NftablesHeld {
    let before =
        held.map_or_else(|| PerFamily::of(|family| Some(Table::empty(family))), |held| held.tables.clone());
    let mut after = NftablesHeld::planned(before);
    if let Some(held) = held {
        after.gaps = held.gaps;
        after.others.clone_from(&held.others);
    }
    for NftablesStep(change) in steps {
        let table = change.table_after().unwrap_or_else(|| Table::empty(change.family));
        match change.family {
            Family::Ipv4 => after.tables.ipv4 = Some(table),
            Family::Ipv6 => after.tables.ipv6 = Some(table),
        }
    }
    after
}
