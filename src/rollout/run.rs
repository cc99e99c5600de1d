//! One order in which a rollout may happen, from the change to the end.
//!
//! Controllers act at once; what takes time is that pods start and end. Where nothing determines what comes first, an
//! order decides.

use super::action::Action;
use super::model::{Model, PodId};
use super::pools::{Gap, Watch};
use super::state::{Happening, State};
use super::{daemon_set, deployment, drain, stateful_set};

/// Decides what is not determined.
pub(super) trait Order {
    /// Which of the pods that an action may take; as many as it takes.
    fn choose(&mut self, model: &Model, state: &State, action: &Action) -> Vec<PodId>;

    /// Which of the things that may happen comes first.
    fn first(&mut self, model: &Model, state: &State, open: &[Happening]) -> usize;
}

/// What happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) happenings: Vec<Happening>,
    /// The gaps of each pool.
    pub(super) gaps: Vec<Vec<Gap>>,
    /// The pools that are empty at the end, and were not before, with the time from which on.
    pub(super) empty: Vec<Option<usize>>,
}

/// What a controller does next; nothing while all wait.
pub(super) fn next(model: &Model, state: &State) -> Option<Action> {
    if let Some(drain) = &model.drain
        && let Some(action) = drain::next(model, drain, state)
    {
        return Some(action);
    }
    (0..model.workloads.len()).find_map(|at| match model.workloads[at].kind {
        "StatefulSet" => stateful_set::next(model, at, state),
        "DaemonSet" => daemon_set::next(model, at, state),
        _ => deployment::next(model, at, state),
    })
}

/// More happenings than any rollout has.
fn limit(model: &Model) -> usize {
    model.pods.len() * 8 + 8
}

/// Goes through a rollout in one order, after what is given.
pub(super) fn run(model: &Model, given: &[Happening], order: &mut dyn Order) -> Run {
    let mut state = State::before(model);
    let mut watches = vec![Watch::default(); model.pools.len()];
    let mut run = Run { gaps: vec![Vec::new(); model.pools.len()], ..Run::default() };
    look(model, &state, &mut watches, &mut run);
    while run.happenings.len() < limit(model) {
        let happening = match next(model, &state) {
            _ if run.happenings.len() < given.len() => given[run.happenings.len()].clone(),
            Some(action) => action.with(&order.choose(model, &state, &action)),
            None => {
                let open = state.open();
                if open.is_empty() {
                    break;
                }
                open[order.first(model, &state, &open)].clone()
            }
        };
        state.take(model, &happening);
        run.happenings.push(happening);
        look(model, &state, &mut watches, &mut run);
    }
    run.empty = watches.iter().map(Watch::open_since).collect();
    run
}

fn look(model: &Model, state: &State, watches: &mut [Watch], run: &mut Run) {
    let at = run.happenings.len();
    for ((pool, watch), gaps) in model.pools.iter().zip(watches).zip(&mut run.gaps) {
        gaps.extend(watch.look(pool, state, at));
    }
}

impl Run {
    /// How bad it is: the longest gap, how many there are, how long they are in all, and how many pools stay empty.
    pub(super) fn weight(&self) -> (u32, usize, u32, usize) {
        let all = || self.gaps.iter().flatten();
        (
            all().map(|gap| gap.starts).max().unwrap_or_default(),
            all().count(),
            all().map(|gap| gap.starts).sum(),
            self.empty.iter().flatten().count(),
        )
    }

    /// The longest gap of a pool.
    pub(super) fn longest(&self, pool: usize) -> Option<Gap> {
        self.gaps[pool].iter().copied().max()
    }
}

/// The state after all of it.
pub(super) fn end(model: &Model, run: &Run) -> State {
    let mut state = State::before(model);
    run.happenings.iter().for_each(|happening| state.take(model, happening));
    state
}
