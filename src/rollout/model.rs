//! The pods that a change touches, and the workloads whose controllers replace them.

use super::strategy::Strategy;

/// The position of a pod in its model.
pub(super) type PodId = usize;

/// All that a rollout is decided by; it stays the same while pods come and go.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) nodes: Vec<String>,
    pub(super) workloads: Vec<Workload>,
    /// Pods that are there, and those that will be.
    pub(super) pods: Vec<Pod>,
    pub(super) pools: Vec<Pool>,
    /// The node that is drained.
    pub(super) drain: Option<Drain>,
}

/// A pod: one that is there at the beginning, or one that will be made.
#[derive(Debug, Clone)]
pub(super) struct Pod {
    pub(super) name: String,
    pub(super) workload: usize,
    /// Its ordinal in a `StatefulSet`, its node in a `DaemonSet`, else its number.
    pub(super) slot: usize,
    pub(super) revision: Revision,
    pub(super) node: usize,
    /// Whether it is there at the beginning.
    pub(super) is_there: bool,
    /// Whether it is ready then.
    pub(super) is_ready: bool,
}

/// Which template a pod is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Revision {
    Old,
    New,
}

/// A workload whose pods change.
#[derive(Debug, Clone)]
pub(super) struct Workload {
    pub(super) kind: &'static str,
    /// `namespace/name`
    pub(super) name: String,
    pub(super) strategy: Strategy,
    /// How many pods it should have at the end.
    pub(super) replicas: usize,
    /// Whether its template changes.
    pub(super) has_new_revision: bool,
    pub(super) min_ready: u64,
    /// Whether deleted pods take time to end.
    pub(super) has_grace: bool,
    pub(super) pods: Vec<PodId>,
}

/// The endpoints that some clients of a Service are served by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pool {
    /// `namespace/name`
    pub(super) service: String,
    /// The node whose endpoints alone count, and the field that says so.
    pub(super) local: Option<(usize, &'static str)>,
    /// The pods of the model that the Service selects there.
    pub(super) members: Vec<PodId>,
    /// Whether a pod that is no part of the model is ready there.
    pub(super) has_others: bool,
    /// `publishNotReadyAddresses`
    pub(super) takes_unready: bool,
}

/// A node that is drained: its pods are evicted as far as budgets allow.
#[derive(Debug, Clone)]
pub(super) struct Drain {
    pub(super) node: usize,
    pub(super) budgets: Vec<Budget>,
}

/// A `PodDisruptionBudget`.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    /// `namespace/name`
    pub(super) name: String,
    /// The pods of the model that it is about.
    pub(super) pods: Vec<PodId>,
    /// How many pods have to stay ready, without those that are no part of the model.
    pub(super) least: usize,
}

impl Model {
    pub(super) fn workload_of(&self, pod: PodId) -> &Workload {
        &self.workloads[self.pods[pod].workload]
    }
}
