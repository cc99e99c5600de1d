//! What `apply` and `undo` have in common: a node opened with its journal, and a run that is approved, carried out
//! and shown.

use std::time::Duration;

use clap::Args;

use super::executor::{ExecutorSettings, executor_names, list};
use super::{no_answer, no_journal, refused};
use crate::apply::journal::{Journal, JournalError};
use crate::apply::{AnyStep, NodePlan, Obstacle, Order, Patience, PlanCounts, RunOutcome, Session, report};
use crate::diagnostics::Diagnostic;
use crate::document::plan::PlanSummary;
use crate::platform::ExecutorName;
use crate::render;
use crate::shell::ask::{confirm_after, confirm_before, interruptions};
use crate::shell::exit::{CANCELLED, INCOMPLETE, REFUSED, exit_with};
use crate::shell::progress::{ProgressFormat, ProgressView, print_event};
use crate::shell::{Failure, Terminal};

/// How a node is changed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Conduct {
    #[arg(
        long,
        value_name = "EXECUTOR",
        help = list("What carries the plan out"),
        hide_possible_values = true,
        value_parser = executor_names(),
        help_heading = "Node that is changed"
    )]
    pub(in crate::cli) executor: ExecutorName,
    #[command(flatten)]
    settings: ExecutorSettings,
    /// Do not ask for approval
    #[arg(long, help_heading = "Safety")]
    pub(in crate::cli) auto_approve: bool,
    /// Continue although another program, such as a running kube-proxy, changes the same objects or has changed them
    #[arg(long, help_heading = "Safety")]
    force: bool,
    /// Format of progress output
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    output: ProgressFormat,
}

impl Conduct {
    /// Opens the node and its journal. Whoever `asks` for approval has to print the plan; `seen` gets
    /// each step that was ever done.
    pub(in crate::cli) fn open(
        &self,
        asks: bool,
        seen: impl FnMut(&AnyStep),
        terminal: &Terminal,
    ) -> Result<Session<'static>, Failure> {
        if asks && !self.auto_approve && terminal.is_quiet() {
            let message = "-q prints no plan that you could approve: add --auto-approve, or leave out -q";
            return Err(Failure::Usage(message.to_owned()));
        }
        let executor = self.settings.open(&self.executor)?;
        let journal = Journal::open(&self.settings.journal_of(&self.executor), self.executor.word());
        let session = journal.and_then(|journal| Session::open(executor, journal, Patience::default(), seen));
        let mut session = session.map_err(|error| no_journal(&error))?;
        match session.lost_run().map_err(|failure| no_answer(&failure))? {
            None => Ok(session),
            Some(number) => Err(refused(report::cut_journal(number))),
        }
    }

    /// Refuses what is in the way and not forced.
    pub(in crate::cli) fn admit(&self, obstacles: &[Obstacle]) -> Result<(), Failure> {
        let remaining = obstacles.iter().filter(|obstacle| !(obstacle.may_be_forced && self.force));
        let remaining: Vec<Diagnostic> = remaining.map(report::in_the_way).collect();
        if remaining.is_empty() { Ok(()) } else { Err(Failure::Diagnosed(REFUSED, remaining)) }
    }

    /// Shows what is going to be done.
    pub(in crate::cli) fn show(&self, plan: &NodePlan, terminal: &mut Terminal) -> Result<(), Failure> {
        match self.output {
            ProgressFormat::Text => terminal.answer(&render::plan::text(&PlanSummary::from(plan)), None)?,
            ProgressFormat::Jsonl => print_event(&plan.into(), terminal),
        }
        Ok(())
    }

    /// Asks for approval, if that is needed.
    pub(in crate::cli) fn approve(&self, question: &str, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.auto_approve || confirm_before(question, terminal) {
            return Ok(());
        }
        Err(Failure::Exit(CANCELLED, "cancelled; no changes were made".to_owned()))
    }

    /// Carries out a run and shows its progress. With a time to confirm it, asks for that at the end.
    pub(in crate::cli) fn carry_out(
        &self,
        total: usize,
        confirm_timeout: Option<Duration>,
        terminal: &mut Terminal,
        run: impl FnOnce(&mut Order<'_>) -> Result<Option<RunOutcome>, JournalError>,
    ) -> Result<Option<RunOutcome>, Failure> {
        let stop = interruptions()?;
        let progress = ProgressView::new(self.output, total);
        let mut answer = terminal.clone();
        let mut order = Order::default().stop(stop).watch(|event| progress.show(&event, terminal));
        if let Some(timeout) = confirm_timeout {
            order = order.confirm(move || confirm_after(timeout, &mut answer));
        }
        let outcome = run(&mut order);
        drop(order);
        let lost = |error: JournalError| Failure::Diagnosed(INCOMPLETE, vec![report::lost_journal(&error)]);
        let outcome = outcome.map_err(lost)?;
        if let Some(outcome) = &outcome {
            progress.end(outcome, terminal);
        }
        Ok(outcome)
    }

    /// Prints a result for people; programs get events.
    pub(in crate::cli) fn print(&self, text: &str, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.output == ProgressFormat::Text { terminal.answer(text, None) } else { Ok(()) }
    }

    /// Ends the command with what became of its run. The exit code is about the node, even if no one can read the
    /// last sentence.
    pub(in crate::cli) fn finish(
        &self,
        command: &str,
        counts: PlanCounts,
        outcome: &RunOutcome,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        if *outcome == RunOutcome::Applied {
            let _ = self.print(&render::plan::completion(command, counts), terminal);
        }
        exit_with(outcome)
    }
}
