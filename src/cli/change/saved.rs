//! Saved plans, and whether they still fit.

use std::path::Path;

use super::refused;
use crate::apply::{Fingerprint, InputFile, NodePlan, codes};
use crate::cli::Failure;
use crate::cli::input::text_of;
use crate::diagnostics::Diagnostic;
use crate::name::{escaped, printable};
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

/// Why a plan is for another node than the one that is named, or else than this machine.
pub(in crate::cli) fn other_node(
    plan: &NodePlan,
    named: Option<&str>,
    host: Option<&str>,
) -> Option<Diagnostic> {
    let node = plan.node.as_deref()?;
    let (is_other, here) = match (named, host) {
        (Some(named), _) => (named != node, format!("--node names {}", printable(named))),
        (None, Some(host)) => (!plan.is_for_machine(host), format!("this machine is {}", printable(host))),
        (None, None) => return None,
    };
    let node = printable(node);
    let help = format!(
        "create a plan for this node; if this machine is {node} under another name, pass --node {node}"
    );
    is_other.then(|| {
        let what = format!("the plan is for node {node}, and {here}");
        Diagnostic::new(codes::OTHER_NODE, what).help(help)
    })
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
