//! The runs of a journal, without their steps: what was done, and how it ended.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{JournalError, Phase, Purpose, Recorded, Start, history};

/// A run that the journal contains.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRun {
    /// Its number, from 1.
    pub number: u64,
    /// What it is.
    pub start: Start,
    /// How it ended.
    pub end: RunEnd,
    /// Why it was rolled back, if it was.
    pub why: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RunEnd {
    /// It was not started.
    NotStarted,
    /// Its process ended before the run did.
    CutOff,
    /// All of it was done.
    Done,
    /// All of it was done, and a later run took it back.
    Undone,
    /// It failed, and all of it was taken back.
    RolledBack,
    /// It was given up with `history forget`.
    Forgotten,
}

/// The runs of a folder, the first one first. Steps that this version cannot read do not matter.
///
/// # Errors
/// When it cannot be read, or is not as it was written.
pub fn past_runs(folder: &Path) -> Result<Vec<PastRun>, JournalError> {
    let runs = history(folder, &|_| Ok(()))?;
    let undone: Vec<u64> = runs.iter().filter_map(undone_by).collect();
    let past = runs.into_iter().map(|run| {
        let end = match run.phase {
            Phase::Drafted => RunEnd::NotStarted,
            Phase::Forward | Phase::Back => RunEnd::CutOff,
            Phase::Applied if undone.contains(&run.number) => RunEnd::Undone,
            Phase::Applied => RunEnd::Done,
            Phase::RolledBack => RunEnd::RolledBack,
            Phase::Forgotten => RunEnd::Forgotten,
        };
        let why = run.why.filter(|_| end == RunEnd::RolledBack);
        PastRun { number: run.number, start: run.start, end, why }
    });
    Ok(past.collect())
}

/// The run that a run has undone.
fn undone_by(run: &Recorded<()>) -> Option<u64> {
    match (run.phase, run.start.purpose) {
        (Phase::Applied, Purpose::Undo { of }) => Some(of),
        _ => None,
    }
}
