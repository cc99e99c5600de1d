//! Times without endpoints, and what helps, in sentences that every format prints.

use std::collections::BTreeMap;

use crate::document::rollout::{OnNode, Order, Rollout};
use crate::name::printable;
use crate::platform::timeline::Disturbance;
use crate::render::counted;
use crate::render::replay::notice;
use crate::rollout::{PoolGap, Remedy, Rolled};

/// `Deployment shop/front: 3 pods are replaced (RollingUpdate, maxSurge 1, maxUnavailable 0)`
pub(super) fn rolled(of: &Rolled) -> String {
    let [before, after] = of.pods;
    let (pods, is) = (counted(before, "pod"), if before == 1 { "is" } else { "are" });
    let what = match (before == after, of.has_new_template) {
        (true, true) => format!("{pods} {is} replaced"),
        (true, false) => format!("{pods}, as before"),
        (false, true) => format!("{pods} {is} replaced by {after}"),
        (false, false) => format!("from {before} to {}", counted(after, "pod")),
    };
    format!("{} {}: {what} ({})", of.kind, printable(&of.name), of.strategy)
}

/// How long a time is, in pods.
pub(super) fn lasts(starts: u32) -> String {
    match starts {
        1 => "for as long as one pod takes to start".to_owned(),
        many => format!("for as long as {many} pods take to start, one after another"),
    }
}

/// The longest times of Services, those of nodes that are alike in one sentence.
pub(super) fn longest(rollout: &Rollout) -> Vec<String> {
    let mut alike: BTreeMap<(&str, Option<&str>, u32), Vec<&str>> = BTreeMap::new();
    for gap in &rollout.longest {
        let nodes =
            alike.entry((&gap.service, gap.field.as_deref(), gap.starts.unwrap_or_default())).or_default();
        nodes.extend(gap.node.as_deref());
    }
    let sentence = |((service, field, starts), nodes): ((&str, Option<&str>, u32), Vec<&str>)| {
        without_endpoints(service, field, starts, &nodes)
    };
    alike.into_iter().map(sentence).collect()
}

/// The longest time of one Service, or of it on one node.
pub(super) fn longest_gap(of: &PoolGap) -> String {
    let nodes: Vec<&str> = of.node.iter().map(String::as_str).collect();
    without_endpoints(&of.service, of.field.as_deref(), of.starts.unwrap_or_default(), &nodes)
}

fn without_endpoints(service: &str, field: Option<&str>, starts: u32, nodes: &[&str]) -> String {
    let (service, lasts) = (printable(service), lasts(starts));
    match field {
        None => format!("{service} has no endpoint at all {lasts}"),
        Some(field) => {
            let nodes = nodes.iter().map(|node| printable(node)).collect::<Vec<_>>().join(", ");
            format!("{service} has no endpoint on {nodes} {lasts}, since {field} is Local")
        }
    }
}

/// What clients notice of a frontend, by the numbers of moments.
pub(super) fn trouble(of: &Disturbance, noun: &str) -> String {
    notice::sentence(of, noun).replace(" of step ", " of moment ")
}

/// What is not modelled, as it counts: what becomes of its Services is not known.
pub(super) fn not_modelled(of: &str) -> String {
    format!(
        "{} changes: what its controller does is not modelled, so what clients notice is not known",
        printable(of)
    )
}

/// What stands above the longest times.
pub(super) fn headline(rollout: &Rollout) -> &'static str {
    if rollout.longest.is_empty() && !rollout.not_modelled.is_empty() {
        return "Of what is modelled, no order leaves a Service without endpoints.";
    }
    match (rollout.longest.is_empty(), rollout.all_orders) {
        (true, true) => "While this is rolled out, no order leaves a Service without endpoints.",
        (true, false) => {
            "While this is rolled out, no order that was tried leaves a Service without endpoints."
        }
        (false, true) => "In the worst order:",
        (false, false) => "In the worst order that was found:",
    }
}

/// The Services that have no endpoint after the rollout and had some before.
pub(super) fn lasting(rollout: &Rollout) -> Vec<String> {
    rollout.worst.gaps.iter().filter(|of| of.to.is_none()).map(gap).collect()
}

/// A time in an order, by its moments.
pub(super) fn gap(of: &PoolGap) -> String {
    let place = of.node.as_ref().map(|node| format!(" on {}", printable(node))).unwrap_or_default();
    let service = printable(&of.service);
    let from = of.from.unwrap_or_default();
    match of.to {
        Some(to) => format!("from moment {from} to {to} {service} has no endpoint{place}"),
        None => format!("from moment {from} on {service} has no endpoint{place}"),
    }
}

pub(super) fn remedy(of: &Remedy) -> String {
    let then = if of.removes_all { "no order leaves a Service without endpoints" } else { "less of that" };
    format!("{}, {}: {then}", printable(&of.field), of.value)
}

/// What clients notice of an order on a node, first what lasts longer than one sync.
pub(super) fn felt(order: &Order, at: usize) -> Vec<String> {
    let Some(OnNode { replay, .. }) = order.replays.get(at) else { return Vec::new() };
    let mut felt: Vec<&Disturbance> = replay.disturbances.iter().filter(|of| of.is_felt()).collect();
    felt.sort_by_key(|of| of.to.is_some_and(|to| to.step == of.from.step));
    felt.into_iter().map(|of| trouble(of, replay.noun)).collect()
}

/// What clients notice on a node: of both orders at once where it is the same.
pub(super) fn felt_in_orders(rollout: &Rollout, at: usize) -> Vec<(&'static str, &Order, Vec<String>)> {
    let (worst, best) = (&rollout.worst, &rollout.best);
    let (of_worst, of_best) = (felt(worst, at), felt(best, at));
    if of_worst == of_best {
        return vec![("both orders", worst, of_worst)];
    }
    vec![("the worst order", worst, of_worst), ("the best order", best, of_best)]
}

/// Where an order is gone through: `win-1 (hns, kube-proxy 1.36)`.
pub(super) fn place(of: &OnNode) -> String {
    let node = of.node.as_deref().map_or_else(|| "the node".to_owned(), printable);
    format!("{node} ({}, kube-proxy {})", of.replay.target, of.replay.kube_proxy_version)
}
