//! How a node differs from what a run of netsh left.

use std::collections::BTreeSet;

use super::state::{NetshState, Presence};
use super::step::{NetshCall, NetshStep, key};
use crate::answer::step::{Drift, Obstacle, Step, codes};
use crate::platform::netsh::model::Object;

/// How a state differs from what these steps, all that a run did, have left.
pub(super) fn drift(steps: &[NetshStep], state: &NetshState) -> Drift {
    let mut drift = Drift::default();
    // The same object may be deleted and made again in one run: the last step tells what it is.
    let mut later = BTreeSet::new();
    for (number, step) in steps.iter().enumerate().rev() {
        if key(step.object()).is_some_and(|key| !later.insert(key)) {
            continue;
        }
        let (before, after) = match &step.call {
            NetshCall::Create { object } => (None, Some(object)),
            NetshCall::Change { before, after } => (Some(before), Some(after)),
            NetshCall::Delete { object } => (Some(object), None),
        };
        if is_as(state, step.object(), after) {
            continue;
        }
        if is_as(state, step.object(), before) {
            drift.is_partly_undone = true;
        } else {
            drift.changed.push(changed(step, state).of_step(number));
        }
    }
    drift.changed.reverse();
    drift
}

/// Whether an object is there as it is to be, or is not there as it is not to be.
fn is_as(state: &NetshState, object: &Object, wanted: Option<&Object>) -> bool {
    match wanted {
        Some(wanted) => state.presence(wanted) == Presence::Same,
        None => state.is_gone(object),
    }
}

fn changed(step: &NetshStep, state: &NetshState) -> Obstacle {
    let line = step.changes().into_iter().next();
    let described = line.map_or_else(String::new, |line| format!("{} {}", line.kind, line.name));
    let how = match state.presence(step.object()) {
        Presence::Other(found) => found,
        Presence::Same => "it is there again".to_owned(),
        Presence::Missing => "it is gone".to_owned(),
    };
    let what = format!("{described} is not as the run left it: {how}");
    let advice = "another program or person changed it: look at it, and bring it back to what the run left";
    Obstacle::new(codes::CHANGED_SINCE, what, advice).that_may_be_forced()
}
