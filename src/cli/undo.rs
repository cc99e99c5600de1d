//! `hnsplan undo`

use clap::Args;

use super::change::run::Conduct;
use super::change::{no_answer, no_journal};
use crate::apply::journal::{Purpose, Recorded};
use crate::apply::{NodePlan, Obstacle, Recovery, RunOutcome, Session, UndoPlan, codes};
use crate::diagnostics::Diagnostic;
use crate::name::printable;
use crate::shell::exit::{INCOMPLETE, exit_with};
use crate::shell::{Failure, Terminal};

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
    /// Leave out what cannot be undone, record that, and undo the rest
    #[arg(long, help_heading = "Safety")]
    skip: bool,
}

impl Undo {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut session = self.conduct.open(true, |_| {}, terminal)?;
        if session.interrupted().is_some() {
            return self.recover(&mut session, terminal);
        }
        let Some(run) = session.last_applied().map_err(|error| no_journal(&error))? else {
            return self.conduct.print("Nothing to undo.\n", terminal);
        };
        let executor = &self.conduct.executor;
        let UndoPlan { steps, obstacles, left_out } =
            session.plan_undo(&run, self.skip).map_err(|failure| no_answer(&failure))?;
        let plan = NodePlan::new(executor.platform(), steps);
        // A run that found everything done has nothing to show.
        if !plan.steps.is_empty() {
            self.conduct.show(&plan, terminal)?;
        }
        for obstacle in &left_out {
            terminal.say(&format!("left as it is: {}", obstacle.what));
        }
        self.conduct.admit(&obstacles)?;
        self.conduct.approve(&question(&run), terminal)?;
        let (counts, total) = (plan.counts(), plan.steps.len());
        let outcome = self.conduct.carry_out(total, None, terminal, |order| {
            order.skips = self.skip;
            session.undo_steps(executor.word(), &run, plan.steps, order).map(Some)
        })?;
        let outcome = outcome.expect("there is a run to undo");
        if outcome == RunOutcome::Applied && !left_out.is_empty() {
            let what = format!("{} objects were left as they are", left_out.len());
            let help = "the run is over; hnsplan plan shows how the node differs from the manifests";
            let what = Diagnostic::new(codes::GIVEN_UP, what).help(help);
            return Err(Failure::Diagnosed(INCOMPLETE, vec![what]));
        }
        self.conduct.finish("Undo", counts, &outcome, terminal)
    }

    /// Takes back the run that was cut off; one that was an undo itself is finished.
    fn recover(&self, session: &mut Session, terminal: &mut Terminal) -> Result<(), Failure> {
        let Some(run) = session.interrupted() else { return Ok(()) };
        let (number, total) = (run.number, run.steps.len());
        let is_undo = matches!(run.start.purpose, Purpose::Undo { .. });
        let question = question(run);
        // Steps that cannot be taken back are given up one by one.
        let obstacles = session.recovery_obstacles().map_err(|failure| no_answer(&failure))?;
        let obstacles: Vec<Obstacle> =
            obstacles.into_iter().filter(|of| !(self.skip && of.step.is_some())).collect();
        self.conduct.admit(&obstacles)?;
        self.conduct.approve(&question, terminal)?;
        let recovered = self.conduct.carry_out(total, None, terminal, |order| {
            order.skips = self.skip;
            session.recover(Recovery::TakeBack, order)
        })?;
        let end = match recovered.expect("a run was cut off") {
            RunOutcome::RolledBack(_) => "was rolled back",
            RunOutcome::Applied if is_undo => "is done",
            outcome => return exit_with(&outcome),
        };
        self.conduct.print(&format!("Run {number}, which was cut off, {end}.\n"), terminal)
    }
}

fn question(run: &Recorded) -> String {
    let Recorded { number, start, .. } = run;
    format!("Do you want to undo run {number} of {} ({})?", printable(&start.at), start.tally)
}
