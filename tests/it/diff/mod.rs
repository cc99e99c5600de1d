//! Differences between two sets of rules.

pub(crate) mod causes;
pub(crate) mod command;
pub(crate) mod golden;
pub(crate) mod mirror;
pub(crate) mod mutations;
pub(crate) mod netsh;
mod not_told;
pub(crate) mod omission;
mod omission_elsewhere;
pub(crate) mod omission_of_netsh;
pub(crate) mod omission_of_texts;
pub(crate) mod plans;
pub(crate) mod reports;
pub(crate) mod selected;
pub(crate) mod switch;
mod unharmed;
