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
mod executor;
mod failure;
mod fingerprint;
pub mod hcn;
pub mod hns;
pub mod iptables;
pub mod journal;
pub mod netsh;
mod plan;
mod session;
pub mod sim;
mod tally;

pub use engine::{Engine, Event, NOT_CONFIRMED, Outcome, Patience, Trouble};
pub use executor::{Change, Done, Executor, Obstacle, Sign, Standing, Step};
pub use failure::Failure;
pub use fingerprint::Fingerprint;
pub use plan::{InputFile, Plan, PlanError};
pub use session::{Order, Recovery, Session};
pub use tally::Tally;
