//! Plans that are carried out, and taken back.

pub(crate) mod changes;
pub(crate) mod command;
#[cfg(target_os = "linux")]
pub(crate) mod system;
#[cfg(target_os = "linux")]
pub(crate) mod terminal;
