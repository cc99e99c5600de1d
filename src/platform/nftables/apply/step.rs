//! Steps of nftables: a change of the table of one family each.

use serde::{Deserialize, Serialize};

use crate::answer::step::{PlanLine, Step};
use crate::platform::nftables::plan::{TableChange, facts};

/// A change of the table of one family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NftablesStep(pub TableChange);

impl Step for NftablesStep {
    fn inverse(&self) -> Self {
        Self(self.0.inverse())
    }

    fn changes(&self) -> Vec<PlanLine> {
        facts(&self.0).into_iter().map(|fact| fact.line).collect()
    }

    fn facts(&self, line: usize) -> [Vec<String>; 2] {
        let fact = facts(&self.0).into_iter().nth(line);
        fact.map_or_else(Default::default, |fact| [fact.before, fact.after])
    }
}
