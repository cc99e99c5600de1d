//! Selectors that match no pod of the input.

use std::collections::BTreeMap;

use super::names::name;
use super::templates::{Template, Templates};
use crate::diagnostics::Diagnostic;
use crate::fill::codes;
use crate::fill::endpoints::Owner;
use crate::name::{nearest, printable};

/// Labels whose values only a running cluster knows.
const ONLY_AT_RUN_TIME: [&str; 6] = [
    "batch.kubernetes.io/controller-uid",
    "controller-revision-hash",
    "controller-uid",
    "pod-template-generation",
    "pod-template-hash",
    "rollouts-pod-template-hash",
];

/// A selector that matches no pod, unless the input describes some that are just not there now: of a Job, or of a
/// workload that has no replicas.
pub(super) fn unmatched(owner: &Owner<'_>, templates: &Templates<'_>) -> Option<Diagnostic> {
    let selector = &owner.selector;
    let namespace = owner.name().0;
    let is_of_run_time = selector.keys().any(|key| ONLY_AT_RUN_TIME.contains(&&**key));
    let is_described = templates.matching(selector).any(|template| template.object.namespace() == namespace);
    if is_of_run_time || is_described {
        return None;
    }
    let message = format!("the selector {} matches no pod of the input", shown(selector));
    let found = Diagnostic::new(codes::SELECTOR_MATCHES_NOTHING, message)
        .about(owner.object.reference("Service"))
        .at(owner.object.origin.field("spec.selector"));
    Some(found.help(advice(owner, templates)))
}

/// What may have been meant.
fn advice(owner: &Owner<'_>, templates: &Templates<'_>) -> String {
    let (namespace, selector) = (owner.name().0, &owner.selector);
    if let Some((template, key)) = resembling(namespace, selector, templates) {
        let meant = match template.labels.get(key) {
            Some(value) => format!("has {}={}", printable(key), printable(value)),
            None => format!("has no label {}", printable(key)),
        };
        return format!("{} {meant}: correct the selector or the label", name(template.object));
    }
    if let Some(template) = templates.matching(selector).next() {
        return format!(
            "{} has these labels, but a Service selects pods of its own namespace: correct the namespace of one of them",
            name(template.object)
        );
    }
    "add the workload to the input; pods that an operator makes can be named in an Assumptions file"
        .to_owned()
}

/// The object whose labels come nearest, and the key of the label that it lacks.
fn resembling<'t, 'o>(
    namespace: &'t str,
    selector: &'t BTreeMap<String, String>,
    templates: &'t Templates<'o>,
) -> Option<(&'t Template<'o>, &'t str)> {
    let candidates: Vec<(&'t Template<'o>, &'t str, &'t str)> = templates
        .resembling(namespace, selector)
        .filter_map(|template| {
            let (key, value) = template.lacks(selector).next()?;
            Some((template, key, value))
        })
        .collect();
    let (_, key, value) = *candidates.first()?;
    let values = candidates.iter().filter_map(|(template, key, _)| template.labels.get(*key));
    let near = nearest(value, values.map(String::as_str)).into_iter().next().map(str::to_owned);
    let is_near =
        |(template, key, _): &&(&Template<'_>, &str, &str)| template.labels.get(*key) == near.as_ref();
    match near.as_ref().and_then(|_| candidates.iter().find(is_near)) {
        Some((template, key, _)) => Some((template, key)),
        // Without another label in common, any value of the key would do.
        None if selector.len() == 1 => None,
        None => Some((candidates[0].0, key)),
    }
}

fn shown(selector: &BTreeMap<String, String>) -> String {
    let labels: Vec<String> =
        selector.iter().map(|(key, value)| format!("{}={}", printable(key), printable(value))).collect();
    labels.join(",")
}
