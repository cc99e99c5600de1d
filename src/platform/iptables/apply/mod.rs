//! iptables of a Linux node: one text for `iptables-restore` for each table of each family, which the kernel takes
//! as a whole.
//!
//! Steps are data and always there; what carries them out comes with the feature `apply`.

mod planner;
mod step;

#[cfg(feature = "apply")]
mod drift;
#[cfg(feature = "apply")]
mod executor;
#[cfg(feature = "apply")]
mod executors;
#[cfg(feature = "apply")]
mod program;

pub use planner::{Wish, fingerprint, plan_steps};
pub use step::IptablesStep;

#[cfg(feature = "apply")]
pub use executor::{IptablesNode, Variant};
#[cfg(feature = "apply")]
pub use executors::EXECUTORS;
