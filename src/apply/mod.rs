//! Changes a node, step by step: verified, journaled, undoable.
//!
//! ```text
//! platform ─► steps ─► engine ─► executor ─► the node
//!                        │
//!                     journal
//! ```
//!
//! A [`Step`] is a pair of what was and what is to be, so it can be taken back. An [`Executor`] carries out steps on
//! one platform and looks at their results. Everything here holds steps and executors without their types.

pub mod codes;
#[cfg(feature = "apply")]
mod engine;
#[cfg(feature = "apply")]
pub mod journal;
#[cfg(feature = "apply")]
mod order;
#[cfg(feature = "apply")]
mod outcome;
mod plan;
#[cfg(feature = "apply")]
pub mod report;
#[cfg(feature = "apply")]
mod session;

pub use crate::answer::step::{
    AnyState, AnyStep, Done, Drift, Failure, Fingerprint, Obstacle, PlanCounts, PlanLine, Sign, Step,
    StepStanding,
};
pub use crate::platform::{AnyExecutor, Executor};
#[cfg(feature = "apply")]
pub use engine::{Engine, Patience};
#[cfg(feature = "apply")]
pub use order::Order;
#[cfg(feature = "apply")]
pub use outcome::{Event, NOT_CONFIRMED, RunOutcome, Trouble};
pub use plan::{
    Admission, InputFile, NodePlan, PLAN_KIND, PlanError, PlanFile, PlannedLoss, SavedPlan, names_machine,
    other_machine, other_mode,
};
#[cfg(feature = "apply")]
pub use plan::{KeyError, SigningKey, VerifyingKey, signature_file};
#[cfg(feature = "apply")]
pub use session::{Recovery, Session, UndoPlan};
