//! What a plan changes, in words that are the same for every platform: what `hnsplan show -o json` prints of a saved
//! plan.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::{API_VERSION, schema_of};
use crate::apply::{AnyStep, NodePlan, PlanCounts, PlanLine, SavedPlan, Sign};

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
    /// How much of what is wanted the platform cannot do.
    pub losses: usize,
    /// How much of the manifests was left out, as it is wrong.
    pub errors: usize,
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
}

impl From<&NodePlan> for PlanSummary {
    fn from(plan: &NodePlan) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            target: plan.platform().name().to_owned(),
            node: plan.node.clone(),
            changes: plan.steps.iter().flat_map(AnyStep::changes).map(PlannedChange::from).collect(),
            counts: plan.counts(),
            losses: plan.losses,
            errors: plan.errors,
        }
    }
}

impl From<PlanLine> for PlannedChange {
    fn from(line: PlanLine) -> Self {
        let PlanLine { sign, kind, name, detail, services } = line;
        Self { sign, kind: kind.to_owned(), name, detail, services }
    }
}
