//! What `apply` and `undo` have in common: a node opened with its journal, and a run that is approved, carried
//! out, watched, and told of in the end.

use std::iter;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::ask::{interruptions, keeps_it, wants_to_go_on};
use super::executor::{Act, ExecutorFlags};
use super::progress::{Progress, ProgressFormat, line};
use super::show;
use super::{DECLINED, FAILED, INCOMPLETE, lost_journal, no_journal};
use crate::apply::journal::{Journal, JournalError};
use crate::apply::{Executor, NOT_CONFIRMED, Order, Outcome, Patience, Plan, Session, Step, Trouble, codes};
use crate::cli::Failure;
use crate::cli::output::Terminal;
use crate::diagnostics::Diagnostic;

/// How a node is changed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Conduct {
    #[command(flatten)]
    executor: ExecutorFlags,
    /// Do not ask before
    #[arg(long, help_heading = "Safety")]
    pub(in crate::cli) auto_approve: bool,
    /// How it is told what happens
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    output: ProgressFormat,
}

impl Conduct {
    /// Opens the executor, and does something with it.
    pub(in crate::cli) fn act(&self, act: &impl Act, terminal: &mut Terminal) -> Result<(), Failure> {
        self.executor.act(act, terminal)
    }

    /// The word for the executor in journals.
    pub(in crate::cli) fn word(&self) -> &'static str {
        self.executor.executor.word()
    }

    /// Opens the journal of the node. `seen` gets each step that was ever done.
    pub(in crate::cli) fn open<E: Executor>(
        &self,
        executor: E,
        seen: impl FnMut(&E::Step),
    ) -> Result<Session<E>, Failure> {
        let journal = Journal::open(&self.executor.journal(), self.word());
        let session = journal.and_then(|journal| Session::open(executor, journal, Patience::default(), seen));
        session.map_err(|error| no_journal(&error))
    }

    /// Shows what is going to be done.
    pub(in crate::cli) fn show<S: Step>(
        &self,
        plan: &Plan<S>,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        match self.output {
            ProgressFormat::Text => terminal.painted(&show::plan(plan))?,
            ProgressFormat::Jsonl => {
                let event = json!({ "event": "planned", "changes": plan.tally(), "losses": plan.losses });
                line(&event, terminal);
            }
        }
        Ok(())
    }

    /// Asks, unless nobody is to be asked.
    pub(in crate::cli) fn approve(&self, question: &str, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.auto_approve || wants_to_go_on(question, terminal) {
            return Ok(());
        }
        Err(Failure::Exit(DECLINED, "nothing was changed, as nobody said yes".to_owned()))
    }

    /// Has something carried out, and tells what happens. Whoever has a time to confirm it is asked in the end.
    pub(in crate::cli) fn carry_out<S: Step>(
        &self,
        total: usize,
        confirm_timeout: Option<Duration>,
        terminal: &mut Terminal,
        run: impl FnOnce(&mut Order<'_, S>) -> Result<Option<Outcome>, JournalError>,
    ) -> Result<Option<Outcome>, Failure> {
        let stop = interruptions()?;
        let progress = Progress::new(self.output, total);
        let mut answer = Terminal;
        let outcome = run(&mut Order {
            node: None,
            wants_confirmation: confirm_timeout.is_some(),
            confirm: &mut || confirm_timeout.is_none_or(|timeout| keeps_it(timeout, &mut answer)),
            stop,
            watch: &mut |event| progress.show(&event, terminal),
        });
        let outcome = outcome.map_err(|error| lost_journal(&error))?;
        if let Some(outcome) = &outcome {
            progress.end(outcome, terminal);
        }
        Ok(outcome)
    }

    /// Tells people a result; programs get events.
    pub(in crate::cli) fn say(&self, text: &str, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.output == ProgressFormat::Text { terminal.result([text]) } else { Ok(()) }
    }
}

/// The end of a run as the end of the process.
pub(in crate::cli) fn told(outcome: Outcome) -> Result<(), Failure> {
    match outcome {
        Outcome::Applied => Ok(()),
        Outcome::RolledBack(why) if why == NOT_CONFIRMED => {
            let why = Diagnostic::new(codes::UNCONFIRMED, why).help("all is as before");
            Err(Failure::Diagnosed(DECLINED, vec![why]))
        }
        Outcome::RolledBack(why) => {
            let help = "all is as before; run the same command again when this is settled";
            Err(Failure::Diagnosed(FAILED, vec![Diagnostic::new(codes::FAILED, why).help(help)]))
        }
        Outcome::Incomplete { why, left } => {
            let help = "some of it stands, as said next; run hnsplan undo when that is settled: it goes on where it stopped";
            let why = Diagnostic::new(codes::INCOMPLETE, why).help(help);
            let left = left.iter().map(|Trouble { number, failure }| {
                let what = format!("step {} is not taken back: {failure}", number + 1);
                Diagnostic::new(codes::INCOMPLETE, what).help(&failure.advice)
            });
            Err(Failure::Diagnosed(INCOMPLETE, iter::once(why).chain(left).collect()))
        }
    }
}
