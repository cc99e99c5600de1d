//! `hnsplan history`

use clap::{Args, ValueEnum};

use super::Failure;
use super::change::executor::{self, ExecutorSettings};
use super::change::no_journal;
use super::output::Terminal;
use super::show::print_json;
use crate::apply::journal::past_runs;
use crate::document::history::History as HistoryDocument;
use crate::platform::ExecutorName;
use crate::render;

/// List what was done to a node.
///
/// One line for each run of apply and undo in the journal of the node, the first one first; below it the reason why
/// a run was rolled back.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes:  0 printed, 2 wrong usage or an unreadable journal")]
pub(super) struct History {
    #[arg(long, value_name = "EXECUTOR", help = executor::list("Whose journal it is"))]
    executor: ExecutorName,
    #[command(flatten)]
    settings: ExecutorSettings,
    /// Format of the output
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    output: Output,
}

/// Formats of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// For programs
    Json,
}

impl History {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let runs = past_runs(&self.settings.journal_of(&self.executor));
        let runs = runs.map_err(|error| no_journal(&error))?;
        let history = HistoryDocument::from(&*runs);
        match self.output {
            Output::Text => terminal.result([render::history::text(&history)]),
            Output::Json => print_json(&history, terminal),
        }
    }
}
