//! What the command needs of a shell and a terminal, whatever its commands are: streams, exit codes, flags as clap
//! knows them, pages of help, completion, questions to a person.
//!
//! Nothing here decides about rules, and no file here knows a command about them. What commands print and ask goes
//! through [`Terminal`]: standard output is the result, standard error everything said about it.

pub(crate) mod arguments;
#[cfg(feature = "apply")]
pub(crate) mod ask;
pub(crate) mod change;
pub(crate) mod choice;
pub(crate) mod cluster;
pub(crate) mod completion;
pub(crate) mod exit;
pub(crate) mod external;
pub(crate) mod files;
pub(crate) mod fleet;
pub(crate) mod help;
pub(crate) mod input;
pub(crate) mod manual;
pub(crate) mod misplaced;
#[cfg(feature = "apply")]
pub(crate) mod progress;
#[cfg(feature = "apply")]
pub(crate) mod signing;
pub(crate) mod terminal;

mod failure;
mod findings;
mod flags;
mod format_or_path;
pub(crate) mod formats;
mod inside;
mod judge;
mod kubectl;
mod offer;
mod provenance;
mod quoted;
mod report;

pub(crate) use failure::Failure;
pub(crate) use findings::{FindingFlags, fail_on};
pub(crate) use flags::{FlagSet, Flags};
pub(crate) use format_or_path::FormatOrPath;
pub(crate) use inside::Inside;
pub(crate) use judge::{Judge, allow_list};
pub(crate) use offer::{Offer, text_as_in};
pub(crate) use quoted::quoted;
pub(crate) use report::{report, report_usage};
pub(crate) use terminal::{Terminal, TerminalFlags};
