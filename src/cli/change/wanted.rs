//! What is wanted of a node: manifests, and which of their Services.

use std::slice;

use clap::Args;

use crate::apply::{AnyState, AnyStep, NodePlan};
use crate::cli::Failure;
use crate::cli::output::{MessageFormat, Terminal};
use crate::cli::request::{WantedRules, check_read};
use crate::diagnostics::Diagnostic;
use crate::platform::{PlanRequest, Platform};

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
        let mut compiled = self.rules.compile()?;
        check_read(&compiled)?;
        if !self.destroy {
            compiled.check_wanted().map_err(|error| {
                let why = format!(
                    "{error}: everything on the node would be deleted; --destroy does that deliberately"
                );
                Failure::Usage(why)
            })?;
        }
        compiled.diagnostics.extend(problems);
        let selector = self.rules.select(slice::from_ref(&compiled), self.message_format, terminal)?;
        let request = PlanRequest { selector: &selector, destroy: self.destroy, made, state };
        let plan = NodePlan::make(platform, &mut compiled, &self.rules.options()?, &request)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        terminal.diagnostics(&compiled.diagnostics, &compiled.sources, self.message_format, self.verbose);
        Ok(plan)
    }
}
