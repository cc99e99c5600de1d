//! What a node holds when the commands of a plan have been run.

use rustc_hash::FxHashSet;

use super::apply::{NetshCall, NetshStep};
use super::model::Command;
use super::{Captured, identity};

/// What a node holds when steps are done. What is made takes the place of what has the same identity.
#[must_use]
pub fn outcome(steps: &[NetshStep], mut held: Captured) -> Captured {
    let deleted = |step: &NetshStep| match &step.call {
        NetshCall::Delete { object } => identity(object),
        NetshCall::Create { .. } | NetshCall::Change { .. } => None,
    };
    let deleted: FxHashSet<_> = steps.iter().filter_map(deleted).collect();
    held.commands.retain(|command| match command {
        Command::Create(object) => identity(object).is_none_or(|of| !deleted.contains(&of)),
        Command::Delete(_) => true,
    });
    held.commands.extend(steps.iter().filter_map(|step| match &step.call {
        NetshCall::Create { object } | NetshCall::Change { after: object, .. } => {
            Some(Command::Create(object.clone()))
        }
        NetshCall::Delete { .. } => None,
    }));
    held
}
