//! What the controllers of Deployments and `ReplicaSets` do next.
//!
//! The rules are those of Kubernetes 1.36: `rolling.go`, `recreate.go` and `sync.go` of the Deployment controller, and
//! `getPodsToDelete` with `ActivePodsWithRanks` of the `ReplicaSet` controller. Pods that are deleted count no more, so
//! a rollout does not wait for them to end; only Recreate does.

use std::collections::BTreeMap;

use super::action::Action;
use super::model::{Model, PodId, Revision, Workload};
use super::state::{Phase, State};
use super::strategy::Strategy;

/// The pods of a workload by template.
struct Replicas<'w> {
    model: &'w Model,
    of: &'w Workload,
    state: &'w State,
}

impl Replicas<'_> {
    fn with(&self, revision: Revision, is_it: impl Fn(Phase) -> bool) -> Vec<PodId> {
        let own = self.of.pods.iter().copied();
        own.filter(|pod| self.model.pods[*pod].revision == revision && is_it(self.state.phase(*pod)))
            .collect()
    }

    fn active(&self, revision: Revision) -> Vec<PodId> {
        self.with(revision, Phase::is_active)
    }

    fn available(&self, revision: Revision) -> usize {
        self.with(revision, |phase| phase == Phase::Available).len()
    }

    fn make(&self, revision: Revision, many: usize) -> Option<Action> {
        Action::make(many, self.with(revision, |phase| phase == Phase::Absent))
    }

    /// Deletes some pods of a `ReplicaSet`: those that are not ready first, then those on nodes with more pods of the
    /// Deployment. Of the rest nothing in a manifest says which.
    fn delete(&self, revision: Revision, many: usize) -> Option<Action> {
        let mut on_node: BTreeMap<usize, usize> = BTreeMap::new();
        for pod in self.active(Revision::Old).into_iter().chain(self.active(Revision::New)) {
            *on_node.entry(self.model.pods[pod].node).or_default() += 1;
        }
        let mut ranks: BTreeMap<(bool, std::cmp::Reverse<usize>), Vec<PodId>> = BTreeMap::new();
        for pod in self.active(revision) {
            let together = std::cmp::Reverse(on_node[&self.model.pods[pod].node]);
            ranks.entry((self.state.phase(pod).is_ready(), together)).or_default().push(pod);
        }
        let mut action = Action { is_deletion: true, certain: Vec::new(), choose: 0, among: Vec::new() };
        let mut left = many;
        for pods in ranks.into_values() {
            if pods.len() <= left {
                left -= pods.len();
                action.certain.extend(pods);
            } else {
                (action.choose, action.among) = (left, pods);
                break;
            }
        }
        action.if_any()
    }

    fn scale(&self, revision: Revision, wanted: usize) -> Option<Action> {
        match self.active(revision).len() {
            many if many < wanted => self.make(revision, wanted - many),
            many => self.delete(revision, many - wanted),
        }
    }
}

/// What the controller does next; nothing while it waits.
pub(super) fn next(model: &Model, at: usize, state: &State) -> Option<Action> {
    let of = &model.workloads[at];
    let replicas = Replicas { model, of, state };
    let [old, new] = [Revision::Old, Revision::New].map(|revision| replicas.active(revision).len());
    if !of.has_new_revision || !of.strategy.replaces() {
        return replicas.scale(Revision::Old, of.replicas);
    }
    // A change of replicas comes first, in the `ReplicaSet` that there is.
    if !state.is_scaled[at] && old > 0 {
        return replicas.scale(Revision::Old, of.replicas);
    }
    let Strategy::Rolling { surge, unavailable } = of.strategy else {
        let is_over = replicas.with(Revision::Old, Phase::exists).is_empty();
        let deleted = Action::certainly(true, replicas.active(Revision::Old));
        return deleted.or_else(|| replicas.make(Revision::New, of.replicas - new).filter(|_| is_over));
    };
    let total = old + new;
    let room = (of.replicas + surge).saturating_sub(total).min(of.replicas.saturating_sub(new));
    if room > 0
        && let Some(action) = replicas.make(Revision::New, room)
    {
        return Some(action);
    }
    let least = of.replicas - unavailable.min(of.replicas);
    let [old_available, new_available] = [Revision::Old, Revision::New].map(|of| replicas.available(of));
    let most = total.saturating_sub(least + (new - new_available));
    if old == 0 || most == 0 {
        return None;
    }
    let unhealthy = most.min(old - old_available);
    let healthy = (old_available + new_available).saturating_sub(least).min(old - unhealthy);
    replicas.delete(Revision::Old, unhealthy + healthy)
}
