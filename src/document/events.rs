//! What happens while a plan is carried out: a line for each event, as `-o jsonl` of `apply` and `undo` prints them.

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::plan::PlannedChange;
use crate::apply::{Event, NodePlan, PlanCounts, RunOutcome, Trouble};
use crate::platform::schema_of;

/// The JSON Schema of [`RunEvent`].
#[must_use]
pub fn schema() -> Schema {
    schema_of::<RunEvent>()
}

/// Something happens. Steps are numbered from 1.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[schemars(title = "RunEvent")]
#[non_exhaustive]
pub enum RunEvent {
    /// There is a plan. Always the first one.
    Planned {
        /// How many objects change.
        changes: PlanCounts,
        /// How much of what is wanted the platform cannot do.
        losses: usize,
    },
    /// A step begins.
    Begun {
        /// Its number.
        step: usize,
        /// How many steps there are.
        of: usize,
        /// What it changes.
        changes: Vec<PlannedChange>,
    },
    /// A step is done and verified.
    Done {
        /// Its number.
        step: usize,
        /// Whether the node was so already, and not because of this run.
        adopted: bool,
    },
    /// A call failed, and is made again after a pause.
    Retried {
        /// Why it failed.
        failure: String,
        /// The pause.
        pause_seconds: f64,
    },
    /// A step failed or the run was interrupted: what was done is taken back.
    TurnedBack {
        /// Why.
        why: String,
    },
    /// A step was taken back.
    Back {
        /// Its number.
        step: usize,
    },
    /// A step was given up, as `--skip` asks for.
    Skipped {
        /// Its number.
        step: usize,
        /// Why it could not be done.
        failure: String,
    },
    /// The end: all steps are done.
    Applied,
    /// The end: everything is as before.
    RolledBack {
        /// Why.
        why: String,
    },
    /// The end: some steps could not be taken back.
    Incomplete {
        /// Why the run was turned back.
        why: String,
        /// The steps that could not be taken back.
        left: Vec<LeftStep>,
    },
    /// The end: some steps were given up, as `--skip` asks for.
    EndedWithout {
        /// Why the run was turned back; empty where it was not.
        why: String,
        /// The steps that were given up.
        left: Vec<LeftStep>,
    },
    /// The end: each step was verified, and still the node is not as it was before.
    Differs {
        /// Why the run was turned back; empty where it was not.
        why: String,
    },
}

/// A step that could not be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftStep {
    /// Its number.
    pub step: usize,
    /// Why.
    pub failure: String,
}

impl From<&NodePlan> for RunEvent {
    fn from(plan: &NodePlan) -> Self {
        Self::Planned { changes: plan.counts(), losses: plan.losses }
    }
}

impl RunEvent {
    /// An event of a run with so many steps.
    #[must_use]
    pub fn of(event: &Event<'_>, steps: usize) -> Self {
        match event {
            Event::Begun { number, step } => Self::Begun {
                step: number + 1,
                of: steps,
                changes: step.changes().into_iter().map(PlannedChange::from).collect(),
            },
            Event::Done { number, adopted } => Self::Done { step: number + 1, adopted: *adopted },
            Event::Retried { failure, pause } => {
                Self::Retried { failure: failure.to_string(), pause_seconds: pause.as_secs_f64() }
            }
            Event::TurnedBack { why } => Self::TurnedBack { why: (*why).to_owned() },
            Event::Back { number } => Self::Back { step: number + 1 },
            Event::Skipped { number, failure } => {
                Self::Skipped { step: number + 1, failure: failure.to_string() }
            }
        }
    }
}

impl From<&RunOutcome> for RunEvent {
    fn from(outcome: &RunOutcome) -> Self {
        match outcome {
            RunOutcome::Applied => Self::Applied,
            RunOutcome::RolledBack(why) => Self::RolledBack { why: why.clone() },
            RunOutcome::Incomplete { why, left } => {
                Self::Incomplete { why: why.clone(), left: left_steps(left) }
            }
            RunOutcome::Skipped { why, left } => {
                Self::EndedWithout { why: why.clone(), left: left_steps(left) }
            }
            RunOutcome::Differs { why } => Self::Differs { why: why.clone() },
        }
    }
}

fn left_steps(left: &[Trouble]) -> Vec<LeftStep> {
    let step = |of: &Trouble| LeftStep { step: of.number + 1, failure: of.failure.to_string() };
    left.iter().map(step).collect()
}
