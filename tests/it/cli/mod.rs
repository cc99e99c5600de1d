//! The command line: arguments, help, exit codes, messages, documents.

pub(crate) mod command;
pub(crate) mod completion;
pub(crate) mod explain;
mod explain_log;
pub(crate) mod findings;
pub(crate) mod live;
pub(crate) mod names;
mod saved;
pub(crate) mod schema;
pub(crate) mod sides;
pub(crate) mod snapshots;
pub(crate) mod terminal;
