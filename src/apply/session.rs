//! A node with its journal: what was done there, what was cut off, and what can be undone.

use super::engine::{Engine, Patience, RunOutcome};
use super::journal::{Journal, JournalError, Phase, Purpose, Recorded, Start, now};
use super::order::{Confirm, Order};
use super::{AnyExecutor, AnyStep, PlanCounts};

/// A node that is being changed.
pub struct Session<'n> {
    executor: Box<dyn AnyExecutor + 'n>,
    journal: Journal,
    patience: Patience,
    interrupted: Option<Recorded>,
    /// Runs that can be undone, the last one last.
    applied: Vec<u64>,
}

/// What to do with a run that was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovery {
    /// Carry out what is left of it, unless it was being taken back or waited for confirmation.
    Finish,
    /// Take back what it did. The undoing of an earlier run is carried out all the same.
    TakeBack,
}

impl<'n> Session<'n> {
    /// Reads the journal, and has the executor recall the ids of objects. `seen` gets each step that was ever done:
    /// what these made may be deleted.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn open(
        mut executor: Box<dyn AnyExecutor + 'n>,
        journal: Journal,
        patience: Patience,
        mut seen: impl FnMut(&AnyStep),
    ) -> Result<Self, JournalError> {
        let (mut interrupted, mut applied) = (None, Vec::new());
        for number in journal.numbers()? {
            let Some(run) = journal.read(number, &*executor)? else { continue };
            recall(&mut *executor, &run, &mut seen);
            match (run.phase, run.start.purpose) {
                (Phase::Forward | Phase::Back, _) => interrupted = Some(run),
                (Phase::Applied, Purpose::Apply) => applied.push(number),
                (Phase::Applied, Purpose::Undo { of }) => applied.retain(|applied| *applied != of),
                (Phase::Drafted | Phase::RolledBack, _) => {}
            }
        }
        Ok(Self { executor, journal, patience, interrupted, applied })
    }

    /// The executor.
    pub fn executor(&mut self) -> &mut (dyn AnyExecutor + 'n) {
        &mut *self.executor
    }

    /// The run that was cut off, if the last one was.
    #[must_use]
    pub fn interrupted(&self) -> Option<&Recorded> {
        self.interrupted.as_ref()
    }

    /// The run that [`undo`](Self::undo) would take back.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn last_applied(&self) -> Result<Option<Recorded>, JournalError> {
        self.applied.last().map_or(Ok(None), |number| self.journal.read(*number, &*self.executor))
    }

    /// Brings the run that was cut off to an end.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn recover(
        &mut self,
        recovery: Recovery,
        order: &mut Order<'_>,
    ) -> Result<Option<RunOutcome>, JournalError> {
        let Some(run) = self.interrupted.take() else { return Ok(None) };
        let (number, start) = (run.number, run.start.clone());
        let take_back = match start.purpose {
            // The run may have cut off the person who was to confirm it.
            Purpose::Apply => recovery == Recovery::TakeBack || start.wants_confirmation,
            Purpose::Undo { .. } => false,
        };
        let run = self.journal.resume(run)?;
        let engine = Engine::new(&mut *self.executor, run, self.patience, order.stop, &mut *order.watch);
        let outcome =
            if take_back { engine.abandon("it was cut off")? } else { finish(engine, &mut order.confirm)? };
        self.ended(number, start.purpose, &outcome);
        Ok(Some(outcome))
    }

    /// Carries out steps.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn apply(
        &mut self,
        executor: &str,
        steps: Vec<AnyStep>,
        order: &mut Order<'_>,
    ) -> Result<RunOutcome, JournalError> {
        self.run(executor, Purpose::Apply, steps, order)
    }

    /// Takes back the last run that was not undone. `None` when there is none.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub fn undo(
        &mut self,
        executor: &str,
        order: &mut Order<'_>,
    ) -> Result<Option<RunOutcome>, JournalError> {
        let Some(run) = self.last_applied()? else { return Ok(None) };
        order.node.clone_from(&run.start.node);
        self.run(executor, Purpose::Undo { of: run.number }, run.inverse(), order).map(Some)
    }

    fn run(
        &mut self,
        executor: &str,
        purpose: Purpose,
        steps: Vec<AnyStep>,
        order: &mut Order<'_>,
    ) -> Result<RunOutcome, JournalError> {
        let start = Start {
            at: now(),
            purpose,
            executor: executor.to_owned(),
            node: order.node.clone(),
            tally: PlanCounts::of(&steps),
            wants_confirmation: order.confirm.is_some(),
        };
        let run = self.journal.start(start, steps)?;
        let number = run.recorded().number;
        let engine = Engine::new(&mut *self.executor, run, self.patience, order.stop, &mut *order.watch);
        let outcome = finish(engine, &mut order.confirm)?;
        self.ended(number, purpose, &outcome);
        Ok(outcome)
    }

    fn ended(&mut self, number: u64, purpose: Purpose, outcome: &RunOutcome) {
        match (outcome, purpose) {
            (RunOutcome::Applied, Purpose::Apply) => self.applied.push(number),
            (RunOutcome::Applied, Purpose::Undo { of }) => self.applied.retain(|applied| *applied != of),
            _ => {}
        }
    }
}

fn finish(engine: Engine<'_>, confirm: &mut Option<Confirm<'_>>) -> Result<RunOutcome, JournalError> {
    match confirm {
        Some(confirm) => engine.finish(confirm),
        None => engine.finish(&mut || true),
    }
}

/// Has an executor recall the results of the steps of a run, in the order in which they happened.
fn recall(executor: &mut dyn AnyExecutor, run: &Recorded, seen: &mut impl FnMut(&AnyStep)) {
    for (step, progress) in run.steps.iter().zip(&run.progress) {
        if let Some(done) = &progress.done {
            seen(step);
            executor.recall(step, done);
        }
    }
    for (step, progress) in run.steps.iter().zip(&run.progress).rev() {
        if let Some(back) = &progress.back {
            executor.recall(&step.inverse(), back);
        }
    }
}
