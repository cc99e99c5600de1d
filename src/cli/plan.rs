//! `hnsplan plan`

mod nodes;

use std::path::PathBuf;

use clap::Args;

use super::change::executor::{self, ExecutorSettings, executor_names};
use super::change::wanted::{OnNode, Planned, Wanted};
use super::change::{no_answer, no_journal};
use super::request::DumpFlags;
use super::values::platforms;
use crate::apply::journal::{Recorded, history};
use crate::apply::{AnyStep, NodePlan};
use crate::document::plan::PlanSummary;
use crate::platform::{ExecutorName, Platform};
use crate::render;
use crate::shell::exit::CHANGES;
use crate::shell::fleet::FleetFlags;
use crate::shell::signing::{PlanWriter, SignFlags};
use crate::shell::{Failure, Flags, FormatOrPath, Terminal};

/// Show what would change on a node.
///
/// Compares what the manifests want with the state of the node: with --executor its state now, with --dump the state in
/// a dump. Nothing is changed. The signs are those of Terraform: + create, ~ change in place, - delete,
/// -/+ delete and create again.
#[derive(Debug, Args)]
#[command(mut_arg("fail_on", |arg| arg.default_value("error")))]
#[command(after_help = "Examples:\n  \
    hnsplan plan -f cluster.yaml --node win-1 --dump dump.json\n  \
    hnsplan plan -f cluster.yaml --node win-1 --executor sim:node.json --out plan.json\n  \
    hnsplan plan -f cluster.yaml --nodes os=windows --dumps dumps/ --out plans/\n\n\
    Exit codes:  0 planned, 1 errors in the manifests, 2 wrong usage or unreadable input, nothing is planned;\n\
    with --detailed-exitcode 0 no changes, 1 errors in the manifests, 2 changes")]
pub(super) struct PlanCommand {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    dumps: Flags<DumpFlags>,
    #[command(flatten)]
    nodes: FleetFlags,
    /// Platform to plan for [default: the platform of the dump, if the mode of kube-proxy writes its rules]
    #[arg(short, long, value_name = "TARGET", hide_possible_values = true, value_parser = platforms(), conflicts_with = "executor")]
    target: Option<&'static dyn Platform>,
    #[arg(
        long,
        value_name = "EXECUTOR",
        help_heading = "Node that is changed",
        help = executor::list("What would carry the plan out, and reads the state of the node"),
        hide_possible_values = true,
        value_parser = executor_names()
    )]
    executor: Option<ExecutorName>,
    #[command(flatten)]
    settings: ExecutorSettings,
    /// Format of the plan: text, or json, which `hnsplan apply` reads
    ///
    /// For the sake of older scripts, the name of a file is taken as that of --out, if it has a dot or a slash or
    /// the file exists.
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output", value_parser = FormatOrPath::or_file)]
    output: FormatOrPath,
    /// Write the plan for `hnsplan apply` into this file, or - for standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    #[command(flatten)]
    sign: SignFlags,
    /// Write the plan on one line, which is shorter: for a ConfigMap
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    compact: bool,
    /// End with exit code 2 if there is something to change
    #[arg(long, help_heading = "Output")]
    detailed_exitcode: bool,
}

impl PlanCommand {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        self.wanted.check_flags()?;
        let writer = self.sign.writer(self.file())?;
        if self.nodes.are_given() {
            return self.run_for_nodes(&writer, terminal);
        }
        let Planned { plan, found } = if let Some(executor) = &self.executor {
            self.plan_of_node(executor, terminal)?
        } else {
            self.plan_of_dump(terminal)?
        };
        self.print(&plan, &writer, terminal)?;
        self.wanted.findings.conclude(found, false, false)?;
        if self.detailed_exitcode && !plan.steps.is_empty() { Err(Failure::Quiet(CHANGES)) } else { Ok(()) }
    }

    /// The plan for the state of a node now.
    fn plan_of_node(&self, executor: &ExecutorName, terminal: &mut Terminal) -> Result<Planned, Failure> {
        if !self.dumps.is_empty() {
            let message = "the executor reads the state of the node itself: leave out the dumps";
            return Err(Failure::Usage(message.to_owned()));
        }
        let platform = executor.platform();
        let mut node = self.settings.open(executor)?;
        let folder = self.settings.journal_of(executor);
        let runs = history(&folder, &|json| platform.step_from_json(json));
        let runs = runs.map_err(|error| no_journal(&error))?;
        if let Some(run) = runs.iter().find(|run| run.is_interrupted()) {
            terminal.say(&format!(
                "run {} was cut off; run `hnsplan apply` to finish it or `hnsplan undo` to take it back",
                run.number
            ));
        }
        let made: Vec<AnyStep> = runs.iter().flat_map(Recorded::done).cloned().collect();
        let state = node.read().map_err(|failure| no_answer(&failure))?;
        self.wanted.plan(platform, &OnNode::default(), Some(&state), &made, terminal)
    }

    /// The plan for the state in a dump; without a dump, for a node of which nothing is known.
    fn plan_of_dump(&self, terminal: &mut Terminal) -> Result<Planned, Failure> {
        let capture = self.dumps.read(terminal)?;
        let (platform, state) = capture.holdings.to_plan(self.target).map_err(Failure::usage)?;
        let (is_chosen, facts) = (self.target.is_none(), self.dumps.host_facts()?);
        let on = OnNode { host: None, is_chosen, facts, problems: capture.problems };
        self.wanted.plan(platform, &on, state.as_ref(), &[], terminal)
    }

    fn text(&self, plan: &NodePlan) -> String {
        if self.compact { plan.to_compact_text() } else { plan.to_text() }
    }

    fn file(&self) -> Option<&PathBuf> {
        match &self.output {
            FormatOrPath::Path(file) => Some(file),
            FormatOrPath::Text | FormatOrPath::Json => self.out.as_ref(),
        }
    }

    fn print(&self, plan: &NodePlan, writer: &PlanWriter, terminal: &mut Terminal) -> Result<(), Failure> {
        let file = self.file();
        let is_stdout = file.is_some_and(|file| file.as_os_str() == "-");
        if let Some(file) = file.filter(|_| !is_stdout) {
            writer.write(file, &self.text(plan))?;
        }
        if is_stdout || self.output == FormatOrPath::Json {
            terminal.result([self.text(plan)])
        } else {
            terminal.answer(&render::plan::text(&PlanSummary::from(plan)), None)
        }
    }
}
