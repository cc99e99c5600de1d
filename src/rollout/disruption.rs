//! Budgets for evictions (`disruption.go` of Kubernetes 1.36): percentages are of all pods, and rounded up.

use std::collections::BTreeMap;

use super::model::{Budget, Model, Revision};
use super::objects::is_ready;
use super::strategy::{Round, scaled};
use crate::manifest::{AnyObject, labels};

/// The budgets of the objects, for the pods of a model.
pub(super) fn budgets(
    objects: &[AnyObject],
    pods: &[&AnyObject],
    others: &[AnyObject],
    model: &Model,
) -> Vec<Budget> {
    let budgets = objects.iter().filter(|object| object.kind() == ("policy/v1", "PodDisruptionBudget"));
    budgets.filter_map(|object| budget(object, pods, others, model)).collect()
}

fn budget(object: &AnyObject, pods: &[&AnyObject], others: &[AnyObject], model: &Model) -> Option<Budget> {
    let selector = labels(object.get(&["spec", "selector", "matchLabels"]));
    let selects = |pod: &AnyObject| {
        let own: BTreeMap<String, String> = labels(pod.get(&["metadata", "labels"]));
        pod.namespace() == object.namespace()
            && selector.iter().all(|(key, value)| own.get(key) == Some(value))
    };
    let own: Vec<usize> = (0..pods.len()).filter(|pod| selects(pods[*pod])).collect();
    let beside = others.iter().filter(|pod| selects(pod));
    let (all_beside, ready_beside) =
        beside.fold((0, 0), |(all, ready), pod| (all + 1, ready + usize::from(is_ready(pod))));
    let there = |pod: &&usize| model.pods[**pod].revision == Revision::Old && model.pods[**pod].is_there;
    let all = own.iter().filter(there).count() + all_beside;
    let field = |key| object.get(&["spec", key]).and_then(|value| scaled(value, all, Round::Up));
    let least = field("minAvailable").or_else(|| Some(all.saturating_sub(field("maxUnavailable")?)))?;
    Some(Budget {
        name: format!("{}/{}", object.namespace(), object.name()),
        pods: own,
        least: least.saturating_sub(ready_beside),
    })
}
