//! The end of a command that failed.

use std::io::{self, Write};

use super::arguments::wants_json;
use super::exit::{FINDINGS, REFUSED};
use super::terminal::checked;
use super::{Failure, Terminal, misplaced};
use crate::diagnostics::{Severity, json};

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
            terminal.conclude(&format!("{unread}, so nothing was done: correct it{way_on}"));
            REFUSED
        }
    }
}

/// Prints what is wrong with the arguments, or the help that they ask for, and ends.
pub(crate) fn report_usage(error: &clap::Error) -> ! {
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    if error.use_stderr() && wants_json(arguments) {
        let text = error.render().to_string();
        let message = text.trim().strip_prefix("error: ").unwrap_or(text.trim());
        eprintln!("{}", json::plain(Severity::Error, message));
        std::process::exit(error.exit_code());
    }
    // Help that could not be printed is no success either.
    let printed = error.print().and_then(|()| io::stdout().flush());
    if let Err(Failure::Message(message)) = checked(printed) {
        let _ = writeln!(anstream::stderr(), "error: {message}");
        std::process::exit(i32::from(REFUSED));
    }
    std::process::exit(error.exit_code())
}
