//! Runs programs of iptables.

use crate::answer::step::{Failure, FailureClass};
use crate::name::escaped;
use crate::platform::program::{self, Ended};

/// The exit code of iptables for a lock that another program holds.
const RESOURCE_PROBLEM: i32 = 4;

/// Runs a program with a text as its standard input; the answer is what it printed.
///
/// # Errors
/// When it cannot be run, does not end, or ends with another exit code than 0.
pub(super) fn run(program: &str, arguments: &[&str], input: Option<String>) -> Result<String, Failure> {
    let ended = program::run(program, arguments, input, "Install iptables, or apply on the node itself.")?;
    if ended.code == Some(0) { Ok(ended.output) } else { Err(refused(program, &ended)) }
}

/// The kernel takes a table as a whole or not at all: with an exit code of its own, the program has changed nothing.
fn refused(program: &str, Ended { code, errors, .. }: &Ended) -> Failure {
    // What follows is how to ask for help.
    let text: Vec<String> =
        errors.lines().take_while(|line| !line.starts_with("Try `")).take(20).map(escaped).collect();
    let ended = code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with {code}"));
    let failure = Failure::permanent(
        format!("{program} {ended}: {}.", text.join(" ").trim()),
        "It needs root, and a kernel with the modules that the rules use.",
    );
    // A chain that cannot be deleted since somebody uses it ends with the same code.
    let is_locked = *code == Some(RESOURCE_PROBLEM) && errors.contains("lock");
    let class = if is_locked { FailureClass::Retry } else { failure.class };
    let failure = Failure { class, ..failure };
    if code.is_some() { failure.that_changed_nothing() } else { failure }
}
