//! Carries a run out, and takes it back when it fails. Nothing is done before the journal says so, and
//! nothing counts as done before the node has been looked at.

mod lost;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::journal::{JournalError, Mark, Phase, Record, Recorded, Run};
use super::outcome::{Event, NOT_CONFIRMED, RunOutcome, Trouble};
use super::{AnyExecutor, AnyStep, Done, Failure, Fingerprint, StepStanding};

/// How long to go on trying when a platform is busy or down.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How often a call is made at most.
    pub attempts: u32,
    /// The pause after the first attempt; each one is twice as long as the one before.
    pub first_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 6, first_pause: Duration::from_millis(250) }
    }
}

/// One run on one executor.
pub struct Engine<'r> {
    executor: &'r mut dyn AnyExecutor,
    run: Run,
    patience: Patience,
    /// Set by somebody else: turn back after the step that is being done.
    stop: &'r AtomicBool,
    watch: &'r mut dyn FnMut(Event<'_>),
    /// Give up what cannot be done, and go on.
    skips: bool,
    given_up: Vec<Trouble>,
}

/// A step is done, whoever did it.
struct Performed {
    done: Done,
    /// The node was so already, and not because of this run.
    adopted: bool,
}

impl<'r> Engine<'r> {
    /// For a run that begins or goes on.
    pub fn new(
        executor: &'r mut dyn AnyExecutor,
        run: Run,
        patience: Patience,
        stop: &'r AtomicBool,
        watch: &'r mut dyn FnMut(Event<'_>),
    ) -> Self {
        Self { executor, run, patience, stop, watch, skips: false, given_up: Vec::new() }
    }

    /// Gives up steps that cannot be done or taken back, and records that.
    #[must_use]
    pub fn skipping(self, skips: bool) -> Self {
        Self { skips, ..self }
    }

    /// Carries out what is left of the run; if that fails, or nobody confirms it in the end, takes all of
    /// it back. One that was turned back already goes on going back.
    ///
    /// # Errors
    /// When the journal cannot be written. Then the node is left as it is, and the journal tells how far it
    /// went.
    pub fn finish(mut self, confirm: &mut dyn FnMut() -> bool) -> Result<RunOutcome, JournalError> {
        if self.run.recorded().phase == Phase::Forward {
            match self.forward()? {
                Err(why) => self.turn_back(why)?,
                Ok(()) if self.run.recorded().start.wants_confirmation && !confirm() => {
                    self.turn_back(NOT_CONFIRMED.to_owned())?;
                }
                Ok(()) => return self.end(),
            }
        }
        self.back()
    }

    /// Takes the run back, however far it went.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn abandon(mut self, why: &str) -> Result<RunOutcome, JournalError> {
        if self.run.recorded().phase == Phase::Forward {
            if let Err(failure) = self.find_lost_lines()? {
                return Ok(RunOutcome::Incomplete { why: failure.to_string(), left: Vec::new() });
            }
            self.turn_back(why.to_owned())?;
        }
        self.back()
    }

    /// All steps are done, or taken back. What that makes of the node as a whole is looked at once more.
    fn end(mut self) -> Result<RunOutcome, JournalError> {
        let is_back = self.recorded().phase == Phase::Back;
        let start = &self.recorded().start;
        let expected = if is_back { start.before.clone() } else { start.after.clone() };
        let outline = self.outline();
        let why = self.recorded().why.clone().unwrap_or_default();
        self.run.write(Record::End { outline: outline.clone() })?;
        if !self.given_up.is_empty() {
            return Ok(RunOutcome::Skipped { why, left: self.given_up });
        }
        // Of a node that does not answer nothing is known.
        let differs = expected.is_some_and(|expected| outline != Some(expected));
        Ok(match (differs, is_back) {
            (true, _) => RunOutcome::Differs { why },
            (false, true) => RunOutcome::RolledBack(why),
            (false, false) => RunOutcome::Applied,
        })
    }

    /// What the node holds now, of what runs change.
    fn outline(&mut self) -> Option<Fingerprint> {
        let mut attempt = 1;
        loop {
            match self.executor.read() {
                Ok(state) => return Some(state.outline()),
                Err(failure) if failure.is_transient() && attempt < self.patience.attempts => {
                    self.pause(attempt, &failure);
                    attempt += 1;
                }
                Err(_) => return None,
            }
        }
    }

    fn mark(&self, number: usize) -> Mark {
        self.recorded().progress[number].mark
    }

    fn recorded(&self) -> &Recorded {
        self.run.recorded()
    }

    fn forward(&mut self) -> Result<Result<(), String>, JournalError> {
        if let Err(failure) = self.find_lost_lines()? {
            return Ok(Err(failure.to_string()));
        }
        if self.run.is_resumed() {
            let standing = self.recorded().standing();
            match self.executor.drift(&standing) {
                Err(failure) => return Ok(Err(failure.to_string())),
                Ok(drift) if drift.is_partly_undone => {
                    return Ok(Err("a part of it was taken back already".to_owned()));
                }
                Ok(_) => {}
            }
        }
        for number in 0..self.recorded().steps.len() {
            let mark = self.recorded().progress[number].mark;
            if matches!(mark, Mark::Done | Mark::Adopted | Mark::Skipped) {
                if let Err(failure) = self.verify_last(number) {
                    return Ok(Err(self.why(number, &failure)));
                }
                continue;
            }
            if self.stop.load(Ordering::Relaxed) {
                return Ok(Err("it was interrupted".to_owned()));
            }
            let step = self.recorded().steps[number].clone();
            (self.watch)(Event::Begun { number, step: &step });
            if mark == Mark::Untouched {
                self.run.write(Record::Begin { number })?;
            }
            let performed = match self.perform(&step, mark == Mark::Begun) {
                Ok(performed) => performed,
                Err(failure) if self.skips => {
                    self.give_up(number, failure)?;
                    continue;
                }
                Err(failure) => {
                    if failure.changed_nothing {
                        self.run.write(Record::Refused { number })?;
                    }
                    return Ok(Err(self.why(number, &failure)));
                }
            };
            let Performed { done, adopted } = performed;
            self.run.write(if adopted {
                Record::Adopted { number }
            } else {
                Record::Done { number, done: done.clone() }
            })?;
            match self.verify(&step) {
                Err(failure) => return Ok(Err(self.why(number, &failure))),
                Ok(found) if !adopted && found != done => {
                    self.run.write(Record::Done { number, done: found })?;
                }
                Ok(_) => {}
            }
            (self.watch)(Event::Done { number, adopted });
        }
        Ok(Ok(()))
    }

    /// A failure, with its object and what to do next.
    fn why(&self, number: usize, failure: &Failure) -> String {
        let changes = self.recorded().steps[number].changes();
        let what: Vec<String> = changes
            .iter()
            .take(1)
            .map(|change| format!("{} {} {}", change.sign.symbol(), change.kind, change.name))
            .collect();
        format!("step {} ({}): {failure} {}", number + 1, what.concat(), failure.advice)
    }

    fn give_up(&mut self, number: usize, failure: Failure) -> Result<(), JournalError> {
        (self.watch)(Event::Skipped { number, failure: &failure });
        self.run.write(Record::Skipped { number, why: failure.to_string() })?;
        self.given_up.push(Trouble { number, failure });
        Ok(())
    }

    fn turn_back(&mut self, why: String) -> Result<(), JournalError> {
        (self.watch)(Event::TurnedBack { why: &why });
        self.run.write(Record::Back { why })
    }

    /// Takes steps back, the last one first. One that cannot be taken back does not keep the others.
    fn back(mut self) -> Result<RunOutcome, JournalError> {
        let why = self.recorded().why.clone().unwrap_or_default();
        let mut left = Vec::new();
        for number in (0..self.recorded().steps.len()).rev() {
            let mark = self.recorded().progress[number].mark;
            let step = self.recorded().steps[number].clone();
            match self.step_back(number, mark, &step)? {
                Ok(true) => (self.watch)(Event::Back { number }),
                Ok(false) => {}
                Err(failure) if self.skips => self.give_up(number, failure)?,
                Err(failure) => left.push(Trouble { number, failure }),
            }
        }
        if !left.is_empty() {
            return Ok(RunOutcome::Incomplete { why, left });
        }
        self.end()
    }

    /// Takes one step back, if there is something to take back.
    fn step_back(
        &mut self,
        number: usize,
        mark: Mark,
        step: &AnyStep,
    ) -> Result<Result<bool, Failure>, JournalError> {
        match mark {
            Mark::Untouched | Mark::Adopted | Mark::Back | Mark::Skipped => return Ok(Ok(false)),
            Mark::Begun => match self.look(step) {
                Err(failure) => return Ok(Err(failure)),
                // The step was never done, or another program made what is there.
                Ok(StepStanding::Before | StepStanding::Taken(_)) => {
                    self.run.write(Record::BackDone { number, done: Done::default() })?;
                    return Ok(Ok(false));
                }
                Ok(StepStanding::After(done)) => {
                    self.executor.recall(step, &done);
                    self.run.write(Record::Done { number, done })?;
                }
                // What neither of the two is, somebody else has changed: the inverse of what was perhaps not done
                // would make it worse.
                Ok(StepStanding::Neither(found)) => {
                    return Ok(Err(Failure::permanent(
                        format!("{found}, so it is not known whether the step was done."),
                        "Bring the object to what it was, or give the step up with `hnsplan undo --skip`.",
                    )));
                }
            },
            Mark::Done | Mark::BackBegun => {}
        }
        if mark != Mark::BackBegun {
            self.run.write(Record::BackBegin { number })?;
        }
        let inverse = step.inverse();
        // The journal may have lost lines of an earlier way back.
        let performed = self.perform(&inverse, mark == Mark::BackBegun || self.run.is_resumed());
        match performed.and_then(|_| self.verify(&inverse)) {
            Ok(done) => {
                self.run.write(Record::BackDone { number, done })?;
                Ok(Ok(true))
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Carries a step out, again and again while the platform is busy. What it answers and what it did are
    /// two things, so after a failure it is looked at.
    fn perform(&mut self, step: &AnyStep, has_begun: bool) -> Result<Performed, Failure> {
        let mut may_be_done = has_begun;
        if has_begun && let StepStanding::After(done) = self.look(step)? {
            self.executor.recall(step, &done);
            return Ok(Performed { done, adopted: false });
        }
        let mut attempt = 1;
        loop {
            let failure = match self.executor.run(step) {
                Ok(done) => {
                    self.executor.recall(step, &done);
                    return Ok(Performed { done, adopted: false });
                }
                Err(failure) => failure,
            };
            if let Ok(StepStanding::After(done)) = self.executor.look(step) {
                let was_so = failure.changed_nothing || step.had_nothing_to_do(failure.class);
                self.executor.recall(step, &done);
                return Ok(Performed { done, adopted: was_so && !may_be_done });
            }
            if !failure.is_transient() || attempt >= self.patience.attempts {
                return Err(failure);
            }
            may_be_done = true;
            self.pause(attempt, &failure);
            attempt += 1;
        }
    }

    /// Of a run that was cut off, the last step that was done may not have been verified.
    fn verify_last(&mut self, number: usize) -> Result<(), Failure> {
        let next = self.recorded().progress.get(number + 1);
        if next.is_some_and(|next| next.mark != Mark::Untouched) {
            return Ok(());
        }
        let step = self.recorded().steps[number].clone();
        self.verify(&step).map(|_| ())
    }

    /// What is there counts, not what was answered: an object that was to be made may stand under another id
    /// than the one in the answer.
    fn verify(&mut self, step: &AnyStep) -> Result<Done, Failure> {
        let found = match self.look(step)? {
            StepStanding::After(done) => {
                self.executor.recall(step, &done);
                return Ok(done);
            }
            StepStanding::Before => "nothing has changed".to_owned(),
            StepStanding::Taken(found) | StepStanding::Neither(found) => found,
        };
        Err(Failure::permanent(
            format!("the node reported success, but {found}."),
            "Create a new plan from the current state of the node.",
        ))
    }

    /// Looks how the node stands to a step, again and again while the platform is busy.
    fn look(&mut self, step: &AnyStep) -> Result<StepStanding, Failure> {
        let mut attempt = 1;
        loop {
            match self.executor.look(step) {
                Err(failure) if failure.is_transient() && attempt < self.patience.attempts => {
                    self.pause(attempt, &failure);
                    attempt += 1;
                }
                looked => return looked,
            }
        }
    }

    fn pause(&mut self, attempt: u32, failure: &Failure) {
        let pause = self.patience.first_pause * 2_u32.saturating_pow(attempt - 1);
        (self.watch)(Event::Retried { failure, pause });
        std::thread::sleep(pause);
    }
}
