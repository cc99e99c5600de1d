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

mod executor;
mod failure;
pub mod hcn;
pub mod hns;

pub use executor::{Change, Done, Executor, Obstacle, Sign, Standing, Step};
pub use failure::Failure;
