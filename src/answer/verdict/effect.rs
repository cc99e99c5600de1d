//! What a verdict comes to, in a form that is quickly compared.

use super::{Fate, Verdict};

/// How much a verdict tells of the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Every step, for those who ask why.
    Steps,
    /// Nothing: outcomes have no steps. This is several times as fast.
    Effect,
}

/// The fates of a verdict, each once with its chance, however they came about.
#[derive(Debug)]
pub struct Effect<'v> {
    /// In the order of the fates.
    fates: Vec<(&'v Fate, f64)>,
}

impl<'v> Effect<'v> {
    /// The effect of a verdict.
    #[must_use]
    pub fn of(verdict: &'v Verdict) -> Self {
        let outcomes = verdict.outcomes().iter().map(|outcome| (&outcome.fate, outcome.chance.as_f64()));
        let mut fates: Vec<(&Fate, f64)> = outcomes.filter(|(_, chance)| *chance > 0.0).collect();
        fates.sort_by_key(|(fate, _)| *fate);
        fates.dedup_by(|(fate, chance), (kept, sum)| {
            let same = fate == kept;
            *sum += if same { *chance } else { 0.0 };
            same
        });
        Self { fates }
    }

    /// The fates that are possible, in their order, with their chances.
    #[must_use]
    pub fn fates(&self) -> &[(&'v Fate, f64)] {
        &self.fates
    }

    /// Whether something cannot be told.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        self.fates.iter().any(|(fate, _)| matches!(fate, Fate::Undecided(_)))
    }

    /// Whether two effects mean the same to clients and endpoints: the same fates with chances that differ by
    /// no more than `tolerance`. `None` if one of them is undecided.
    #[must_use]
    pub fn is_same(&self, other: &Self, tolerance: f64) -> Option<bool> {
        if self.is_undecided() || other.is_undecided() {
            return None;
        }
        let mut pairs = self.fates.iter().zip(&other.fates);
        let same = |((fate, chance), (other_fate, other_chance)): (&(_, f64), &(_, f64))| {
            fate == other_fate && (chance - other_chance).abs() <= tolerance
        };
        Some(self.fates.len() == other.fates.len() && pairs.all(same))
    }
}

impl Verdict {
    /// Whether two verdicts mean the same to clients and endpoints: the same fates with chances that differ
    /// by no more than `tolerance`, however they came about. `None` if one of them is undecided.
    #[must_use]
    pub fn same_effect(&self, other: &Self, tolerance: f64) -> Option<bool> {
        Effect::of(self).is_same(&Effect::of(other), tolerance)
    }
}
