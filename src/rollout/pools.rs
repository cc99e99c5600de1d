//! Pools: the endpoints of a Service that clients of one kind are served by, and for how long a pool is empty.
//!
//! With the policy Cluster that is every endpoint; with Local those of one node. A pool without ready endpoints falls
//! back to those that end and still serve, as kube-proxy does.

use super::model::{Model, PodId, Pool};
use super::state::{Phase, State};

/// A time without endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    /// How many pods have to start in that time, one after another.
    pub(super) starts: u32,
    /// After how many happenings it begins, and after how many it ends.
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Pool {
    /// Whether somebody is served.
    pub(super) fn serves(&self, state: &State) -> bool {
        self.has_others
            || self.members.iter().any(|pod| match state.phase(*pod) {
                Phase::Ready | Phase::Available => true,
                Phase::Starting => self.takes_unready,
                Phase::Terminating { serves } => serves,
                Phase::Absent | Phase::Gone => false,
            })
    }

    /// The field whose value makes it smaller than all endpoints.
    pub(super) fn field(&self) -> Option<&'static str> {
        self.local.map(|(_, field)| field)
    }
}

/// The gaps of one pool in a run, as it goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Watch {
    has_served: bool,
    /// When it began to be empty, in steps and in starts.
    open: Option<(usize, u32)>,
}

impl Watch {
    /// Looks at the pool after so many happenings; a gap that ends there is told.
    pub(super) fn look(&mut self, pool: &Pool, state: &State, at: usize) -> Option<Gap> {
        if !pool.serves(state) {
            if self.has_served && self.open.is_none() {
                self.open = Some((at, state.clock));
            }
            return None;
        }
        self.has_served = true;
        let (from, since) = self.open.take()?;
        // A pod that was made before takes no longer than one start, however long others take.
        let ready = pool.members.iter().filter(|pod| state.phase(**pod).is_ready());
        let waited = ready.map(|pod| state.made(*pod).saturating_sub(since)).min().unwrap_or_default();
        Some(Gap { starts: waited + 1, from, to: at })
    }

    /// When it began to be empty, if it is.
    pub(super) fn open_since(&self) -> Option<usize> {
        self.open.map(|(at, _)| at)
    }

    /// What of it decides about what comes: when it began counts in starts only.
    pub(super) fn key(&self, clock: u32) -> (bool, Option<u32>) {
        (self.has_served, self.open.map(|(_, since)| clock - since))
    }
}

/// What pools have in common that no order treats differently.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Alike {
    service: String,
    field: Option<&'static str>,
    /// The workload of each pod, whether it is there at the beginning, and its place where pods come in an order.
    pods: Vec<(usize, bool, usize)>,
}

impl Alike {
    pub(super) fn of(model: &Model, pool: &Pool) -> Self {
        let pod = |pod: &PodId| {
            let is_ordered = model.workload_of(*pod).kind == "StatefulSet";
            let of = &model.pods[*pod];
            (of.workload, of.is_there, if is_ordered { of.slot } else { 0 })
        };
        let mut pods: Vec<(usize, bool, usize)> = pool.members.iter().map(pod).collect();
        pods.sort_unstable();
        Self { service: pool.service.clone(), field: pool.field(), pods }
    }
}
