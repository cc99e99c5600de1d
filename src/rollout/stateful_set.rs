//! What the controller of `StatefulSets` does next (`stateful_set_control.go` of Kubernetes 1.36).
//!
//! A pod is made again under its name, so only after the old one has ended. With `OrderedReady` each step waits until
//! all pods before it are available. `maxUnavailable` above 1 has an effect since Kubernetes 1.35.

use super::action::Action;
use super::model::{Model, PodId, Revision, Workload};
use super::state::{Phase, State};
use super::strategy::Strategy;

/// The pod of an ordinal that a cluster has.
fn at_slot(model: &Model, of: &Workload, state: &State, slot: usize) -> Option<PodId> {
    of.pods.iter().copied().find(|pod| model.pods[*pod].slot == slot && state.phase(*pod).exists())
}

/// What the controller does next; nothing while it waits.
pub(super) fn next(model: &Model, at: usize, state: &State) -> Option<Action> {
    let of = &model.workloads[at];
    let Strategy::Ordered { partition, unavailable: most, one_by_one, replaces } = of.strategy else {
        return None;
    };
    let is_available = |pod: PodId| state.phase(pod) == Phase::Available;
    let mut missing = Vec::new();
    for slot in 0..of.replicas {
        match at_slot(model, of, state, slot) {
            None => {
                let Some(pod) = next_of(model, of, state, slot, partition) else {
                    // No node takes it.
                    if one_by_one {
                        return None;
                    }
                    continue;
                };
                if one_by_one {
                    return Action::certainly(false, vec![pod]);
                }
                missing.push(pod);
            }
            Some(pod) if one_by_one && !is_available(pod) => return None,
            Some(_) => {}
        }
    }
    if !missing.is_empty() {
        return Action::certainly(false, missing);
    }
    let mut condemned: Vec<PodId> = of.pods.clone();
    condemned.retain(|pod| model.pods[*pod].slot >= of.replicas && state.phase(*pod).exists());
    condemned.sort_unstable_by_key(|pod| std::cmp::Reverse(model.pods[*pod].slot));
    if one_by_one {
        if let Some(pod) = condemned.first() {
            // The next one waits until this one has ended.
            let waits = !state.phase(*pod).is_active();
            return Action::certainly(true, if waits { Vec::new() } else { vec![*pod] });
        }
    } else {
        condemned.retain(|pod| state.phase(*pod).is_active());
        if let Some(action) = Action::certainly(true, condemned) {
            return Some(action);
        }
    }
    if !of.has_new_revision || !replaces {
        return None;
    }
    let slots = (0..of.replicas).map(|slot| at_slot(model, of, state, slot));
    let slots: Vec<Option<PodId>> = slots.collect();
    let missing = slots.iter().filter(|pod| pod.is_none_or(|pod| !is_available(pod))).count();
    let is_old = |pod: &PodId| model.pods[*pod].revision == Revision::Old && state.phase(*pod).is_active();
    let old = slots.iter().skip(partition).rev().flatten().copied().filter(is_old);
    Action::certainly(true, old.take(most.saturating_sub(missing)).collect())
}

/// The pod that is made for an ordinal: of the new template from the partition on.
fn next_of(model: &Model, of: &Workload, state: &State, slot: usize, partition: usize) -> Option<PodId> {
    let revision = if of.has_new_revision && slot >= partition { Revision::New } else { Revision::Old };
    let mut own = of.pods.iter().copied();
    own.find(|pod| {
        let of = &model.pods[*pod];
        of.slot == slot && of.revision == revision && state.phase(*pod) == Phase::Absent
    })
}
