//! The objects of the Host Networking Service: their rules, plans, formats and dumps.

pub(crate) mod formats;
pub(crate) mod golden;
mod pasted;
pub(crate) mod plan;
pub(crate) mod present;
pub(crate) mod rules;
pub(crate) mod state;
mod torn;
