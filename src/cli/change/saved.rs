//! Saved plans, and whether they still fit.

use std::path::Path;

use super::refused;
use crate::apply::{Fingerprint, InputFile, NodePlan, codes};
use crate::cli::Failure;
use crate::cli::input::text_of;
use crate::diagnostics::Diagnostic;
use crate::name::escaped;
use crate::platform::Platform;

/// Reads a saved plan for a platform.
pub(in crate::cli) fn read(path: &Path, platform: &dyn Platform) -> Result<NodePlan, Failure> {
    let unusable = |what: String| {
        let help = "hnsplan plan --out FILE, with the same --executor, writes one";
        refused(Diagnostic::new(codes::PLAN_UNUSABLE, what).help(help))
    };
    let text = text_of(path).map_err(|failure| match failure {
        Failure::Message(message) => unusable(message),
        other => other,
    })?;
    let plan = NodePlan::from_text(&text).and_then(|plan| plan.only_for(platform));
    plan.map_err(|error| unusable(format!("{}: {error}", escaped(&path.display().to_string()))))
}

/// Why a plan no longer fits the node and its inputs.
pub(in crate::cli) fn staleness(plan: &NodePlan, state: &Fingerprint) -> Option<Diagnostic> {
    let what = match &plan.state {
        None => "the plan was made without knowing the state of the node".to_owned(),
        Some(was) if was != state => "the state of the node has changed since the plan was made".to_owned(),
        Some(_) => {
            let changed = plan.inputs.iter().find(|input| has_changed(input))?;
            format!("{} has changed since the plan was made", escaped(&changed.name))
        }
    };
    let help = "create and review a new plan, or pass --allow-stale";
    Some(Diagnostic::new(codes::PLAN_STALE, what).help(help))
}

/// Plans are carried to nodes that do not have the manifests: a missing file has not changed.
fn has_changed(input: &InputFile) -> bool {
    let text = text_of(Path::new(&input.name));
    text.is_ok_and(|text| Fingerprint::of_text(&text) != input.sha256)
}
