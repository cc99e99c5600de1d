//! The plan as a JSON document with the objects that HCN gets.

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{PlanText, document};
use crate::fill::IsAssumed;
use crate::ir::RuleSet;
use crate::platform::hns::lower::Purpose;
use crate::platform::hns::model::{Endpoint, Guid, LoadBalancer};
use crate::platform::hns::plan::{Action, Operation, Plan};

/// One call of HCN.
#[derive(Debug, Serialize, JsonSchema)]
struct OperationDocument<'p> {
    /// What to do.
    op: OperationKind,
    /// The object: as HNS knows it, or for a new one as the plan names it.
    #[schemars(with = "String")]
    id: Guid,
    /// The exact object that HCN gets. A member `local:ADDRESS`, `name:NAME` or `network:NAME` stands for the
    /// id of the object with this address or name, which is looked up when the plan is applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    settings: Option<Settings<'p>>,
    /// Ids of the objects whose operations come before.
    #[schemars(with = "Vec<String>")]
    requires: &'p [Guid],
    /// The service ports that need it.
    service: Vec<&'p str>,
    /// Whether a number of these service ports is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose>,
    /// Where these Services start, as `FILE:LINE`.
    source: Vec<String>,
}

/// What to do.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
enum OperationKind {
    CreateEndpoint,
    CreateLoadBalancer,
    ModifyLoadBalancer,
    DeleteLoadBalancer,
    DeletePolicyList,
    DeleteEndpoint,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Settings<'p> {
    Endpoint(&'p Endpoint),
    LoadBalancer(&'p LoadBalancer),
}

impl Plan {
    /// The plan as JSON: indented, with each object for HCN on one line, as it is sent.
    #[must_use]
    pub fn to_json<'p>(&'p self, rules: &'p RuleSet) -> PlanText<'p> {
        document::to_text(self, rules, "HnsPlan", |operation| [operation.document(rules)])
    }
}

impl Operation {
    fn document<'p>(&'p self, rules: &'p RuleSet) -> OperationDocument<'p> {
        let (op, settings) = match &self.action {
            Action::CreateEndpoint(endpoint) => {
                (OperationKind::CreateEndpoint, Some(Settings::Endpoint(endpoint)))
            }
            Action::CreateLoadBalancer(balancer) => {
                (OperationKind::CreateLoadBalancer, Some(Settings::LoadBalancer(balancer)))
            }
            Action::ModifyLoadBalancer(balancer) => {
                (OperationKind::ModifyLoadBalancer, Some(Settings::LoadBalancer(balancer)))
            }
            Action::DeleteLoadBalancer => (OperationKind::DeleteLoadBalancer, None),
            Action::DeletePolicyList => (OperationKind::DeletePolicyList, None),
            Action::DeleteEndpoint => (OperationKind::DeleteEndpoint, None),
        };
        OperationDocument {
            op,
            id: self.id,
            settings,
            requires: &self.requires,
            service: document::services(&self.owners, rules),
            assumed: document::are_assumed(&self.owners, rules),
            purpose: self.purpose,
            source: document::sources(&self.owners, rules),
        }
    }
}

/// The JSON Schema of the document.
#[must_use]
pub fn schema() -> Schema {
    document::schema::<OperationDocument<'static>>("HnsPlan", "hnsplan compile -t hns")
}
