//! Changes of nodes: applied, rolled back, undone.

pub(crate) mod changes;
pub(crate) mod command;
mod dumps;
mod safety;
mod signed;
#[cfg(target_os = "linux")]
pub(crate) mod system;
#[cfg(target_os = "linux")]
pub(crate) mod terminal;
mod wrong_node;
