//! How much a plan changes, in Terraform's words.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AnyStep, PlanLine, Sign};

/// How many objects are made, changed and deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanCounts {
    /// Made.
    pub add: usize,
    /// Changed where they are.
    pub change: usize,
    /// Deleted.
    pub destroy: usize,
}

impl PlanCounts {
    /// Of steps.
    #[must_use]
    pub fn of(steps: &[AnyStep]) -> Self {
        Self::of_lines(steps.iter().flat_map(AnyStep::changes))
    }

    /// Of the lines of a plan.
    pub fn of_lines(lines: impl IntoIterator<Item = PlanLine>) -> Self {
        let mut counts = Self::default();
        for line in lines {
            match line.sign {
                Sign::Add => counts.add += 1,
                Sign::Change => counts.change += 1,
                Sign::Destroy => counts.destroy += 1,
            }
        }
        counts
    }
}

impl fmt::Display for PlanCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to add, {} to change, {} to destroy", self.add, self.change, self.destroy)
    }
}
