//! `hnsplan undo`

use clap::Args;

use super::Failure;
use super::apply::told;
use super::change::ask::{interruptions, wants_to_go_on};
use super::change::executor::{Act, ExecutorFlags};
use super::change::planner::Planner;
use super::change::progress::{Progress, ProgressFormat};
use super::change::{DECLINED, lost_journal, no_journal, show};
use super::output::Terminal;
use crate::apply::journal::{Journal, JournalError, Purpose, Recorded};
use crate::apply::{Order, Outcome, Patience, Recovery, Session, Step, Tally};

/// Bring a node back to the state before the last apply.
///
/// Takes back what the last run that stands did itself, the last step first, and verifies each step. Run it again
/// to go one apply further back. A run that was cut off is taken back.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes:  0 done and verified, or nothing to undo; 1 failed, nothing is undone;\n\
    2 nothing was touched; 3 failed, and some of it is undone; 4 somebody said no"
)]
pub(super) struct Undo {
    #[command(flatten)]
    executor: ExecutorFlags,
    /// Do not ask before
    #[arg(long, help_heading = "Safety")]
    auto_approve: bool,
    /// How it is told what happens
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    output: ProgressFormat,
}

impl Undo {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        self.executor.act(self, terminal)
    }

    fn is_approved<S: Step>(&self, run: &Recorded<S>, terminal: &mut Terminal) -> bool {
        let question =
            format!("Do you want to take back run {} of {} ({})?", run.number, run.start.at, run.start.tally);
        self.auto_approve || wants_to_go_on(&question, terminal)
    }

    /// Has something taken back, and tells what happens.
    fn carry_out<S: Step>(
        &self,
        total: usize,
        terminal: &mut Terminal,
        run: impl FnOnce(&mut Order<'_, S>) -> Result<Option<Outcome>, JournalError>,
    ) -> Result<Option<Outcome>, Failure> {
        let stop = interruptions()?;
        let progress = Progress::new(self.output, total);
        let outcome = run(&mut Order {
            node: None,
            wants_confirmation: false,
            confirm: &mut || true,
            stop,
            watch: &mut |event| progress.show(&event, terminal),
        });
        let outcome = outcome.map_err(|error| lost_journal(&error))?;
        if let Some(outcome) = &outcome {
            progress.end(outcome, terminal);
        }
        Ok(outcome)
    }

    fn say(&self, text: &str, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.output == ProgressFormat::Text { terminal.result([text]) } else { Ok(()) }
    }
}

impl Act for Undo {
    fn act<E: Planner>(&self, executor: E, terminal: &mut Terminal) -> Result<(), Failure> {
        let word = self.executor.executor.word();
        let journal = Journal::open(&self.executor.journal(), word).map_err(|error| no_journal(&error))?;
        let session = Session::open(executor, journal, Patience::default(), |_| {});
        let mut session = session.map_err(|error| no_journal(&error))?;
        let last = session.last_applied().map_err(|error| no_journal(&error))?;
        let Some(run) = session.interrupted().or(last.as_ref()) else {
            return self.say("Nothing to undo.\n", terminal);
        };
        if !self.is_approved(run, terminal) {
            return Err(Failure::Exit(DECLINED, "nothing was changed, as nobody said yes".to_owned()));
        }
        let (number, total) = (run.number, run.steps.len());
        if session.interrupted().is_none() {
            let mut tally = Tally::default();
            let outcome = self.carry_out(total, terminal, |order| session.undo(word, order, &mut tally))?;
            told(outcome.expect("there is a run that stands"))?;
            return self.say(&show::complete("Undo", tally), terminal);
        }
        let is_undo = matches!(run.start.purpose, Purpose::Undo { .. });
        let outcome = self.carry_out(total, terminal, |order| session.recover(Recovery::TakeBack, order))?;
        match outcome.expect("a run was cut off") {
            Outcome::RolledBack(_) => {
                self.say(&format!("Run {number}, which was cut off, is taken back.\n"), terminal)
            }
            Outcome::Applied if is_undo => {
                self.say(&format!("Run {number}, which was cut off, is done.\n"), terminal)
            }
            outcome => told(outcome),
        }
    }
}
