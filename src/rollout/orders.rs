//! The worst order of a rollout, and the best.
//!
//! All orders are gone through where they are few enough. Of a large rollout, orders are tried that are as bad for one
//! pool as they can be: its pods are deleted, made and ready first or last, pods end before others are ready or after,
//! and the rest comes in several ways. So of those it is known that they may happen, and not that none is worse.

use super::action::Action;
use super::every;
use super::model::{Model, PodId, Pool};
use super::pools::Alike;
use super::run::{Order, Run, run};
use super::state::{Happening, State};

/// How an order treats the pods of one pool.
struct Against<'m> {
    /// By pod.
    is_member: &'m [bool],
    /// What it does first: to delete them, to make them, to let them get ready, to let pods end.
    first: [bool; 4],
    /// How the rest is mixed.
    mix: usize,
}

/// In how many ways the rest is mixed.
const MIXES: usize = 4;

impl Against<'_> {
    /// The place of a pod among those that are treated alike.
    fn place(&self, model: &Model, pod: PodId) -> (usize, usize) {
        let nodes = model.nodes.len().max(1);
        let node = model.pods[pod].node;
        match self.mix {
            0 => (model.pods[pod].slot, pod),
            1 => (usize::MAX - model.pods[pod].slot, pod),
            2 => (node, pod),
            mix => ((node * (2 * mix + 1) + mix) % nodes, pod),
        }
    }
}

impl Order for Against<'_> {
    fn choose(&mut self, model: &Model, _: &State, action: &Action) -> Vec<PodId> {
        let first = self.first[usize::from(!action.is_deletion)];
        let mut pods = action.among.clone();
        pods.sort_by_key(|pod| (self.is_member[*pod] != first, self.place(model, *pod)));
        pods.truncate(action.choose);
        pods
    }

    fn first(&mut self, _: &Model, _: &State, open: &[Happening]) -> usize {
        let rank = |happening: &Happening| {
            let (ends, pod) = match happening {
                Happening::Ended(pod) => (true, pod),
                Happening::Ready(pod) | Happening::Available(pod) => (false, pod),
                Happening::Made(_) | Happening::Deleted(_) => return (true, true),
            };
            let is_member = self.is_member[*pod];
            (ends != self.first[3], if ends { !is_member } else { is_member != self.first[2] })
        };
        (0..open.len()).min_by_key(|at| rank(&open[*at])).unwrap_or_default()
    }
}

/// Orders that are as bad for a pool as they can be, or as good.
fn tried(model: &Model, pool: usize) -> Vec<Run> {
    let mut is_member = vec![false; model.pods.len()];
    model.pools[pool].members.iter().for_each(|pod| is_member[*pod] = true);
    let order = |number: usize| {
        let first = [0, 1, 2, 3].map(|bit| number & (1 << bit) != 0);
        let mut order = Against { is_member: &is_member, first, mix: number >> 4 };
        run(model, &[], &mut order)
    };
    (0..16 * MIXES).map(order).collect()
}

/// The best order: pods are deleted where most are left, made where fewest are, and end last.
struct Kind;

impl Kind {
    /// For each pod, how many ready pods the poorest of its pools has.
    fn wealth(model: &Model, state: &State) -> Vec<usize> {
        let ready = |pool: &Pool| pool.members.iter().filter(|pod| state.phase(**pod).is_ready()).count();
        least(model, |pool| (!pool.has_others).then(|| ready(pool)), usize::MAX)
    }

    /// For each pod, how many pods that start already will be in the poorest of its pools.
    fn prospects(model: &Model, state: &State) -> Vec<usize> {
        let active = |pool: &Pool| pool.members.iter().filter(|pod| state.phase(**pod).is_active()).count();
        least(model, |pool| Some(active(pool)), 0)
    }
}

/// For each pod, the least of what its pools have; `without` for those that are in no pool that counts.
fn least(model: &Model, of: impl Fn(&Pool) -> Option<usize>, without: usize) -> Vec<usize> {
    let mut least = vec![None; model.pods.len()];
    for pool in &model.pools {
        let Some(has) = of(pool) else { continue };
        for pod in &pool.members {
            least[*pod] = Some(least[*pod].map_or(has, |least: usize| least.min(has)));
        }
    }
    least.into_iter().map(|least| least.unwrap_or(without)).collect()
}

impl Order for Kind {
    fn choose(&mut self, model: &Model, state: &State, action: &Action) -> Vec<PodId> {
        let mut left = action.among.clone();
        let mut chosen = Vec::new();
        let mut after = state.clone();
        while chosen.len() < action.choose {
            let best = if action.is_deletion {
                let wealth = Self::wealth(model, &after);
                left.iter().max_by_key(|pod| (wealth[**pod], std::cmp::Reverse(**pod)))
            } else {
                let prospects = Self::prospects(model, &after);
                left.iter().min_by_key(|pod| (prospects[**pod], **pod))
            };
            let Some(pod) = best.copied() else { break };
            after.take(model, &action.with_only(pod));
            left.retain(|other| *other != pod);
            chosen.push(pod);
        }
        chosen
    }

    fn first(&mut self, model: &Model, state: &State, open: &[Happening]) -> usize {
        let wealth = Self::wealth(model, state);
        let rank = |happening: &Happening| match happening {
            Happening::Ready(pod) => (0, wealth[*pod]),
            Happening::Available(_) => (1, 0),
            _ => (2, 0),
        };
        (0..open.len()).min_by_key(|at| rank(&open[*at])).unwrap_or_default()
    }
}

/// The orders that are shown.
#[derive(Debug)]
pub(super) struct Extremes {
    pub(super) worst: Run,
    pub(super) best: Run,
    /// For each pool, the longest gap that an order leaves, in starts; none where no order leaves one.
    pub(super) longest: Vec<Option<u32>>,
    /// Whether all orders were gone through, so that none is worse.
    pub(super) is_exact: bool,
}

/// The worst order for each pool, and of all; and the best.
pub(super) fn extremes(model: &Model) -> Extremes {
    let mut found = Extremes {
        worst: Run::default(),
        best: run(model, &[], &mut Kind),
        longest: Vec::new(),
        is_exact: true,
    };
    found.worst = found.best.clone();
    if found.best.weight() > (0, 0, 0, 0) {
        match every::without_gap(model) {
            Ok(Some(path)) => found.best = run(model, &path, &mut Kind),
            Ok(None) => {}
            Err(every::TooMany) => found.is_exact = false,
        }
    }
    let mut known: Vec<(Alike, Option<u32>)> = Vec::new();
    for (at, pool) in model.pools.iter().enumerate() {
        let like = Alike::of(model, pool);
        let alike = known.iter().find(|(of, _)| *of == like).map(|(_, starts)| *starts);
        let starts = alike.unwrap_or_else(|| found.add(model, at));
        known.push((like, starts));
        found.longest.push(starts);
    }
    found
}

impl Extremes {
    /// The longest gap of a pool, whose orders are taken into account.
    fn add(&mut self, model: &Model, pool: usize) -> Option<u32> {
        let runs: Vec<Run> = if let Ok(longest) = every::longest(model, pool) {
            longest.iter().map(|(_, path)| run(model, path, &mut Kind)).collect()
        } else {
            self.is_exact = false;
            tried(model, pool)
        };
        let mut starts = None;
        for run in runs {
            starts = starts.max(run.longest(pool).map(|gap| gap.starts));
            if run.weight() < self.best.weight() {
                self.best = run.clone();
            }
            if run.weight() > self.worst.weight() {
                self.worst = run;
            }
        }
        starts
    }
}
