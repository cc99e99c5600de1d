//! `hnsplan undo`

use clap::Args;

use super::Failure;
use super::change::executor::Act;
use super::change::planner::Planner;
use super::change::run::{Conduct, told};
use super::change::{no_journal, show};
use super::output::Terminal;
use crate::apply::journal::{Purpose, Recorded};
use crate::apply::{Executor, Outcome, Plan, Recovery, Session};
use crate::name::printable;

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

    /// Takes back the run that was cut off; one that was an undo itself is carried out.
    fn recover<E: Executor>(&self, session: &mut Session<E>, terminal: &mut Terminal) -> Result<(), Failure> {
        let Some(run) = session.interrupted() else { return Ok(()) };
        let (number, total) = (run.number, run.steps.len());
        let is_undo = matches!(run.start.purpose, Purpose::Undo { .. });
        self.conduct.approve(&question(run), terminal)?;
        let recovered = self
            .conduct
            .carry_out(total, None, terminal, |order| session.recover(Recovery::TakeBack, order))?;
        let end = match recovered.expect("a run was cut off") {
            Outcome::RolledBack(_) => "taken back",
            Outcome::Applied if is_undo => "done",
            outcome => return told(outcome),
        };
        self.conduct.say(&format!("Run {number}, which was cut off, is {end}.\n"), terminal)
    }
}

impl Act for Undo {
    fn act<E: Planner>(&self, executor: E, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut session = self.conduct.open(executor, |_| {})?;
        if session.interrupted().is_some() {
            return self.recover(&mut session, terminal);
        }
        let Some(run) = session.last_applied().map_err(|error| no_journal(&error))? else {
            return self.conduct.say("Nothing to undo.\n", terminal);
        };
        let plan = Plan::new(E::TARGET, run.inverse());
        // A run that found everything done has nothing to show.
        if !plan.steps.is_empty() {
            self.conduct.show(&plan, terminal)?;
        }
        self.conduct.approve(&question(&run), terminal)?;
        let undone = self
            .conduct
            .carry_out(plan.steps.len(), None, terminal, |order| session.undo(self.conduct.word(), order))?;
        told(undone.expect("there is a run that stands"))?;
        self.conduct.say(&show::complete("Undo", plan.tally()), terminal)
    }
}

fn question<S>(run: &Recorded<S>) -> String {
    let Recorded { number, start, .. } = run;
    format!("Do you want to take back run {number} of {} ({})?", printable(&start.at), start.tally)
}
