//! Changes a node, step by step: verified, journaled, undoable.
//!
//! ```text
//! target::* ─► steps ─► engine ─► executor ─► the node
//!                         │
//!                      journal
//! ```
//!
//! A [`Step`] is a pair of what was and what is to be, so it can be taken back. An [`Executor`] carries
//! steps out on one platform and looks at what came of them.

#[cfg(feature = "apply")]
pub mod codes;
mod engine;
#[cfg(feature = "apply")]
pub mod journal;
mod plan;
#[cfg(feature = "apply")]
mod session;

pub use crate::answer::step::{Change, Done, Failure, Fingerprint, Obstacle, Sign, Standing, Step, Tally};
#[cfg(feature = "apply")]
pub use crate::platform::Executor;
#[cfg(feature = "apply")]
pub use engine::{Engine, Event, NOT_CONFIRMED, Outcome, Patience, Trouble};
pub use plan::{InputFile, Plan, PlanError};
#[cfg(feature = "apply")]
pub use session::{Order, Recovery, Session};
