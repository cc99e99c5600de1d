//! All orders of a rollout, as long as they are few enough: the longest gap of a pool, and whether an order has none.
//!
//! Pods of one template on one node are exchangeable, so of orders that differ in them only one is followed. A state
//! that was seen is not followed again: what comes after it hangs on how far pods have come, how long those that start
//! do so already, and how long the pool is empty.

use std::collections::{BTreeMap, HashSet};

use super::action::Action;
use super::model::{Model, PodId, Revision};
use super::pools::Watch;
use super::run::next;
use super::state::{Happening, Phase, State};

/// How many states are looked at.
const MOST: usize = 4_000;

/// There are too many orders to go through all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

/// Pods that are exchangeable: workload, template, node, and the place where pods come in an order.
type Class = (usize, Revision, usize, usize);

fn class(model: &Model, pod: PodId) -> Class {
    let of = &model.pods[pod];
    let is_ordered = model.workload_of(pod).kind == "StatefulSet";
    (of.workload, of.revision, of.node, if is_ordered { of.slot } else { 0 })
}

/// What decides about all that comes.
type Key = (Vec<(Class, u8, u32)>, Vec<bool>, Vec<(bool, Option<u32>)>);

/// What is looked for.
#[derive(Clone, Copy)]
enum Aim {
    /// The longest gap of a pool.
    Longest(usize),
    /// An end without any gap.
    NoGap,
}

/// A state on the path that is followed, and what of it is still to be followed.
struct Step {
    state: State,
    watches: Vec<Watch>,
    happenings: std::vec::IntoIter<Happening>,
}

struct Search<'m> {
    model: &'m Model,
    aim: Aim,
    seen: HashSet<Key>,
    path: Vec<Happening>,
    found: Option<(u32, Vec<Happening>)>,
    is_over: bool,
}

/// The longest gap of a pool in starts, and what leads to its end; an error where there are too many orders.
pub(super) fn longest(model: &Model, pool: usize) -> Result<Option<(u32, Vec<Happening>)>, TooMany> {
    search(model, Aim::Longest(pool))
}

/// An order without any gap; an error where there are too many to say so.
pub(super) fn without_gap(model: &Model) -> Result<Option<Vec<Happening>>, TooMany> {
    search(model, Aim::NoGap).map(|found| found.map(|(_, path)| path))
}

fn search(model: &Model, aim: Aim) -> Result<Option<(u32, Vec<Happening>)>, TooMany> {
    let mut search =
        Search { model, aim, seen: HashSet::new(), path: Vec::new(), found: None, is_over: false };
    let watched = match aim {
        Aim::Longest(_) => 1,
        Aim::NoGap => model.pools.len(),
    };
    search.follow(State::before(model), vec![Watch::default(); watched]);
    // An order without gap is one, however many others there are.
    let is_enough = matches!(aim, Aim::NoGap) && search.found.is_some();
    if search.is_over && !is_enough { Err(TooMany) } else { Ok(search.found) }
}

impl Search<'_> {
    /// Follows all paths from a state. They are as long as a rollout, and so no recursion.
    fn follow(&mut self, state: State, watches: Vec<Watch>) {
        let mut steps: Vec<Step> = self.enter(state, watches).into_iter().collect();
        while let Some(step) = steps.last_mut().filter(|_| !self.is_over) {
            let Some(happening) = step.happenings.next() else {
                steps.pop();
                self.path.pop();
                continue;
            };
            let mut after = step.state.clone();
            after.take(self.model, &happening);
            let watches = step.watches.clone();
            self.path.push(happening);
            match self.enter(after, watches) {
                Some(next) => steps.push(next),
                None => _ = self.path.pop(),
            }
        }
    }

    /// Looks at the state at the end of the path; what is to be followed from there, if it was not before.
    fn enter(&mut self, state: State, mut watches: Vec<Watch>) -> Option<Step> {
        let pools = match self.aim {
            Aim::Longest(pool) => &self.model.pools[pool..=pool],
            Aim::NoGap => &self.model.pools[..],
        };
        for (pool, watch) in pools.iter().zip(&mut watches) {
            let gap = watch.look(pool, &state, self.path.len());
            if let Some(gap) = gap.filter(|gap| self.found.as_ref().is_none_or(|found| gap.starts > found.0))
            {
                self.found = Some((gap.starts, self.path.clone()));
            }
        }
        let has_gap = watches.iter().any(|watch| watch.open_since().is_some());
        if matches!(self.aim, Aim::NoGap) && (has_gap || self.found.is_some()) {
            return None;
        }
        if !self.seen.insert(key(self.model, &state, &watches)) {
            return None;
        }
        if self.seen.len() > MOST {
            self.is_over = true;
            return None;
        }
        let happenings = self.happenings(&state);
        if happenings.is_empty() && matches!(self.aim, Aim::NoGap) {
            self.found = Some((0, self.path.clone()));
        }
        Some(Step { state, watches, happenings: happenings.into_iter() })
    }

    /// What may happen next, one of each that are exchangeable.
    fn happenings(&mut self, state: &State) -> Vec<Happening> {
        if let Some(action) = next(self.model, state) {
            let choices = self.choices(&action, state);
            self.is_over |= choices.len() > MOST;
            return choices.iter().map(|chosen| action.with(chosen)).collect();
        }
        let mut known = HashSet::new();
        let mut open = state.open();
        open.retain(|happening| {
            let (kind, pod) = match happening {
                Happening::Ready(pod) => (0, *pod),
                Happening::Available(pod) => (1, *pod),
                Happening::Ended(pod) => (2, *pod),
                Happening::Made(_) | Happening::Deleted(_) => return true,
            };
            known.insert((kind, class(self.model, pod), condition(state, pod)))
        });
        open
    }

    /// The ways to take some of the pods, by how many of each class.
    fn choices(&self, action: &Action, state: &State) -> Vec<Vec<PodId>> {
        let mut classes: BTreeMap<(Class, (u8, u32)), Vec<PodId>> = BTreeMap::new();
        for &pod in &action.among {
            classes.entry((class(self.model, pod), condition(state, pod))).or_default().push(pod);
        }
        let mut choices = vec![Vec::new()];
        let mut left = action.among.len();
        for pods in classes.into_values() {
            left -= pods.len();
            let mut more = Vec::new();
            for chosen in choices {
                let open = action.choose - chosen.len();
                for many in open.saturating_sub(left)..=open.min(pods.len()) {
                    let mut with: Vec<PodId> = chosen.clone();
                    with.extend(&pods[..many]);
                    more.push(with);
                }
            }
            choices = more;
            choices.truncate(MOST + 1);
        }
        choices
    }
}

/// How far a pod has come, and how long it starts already.
fn condition(state: &State, pod: PodId) -> (u8, u32) {
    match state.phase(pod) {
        Phase::Absent => (0, 0),
        Phase::Starting => (1, state.clock - state.made(pod)),
        Phase::Ready => (2, 0),
        Phase::Available => (3, 0),
        Phase::Terminating { serves: false } => (4, 0),
        Phase::Terminating { serves: true } => (5, 0),
        Phase::Gone => (6, 0),
    }
}

fn key(model: &Model, state: &State, watches: &[Watch]) -> Key {
    let condition = |pod: PodId| {
        let (phase, since) = condition(state, pod);
        (class(model, pod), phase, since)
    };
    let mut pods: Vec<(Class, u8, u32)> = (0..model.pods.len()).map(condition).collect();
    pods.sort_unstable();
    let watches = watches.iter().map(|watch| watch.key(state.clock)).collect();
    (pods, state.is_scaled.clone(), watches)
}
