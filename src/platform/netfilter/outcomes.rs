//! The ends of all ways of a packet.

use rustc_hash::FxHashMap;

use crate::answer::verdict::{Chance, Fate, Outcome, TraceStep, Verdict};

/// The ends of ways: one outcome for each fate, with the chance of all ways to it.
#[derive(Debug, Default)]
pub(in crate::platform) struct Outcomes {
    outcomes: Vec<Outcome>,
    known: FxHashMap<Fate, usize>,
}

impl Outcomes {
    /// Adds the end of a way. Its steps are those of the outcome if no other way led there.
    pub(in crate::platform) fn add(
        &mut self,
        chance: Chance,
        fate: Fate,
        steps: impl FnOnce() -> Vec<TraceStep>,
    ) {
        if let Some(outcome) = self.known.get(&fate).map(|known| &mut self.outcomes[*known])
            && let Some(sum) = outcome.chance.or(chance)
        {
            outcome.chance = sum;
            return;
        }
        self.known.insert(fate.clone(), self.outcomes.len());
        self.outcomes.push(Outcome { chance, fate, steps: steps(), rests_on: None });
    }

    pub(in crate::platform) fn into_verdict(self) -> Verdict {
        Verdict::new(self.outcomes)
    }
}
