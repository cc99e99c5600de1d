//! Runs of a journal as text: a line for each, and below it why it was rolled back.

use crate::apply::journal::RunEnd;
use crate::document::history::{History, HistoryRun};
use crate::name::printable;

/// The history as text.
#[must_use]
pub fn text(history: &History) -> String {
    if history.runs.is_empty() {
        return "No runs yet.\n".to_owned();
    }
    history.runs.iter().map(line).collect()
}

fn line(run: &HistoryRun) -> String {
    let purpose = run.undoes.map_or_else(|| "apply".to_owned(), |of| format!("undo of {of}"));
    let end = match run.end {
        RunEnd::NotStarted => "not started",
        RunEnd::CutOff => "cut off",
        RunEnd::Done => "done",
        RunEnd::Undone => "undone",
        RunEnd::RolledBack => "rolled back",
        RunEnd::Forgotten => "forgotten",
    };
    let why = run.why.as_deref().map(|why| format!("      {}\n", printable(why))).unwrap_or_default();
    let node = run.node.as_deref().map_or_else(|| "-".to_owned(), printable);
    let (number, at, executor) = (run.number, printable(&run.at), printable(&run.executor));
    format!(
        "{number:>4}  {at:20}  {executor:8}  {node:12}  {purpose:12}  {:42}  {end}\n{why}",
        run.changes.to_string()
    )
}
