//! The end of a command that failed.

use super::exit::{FINDINGS, REFUSED};
use super::{Failure, Terminal, misplaced};

/// Prints of a failure what was not printed yet. The answer is the exit code.
pub(crate) fn report(failure: Failure, terminal: &mut Terminal) -> u8 {
    match failure {
        Failure::Findings => FINDINGS,
        Failure::Quiet(code) => code,
        Failure::Usage(message) | Failure::Message(message) => {
            terminal.error(&message);
            REFUSED
        }
        Failure::Exit(code, message) => {
            terminal.error(&message);
            code
        }
        Failure::Diagnosed(code, why) => {
            terminal.reasons(&why);
            code
        }
        Failure::Invalid(wrong, sources) => {
            terminal.errors(&wrong, &sources, false);
            REFUSED
        }
        Failure::Unread { unread, way_on } => {
            let misplaced = misplaced::manifests(&unread);
            if misplaced.is_empty() {
                terminal.errors(&unread.diagnostics, &unread.sources, false);
            }
            for sentence in &misplaced {
                terminal.error(sentence);
            }
            terminal.insist(&format!("{unread}, so nothing was done: correct it{way_on}"));
            REFUSED
        }
    }
}
