//! `hnsplan apply`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::Failure;
use super::change::executor::{Act, duration};
use super::change::planner::Planner;
use super::change::run::{Conduct, told};
use super::change::wanted::Wanted;
use super::change::{REFUSED, refused, saved, show, unreadable};
use super::output::Terminal;
use crate::apply::{Executor, Obstacle, Outcome, Plan, Recovery, Session, codes};
use crate::diagnostics::Diagnostic;

/// Change a node: carry out a saved plan, or plan and carry out.
///
/// Shows the plan and asks. Each step is written into a journal, carried out, and verified by looking at the
/// node. If a step fails, all that was done is taken back. What was cut off earlier is brought to an end
/// first. Only what the plan names is deleted, and what others made never is.
#[derive(Debug, Args)]
#[command(mut_arg("filename", |filename| filename.required(false).required_unless_present("plan")))]
#[command(after_help = "Examples:\n  \
    hnsplan apply -f cluster.yaml --node win-1 --executor sim:node.json\n  \
    hnsplan apply plan.json --executor sim:node.json --auto-approve --confirm-timeout 30s\n\n\
    Exit codes:  0 done and verified, or no changes; 1 failed, all is as before; 2 nothing was touched;\n\
    3 failed, and not all is as before; 4 somebody said no")]
pub(super) struct Apply {
    /// A plan that hnsplan plan -o FILE wrote
    #[arg(value_name = "PLAN", conflicts_with = "filename")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    conduct: Conduct,
    /// Ask afterwards, and take all back unless somebody says yes in this time
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Safety")]
    confirm_timeout: Option<Duration>,
    /// Go on although some of what is wanted is lost or left out
    #[arg(long, help_heading = "Safety")]
    allow_lossy: bool,
    /// Carry out a saved plan although the node or the manifests have changed since
    #[arg(long, requires = "plan", help_heading = "Safety")]
    allow_stale: bool,
    /// Go on although somebody else, like a running kube-proxy, changes the same objects
    #[arg(long, help_heading = "Safety")]
    force: bool,
    /// Look and check, and change nothing
    #[arg(long, help_heading = "Safety")]
    dry_run: bool,
}

impl Apply {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let asks = !self.dry_run && (!self.conduct.auto_approve || self.confirm_timeout.is_some());
        if asks && self.wanted.manifests.reads_stdin() {
            let message = "standard input cannot be both the manifests and your answer: add --auto-approve";
            return Err(Failure::Usage(message.to_owned()));
        }
        self.conduct.act(self, terminal)
    }

    fn planned<E: Planner>(
        &self,
        state: &E::State,
        made: E::Made,
        terminal: &mut Terminal,
    ) -> Result<Plan<E::Step>, Failure> {
        let Some(file) = &self.plan else {
            return self.wanted.plan::<E>(Some(state), made, Vec::new(), terminal);
        };
        let plan = saved::read::<E>(file)?;
        match saved::stale(&plan, &E::fingerprint(state)) {
            Some(reason) if !self.allow_stale => Err(refused(reason)),
            _ => Ok(plan),
        }
    }

    /// Shows the plan, and finds out whether it may be carried out.
    fn admit<E: Executor>(
        &self,
        plan: &Plan<E::Step>,
        session: &mut Session<E>,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        self.conduct.show(plan, terminal)?;
        if plan.steps.is_empty() {
            return Ok(());
        }
        if !self.allow_lossy && (plan.losses > 0 || plan.errors > 0) {
            let what = format!("not all that the manifests want can be had: {}", show::losses(plan));
            let help = "hnsplan plan -v names each with its code; add --allow-lossy to go on all the same";
            return Err(refused(Diagnostic::new(codes::LOSSY, what).help(help)));
        }
        let obstacles = session.executor().obstacles(&plan.steps).map_err(|failure| unreadable(&failure))?;
        let stands = obstacles.iter().filter(|obstacle| !(obstacle.may_be_forced && self.force));
        let stands: Vec<Diagnostic> = stands.map(in_the_way).collect();
        if stands.is_empty() { Ok(()) } else { Err(Failure::Diagnosed(REFUSED, stands)) }
    }

    /// Brings what was cut off to an end.
    fn recover<E: Executor>(&self, session: &mut Session<E>, terminal: &mut Terminal) -> Result<(), Failure> {
        let Some(run) = session.interrupted() else { return Ok(()) };
        let (number, total) = (run.number, run.steps.len());
        if self.dry_run {
            let help = "hnsplan apply finishes it, hnsplan undo takes it back; --dry-run does neither";
            let what = format!("run {number} was cut off");
            return Err(refused(Diagnostic::new(codes::CUT_OFF, what).help(help)));
        }
        terminal.say(&format!("run {number} was cut off: bringing it to an end first"));
        let outcome = self.conduct.carry_out(total, self.confirm_timeout, terminal, |order| {
            session.recover(Recovery::Finish, order)
        })?;
        match outcome.expect("a run was cut off") {
            Outcome::Applied => terminal.say(&format!("run {number} is done")),
            Outcome::RolledBack(_) => terminal.say(&format!("run {number} is taken back")),
            incomplete @ Outcome::Incomplete { .. } => return told(incomplete),
        }
        Ok(())
    }
}

impl Act for Apply {
    fn act<E: Planner>(&self, executor: E, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut made = E::Made::default();
        let mut session = self.conduct.open(executor, |step| E::note(&mut made, step))?;
        self.recover(&mut session, terminal)?;
        let state = session.executor().read().map_err(|failure| unreadable(&failure))?;
        let plan = self.planned::<E>(&state, made, terminal)?;
        drop(state);
        self.admit(&plan, &mut session, terminal)?;
        if plan.steps.is_empty() {
            return Ok(());
        }
        if self.dry_run {
            return self.conduct.say("Nothing is in the way, and nothing was changed.\n", terminal);
        }
        self.conduct.approve("Do you want to perform these actions?", terminal)?;
        let (tally, total, node) = (plan.tally(), plan.steps.len(), plan.node);
        let outcome = self.conduct.carry_out(total, self.confirm_timeout, terminal, |order| {
            order.node = node;
            session.apply(self.conduct.word(), plan.steps, order).map(Some)
        })?;
        let outcome = outcome.expect("a run has an outcome");
        if outcome == Outcome::Applied {
            self.conduct.say(&show::complete("Apply", tally), terminal)?;
        }
        told(outcome)
    }
}

/// An obstacle, for people.
fn in_the_way(obstacle: &Obstacle) -> Diagnostic {
    let force = if obstacle.may_be_forced { "; --force goes on all the same" } else { "" };
    Diagnostic::new(obstacle.code, &obstacle.what).help(format!("{}{force}", obstacle.advice))
}
