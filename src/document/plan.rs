//! What a plan changes, in words that are the same for every platform: what `hnsplan show -o json` prints of a saved
//! plan.

use std::collections::{HashMap, HashSet};

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::API_VERSION;
use crate::apply::{AnyStep, NodePlan, PlanCounts, PlanLine, PlannedLoss, SavedPlan, Sign};
use crate::platform::schema_of;

/// The JSON Schema of a saved plan: of what `hnsplan plan -o json` prints.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<SavedPlan<serde_json::Value>>()
}

/// The JSON Schema of [`PlanSummary`].
#[must_use]
pub fn summary_schema() -> Schema {
    schema_of::<PlanSummary>()
}

/// The kind of [`PlanSummary`].
pub const KIND: &str = "PlanSummary";

/// What a plan changes on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "PlanSummary")]
pub struct PlanSummary {
    /// `hnsplan/v1alpha1`
    pub api_version: String,
    /// `PlanSummary`
    pub kind: String,
    /// The platform.
    pub target: String,
    /// The node; absent if it has no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// What changes, in the order in which it is done.
    pub changes: Vec<PlannedChange>,
    /// How many objects change.
    pub counts: PlanCounts,
    /// Whether it deletes what the manifests want.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub destroy: bool,
    /// How much of what is wanted the platform cannot do.
    pub losses: usize,
    /// What of it, each with its Service and where that is in the manifests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<PlannedLoss>,
    /// How much of the manifests was left out, as it is wrong.
    pub errors: usize,
    /// How much of the node is not as it should be, and the plan does not change; absent if nothing is.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unmet: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// A change of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedChange {
    /// What is done: `+` it is made, `~` it is changed where it is, `-` it is deleted.
    pub sign: Sign,
    /// The kind of object, as in `load balancer`.
    pub kind: String,
    /// Which object.
    pub name: String,
    /// More about it, in a few words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The service ports that need it: `namespace/name:port`.
    pub services: Vec<String>,
    /// Where the first of them is in the manifests: `file:line`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What the object no longer does, of one that is changed, or deleted and made again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// What it does instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
}

impl From<&NodePlan> for PlanSummary {
    fn from(plan: &NodePlan) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            target: plan.platform().name().to_owned(),
            node: plan.node.clone(),
            changes: changes(plan),
            counts: plan.counts(),
            destroy: plan.destroy,
            losses: plan.losses,
            lost: plan.lost.clone(),
            errors: plan.errors,
            unmet: plan.unmet,
        }
    }
}

/// The lines of a plan; those of objects that become other ones tell what is different.
fn changes(plan: &NodePlan) -> Vec<PlannedChange> {
    let lines = plan
        .steps
        .iter()
        .flat_map(|step| step.changes().into_iter().enumerate().map(move |(at, line)| (step, at, line)));
    let lines: Vec<(&AnyStep, usize, PlanLine)> = lines.collect();
    let identity = |line: &PlanLine| (line.kind, line.name.clone());
    let of_sign = |sign: Sign| lines.iter().filter(move |(_, _, line)| line.sign == sign);
    let made: HashSet<_> = of_sign(Sign::Add).map(|(_, _, line)| identity(line)).collect();
    let deleted: HashMap<_, _> = of_sign(Sign::Destroy)
        .map(|(step, at, line)| (identity(line), (*step, *at)))
        .filter(|(identity, _)| made.contains(identity))
        .collect();
    let facts = |step: &AnyStep, at: usize, line: &PlanLine| match line.sign {
        Sign::Change => step.facts(at),
        Sign::Add => match deleted.get(&identity(line)) {
            Some((before, before_at)) => {
                let [before, _] = before.facts(*before_at);
                let [_, after] = step.facts(at);
                [before, after]
            }
            None => Default::default(),
        },
        Sign::Destroy => Default::default(),
    };
    let change = |(step, at, line): &(&AnyStep, usize, PlanLine)| {
        let [before, after] = facts(step, *at, line);
        let place = line.services.iter().find_map(|service| plan.places.get(service)).cloned();
        PlannedChange {
            place,
            removed: beyond(&before, &after),
            added: beyond(&after, &before),
            ..PlannedChange::from(line.clone())
        }
    };
    lines.iter().map(change).collect()
}

/// What is in one list more often than in the other.
fn beyond(one: &[String], other: &[String]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for fact in other {
        *counts.entry(fact).or_default() += 1;
    }
    let mut found = Vec::new();
    for fact in one {
        match counts.get_mut(fact.as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => found.push(fact.clone()),
        }
    }
    found
}

impl From<PlanLine> for PlannedChange {
    fn from(line: PlanLine) -> Self {
        let PlanLine { sign, kind, name, detail, services } = line;
        let (place, removed, added) = Default::default();
        Self { sign, kind: kind.to_owned(), name, detail, services, place, removed, added }
    }
}
