//! What is wanted of a node: manifests, and which of them.

use clap::Args;

use super::planner::{Planner, Scope};
use crate::apply::{Fingerprint, InputFile, Plan};
use crate::cli::Failure;
use crate::cli::input::{Manifests, Node};
use crate::cli::output::{MessageFormat, Terminal};
use crate::cli::request::add_findings_of_input;
use crate::diagnostics::{Diagnostic, Severity};
use crate::name::Subdomain;
use crate::pipeline::{Compiled, Loaded};

/// What is wanted of a node.
#[derive(Debug, Args)]
pub(in crate::cli) struct Wanted {
    #[command(flatten)]
    pub(in crate::cli) manifests: Manifests,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    pub(in crate::cli) scope: Scope,
    /// How diagnostics are printed
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    message_format: MessageFormat,
    /// Show all diagnostics, notes as well
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
}

impl Wanted {
    /// Reads and compiles the manifests.
    pub(in crate::cli) fn compile(&self) -> Result<(Compiled, Vec<InputFile>), Failure> {
        let setup = self.node.setup(&self.manifests)?;
        let sources = self.manifests.read()?;
        let inputs = sources
            .iter()
            .map(|(_, file)| InputFile { name: file.name.clone(), sha256: Fingerprint::of_text(&file.text) })
            .collect();
        let mut compiled = Loaded::new(sources).parse(&setup).resolve(&setup).compile();
        add_findings_of_input(&mut compiled);
        Ok((compiled, inputs))
    }

    /// The plan for a node in a state; what is to be said about it is said.
    pub(in crate::cli) fn plan<E: Planner>(
        &self,
        state: Option<&E::State>,
        made: E::Made,
        problems: Vec<Diagnostic>,
        terminal: &mut Terminal,
    ) -> Result<Plan<E::Step>, Failure> {
        let (mut compiled, inputs) = self.compile()?;
        compiled.diagnostics.extend(problems);
        let mut plan = Plan::new(E::TARGET, E::steps(&mut compiled, state, made, &self.scope)?);
        plan.node = compiled.rules.node.name.as_ref().map(Subdomain::as_str).map(str::to_owned);
        plan.inputs = inputs;
        plan.state = state.map(E::fingerprint);
        let count = |is: &dyn Fn(&&Diagnostic) -> bool| compiled.diagnostics.iter().filter(is).count();
        plan.losses = count(&|found| found.code.is_loss());
        plan.errors = count(&|found| found.severity() == Severity::Error);
        terminal.diagnostics(&compiled.diagnostics, &compiled.sources, self.message_format, self.verbose);
        Ok(plan)
    }
}
