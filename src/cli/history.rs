//! `hnsplan history`

use clap::Args;
use serde::de::IgnoredAny;

use super::Failure;
use super::change::executor::{ExecutorDetails, ExecutorName};
use super::change::no_journal;
use super::output::Terminal;
use crate::apply::journal::{Phase, Purpose, Recorded, history};
use crate::name::printable;

/// List what was done to a node.
///
/// One line for each run of apply and undo that the journal of the node holds, the first one first; below it the
/// reason why a run was taken back.
#[derive(Debug, Args)]
pub(super) struct History {
    /// Whose journal it is: hcn, netsh, iptables or sim:FILE
    #[arg(long, value_name = "EXECUTOR")]
    executor: ExecutorName,
    #[command(flatten)]
    details: ExecutorDetails,
}

impl History {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let folder = self.details.journal_of(&self.executor);
        let runs = history::<IgnoredAny>(&folder).map_err(|error| no_journal(&error))?;
        let undone: Vec<u64> = runs.iter().filter_map(undoes).collect();
        let lines = runs.iter().map(|run| line(run, undone.contains(&run.number)));
        if runs.is_empty() {
            return terminal.result(["Nothing was done yet.\n"]);
        }
        terminal.result(lines)
    }
}

/// The run that a run has taken back.
fn undoes(run: &Recorded<IgnoredAny>) -> Option<u64> {
    match (run.phase, run.start.purpose) {
        (Phase::Applied, Purpose::Undo { of }) => Some(of),
        _ => None,
    }
}

fn line(run: &Recorded<IgnoredAny>, is_undone: bool) -> String {
    let purpose = match run.start.purpose {
        Purpose::Apply => "apply".to_owned(),
        Purpose::Undo { of } => format!("undo of {of}"),
    };
    let end = match run.phase {
        Phase::Drafted => "not begun".to_owned(),
        Phase::Forward | Phase::Back => "cut off".to_owned(),
        Phase::Applied if is_undone => "undone".to_owned(),
        Phase::Applied => "done".to_owned(),
        Phase::RolledBack => "taken back".to_owned(),
    };
    let why = run.why.as_deref().filter(|_| run.phase == Phase::RolledBack);
    let why = why.map(|why| format!("      {}\n", printable(why))).unwrap_or_default();
    let node = run.start.node.as_deref().map_or_else(|| "-".to_owned(), printable);
    let (number, at, executor) = (run.number, printable(&run.start.at), printable(&run.start.executor));
    format!(
        "{number:>4}  {at:20}  {executor:8}  {node:12}  {purpose:12}  {:42}  {end}\n{why}",
        run.start.tally.to_string()
    )
}
