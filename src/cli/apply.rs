//! `hnsplan apply`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::Failure;
use super::change::ask::{interruptions, keeps_it, wants_to_go_on};
use super::change::executor::{Act, ExecutorFlags, duration};
use super::change::planner::Planner;
use super::change::progress::{Progress, ProgressFormat, line};
use super::change::wanted::Wanted;
use super::change::{DECLINED, INCOMPLETE, lost_journal, no_journal, refused, saved, show, unreadable};
use super::output::Terminal;
use crate::apply::journal::{Journal, JournalError};
use crate::apply::{Executor, NOT_CONFIRMED, Order, Outcome, Patience, Plan, Recovery, Session, Step};

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
    executor: ExecutorFlags,
    /// Do not ask before
    #[arg(long, help_heading = "Safety")]
    auto_approve: bool,
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
    /// How it is told what happens
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    output: ProgressFormat,
}

impl Apply {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let asks = !self.dry_run && (!self.auto_approve || self.confirm_timeout.is_some());
        if asks && self.wanted.manifests.reads_stdin() {
            let message = "standard input cannot be both the manifests and your answer: add --auto-approve";
            return Err(Failure::Usage(message.to_owned()));
        }
        self.executor.act(self, terminal)
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
        match self.output {
            ProgressFormat::Text => terminal.painted(&show::plan(plan))?,
            ProgressFormat::Jsonl => {
                line(
                    &json!({ "event": "planned", "changes": plan.tally(), "losses": plan.losses }),
                    terminal,
                );
            }
        }
        if plan.steps.is_empty() {
            return Ok(());
        }
        if !self.allow_lossy && (plan.losses > 0 || plan.errors > 0) {
            let what = "some of what is wanted is lost or left out, as said above";
            return Err(refused(format!("{what}; add --allow-lossy to go on all the same")));
        }
        let obstacles = session.executor().obstacles(&plan.steps).map_err(|failure| unreadable(&failure))?;
        let stands = obstacles.iter().filter(|obstacle| !(obstacle.may_be_forced && self.force));
        let stands: Vec<String> = stands.map(|of| format!("{}: {}", of.what, of.advice)).collect();
        if stands.is_empty() { Ok(()) } else { Err(refused(stands.join("\n  "))) }
    }

    /// Brings what was cut off to an end.
    fn recover<E: Executor>(&self, session: &mut Session<E>, terminal: &mut Terminal) -> Result<(), Failure> {
        let Some(run) = session.interrupted() else { return Ok(()) };
        let (number, total) = (run.number, run.steps.len());
        if self.dry_run {
            return Err(refused(format!(
                "run {number} was cut off; hnsplan apply or undo brings it to an end first"
            )));
        }
        terminal.say(&format!("run {number} was cut off: bringing it to an end first"));
        let outcome = self.carry_out(total, terminal, |order| session.recover(Recovery::Finish, order))?;
        match outcome.expect("a run was cut off") {
            Outcome::Applied => terminal.say(&format!("run {number} is done")),
            Outcome::RolledBack(_) => terminal.say(&format!("run {number} is taken back")),
            incomplete @ Outcome::Incomplete { .. } => return told(incomplete),
        }
        Ok(())
    }

    /// Has something carried out, and tells what happens.
    fn carry_out<S: Step>(
        &self,
        total: usize,
        terminal: &mut Terminal,
        run: impl FnOnce(&mut Order<'_, S>) -> Result<Option<Outcome>, JournalError>,
    ) -> Result<Option<Outcome>, Failure> {
        let stop = interruptions()?;
        let progress = Progress::new(self.output, total);
        let mut answer = Terminal;
        let outcome = run(&mut Order {
            node: None,
            wants_confirmation: self.confirm_timeout.is_some(),
            confirm: &mut || self.confirm_timeout.is_none_or(|timeout| keeps_it(timeout, &mut answer)),
            stop,
            watch: &mut |event| progress.show(&event, terminal),
        });
        let outcome = outcome.map_err(|error| lost_journal(&error))?;
        if let Some(outcome) = &outcome {
            progress.end(outcome, terminal);
        }
        Ok(outcome)
    }
}

impl Act for Apply {
    fn act<E: Planner>(&self, executor: E, terminal: &mut Terminal) -> Result<(), Failure> {
        let word = self.executor.executor.word();
        let journal = Journal::open(&self.executor.journal(), word).map_err(|error| no_journal(&error))?;
        let mut made = E::Made::default();
        let session = Session::open(executor, journal, Patience::default(), |step| E::note(&mut made, step));
        let mut session = session.map_err(|error| no_journal(&error))?;
        self.recover(&mut session, terminal)?;
        let state = session.executor().read().map_err(|failure| unreadable(&failure))?;
        let plan = self.planned::<E>(&state, made, terminal)?;
        drop(state);
        self.admit(&plan, &mut session, terminal)?;
        if plan.steps.is_empty() || self.dry_run {
            return Ok(());
        }
        if !self.auto_approve && !wants_to_go_on("Do you want to perform these actions?", terminal) {
            return Err(Failure::Exit(DECLINED, "nothing was changed, as nobody said yes".to_owned()));
        }
        let (tally, total, node) = (plan.tally(), plan.steps.len(), plan.node);
        let outcome = self.carry_out(total, terminal, |order| {
            order.node = node;
            session.apply(word, plan.steps, order).map(Some)
        })?;
        let outcome = outcome.expect("a run has an outcome");
        if outcome == Outcome::Applied && self.output == ProgressFormat::Text {
            terminal.result([show::complete("Apply", tally)])?;
        }
        told(outcome)
    }
}

/// The end of a run as the end of the process.
pub(super) fn told(outcome: Outcome) -> Result<(), Failure> {
    match outcome {
        Outcome::Applied => Ok(()),
        Outcome::RolledBack(why) if why == NOT_CONFIRMED => {
            Err(Failure::Exit(DECLINED, format!("{why}; all is as before")))
        }
        Outcome::RolledBack(why) => Err(Failure::Message(format!("{why}\n  All is as before."))),
        Outcome::Incomplete { why, left } => {
            let left = left.iter().map(|of| {
                format!("\n  step {} is not taken back: {} {}", of.number + 1, of.failure, of.failure.advice)
            });
            let left: String = left.collect();
            let again = "\n  Run hnsplan undo when this is settled: it goes on where it stopped.";
            Err(Failure::Exit(INCOMPLETE, format!("{why}{left}{again}")))
        }
    }
}
