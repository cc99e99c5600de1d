//! `hnsplan undo`

use clap::Args;

use super::Failure;
use super::change::no_journal;
use super::change::run::{Conduct, exit_with};
use super::output::Terminal;
use crate::apply::journal::{Purpose, Recorded};
use crate::apply::{NodePlan, Recovery, RunOutcome, Session};
use crate::name::printable;

/// Bring a node back to the state before the last apply.
///
/// Takes back what the last run did itself, the last step first, and verifies each step. A second undo goes one apply
/// further back. A run that was cut off is taken back.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes:  0 done and verified, or nothing to undo; 1 failed and rolled back, nothing is undone;\n\
    2 nothing was changed; 3 failed, and only a part is undone; 4 cancelled"
)]
pub(super) struct Undo {
    #[command(flatten)]
    conduct: Conduct,
}

impl Undo {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut session = self.conduct.open(|_| {})?;
        if session.interrupted().is_some() {
            return self.recover(&mut session, terminal);
        }
        let Some(run) = session.last_applied().map_err(|error| no_journal(&error))? else {
            return self.conduct.print("Nothing to undo.\n", terminal);
        };
        let executor = self.conduct.executor();
        let plan = NodePlan::new(executor.platform(), run.inverse());
        // A run that found everything done has nothing to show.
        if !plan.steps.is_empty() {
            self.conduct.show(&plan, terminal)?;
        }
        self.conduct.approve(&question(&run), terminal)?;
        let outcome = self
            .conduct
            .carry_out(plan.steps.len(), None, terminal, |order| session.undo(executor.word(), order))?;
        let outcome = outcome.expect("there is a run to undo");
        self.conduct.finish("Undo", plan.counts(), outcome, terminal)
    }

    /// Takes back the run that was cut off; one that was an undo itself is finished.
    fn recover(&self, session: &mut Session, terminal: &mut Terminal) -> Result<(), Failure> {
        let Some(run) = session.interrupted() else { return Ok(()) };
        let (number, total) = (run.number, run.steps.len());
        let is_undo = matches!(run.start.purpose, Purpose::Undo { .. });
        self.conduct.approve(&question(run), terminal)?;
        let recovered = self
            .conduct
            .carry_out(total, None, terminal, |order| session.recover(Recovery::TakeBack, order))?;
        let end = match recovered.expect("a run was cut off") {
            RunOutcome::RolledBack(_) => "was rolled back",
            RunOutcome::Applied if is_undo => "is done",
            outcome => return exit_with(outcome),
        };
        self.conduct.print(&format!("Run {number}, which was cut off, {end}.\n"), terminal)
    }
}

fn question(run: &Recorded) -> String {
    let Recorded { number, start, .. } = run;
    format!("Do you want to undo run {number} of {} ({})?", printable(&start.at), start.tally)
}
