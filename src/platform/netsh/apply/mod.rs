//! The executor for netsh: one process for each command, whose exit code proves nothing.
//!
//! ```text
//! platform::netsh ─► step ─► shell ─► netsh.exe
//!                   state ◄──┘
//! ```
//!
//! netsh answers 0 to much that it does not do, and speaks the language of its Windows. So what a command
//! did is read back each time, from addresses, ports and names alone.
//!
//! Steps are data and always there; what carries them out comes with the feature `apply`.

mod planner;
mod shown_rule;
mod state;
mod step;

#[cfg(feature = "apply")]
mod drift;
#[cfg(feature = "apply")]
mod executor;
#[cfg(feature = "apply")]
mod executors;
#[cfg(feature = "apply")]
mod obstacles;
#[cfg(feature = "apply")]
mod shell;

pub use planner::{Wish, plan_steps};
pub use state::{NetshState, Presence};
pub(super) use step::in_words;
pub use step::{NetshCall, NetshStep, deletions, steps, untold};

#[cfg(feature = "apply")]
pub use executor::NetshNode;
#[cfg(feature = "apply")]
pub use executors::EXECUTORS;
#[cfg(feature = "apply")]
pub use shell::{Answer, Netsh, Shell};

#[cfg(all(test, feature = "apply"))]
mod tests;
