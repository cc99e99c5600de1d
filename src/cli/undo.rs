//! `hnsplan undo`

use clap::Args;

use super::Failure;
use super::change::executor::Act;
use super::change::planner::Planner;
use super::change::run::{Conduct, told};
use super::change::{no_journal, show};
use super::output::Terminal;
use crate::apply::journal::Purpose;
use crate::apply::{Outcome, Recovery, Tally};

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
    conduct: Conduct,
}

impl Undo {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        self.conduct.act(self, terminal)
    }
}

impl Act for Undo {
    fn act<E: Planner>(&self, executor: E, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut session = self.conduct.open(executor, |_| {})?;
        let last = session.last_applied().map_err(|error| no_journal(&error))?;
        let Some(run) = session.interrupted().or(last.as_ref()) else {
            return self.conduct.say("Nothing to undo.\n", terminal);
        };
        let (number, total) = (run.number, run.steps.len());
        let question =
            format!("Do you want to take back run {number} of {} ({})?", run.start.at, run.start.tally);
        self.conduct.approve(&question, terminal)?;
        if session.interrupted().is_none() {
            let mut tally = Tally::default();
            let outcome = self.conduct.carry_out(total, None, terminal, |order| {
                session.undo(self.conduct.word(), order, &mut tally)
            })?;
            told(outcome.expect("there is a run that stands"))?;
            return self.conduct.say(&show::complete("Undo", tally), terminal);
        }
        let is_undo = matches!(run.start.purpose, Purpose::Undo { .. });
        let outcome = self
            .conduct
            .carry_out(total, None, terminal, |order| session.recover(Recovery::TakeBack, order))?;
        match outcome.expect("a run was cut off") {
            Outcome::RolledBack(_) => {
                self.conduct.say(&format!("Run {number}, which was cut off, is taken back.\n"), terminal)
            }
            Outcome::Applied if is_undo => {
                self.conduct.say(&format!("Run {number}, which was cut off, is done.\n"), terminal)
            }
            outcome => told(outcome),
        }
    }
}
