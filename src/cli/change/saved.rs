//! Saved plans, and whether they still fit.

use std::path::Path;

use super::executor::shown;
use super::planner::Planner;
use super::refused;
use crate::apply::{Fingerprint, InputFile, Plan, Step, codes};
use crate::cli::Failure;
use crate::cli::input::text_of;
use crate::diagnostics::Diagnostic;

/// Reads a saved plan.
pub(in crate::cli) fn read<E: Planner>(path: &Path) -> Result<Plan<E::Step>, Failure> {
    let unusable = |what: String| {
        let help = "hnsplan plan -o FILE, with the same --executor, writes one";
        refused(Diagnostic::new(codes::PLAN_UNUSABLE, what).help(help))
    };
    let text = text_of(path).map_err(|failure| match failure {
        Failure::Message(message) => unusable(message),
        other => other,
    })?;
    Plan::from_text(&text, E::TARGET).map_err(|error| unusable(format!("{}: {error}", shown(path))))
}

/// Why a plan no longer fits the node and its inputs.
pub(in crate::cli) fn stale<S: Step>(plan: &Plan<S>, state: &Fingerprint) -> Option<Diagnostic> {
    let what = match &plan.state {
        None => "the plan was made without a look at what the node holds".to_owned(),
        Some(was) if was != state => "what the node holds has changed since the plan was made".to_owned(),
        Some(_) => {
            let changed = plan.inputs.iter().find(|input| has_changed(input))?;
            format!("{} has changed since the plan was made", crate::name::escaped(&changed.name))
        }
    };
    let help = "make it again and read it again, or add --allow-stale";
    Some(Diagnostic::new(codes::PLAN_STALE, what).help(help))
}

/// Plans are carried to nodes that do not have the manifests: what is not there has not changed.
fn has_changed(input: &InputFile) -> bool {
    let text = text_of(Path::new(&input.name));
    text.is_ok_and(|text| Fingerprint::of_text(&text) != input.sha256)
}
