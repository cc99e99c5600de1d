//! `hnsplan history`

use clap::{Args, ValueEnum};

use super::change::executor::{self, ExecutorSettings, executor_names};
use super::change::no_journal;
use crate::apply::journal::{Journal, past_runs};
use crate::document;
use crate::document::history::History as HistoryDocument;
use crate::platform::ExecutorName;
use crate::render;
use crate::shell::formats::AnswerFormat;
use crate::shell::{Failure, Terminal};

/// List what was done to a node, or give a run up.
///
/// One line for each run of apply and undo in the journal of the node, the first one first; below it the reason why
/// a run was rolled back. With `forget` and the number of a run, that run is given up: later commands do not finish it,
/// take it back or undo it, and the node stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan history --executor sim:node.json\n  \
    hnsplan history forget 3 --executor sim:node.json\n\n\
    Exit codes:  0 printed or given up, 2 wrong usage or an unreadable journal")]
pub(super) struct History {
    /// What to do instead of listing the runs
    #[arg(value_name = "ACTION", requires = "run")]
    action: Option<Action>,
    /// The number of the run
    #[arg(value_name = "RUN")]
    run: Option<u64>,
    #[arg(
        long,
        value_name = "EXECUTOR",
        help = executor::list("Whose journal it is"),
        hide_possible_values = true,
        value_parser = executor_names()
    )]
    executor: ExecutorName,
    #[command(flatten)]
    settings: ExecutorSettings,
    /// Format of the output
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    output: AnswerFormat,
}

/// What else is done with a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Give a run up: no command finishes, takes back or undoes it any more
    Forget,
}

impl History {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        if let (Some(Action::Forget), Some(run)) = (self.action, self.run) {
            return self.forget(run, terminal);
        }
        let journal = self.settings.journal_of(&self.executor);
        if let Some(node) = self.executor.missing_file().filter(|_| !journal.exists()) {
            let (node, journal) = (node.display(), journal.display());
            let message = format!(
                "there is neither {node} nor the folder of its journal, {journal}; expected the file of a node"
            );
            return Err(Failure::Usage(message));
        }
        let runs = past_runs(&journal);
        let runs = runs.map_err(|error| no_journal(&error))?;
        let history = HistoryDocument::from(&*runs);
        match self.output {
            AnswerFormat::Text => terminal.painted(&render::history::text(&history), None),
            AnswerFormat::Json => terminal.result([document::text(&history)?]),
        }
    }

    fn forget(&self, run: u64, terminal: &mut Terminal) -> Result<(), Failure> {
        let executor = self.settings.open(&self.executor)?;
        let journal = Journal::open(&self.settings.journal_of(&self.executor), self.executor.word());
        let forgotten = journal.and_then(|journal| journal.forget(run, &*executor));
        forgotten.map_err(|error| no_journal(&error))?;
        terminal.result([format!("Run {run} is given up; the node is as it was.\n")])
    }
}
