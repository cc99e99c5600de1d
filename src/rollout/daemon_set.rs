//! What the controller of `DaemonSets` does next (`daemon_controller.go` and `update.go` of Kubernetes 1.36).
//!
//! Without `maxSurge` the pod of a node is made after the old one has ended; with it, the old one is deleted once the
//! new one is available. In which order nodes come is not determined.

use super::action::Action;
use super::model::{Model, PodId, Revision, Workload};
use super::state::{Phase, State};
use super::strategy::Strategy;

/// The pods of one node.
struct OnNode {
    old: Option<PodId>,
    new: Option<PodId>,
    /// Whether any pod is there, also one that was deleted.
    is_taken: bool,
    absent: Option<PodId>,
    /// Whether a pod is to be there at the end.
    is_wanted: bool,
}

fn nodes(model: &Model, of: &Workload, state: &State) -> Vec<OnNode> {
    let mut slots: Vec<usize> = of.pods.iter().map(|pod| model.pods[*pod].slot).collect();
    slots.sort_unstable();
    slots.dedup();
    let last = if of.has_new_revision { Revision::New } else { Revision::Old };
    let on_node = |slot: usize| {
        let own = || of.pods.iter().copied().filter(move |pod| model.pods[*pod].slot == slot);
        let active = |revision| {
            own().find(|pod| model.pods[*pod].revision == revision && state.phase(*pod).is_active())
        };
        OnNode {
            old: active(Revision::Old),
            new: active(Revision::New),
            is_taken: own().any(|pod| state.phase(pod).exists()),
            absent: own().find(|pod| model.pods[*pod].revision == last && state.phase(*pod) == Phase::Absent),
            is_wanted: of.replicas > 0 && own().any(|pod| model.pods[pod].revision == last),
        }
    };
    slots.into_iter().map(on_node).collect()
}

/// What the controller does next; nothing while it waits.
pub(super) fn next(model: &Model, at: usize, state: &State) -> Option<Action> {
    let of = &model.workloads[at];
    let Strategy::ByNode { surge, unavailable, replaces } = of.strategy else { return None };
    let nodes = nodes(model, of, state);
    let unwanted = nodes.iter().filter(|node| !node.is_wanted).filter_map(|node| node.old).collect();
    let missing = nodes.iter().filter(|node| node.is_wanted && !node.is_taken).filter_map(|node| node.absent);
    let managed = Action::certainly(true, unwanted).or_else(|| Action::certainly(false, missing.collect()));
    if managed.is_some() || !of.has_new_revision || !replaces {
        return managed;
    }
    let is_available = |pod: PodId| state.phase(pod) == Phase::Available;
    let wanted = || nodes.iter().filter(|node| node.is_wanted);
    if surge > 0 {
        let done = wanted().filter(|node| node.new.is_some_and(is_available)).filter_map(|node| node.old);
        let replaced = Action::certainly(true, done.collect());
        if replaced.is_some() {
            return replaced;
        }
        let starting = wanted().filter(|node| node.new.is_some_and(|new| !is_available(new))).count();
        let open = || wanted().filter(|node| node.new.is_none());
        let (healthy, broken): (Vec<&OnNode>, Vec<&OnNode>) =
            open().filter(|node| node.old.is_some()).partition(|node| node.old.is_some_and(is_available));
        return Action {
            is_deletion: false,
            certain: broken.into_iter().filter_map(|node| node.absent).collect(),
            choose: surge.saturating_sub(starting),
            among: healthy.into_iter().filter_map(|node| node.absent).collect(),
        }
        .if_any();
    }
    let missing = wanted()
        .filter(|node| match (node.old, node.new) {
            (None, None) | (Some(_), Some(_)) => true,
            (None, Some(new)) => !is_available(new),
            (Some(_), None) => false,
        })
        .count();
    let old = wanted().filter(|node| node.new.is_none()).filter_map(|node| node.old);
    let (healthy, broken): (Vec<PodId>, Vec<PodId>) = old.partition(|pod| is_available(*pod));
    Action { is_deletion: true, certain: broken, choose: unavailable.saturating_sub(missing), among: healthy }
        .if_any()
}
