//! What a controller does next: which pods are certain, and how many of which others.

use super::model::PodId;
use super::state::Happening;

/// What a controller does at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) is_deletion: bool,
    /// The pods that are touched in any case.
    pub(super) certain: Vec<PodId>,
    /// How many of the others.
    pub(super) choose: usize,
    /// The others, of which nothing says which.
    pub(super) among: Vec<PodId>,
}

impl Action {
    pub(super) fn make(choose: usize, among: Vec<PodId>) -> Option<Self> {
        Self { is_deletion: false, certain: Vec::new(), choose, among }.if_any()
    }

    pub(super) fn delete(choose: usize, among: Vec<PodId>) -> Option<Self> {
        Self { is_deletion: true, certain: Vec::new(), choose, among }.if_any()
    }

    pub(super) fn certainly(is_deletion: bool, certain: Vec<PodId>) -> Option<Self> {
        Self { is_deletion, certain, choose: 0, among: Vec::new() }.if_any()
    }

    /// Nothing is chosen where all are taken.
    pub(super) fn if_any(mut self) -> Option<Self> {
        self.choose = self.choose.min(self.among.len());
        if self.choose == self.among.len() {
            self.certain.append(&mut self.among);
            self.choose = 0;
        }
        if self.choose == 0 {
            self.among.clear();
        }
        (!self.certain.is_empty() || self.choose > 0).then_some(self)
    }

    /// What happens when these of the others are taken.
    pub(super) fn with(&self, chosen: &[PodId]) -> Happening {
        let mut pods = self.certain.clone();
        pods.extend(chosen);
        pods.sort_unstable();
        if self.is_deletion { Happening::Deleted(pods) } else { Happening::Made(pods) }
    }
}

impl Action {
    /// What happens to one of the others.
    pub(super) fn with_only(&self, pod: PodId) -> Happening {
        if self.is_deletion { Happening::Deleted(vec![pod]) } else { Happening::Made(vec![pod]) }
    }
}
