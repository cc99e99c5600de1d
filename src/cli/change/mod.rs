//! What the commands that change a node have in common: `plan`, `apply`, `undo`, `history`.

pub(super) mod ask;
pub(super) mod executor;
pub(super) mod planner;
pub(super) mod progress;
pub(super) mod run;
pub(super) mod saved;
pub(super) mod show;
pub(super) mod wanted;

use super::Failure;
use crate::apply;
use crate::apply::codes;
use crate::apply::journal::JournalError;
use crate::diagnostics::Diagnostic;

/// A step failed, and all was taken back.
pub(super) const FAILED: u8 = 1;

/// Nothing was touched: the command line, an input, or something that was looked at beforehand is wrong.
pub(super) const REFUSED: u8 = 2;

/// Something was to be taken back, and could not be.
pub(super) const INCOMPLETE: u8 = 3;

/// Somebody said no, or nothing.
pub(super) const DECLINED: u8 = 4;

/// Why nothing was touched.
pub(super) fn refused(why: Diagnostic) -> Failure {
    Failure::Diagnosed(REFUSED, vec![why])
}

/// The platform did not answer before anything was touched.
pub(super) fn unreadable(failure: &apply::Failure) -> Failure {
    refused(Diagnostic::new(codes::NODE_SILENT, failure.to_string()).help(&failure.advice))
}

/// The journal cannot be used, before anything was touched.
pub(super) fn no_journal(error: &JournalError) -> Failure {
    refused(Diagnostic::new(codes::JOURNAL, error.to_string()).help(error.advice()))
}

/// The journal could not be written half-way.
pub(super) fn lost_journal(error: &JournalError) -> Failure {
    let why = Diagnostic::new(codes::JOURNAL_LOST, format!("{error}; the node is left as it is"));
    let help = "make room, then run hnsplan undo to take the run back, or hnsplan apply to finish it";
    Failure::Diagnosed(INCOMPLETE, vec![why.help(help)])
}
