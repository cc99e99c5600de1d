//! The scripts for netsh, and what netsh prints.

pub(crate) mod dumps;
pub(crate) mod hostile;
pub(crate) mod nodes;
pub(crate) mod scripts;
mod torn;
