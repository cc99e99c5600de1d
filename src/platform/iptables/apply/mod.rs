//! iptables of a Linux node: one text for `iptables-restore` for each table of each family, which the kernel takes
//! as a whole.
//!
//! Steps are data and always there; what carries them out comes with the feature `apply`.

mod step;

#[cfg(feature = "apply")]
mod executor;

pub use step::IptablesStep;

#[cfg(feature = "apply")]
pub use executor::{Iptables, Variant};
