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

mod engine;
pub mod journal;
mod plan;
mod session;

pub use crate::answer::step::{Change, Done, Failure, Fingerprint, Obstacle, Sign, Standing, Step, Tally};
pub use crate::platform::Executor;
pub use engine::{Engine, Event, NOT_CONFIRMED, Outcome, Patience, Trouble};
pub use plan::{InputFile, Plan, PlanError};
pub use session::{Order, Recovery, Session};
