//! A node with its journal: what was done there, what was cut off, and what can be undone.

use super::engine::{Engine, Patience};
use super::journal::{Journal, JournalError, Phase, Purpose, Recorded, Start, now};
use super::order::{Confirm, Order};
use super::outcome::RunOutcome;
use super::{AnyExecutor, AnyStep, Drift, Failure, Fingerprint, Obstacle, PlanCounts};

/// A node that is being changed.
pub struct Session<'n> {
    executor: Box<dyn AnyExecutor + 'n>,
    journal: Journal,
    patience: Patience,
    interrupted: Option<Recorded>,
    /// The last run, if its journal ends before its first step.
    drafted: Option<Recorded>,
    /// Runs that can be undone, the last one last.
    applied: Vec<u64>,
}

/// The steps of an undo, and what stands in its way.
#[derive(Debug, Clone, Default)]
pub struct UndoPlan {
    /// The steps, in their order.
    pub steps: Vec<AnyStep>,
    /// What stands in the way; none of it is one of the steps that were left out.
    pub obstacles: Vec<Obstacle>,
    /// What was left out, as steps are given up that cannot be done.
    pub left_out: Vec<Obstacle>,
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
        let (mut interrupted, mut drafted, mut applied) = (None, None, Vec::new());
        for number in journal.numbers()? {
            let Some(run) = journal.read(number, &*executor)? else { return Err(journal.cut(number)) };
            // No run begins before the one before it has ended.
            if let Some(Recorded { number, .. }) = interrupted.take() {
                return Err(journal.cut(number));
            }
            drafted = None;
            recall(&mut *executor, &run, &mut seen);
            match (run.phase, run.start.purpose) {
                (Phase::Forward | Phase::Back, _) => interrupted = Some(run),
                (Phase::Applied, Purpose::Apply) => applied.push(number),
                (Phase::Applied, Purpose::Undo { of }) => applied.retain(|applied| *applied != of),
                (Phase::Drafted, _) => drafted = Some(run),
                (Phase::RolledBack | Phase::Forgotten, _) => {}
            }
        }
        Ok(Self { executor, journal, patience, interrupted, drafted, applied })
    }

    /// The last run, if its journal ends before its first step, and yet the node is no longer as it was before it:
    /// either the journal lost its last lines, or others have changed the node since.
    ///
    /// # Errors
    /// When the platform does not answer.
    pub fn lost_run(&mut self) -> Result<Option<u64>, Failure> {
        let Some(Recorded { number, start, .. }) = &self.drafted else { return Ok(None) };
        let Some(before) = start.before.clone() else { return Ok(None) };
        let number = *number;
        Ok((self.executor.read()?.outline() != before).then_some(number))
    }

    /// What stands in the way of bringing the interrupted run to an end: programs that change the same objects, and
    /// objects that were changed since the run made them.
    ///
    /// # Errors
    /// When the platform does not answer.
    pub fn recovery_obstacles(&mut self) -> Result<Vec<Obstacle>, Failure> {
        let Some(run) = &self.interrupted else { return Ok(Vec::new()) };
        let standing = run.standing();
        let mut found = self.executor.obstacles(&[])?;
        found.extend(self.executor.drift(&standing)?.changed);
        Ok(found)
    }

    /// How the last run would be undone, and what stands in the way: the same as for any plan, and objects that were
    /// changed since the run made them. With `skips`, steps that cannot be done are left out.
    ///
    /// # Errors
    /// When the platform does not answer.
    pub fn plan_undo(&mut self, run: &Recorded, skips: bool) -> Result<UndoPlan, Failure> {
        let Drift { changed, .. } = self.executor.drift(&run.standing())?;
        let mut plan = UndoPlan { steps: run.inverse(), ..UndoPlan::default() };
        // The inverse has the same steps, the last one first.
        let last = plan.steps.len().saturating_sub(1);
        let mut obstacles: Vec<Obstacle> = changed
            .into_iter()
            .map(|obstacle| Obstacle { step: obstacle.step.map(|step| last - step), ..obstacle })
            .collect();
        obstacles.extend(self.executor.obstacles(&plan.steps)?);
        while skips && obstacles.iter().any(|obstacle| obstacle.step.is_some()) {
            let hindered: Vec<usize> = obstacles.iter().filter_map(|obstacle| obstacle.step).collect();
            let kept = plan.steps.into_iter().enumerate().filter(|(number, _)| !hindered.contains(number));
            plan.steps = kept.map(|(_, step)| step).collect();
            plan.left_out.extend(obstacles.into_iter().filter(|obstacle| obstacle.step.is_some()));
            // What is left out may have been needed by other steps.
            obstacles = self.executor.obstacles(&plan.steps)?;
        }
        plan.obstacles = obstacles;
        Ok(plan)
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
        let engine = Engine::new(&mut *self.executor, run, self.patience, order.stop, &mut *order.watch)
            .skipping(order.skips);
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
        self.run(executor, Purpose::Apply, steps, None, order)
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
        let steps = run.inverse();
        self.undo_steps(executor, &run, steps, order).map(Some)
    }

    /// Takes back a run with steps of [`plan_undo`](Self::plan_undo).
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn undo_steps(
        &mut self,
        executor: &str,
        run: &Recorded,
        steps: Vec<AnyStep>,
        order: &mut Order<'_>,
    ) -> Result<RunOutcome, JournalError> {
        order.node.clone_from(&run.start.node);
        // What others have changed since stays changed.
        let is_whole = steps.len() == run.standing().len();
        let is_untouched = run.outline.is_some() && self.outline() == run.outline;
        let after = run.start.before.clone().filter(|_| is_whole && is_untouched);
        self.run(executor, Purpose::Undo { of: run.number }, steps, after, order)
    }

    /// What the node holds now of what runs change; `None` where it does not answer.
    fn outline(&mut self) -> Option<Fingerprint> {
        self.executor.read().ok().map(|state| state.outline())
    }

    fn run(
        &mut self,
        executor: &str,
        purpose: Purpose,
        steps: Vec<AnyStep>,
        after: Option<Fingerprint>,
        order: &mut Order<'_>,
    ) -> Result<RunOutcome, JournalError> {
        let start = Start {
            at: now(),
            purpose,
            executor: executor.to_owned(),
            node: order.node.clone(),
            tally: PlanCounts::of(&steps),
            wants_confirmation: order.confirm.is_some(),
            before: self.outline(),
            after,
        };
        let run = self.journal.start(start, steps)?;
        let number = run.recorded().number;
        let engine = Engine::new(&mut *self.executor, run, self.patience, order.stop, &mut *order.watch)
            .skipping(order.skips);
        let outcome = finish(engine, &mut order.confirm)?;
        self.ended(number, purpose, &outcome);
        Ok(outcome)
    }

    fn ended(&mut self, number: u64, purpose: Purpose, outcome: &RunOutcome) {
        match (outcome, purpose) {
            (RunOutcome::Applied, Purpose::Apply) => self.applied.push(number),
            (RunOutcome::Applied, Purpose::Undo { of }) => self.applied.retain(|applied| *applied != of),
            // One that was turned back has undone nothing.
            (RunOutcome::Differs { why } | RunOutcome::Skipped { why, .. }, Purpose::Undo { of })
                if why.is_empty() =>
            {
                self.applied.retain(|applied| *applied != of);
            }
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
