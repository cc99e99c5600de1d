//! What the commands that change a node have in common: `plan`, `apply`, `undo`, `history`.

pub(super) mod executor;
pub(super) mod run;
pub(super) mod wanted;

use crate::apply::journal::JournalError;
use crate::apply::{self, report};
use crate::diagnostics::Diagnostic;
use crate::shell::Failure;
use crate::shell::exit::REFUSED;

/// Nothing was changed, and why.
pub(super) fn refused(why: Diagnostic) -> Failure {
    Failure::Diagnosed(REFUSED, vec![why])
}

/// The platform does not answer, and nothing was changed yet.
pub(super) fn no_answer(failure: &apply::Failure) -> Failure {
    refused(report::no_answer(failure))
}

/// The journal cannot be used, and nothing was changed yet.
pub(super) fn no_journal(error: &JournalError) -> Failure {
    refused(report::no_journal(error))
}
