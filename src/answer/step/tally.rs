//! How much a plan changes, in Terraform's words.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Sign, Step};

/// How many objects are made, changed and deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Made.
    pub add: usize,
    /// Changed where they stand.
    pub change: usize,
    /// Deleted.
    pub destroy: usize,
}

impl Tally {
    /// Of steps.
    #[must_use]
    pub fn of<S: Step>(steps: &[S]) -> Self {
        let mut tally = Self::default();
        for change in steps.iter().flat_map(Step::changes) {
            match change.sign {
                Sign::Add => tally.add += 1,
                Sign::Change => tally.change += 1,
                Sign::Destroy => tally.destroy += 1,
            }
        }
        tally
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to add, {} to change, {} to destroy", self.add, self.change, self.destroy)
    }
}
