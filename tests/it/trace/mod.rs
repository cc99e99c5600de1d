//! The path of a packet through the rules.

pub(crate) mod addresses;
pub(crate) mod command;
pub(crate) mod omission;
mod releases;
pub(crate) mod rules;
mod switch;
pub(crate) mod verdicts;
