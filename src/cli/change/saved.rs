//! Saved plans, and whether they still fit.

use std::path::Path;

use super::executor::shown;
use super::planner::Planner;
use super::refused;
use crate::apply::{Fingerprint, InputFile, Plan};
use crate::cli::Failure;
use crate::cli::input::text_of;

/// Reads a saved plan.
pub(in crate::cli) fn read<E: Planner>(path: &Path) -> Result<Plan<E::Step>, Failure> {
    let text = text_of(path).map_err(|failure| match failure {
        Failure::Message(message) => refused(message),
        other => other,
    })?;
    Plan::from_text(&text, E::TARGET).map_err(|error| refused(format!("{}: {error}", shown(path))))
}

/// Why a plan no longer fits the node and its inputs.
pub(in crate::cli) fn stale<S: crate::apply::Step>(plan: &Plan<S>, state: &Fingerprint) -> Option<String> {
    let again = "make it again, or add --allow-stale";
    match &plan.state {
        None => return Some(format!("the plan was made without a look at what the node holds; {again}")),
        Some(was) if was != state => {
            return Some(format!("what the node holds has changed since the plan was made; {again}"));
        }
        Some(_) => {}
    }
    let changed = plan.inputs.iter().find(|input| has_changed(input))?;
    Some(format!("{} has changed since the plan was made; {again}", crate::name::escaped(&changed.name)))
}

/// Plans are carried to nodes that do not have the manifests: what is not there has not changed.
fn has_changed(input: &InputFile) -> bool {
    let text = text_of(Path::new(&input.name));
    text.is_ok_and(|text| Fingerprint::of_text(&text) != input.sha256)
}
