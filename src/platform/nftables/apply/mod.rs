//! nftables of a Linux node: one transaction of `nft` for the table of each family.
//!
//! Steps are data and always there; what carries them out comes with the feature `apply`.

mod planner;
mod step;

#[cfg(feature = "apply")]
mod executor;
#[cfg(feature = "apply")]
mod executors;

pub use planner::{Wish, fingerprint, plan_steps};
pub use step::NftablesStep;

#[cfg(feature = "apply")]
pub use executor::NftNode;
#[cfg(feature = "apply")]
pub use executors::EXECUTORS;
