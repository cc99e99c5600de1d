//! `hnsplan plan`

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::change::executor::{Act, ExecutorDetails, ExecutorName};
use super::change::planner::Planner;
use super::change::wanted::Wanted;
use super::change::{REFUSED, no_journal, show, unreadable};
use super::hns::Dumps;
use super::output::{Terminal, write_file};
use crate::apply::journal::history;
use crate::apply::{Plan, Step};
use crate::diagnostics::Diagnostic;
use crate::platform::hns::Owned;
use crate::platform::hns::apply::Hns;
use crate::platform::hns::apply::sim::Sim;

/// Show what would have to change on a node.
///
/// Compares what the manifests want with what the node holds: with --executor what it holds now, with
/// --hns-state what a dump of HNS says. Nothing is changed. The signs are those of Terraform: + made, ~ changed,
/// - deleted, -/+ deleted and made again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan plan -f cluster.yaml --node win-1 --hns-state dump.json\n  \
    hnsplan plan -f cluster.yaml --node win-1 --executor sim:node.json -o plan.json\n\n\
    Exit codes:  0 planned, 1 something is wrong with the manifests, 2 wrong usage;\n\
    with --detailed-exitcode 0 no changes, 1 something is wrong, 2 changes")]
pub(super) struct PlanCommand {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    dumps: Dumps,
    /// Who would carry the plan out, and is asked what the node holds: hcn, netsh, iptables or
    /// sim:FILE
    #[arg(
        long,
        value_name = "EXECUTOR",
        help_heading = "Node that is changed",
        conflicts_with = "hns_state"
    )]
    executor: Option<ExecutorName>,
    #[command(flatten)]
    details: ExecutorDetails,
    /// Write the plan for hnsplan apply into this file, or - for standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// End with exit code 2 if there is something to change
    #[arg(long, help_heading = "Output")]
    detailed_exitcode: bool,
}

impl PlanCommand {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        if let Some(executor) = &self.executor {
            return self.details.act(executor, self, terminal);
        }
        let (state, problems) = self.dumps.state()?.unzip();
        self.plan::<Hns<Sim>>(state.as_ref(), Owned::default(), problems.unwrap_or_default(), terminal)
    }

    fn plan<E: Planner>(
        &self,
        state: Option<&E::State>,
        made: E::Made,
        problems: Vec<Diagnostic>,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        let plan = self.wanted.plan::<E>(state, made, problems, terminal)?;
        self.write(&plan, terminal)?;
        match plan {
            Plan { errors: 1.., .. } => Err(Failure::Findings),
            Plan { steps, .. } if self.detailed_exitcode && !steps.is_empty() => Err(Failure::Quiet(REFUSED)),
            _ => Ok(()),
        }
    }

    fn write<S: Step>(&self, plan: &Plan<S>, terminal: &mut Terminal) -> Result<(), Failure> {
        match &self.out {
            Some(file) if file.as_os_str() == "-" => return terminal.result([plan.to_text()]),
            Some(file) => write_file(file, [plan.to_text()])?,
            None => {}
        }
        terminal.painted(&show::plan(plan))
    }
}

impl Act for PlanCommand {
    fn act<E: Planner>(&self, mut executor: E, terminal: &mut Terminal) -> Result<(), Failure> {
        let name = self.executor.as_ref().expect("there is one to act with");
        let mut made = E::Made::default();
        let runs = history::<E::Step>(&self.details.journal_of(name)).map_err(|error| no_journal(&error))?;
        for run in &runs {
            for (step, progress) in run.steps.iter().zip(&run.progress) {
                if progress.done.is_some() {
                    E::note(&mut made, step);
                }
            }
        }
        if let Some(run) = runs.iter().find(|run| run.is_interrupted()) {
            terminal.say(&format!(
                "run {} was cut off: hnsplan apply or undo brings it to an end first",
                run.number
            ));
        }
        let state = executor.read().map_err(|failure| unreadable(&failure))?;
        self.plan::<E>(Some(&state), made, Vec::new(), terminal)
    }
}
