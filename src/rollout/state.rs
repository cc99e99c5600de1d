//! What is there at one moment of a rollout: each pod that ever is, and how far it has come.

use super::model::{Model, PodId, Revision};

/// How far a pod has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// Nobody has made it yet.
    Absent,
    /// It has an address and is not ready.
    Starting,
    /// It is ready, and not yet for `minReadySeconds`.
    Ready,
    /// It counts as available.
    Available,
    /// It is deleted and has not ended; until then it serves as long as its readiness probe succeeds.
    Terminating {
        /// Whether it was ready before.
        serves: bool,
    },
    /// It has ended.
    Gone,
}

impl Phase {
    /// Whether the controller of its workload counts it.
    pub(super) fn is_active(self) -> bool {
        matches!(self, Self::Starting | Self::Ready | Self::Available)
    }

    pub(super) fn is_ready(self) -> bool {
        matches!(self, Self::Ready | Self::Available)
    }

    /// Whether a cluster has the pod.
    pub(super) fn exists(self) -> bool {
        !matches!(self, Self::Absent | Self::Gone)
    }
}

/// All pods at one moment. Time is counted in pods that start one after another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    phases: Vec<Phase>,
    /// When each pod was made.
    made: Vec<u32>,
    /// How many pods had to start one after another until now.
    pub(super) clock: u32,
    /// The workloads that had as many pods as they should have at some time.
    pub(super) is_scaled: Vec<bool>,
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Happening {
    /// Pods are made.
    Made(Vec<PodId>),
    /// Pods are deleted.
    Deleted(Vec<PodId>),
    /// A pod gets ready.
    Ready(PodId),
    /// A pod has been ready for `minReadySeconds`.
    Available(PodId),
    /// A pod that was deleted ends.
    Ended(PodId),
}

impl State {
    /// The moment before anything happens.
    pub(super) fn before(model: &Model) -> Self {
        let phases = model.pods.iter().map(|pod| match (pod.revision, pod.is_there) {
            (_, false) => Phase::Absent,
            (Revision::Old | Revision::New, true) if pod.is_ready => Phase::Available,
            _ => Phase::Starting,
        });
        let phases: Vec<Phase> = phases.collect();
        let mut state = Self {
            made: vec![0; phases.len()],
            phases,
            clock: 0,
            is_scaled: vec![false; model.workloads.len()],
        };
        state.note_scales(model);
        state
    }

    pub(super) fn phase(&self, pod: PodId) -> Phase {
        self.phases[pod]
    }

    /// How many pods had started one after another when a pod was made.
    pub(super) fn made(&self, pod: PodId) -> u32 {
        self.made[pod]
    }

    /// Takes one step.
    pub(super) fn take(&mut self, model: &Model, happening: &Happening) {
        match happening {
            Happening::Made(pods) => {
                for &pod in pods {
                    self.phases[pod] = Phase::Starting;
                    self.made[pod] = self.clock;
                }
            }
            Happening::Deleted(pods) => {
                for &pod in pods {
                    let serves = self.phases[pod].is_ready();
                    let ends_at_once = !model.workload_of(pod).has_grace;
                    self.phases[pod] = if ends_at_once { Phase::Gone } else { Phase::Terminating { serves } };
                }
            }
            Happening::Ready(pod) => {
                let waits = model.workload_of(*pod).min_ready > 0;
                self.phases[*pod] = if waits { Phase::Ready } else { Phase::Available };
                self.clock = self.clock.max(self.made[*pod] + 1);
            }
            Happening::Available(pod) => self.phases[*pod] = Phase::Available,
            Happening::Ended(pod) => self.phases[*pod] = Phase::Gone,
        }
        self.note_scales(model);
    }

    /// What may happen by itself: pods get ready and end whenever they do.
    pub(super) fn open(&self) -> Vec<Happening> {
        let of = self.phases.iter().enumerate().filter_map(|(pod, phase)| match phase {
            Phase::Starting => Some(Happening::Ready(pod)),
            Phase::Ready => Some(Happening::Available(pod)),
            Phase::Terminating { .. } => Some(Happening::Ended(pod)),
            Phase::Absent | Phase::Available | Phase::Gone => None,
        });
        of.collect()
    }

    fn note_scales(&mut self, model: &Model) {
        for (at, workload) in model.workloads.iter().enumerate() {
            let active = |revision| {
                workload
                    .pods
                    .iter()
                    .filter(|pod| model.pods[**pod].revision == revision && self.phases[**pod].is_active())
                    .count()
            };
            self.is_scaled[at] |= active(Revision::Old) == workload.replicas;
        }
    }
}
