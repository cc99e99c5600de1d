//! What is wanted of a node: manifests, and which of their Services.

use clap::Args;

use crate::apply::{AnyState, AnyStep, Fingerprint, InputFile, NodePlan};
use crate::cli::Failure;
use crate::cli::output::{MessageFormat, Terminal};
use crate::cli::request::WantedRules;
use crate::diagnostics::{Diagnostic, Severity};
use crate::name::Subdomain;
use crate::net::Family;
use crate::pipeline::compile;
use crate::platform::{Context, Holdings, PlanRequest, Platform};

/// What is wanted of a node.
#[derive(Debug, Args)]
pub(in crate::cli) struct Wanted {
    #[command(flatten)]
    pub(in crate::cli) rules: WantedRules,
    /// Plan to delete what the manifests want and what earlier runs made
    #[arg(long, help_heading = "Plan")]
    destroy: bool,
    /// How diagnostics are printed
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    message_format: MessageFormat,
    /// Show all diagnostics, notes as well
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
}

impl Wanted {
    /// The plan for a node in a state, after printing its diagnostics and the `problems` of a dump.
    pub(in crate::cli) fn plan(
        &self,
        platform: &'static dyn Platform,
        state: Option<&AnyState>,
        made: &[AnyStep],
        problems: Vec<Diagnostic>,
        terminal: &mut Terminal,
    ) -> Result<NodePlan, Failure> {
        let setup = self.rules.setup()?;
        let options = self.rules.options()?;
        let sources = self.rules.manifests.read()?;
        let inputs = sources
            .iter()
            .map(|(_, file)| InputFile { name: file.name.clone(), sha256: Fingerprint::of_text(&file.text) })
            .collect();
        let mut compiled = compile(sources, &setup);
        self.rules.check_node(&compiled)?;
        compiled.diagnostics.extend(problems);
        let selector = self.rules.selector();
        selector.check(&compiled.rules).map_err(|error| Failure::Usage(error.to_string()))?;
        let planned = platform.steps(&PlanRequest {
            context: Context {
                rules: &compiled.rules,
                families: &Family::ALL,
                options: &options,
                held: &Holdings::default(),
            },
            selector: &selector,
            destroy: self.destroy,
            made,
            state,
        });
        let planned = planned.map_err(|error| Failure::Usage(error.to_string()))?;
        compiled.diagnostics.extend(planned.diagnostics);
        let count = |is: &dyn Fn(&&Diagnostic) -> bool| compiled.diagnostics.iter().filter(is).count();
        let mut plan = NodePlan::new(platform, planned.steps);
        plan.node = compiled.rules.node.name.as_ref().map(Subdomain::as_str).map(str::to_owned);
        plan.inputs = inputs;
        plan.state = state.map(AnyState::fingerprint);
        plan.losses = count(&|found| found.code.is_loss());
        plan.errors = count(&|found| found.severity() == Severity::Error);
        terminal.diagnostics(&compiled.diagnostics, &compiled.sources, self.message_format, self.verbose);
        Ok(plan)
    }
}
