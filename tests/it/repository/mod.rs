//! What the repository itself promises: its layers, its documents, its deployment.

pub(crate) mod architecture;
pub(crate) mod ci;
pub(crate) mod codes;
pub(crate) mod deploy;
pub(crate) mod documents;
pub(crate) mod evidence;
mod parity;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod release;
mod supply_chain;
pub(crate) mod tables;
pub(crate) mod words;
