//! Exit codes: one table for all commands.

#[cfg(feature = "apply")]
use super::Failure;
#[cfg(feature = "apply")]
use crate::apply::RunOutcome;

/// Findings, differences, or a step that failed and was rolled back.
pub(crate) const FINDINGS: u8 = 1;

/// Wrong usage, unreadable or refused input: nothing was done.
pub(crate) const REFUSED: u8 = 2;

/// Something was changed, and not all of it could be taken back.
pub(crate) const INCOMPLETE: u8 = 3;

/// A person cancelled the command, or did not confirm it.
pub(crate) const CANCELLED: u8 = 4;

/// There is something to change, for those who ask for it by `plan --detailed-exitcode`.
pub(crate) const CHANGES: u8 = 2;

/// The table, for help.
pub(crate) const TABLE: &str = "\
Exit codes:  0 nothing to report
             1 findings or differences
             2 wrong usage, unreadable or refused input: nothing was done
             3 changed, and not all could be taken back
             4 cancelled";

/// The end of a run as the end of the process.
#[cfg(feature = "apply")]
pub(crate) fn exit_with(outcome: &RunOutcome) -> Result<(), Failure> {
    let code = match outcome {
        RunOutcome::Applied => return Ok(()),
        RunOutcome::RolledBack(_) if outcome.is_unconfirmed() => CANCELLED,
        RunOutcome::RolledBack(_) => FINDINGS,
        RunOutcome::Incomplete { .. } | RunOutcome::Skipped { .. } | RunOutcome::Differs { .. } => INCOMPLETE,
    };
    Err(Failure::Diagnosed(code, outcome.findings()))
}
