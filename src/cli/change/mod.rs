//! What the commands that change a node have in common: `plan`, `apply`, `undo`, `history`.

pub(super) mod ask;
pub(super) mod executor;
pub(super) mod progress;
pub(super) mod run;
pub(super) mod saved;
pub(super) mod wanted;

use super::Failure;
use super::exit::{INCOMPLETE, REFUSED};
use crate::apply;
use crate::apply::codes;
use crate::apply::journal::JournalError;
use crate::diagnostics::Diagnostic;

/// Nothing was changed, and why.
pub(super) fn refused(why: Diagnostic) -> Failure {
    Failure::Diagnosed(REFUSED, vec![why])
}

/// The platform does not answer, and nothing was changed yet.
pub(super) fn no_answer(failure: &apply::Failure) -> Failure {
    refused(Diagnostic::new(codes::NODE_SILENT, failure.to_string()).help(&failure.advice))
}

/// The journal cannot be used, and nothing was changed yet.
pub(super) fn no_journal(error: &JournalError) -> Failure {
    refused(Diagnostic::new(codes::JOURNAL, error.to_string()).help(error.advice()))
}

/// The journal cannot be written in the middle of a run.
pub(super) fn lost_journal(error: &JournalError) -> Failure {
    let why = Diagnostic::new(codes::JOURNAL_LOST, format!("{error}; the run stopped where it was"));
    let help = "make room, then run `hnsplan undo` to take the run back, or `hnsplan apply` to finish it";
    Failure::Diagnosed(INCOMPLETE, vec![why.help(help)])
}
