//! `hnsplan apply`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::change::run::Conduct;
use super::change::wanted::{OnNode, Planned, Wanted};
use super::change::{no_answer, refused};
use crate::allow::FailOn;
use crate::apply::{Admission, AnyState, AnyStep, NodePlan, PlanFile, Recovery, RunOutcome, Session, codes};
use crate::diagnostics::{Code, Diagnostic};
use crate::flag::parse_duration;
use crate::shell::exit::exit_with;
use crate::shell::signing::VerifyFlags;
use crate::shell::{Failure, Terminal};

/// Help of `--fail-on`.
const FAIL_ON: &str = "Change nothing if there are such findings: warning, note, or codes, as in D0802. Losses and \
                       errors always refuse a change, unless they are accepted";

/// Change a node: carry out a saved plan, or plan and carry out.
///
/// Shows the plan and asks for approval. Each step is written into a journal, carried out, and verified by reading the
/// node. If a step fails, all steps that were done are taken back. A run that was cut off earlier is finished first.
/// Only objects in the plan are deleted, and never those that others made.
#[derive(Debug, Args)]
#[command(mut_arg("filename", |filename| filename.required(false).required_unless_present("plan")))]
#[command(mut_arg("fail_on", |arg| arg.conflicts_with("plan").help(FAIL_ON)))]
#[command(after_help = "Examples:\n  \
    hnsplan apply -f cluster.yaml --node win-1 --executor sim:node.json\n  \
    hnsplan apply plan.json --executor sim:node.json --auto-approve --confirm-timeout 30s\n\n\
    Exit codes:  0 done and verified, or no changes; 1 failed and rolled back; 2 nothing was changed;\n\
    3 failed, and not all could be rolled back; 4 cancelled")]
pub(super) struct Apply {
    /// A plan that hnsplan plan --out FILE wrote; - for standard input
    #[arg(value_name = "PLAN", conflicts_with_all = ["filename", "from_cluster", "context", "kubeconfig"])]
    plan: Option<PathBuf>,
    #[command(flatten)]
    verify: VerifyFlags,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    conduct: Conduct,
    /// Ask for confirmation afterwards, and roll back unless it is given within this time
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "Safety")]
    confirm_timeout: Option<Duration>,
    /// Deprecated: continue although the target does not support everything; --allow does so with reasons
    #[arg(long, hide = true)]
    allow_lossy: bool,
    /// Continue although parts of the manifests are wrong, and are left out
    #[arg(long, help_heading = "Safety")]
    allow_errors: bool,
    /// Carry out a saved plan although the node or the manifests have changed since
    #[arg(long, requires = "plan", help_heading = "Safety")]
    allow_stale: bool,
    /// Read and check everything, and change nothing
    #[arg(long, help_heading = "Safety")]
    dry_run: bool,
}

impl Apply {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let asks = !self.dry_run && (!self.conduct.auto_approve || self.confirm_timeout.is_some());
        let reads_plan = self.plan.as_ref().is_some_and(|plan| plan.as_os_str() == "-");
        if asks && (reads_plan || self.wanted.rules.manifests.reads_stdin()) {
            let message = "standard input cannot be both the input and your answer: add --auto-approve";
            return Err(Failure::Usage(message.to_owned()));
        }
        self.wanted.check_flags()?;
        if self.wanted.findings.fail_on.contains(&FailOn::Never) {
            let message = "a node is not changed whatever is found: leave out --fail-on never, and accept losses and \
                           errors by their codes, with reasons: --allow FILE";
            return Err(Failure::Usage(message.to_owned()));
        }
        if self.plan.is_some() {
            self.check_beside_plan()?;
        }
        let saved = self.verify.read(self.plan.as_deref())?;
        let mut made = Vec::new();
        let mut session = self.conduct.open(!self.dry_run, |step| made.push(step.clone()), terminal)?;
        self.recover(&mut session, terminal)?;
        let state = session.executor().read().map_err(|failure| no_answer(&failure))?;
        let host = session.executor().host();
        let Planned { plan, found } = self.plan(saved.as_ref(), host.as_deref(), &state, &made, terminal)?;
        drop((state, made));
        self.admit(&plan, &found, &mut session, terminal)?;
        if plan.steps.is_empty() {
            return Ok(());
        }
        if self.dry_run {
            let message = "Dry run: no obstacles were found, and nothing was changed.\n";
            return self.conduct.print(message, terminal);
        }
        self.conduct.approve("Do you want to perform these actions?", terminal)?;
        let (counts, total, node) = (plan.counts(), plan.steps.len(), plan.node);
        let outcome = self.conduct.carry_out(total, self.confirm_timeout, terminal, |order| {
            order.node = node;
            session.apply(self.conduct.executor.word(), plan.steps, order).map(Some)
        })?;
        self.conduct.finish("Apply", counts, &outcome.expect("a run has an outcome"), terminal)
    }

    /// Refuses flags that decide what is planned, beside a plan that is made.
    fn check_beside_plan(&self) -> Result<(), Failure> {
        let destroy = self.wanted.destroy.then(|| "--destroy".to_owned());
        let Some(flag) = self.wanted.rules.first_flag().or(destroy) else { return Ok(()) };
        let message = format!(
            "a saved plan contains what is to be done: leave out {flag}, or create a new plan with it"
        );
        Err(Failure::Usage(message))
    }

    /// The saved plan, or one for the state of the node.
    fn plan(
        &self,
        saved: Option<&PlanFile>,
        host: Option<&str>,
        state: &AnyState,
        made: &[AnyStep],
        terminal: &mut Terminal,
    ) -> Result<Planned, Failure> {
        let platform = self.conduct.executor.platform();
        let Some(saved) = saved else {
            let on = OnNode { host: host.map(str::to_owned), ..OnNode::default() };
            return self.wanted.plan(platform, &on, Some(state), made, terminal);
        };
        let mut plan = saved.plan(platform).map_err(|why| refused(*why))?;
        let named = self.wanted.rules.named_node();
        if let Some(reason) = plan.other_node(named.as_deref(), host) {
            return Err(refused(reason));
        }
        match plan.staleness(&state.fingerprint()) {
            Some(reason) if !self.allow_stale => Err(refused(reason)),
            _ => {
                let judge = self.wanted.findings.judge(terminal)?;
                plan.accept(&judge.list);
                Ok(Planned { plan, found: Vec::new() })
            }
        }
    }

    /// Shows the plan, and finds out whether it may be carried out.
    fn admit(
        &self,
        plan: &NodePlan,
        found: &[Code],
        session: &mut Session,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        self.conduct.show(plan, terminal)?;
        if plan.steps.is_empty() {
            return Ok(());
        }
        let accepted = Admission { errors: self.allow_errors, losses: self.allow_lossy };
        let refusing = found.iter().copied().filter(|code| self.wanted.findings.names(*code));
        if let Some(reason) = plan.inadmissible(accepted, refusing) {
            return Err(refused(reason));
        }
        let obstacles = session.executor().obstacles(&plan.steps).map_err(|failure| no_answer(&failure))?;
        self.conduct.admit(&obstacles)
    }

    /// Finishes a run that was cut off.
    fn recover(&self, session: &mut Session, terminal: &mut Terminal) -> Result<(), Failure> {
        let Some(run) = session.interrupted() else { return Ok(()) };
        let (number, total) = (run.number, run.steps.len());
        if self.dry_run {
            let help = "hnsplan apply finishes it, hnsplan undo takes it back; --dry-run does neither";
            let what = format!("run {number} was cut off");
            return Err(refused(Diagnostic::new(codes::CUT_OFF, what).help(help)));
        }
        let obstacles = session.recovery_obstacles().map_err(|failure| no_answer(&failure))?;
        self.conduct.admit(&obstacles)?;
        terminal.say(&format!("run {number} was cut off and is finished first"));
        let outcome = self.conduct.carry_out(total, self.confirm_timeout, terminal, |order| {
            session.recover(Recovery::Finish, order)
        })?;
        match outcome.expect("a run was cut off") {
            RunOutcome::Applied => terminal.say(&format!("run {number} is done")),
            RunOutcome::RolledBack(_) => terminal.say(&format!("run {number} was rolled back")),
            other => return exit_with(&other),
        }
        Ok(())
    }
}
