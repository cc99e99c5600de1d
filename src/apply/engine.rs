//! Carries a run out, and takes it back when it fails. Nothing is done before the journal says so, and
//! nothing counts as done before the node has been looked at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::journal::{JournalError, Mark, Phase, Record, Recorded, Run};
use super::{AnyExecutor, AnyStep, Done, Failure, StepStanding};

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

/// Why a run was taken back that was not confirmed.
pub const NOT_CONFIRMED: &str = "the run was not confirmed";

/// Something happens, for whoever watches.
#[derive(Debug)]
pub enum Event<'e> {
    /// A step begins.
    Begun {
        /// Which, from 0.
        number: usize,
        /// It.
        step: &'e AnyStep,
    },
    /// A step is done and verified.
    Done {
        /// Which.
        number: usize,
        /// Whether there was nothing to do.
        adopted: bool,
    },
    /// A call failed, and is made again after a pause.
    Retried {
        /// Why it failed.
        failure: &'e Failure,
        /// The pause.
        pause: Duration,
    },
    /// What was done is taken back from here on.
    TurnedBack {
        /// Why.
        why: &'e str,
    },
    /// A step has been taken back.
    Back {
        /// Which.
        number: usize,
    },
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// All steps are done.
    Applied,
    /// All is as it was before; the text says why.
    RolledBack(String),
    /// It was to be as it was before, and some steps could not be taken back.
    Incomplete {
        /// Why it was turned back.
        why: String,
        /// What could not be taken back.
        left: Vec<Trouble>,
    },
}

/// A step that could not be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Which, from 0.
    pub number: usize,
    /// Why.
    pub failure: Failure,
}

/// One run on one executor.
pub struct Engine<'r> {
    executor: &'r mut dyn AnyExecutor,
    run: Run,
    patience: Patience,
    /// Set by somebody else: turn back after the step that is being done.
    stop: &'r AtomicBool,
    watch: &'r mut dyn FnMut(Event<'_>),
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
        Self { executor, run, patience, stop, watch }
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
                Ok(()) => {
                    self.run.write(Record::End)?;
                    return Ok(RunOutcome::Applied);
                }
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
            self.turn_back(why.to_owned())?;
        }
        self.back()
    }

    fn recorded(&self) -> &Recorded {
        self.run.recorded()
    }

    fn forward(&mut self) -> Result<Result<(), String>, JournalError> {
        for number in 0..self.recorded().steps.len() {
            let mark = self.recorded().progress[number].mark;
            if matches!(mark, Mark::Done | Mark::Adopted) {
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
                Err(failure) => return Ok(Err(self.why(number, &failure))),
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
                Err(failure) => left.push(Trouble { number, failure }),
            }
        }
        if !left.is_empty() {
            return Ok(RunOutcome::Incomplete { why, left });
        }
        self.run.write(Record::End)?;
        Ok(RunOutcome::RolledBack(why))
    }

    /// Takes one step back, if there is something to take back.
    fn step_back(
        &mut self,
        number: usize,
        mark: Mark,
        step: &AnyStep,
    ) -> Result<Result<bool, Failure>, JournalError> {
        match mark {
            Mark::Untouched | Mark::Adopted | Mark::Back => return Ok(Ok(false)),
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
                Ok(StepStanding::Neither(_)) => {}
            },
            Mark::Done | Mark::BackBegun => {}
        }
        if mark != Mark::BackBegun {
            self.run.write(Record::BackBegin { number })?;
        }
        let inverse = step.inverse();
        let performed = self.perform(&inverse, mark == Mark::BackBegun);
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
                let was_so = step.had_nothing_to_do(failure.class);
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
