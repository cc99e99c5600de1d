//! `--executor`: who carries plans out, with which settings, and where the journal is.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValue;

use super::no_answer;
use crate::apply::AnyExecutor;
use crate::flag::Flag;
use crate::platform::{ExecutorKind, ExecutorName, OpenError, executor_flags, executors};
use crate::shell::{Failure, FlagSet, Flags, Offer};

/// How plans are carried out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Node that is changed")]
pub(in crate::cli) struct ExecutorSettings {
    /// Folder of the journal [default: FILE.journal for an executor with a FILE, else a folder of the system]
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags<AllExecutors>,
}

/// The settings of all executors.
#[derive(Debug, Clone, Default)]
struct AllExecutors;

impl FlagSet for AllExecutors {
    fn all() -> Vec<&'static Flag> {
        executor_flags().collect()
    }
}

/// Reads the name of an executor, and offers the first words of all to completion.
pub(in crate::cli) fn executor_names() -> Offer<ExecutorName> {
    let word = |kind: &ExecutorKind| match kind.argument {
        "" => kind.name.to_owned(),
        _ => format!("{}:", kind.name),
    };
    Offer::new(
        |text| text.parse::<ExecutorName>().map_err(|unknown| unknown.to_string()),
        move || executors().map(|(_, kind)| PossibleValue::new(word(kind)).help(kind.about)).collect(),
    )
}

/// Help for a flag that names an executor.
pub(in crate::cli) fn list(purpose: &str) -> String {
    let kinds = executors().map(|(_, kind)| format!("{} ({})", kind.syntax(), kind.about));
    format!("{purpose}: {}", kinds.collect::<Vec<_>>().join(", "))
}

impl ExecutorSettings {
    /// Opens an executor.
    pub(in crate::cli) fn open(&self, executor: &ExecutorName) -> Result<Box<dyn AnyExecutor>, Failure> {
        executor.open(&self.flags.given).map_err(|error| match error {
            OpenError::Flag(error) => error.into(),
            OpenError::Node(failure) => no_answer(&failure),
        })
    }

    /// The folder of the journal.
    pub(in crate::cli) fn journal_of(&self, executor: &ExecutorName) -> PathBuf {
        self.journal.clone().unwrap_or_else(|| executor.journal())
    }
}
