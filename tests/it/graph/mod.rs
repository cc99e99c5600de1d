//! Pictures of rules.

pub(crate) mod pictures;
