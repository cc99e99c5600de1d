//! What `kubectl drain` does next: it evicts every pod of the node, all at the same time, but those of `DaemonSets`. The
//! API server refuses an eviction while a `PodDisruptionBudget` would be broken, and kubectl tries again.

use super::action::Action;
use super::model::{Budget, Drain, Model, PodId};
use super::state::State;

/// The pods that are yet to be evicted.
fn left(model: &Model, drain: &Drain, state: &State) -> Vec<PodId> {
    let is_left = |pod: &PodId| {
        model.pods[*pod].node == drain.node
            && model.workload_of(*pod).kind != "DaemonSet"
            && state.phase(*pod).is_active()
    };
    (0..model.pods.len()).filter(is_left).collect()
}

fn spare(budget: &Budget, state: &State) -> usize {
    let ready = budget.pods.iter().filter(|pod| state.phase(**pod).is_ready()).count();
    ready.saturating_sub(budget.least)
}

/// What is evicted next; nothing while it waits.
pub(super) fn next(model: &Model, drain: &Drain, state: &State) -> Option<Action> {
    let left = left(model, drain, state);
    let of = |pod: PodId| drain.budgets.iter().find(|budget| budget.pods.contains(&pod));
    let free = left.iter().copied().filter(|pod| of(*pod).is_none()).collect();
    let budgeted = drain.budgets.iter().filter_map(|budget| {
        let own = left.iter().copied().filter(|pod| budget.pods.contains(pod));
        Action::delete(spare(budget, state), own.collect())
    });
    Action::certainly(true, free).into_iter().chain(budgeted).next()
}

/// The budgets that let no pod of the node go.
pub(super) fn holding<'m>(model: &'m Model, state: &State) -> Vec<&'m str> {
    let Some(drain) = &model.drain else { return Vec::new() };
    let left = left(model, drain, state);
    let holds = |budget: &&Budget| left.iter().any(|pod| budget.pods.contains(pod));
    drain.budgets.iter().filter(holds).map(|budget| &*budget.name).collect()
}
