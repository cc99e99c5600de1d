//! What two targets treat differently, and what is known to go wrong.

pub(crate) mod allow;
pub(crate) mod command;
pub(crate) mod differences;
pub(crate) mod lint;
pub(crate) mod reports;
