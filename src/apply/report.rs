//! What is said about a change of a node that did not go as planned: diagnostics, each with what to do.

use super::journal::JournalError;
use super::{Failure, NOT_CONFIRMED, Obstacle, RunOutcome, Trouble, codes};
use crate::diagnostics::Diagnostic;

impl RunOutcome {
    /// What went wrong, and what to do; nothing where all steps are done.
    #[must_use]
    pub fn findings(&self) -> Vec<Diagnostic> {
        match self {
            Self::Applied => Vec::new(),
            Self::RolledBack(why) if self.is_unconfirmed() => {
                vec![Diagnostic::new(codes::UNCONFIRMED, why).help("all changes were rolled back")]
            }
            Self::RolledBack(why) => {
                let help = "all changes were rolled back; fix the cause, then run the same command again";
                vec![Diagnostic::new(codes::FAILED, why).help(help)]
            }
            Self::Incomplete { why, left } => {
                let help = "rollback incomplete (see below); fix the cause, then run `hnsplan undo` to resume; or \
                            `hnsplan undo --skip` to give up the steps that cannot be taken back";
                with_troubles(Diagnostic::new(codes::INCOMPLETE, why).help(help), left)
            }
            Self::Skipped { left, .. } => {
                let help = "the run is over, and these steps are no longer tried; hnsplan plan shows what the node lacks";
                let what = match left.len() {
                    1 => "1 step was given up".to_owned(),
                    count => format!("{count} steps were given up"),
                };
                with_troubles(Diagnostic::new(codes::GIVEN_UP, what).help(help), left)
            }
            Self::Differs { why } => {
                let what =
                    "all recorded steps were taken back, but the node differs from its state before the run";
                let what = if why.is_empty() { what.to_owned() } else { format!("{what}: {why}") };
                let help = "compare the node with the manifests: hnsplan plan";
                vec![Diagnostic::new(codes::NOT_AS_BEFORE, what).help(help)]
            }
        }
    }

    /// Whether nobody confirmed the run, so that it was taken back.
    #[must_use]
    pub fn is_unconfirmed(&self) -> bool {
        matches!(self, Self::RolledBack(why) if why == NOT_CONFIRMED)
    }
}

fn with_troubles(what: Diagnostic, left: &[Trouble]) -> Vec<Diagnostic> {
    let troubles = left.iter().map(|Trouble { number, failure }| {
        let what = format!("step {} could not be taken back: {failure}", number + 1);
        Diagnostic::new(codes::INCOMPLETE, what).help(&failure.advice)
    });
    std::iter::once(what).chain(troubles).collect()
}

/// What stands in the way of a change.
#[must_use]
pub fn in_the_way(obstacle: &Obstacle) -> Diagnostic {
    let force = if obstacle.may_be_forced { "; or pass --force" } else { "" };
    Diagnostic::new(obstacle.code, &obstacle.what).help(format!("{}{force}", obstacle.advice))
}

/// The platform does not answer, and nothing was changed yet.
#[must_use]
pub fn no_answer(failure: &Failure) -> Diagnostic {
    Diagnostic::new(codes::NODE_SILENT, failure.to_string()).help(&failure.advice)
}

/// The journal cannot be used, and nothing was changed yet.
#[must_use]
pub fn no_journal(error: &JournalError) -> Diagnostic {
    Diagnostic::new(codes::JOURNAL, error.to_string()).help(error.advice())
}

/// The journal cannot be written in the middle of a run.
#[must_use]
pub fn lost_journal(error: &JournalError) -> Diagnostic {
    let what = format!("{error}; the run stopped where it was");
    let help = "make room, then run `hnsplan undo` to take the run back, or `hnsplan apply` to finish it";
    Diagnostic::new(codes::JOURNAL_LOST, what).help(help)
}

/// The journal of a run ends before its first step, on a node that is no longer as before.
#[must_use]
pub fn cut_journal(number: u64) -> Diagnostic {
    let what = format!(
        "the journal of run {number} ends before its first step, but the node is no longer as it was before that run"
    );
    let help = format!(
        "the journal may have lost its last lines: compare the node with `hnsplan plan`, then give the run up with \
         `hnsplan history forget {number}`"
    );
    Diagnostic::new(codes::JOURNAL_CUT, what).help(help)
}
