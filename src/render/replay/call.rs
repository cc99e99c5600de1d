//! Steps and calls in words that every format prints.

use crate::name::printable;
use crate::platform::timeline::{CallRecord, StepRecord};

/// `Step 3, kube-proxy starts anew: update Service shop/web`
pub(super) fn title(step: &StepRecord) -> String {
    let restart = if step.restart { ", kube-proxy starts anew" } else { "" };
    let events = if step.events.is_empty() { "no event".to_owned() } else { step.events.join(", ") };
    format!("Step {}{restart}: {events}", step.step)
}

/// What a call does and what became of it, behind its name: `TCP 10.96.0.10:80  → local:10.244.1.5`.
pub(super) fn object(call: &CallRecord) -> String {
    let CallRecord { on, members, error, refusal, .. } = call;
    let members = if members.is_empty() { String::new() } else { format!("  → {}", members.join(" ")) };
    let error = error.as_ref().map(|error| format!("  failed: {error}")).unwrap_or_default();
    let refusal = if refusal.is_some() { "  refused by a real node" } else { "" };
    format!("{}{members}{error}{refusal}", printable(on))
}

/// The whole call.
pub(super) fn sentence(call: &CallRecord) -> String {
    let forgets = call.forgets.join("; ");
    let forgets =
        if forgets.is_empty() { forgets } else { format!("; then the kernel forgets flows: {forgets}") };
    format!("{} {}{forgets}", call.what, object(call))
}
