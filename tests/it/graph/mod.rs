//! Pictures of rules.

pub(crate) mod pictures;
mod untold;
