//! What is wanted of a node: manifests, and which of their Services.

use std::{mem, slice};

use clap::Args;

use super::refused;
use crate::apply::{AnyState, AnyStep, NodePlan, other_machine, other_mode};
use crate::capture::HostFacts;
use crate::cli::request::{WantedRules, check_read};
use crate::diagnostics::{Code, Diagnostic};
use crate::platform::{PlanRequest, Platform};
use crate::shell::{Failure, FindingFlags, Terminal};

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

/// What is known of the machine that a plan is for, besides what it holds.
#[derive(Debug, Default)]
pub(in crate::cli) struct OnNode {
    /// Its name, where it is changed.
    pub(in crate::cli) host: Option<String>,
    /// Whether only its dump chooses the platform.
    pub(in crate::cli) is_chosen: bool,
    /// What collected logs tell about it.
    pub(in crate::cli) facts: HostFacts,
    /// What of a dump could not be read.
    pub(in crate::cli) problems: Vec<Diagnostic>,
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

    /// The plan for a node in a state, after printing its diagnostics and the problems of a dump.
    pub(in crate::cli) fn plan(
        &self,
        platform: &'static dyn Platform,
        on: &OnNode,
        state: Option<&AnyState>,
        made: &[AnyStep],
        terminal: &mut Terminal,
    ) -> Result<Planned, Failure> {
        let mut judge = self.findings.judge(terminal)?;
        let mut compiled = self.rules.compile_on(on.facts.clone())?;
        check_read(&compiled, "")?;
        if !self.destroy {
            compiled.check_wanted().map_err(|error| {
                let why = format!(
                    "{error}: everything on the node would be deleted; --destroy does that deliberately"
                );
                Failure::Usage(why)
            })?;
        }
        if let Some(reason) = other_machine(&compiled, on.host.as_deref()) {
            return Err(refused(reason));
        }
        if let Some(reason) = Some(platform).filter(|_| on.is_chosen).and_then(|of| other_mode(&compiled, of))
        {
            return Err(Failure::Usage(reason));
        }
        compiled.diagnostics.extend(on.problems.iter().cloned());
        // Errors that are accepted do not count in the plan; losses are in it, accepted or not.
        let (mut losses, mut others) =
            mem::take(&mut compiled.diagnostics).into_iter().partition(|found| found.code.is_loss());
        judge.sift(&mut others, None);
        others.append(&mut losses);
        compiled.diagnostics = others;
        let selector = self.rules.select(slice::from_ref(&compiled), terminal)?;
        let request = PlanRequest { selector: &selector, destroy: self.destroy, made, state };
        let mut plan = NodePlan::make(platform, &mut compiled, &self.rules.options(None)?, &request)
            .map_err(Failure::usage)?;
        plan.accept(&judge.list);
        judge.sift(&mut compiled.diagnostics, Some(platform.name()));
        terminal.diagnostics(&compiled.diagnostics, &compiled.sources);
        judge.report(terminal);
        Ok(Planned { plan, found: compiled.diagnostics.iter().map(|found| found.code).collect() })
    }
}
