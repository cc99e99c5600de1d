//! What is wanted of a node: manifests, and which of their Services.

use std::{mem, slice};

use clap::Args;

use super::refused;
use crate::apply::{AnyState, AnyStep, NodePlan, other_machine};
use crate::cli::Failure;
use crate::cli::findings::FindingFlags;
use crate::cli::output::Terminal;
use crate::cli::request::{WantedRules, check_read};
use crate::diagnostics::{Code, Diagnostic};
use crate::platform::{PlanRequest, Platform};

/// What is wanted of a node.
#[derive(Debug, Args)]
pub(in crate::cli) struct Wanted {
    #[command(flatten)]
    pub(in crate::cli) rules: WantedRules,
    /// Plan to delete what the manifests want and what earlier runs made
    #[arg(long, help_heading = "Plan")]
    pub(in crate::cli) destroy: bool,
    #[command(flatten)]
    pub(in crate::cli) findings: FindingFlags,
}

/// A plan, and what was found on the way and is not accepted.
pub(in crate::cli) struct Planned {
    pub(in crate::cli) plan: NodePlan,
    pub(in crate::cli) found: Vec<Code>,
}

/// Why nothing is assumed about a node that is changed.
const ASSUMED: &str = "--assume invents addresses and pods, and a node needs those of its cluster; pass what kubectl get \
                       nodes,services,endpointslices -A -o yaml prints, or look at the rules with hnsplan compile --assume";

impl Wanted {
    /// Refuses to assume anything, before anything is opened.
    pub(in crate::cli) fn check_flags(&self) -> Result<(), Failure> {
        if self.rules.node.assumes() { Err(Failure::Usage(ASSUMED.to_owned())) } else { Ok(()) }
    }

    /// The plan for a node in a state, after printing its diagnostics and the `problems` of a dump. Where the node is
    /// changed, `host` is the name of the machine.
    pub(in crate::cli) fn plan(
        &self,
        platform: &'static dyn Platform,
        host: Option<&str>,
        state: Option<&AnyState>,
        made: &[AnyStep],
        problems: Vec<Diagnostic>,
        terminal: &mut Terminal,
    ) -> Result<Planned, Failure> {
        let mut judge = self.findings.judge(terminal)?;
        let mut compiled = self.rules.compile()?;
        check_read(&compiled, "")?;
        if !self.destroy {
            compiled.check_wanted().map_err(|error| {
                let why = format!(
                    "{error}: everything on the node would be deleted; --destroy does that deliberately"
                );
                Failure::Usage(why)
            })?;
        }
        if let Some(reason) = other_machine(&compiled, host) {
            return Err(refused(reason));
        }
        compiled.diagnostics.extend(problems);
        // Errors that are accepted do not count in the plan; losses are in it, accepted or not.
        let (mut losses, mut others) =
            mem::take(&mut compiled.diagnostics).into_iter().partition(|found| found.code.is_loss());
        judge.sift(&mut others, None);
        others.append(&mut losses);
        compiled.diagnostics = others;
        let selector = self.rules.select(slice::from_ref(&compiled), terminal)?;
        let request = PlanRequest { selector: &selector, destroy: self.destroy, made, state };
        let mut plan = NodePlan::make(platform, &mut compiled, &self.rules.options()?, &request)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        plan.accept(&judge.list);
        judge.sift(&mut compiled.diagnostics, Some(platform.name()));
        terminal.diagnostics(&compiled.diagnostics, &compiled.sources);
        judge.report(terminal);
        Ok(Planned { plan, found: compiled.diagnostics.iter().map(|found| found.code).collect() })
    }
}
