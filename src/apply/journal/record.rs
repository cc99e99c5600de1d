//! What a journal contains, and what follows from it.

use serde::{Deserialize, Serialize};

use crate::apply::{AnyStep, Done, Fingerprint, PlanCounts};

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum Record<S = AnyStep> {
    /// The first line.
    Start(Start),
    /// A step that is going to be carried out, in its order.
    Step {
        /// It.
        step: S,
    },
    /// All steps are written; the first one may begin.
    Ready,
    /// A step begins.
    Begin {
        /// Which, from 0.
        number: usize,
    },
    /// The node has answered that a step is done.
    Done {
        /// Which.
        number: usize,
        /// Its result.
        done: Done,
    },
    /// A step had nothing to do: the node was as it is to be, and not because of this program.
    Adopted {
        /// Which.
        number: usize,
    },
    /// The platform refused a step as a whole: nothing has changed, and there is nothing to take back.
    Refused {
        /// Which.
        number: usize,
    },
    /// A step was given up on request: what it did, or was to do, stays as it is.
    Skipped {
        /// Which.
        number: usize,
        /// Why it could not be done, in words.
        why: String,
    },
    /// A step failed, and what has been done is taken back.
    Back {
        /// Why, in words.
        why: String,
    },
    /// A step begins to be taken back.
    BackBegin {
        /// Which.
        number: usize,
    },
    /// A step has been taken back.
    BackDone {
        /// Which.
        number: usize,
        /// The result of its inverse.
        done: Done,
    },
    /// Nothing is left to do.
    End {
        /// What the node held in the end of what runs change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outline: Option<Fingerprint>,
    },
    /// A person gave the run up: it is neither finished nor taken back.
    Forgotten {
        /// When, in UTC.
        at: String,
    },
}

/// What a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// When, in UTC: `2026-11-21T20:00:00Z`.
    pub at: String,
    /// What it does.
    pub purpose: Purpose,
    /// Who carries it out: `hcn`, `sim`, ….
    pub executor: String,
    /// The node that the plan was made for, if it had a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// How much it changes.
    pub tally: PlanCounts,
    /// Whether a person has to confirm it in the end. One who does not is taken to be cut off.
    pub wants_confirmation: bool,
    /// What the node held before it, of what runs change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Fingerprint>,
    /// What the node is to hold in the end of an undo, where nobody else has changed it meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Fingerprint>,
}

/// Why a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// It carries out a plan.
    Apply,
    /// It takes back an earlier run.
    Undo {
        /// The number of that run.
        of: u64,
    },
}

/// A run, as far as it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<S = AnyStep> {
    /// Its number, from 1.
    pub number: u64,
    /// What it is.
    pub start: Start,
    /// Its steps.
    pub steps: Vec<S>,
    /// How far each step went.
    pub progress: Vec<Progress>,
    /// How far it is.
    pub phase: Phase,
    /// Why it went back, if it did.
    pub why: Option<String>,
    /// What the node held in the end, of what runs change.
    pub outline: Option<Fingerprint>,
}

/// How far a step went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// How far it is.
    pub mark: Mark,
    /// Its result.
    pub done: Option<Done>,
    /// The result of its inverse.
    pub back: Option<Done>,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mark {
    /// It has not begun.
    #[default]
    Untouched,
    /// It has begun; whether it was done only the node knows.
    Begun,
    /// It was done.
    Done,
    /// There was nothing to do, and there is nothing to take back.
    Adopted,
    /// It has begun to be taken back; whether it was only the node knows.
    BackBegun,
    /// It was taken back.
    Back,
    /// It was given up.
    Skipped,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Its steps are not all written, so none has begun.
    Drafted,
    /// It carries out its steps.
    Forward,
    /// It takes back what it did.
    Back,
    /// All of it is done.
    Applied,
    /// All of it is taken back.
    RolledBack,
    /// It was given up.
    Forgotten,
}

impl<S> Record<S> {
    /// The same with another step.
    pub(super) fn map<T, E>(self, step: impl FnOnce(S) -> Result<T, E>) -> Result<Record<T>, E> {
        Ok(match self {
            Self::Start(start) => Record::Start(start),
            Self::Step { step: of } => Record::Step { step: step(of)? },
            Self::Ready => Record::Ready,
            Self::Begin { number } => Record::Begin { number },
            Self::Done { number, done } => Record::Done { number, done },
            Self::Adopted { number } => Record::Adopted { number },
            Self::Refused { number } => Record::Refused { number },
            Self::Skipped { number, why } => Record::Skipped { number, why },
            Self::Back { why } => Record::Back { why },
            Self::BackBegin { number } => Record::BackBegin { number },
            Self::BackDone { number, done } => Record::BackDone { number, done },
            Self::End { outline } => Record::End { outline },
            Self::Forgotten { at } => Record::Forgotten { at },
        })
    }
}

impl<S> Recorded<S> {
    /// A run of which only the first line is known.
    pub(super) fn new(number: u64, start: Start) -> Self {
        let (steps, progress) = (Vec::new(), Vec::new());
        Self { number, start, steps, progress, phase: Phase::Drafted, why: None, outline: None }
    }

    /// Whether it was cut off, with something left to do.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        matches!(self.phase, Phase::Forward | Phase::Back)
    }

    /// Takes in the next line. `None` when it does not fit to those before it.
    pub(super) fn take(&mut self, record: Record<S>) -> Option<()> {
        match record {
            Record::Start(_) => return None,
            Record::Step { step } => {
                self.steps.push(step);
                self.progress.push(Progress::default());
            }
            Record::Ready => self.phase = Phase::Forward,
            Record::Begin { number } => self.progress.get_mut(number)?.mark = Mark::Begun,
            Record::Done { number, done } => {
                let progress = self.progress.get_mut(number)?;
                progress.mark = Mark::Done;
                progress.done = Some(done);
            }
            Record::Adopted { number } => self.progress.get_mut(number)?.mark = Mark::Adopted,
            Record::Refused { number } => self.progress.get_mut(number)?.mark = Mark::Untouched,
            Record::Skipped { number, .. } => self.progress.get_mut(number)?.mark = Mark::Skipped,
            Record::Back { why } => {
                self.phase = Phase::Back;
                self.why = Some(why);
            }
            Record::BackBegin { number } => self.progress.get_mut(number)?.mark = Mark::BackBegun,
            Record::BackDone { number, done } => {
                let progress = self.progress.get_mut(number)?;
                progress.mark = Mark::Back;
                progress.back = Some(done);
            }
            Record::Forgotten { .. } => self.phase = Phase::Forgotten,
            Record::End { outline } => {
                self.outline = outline;
                self.phase = if self.phase == Phase::Back { Phase::RolledBack } else { Phase::Applied };
            }
        }
        Some(())
    }
}

impl Recorded {
    /// The steps that take back what the run did itself, the last one first.
    #[must_use]
    pub fn inverse(&self) -> Vec<AnyStep> {
        let steps = self.steps.iter().zip(&self.progress).rev();
        steps.filter(|(_, progress)| progress.mark == Mark::Done).map(|(step, _)| step.inverse()).collect()
    }

    /// The steps that are done and not taken back, in their order.
    #[must_use]
    pub fn standing(&self) -> Vec<AnyStep> {
        let steps = self.steps.iter().zip(&self.progress);
        steps.filter(|(_, progress)| progress.mark == Mark::Done).map(|(step, _)| step.clone()).collect()
    }

    /// The steps that were done, even if they were taken back later.
    pub fn done(&self) -> impl Iterator<Item = &AnyStep> {
        let steps = self.steps.iter().zip(&self.progress);
        steps.filter(|(_, progress)| progress.done.is_some()).map(|(step, _)| step)
    }
}
