//! The plan as a JSON document, and its schema.

use rayon::prelude::*;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{Action, Operation, Plan, Present, lines};
use crate::ir::RuleSet;
use crate::node::{NetworkType, Version};
use crate::target::hns::lower::{Purpose, Semantics};
use crate::target::hns::model::{Endpoint, Guid, LoadBalancer, NetworkRef};

/// How many operations are written at once.
const CHUNK: usize = 512;

/// How deep the members of the network stand.
const MEMBERS_OF_NETWORK: usize = 2;

/// How deep the members of an operation stand.
const MEMBERS_OF_OPERATION: usize = 3;

/// `hnsplan compile -t hns` prints this document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "HnsPlan")]
#[serde(rename_all = "camelCase")]
struct Document<'p> {
    #[serde(flatten)]
    head: Head<'p>,
    /// What to do, in this order.
    operations: Vec<OperationDocument<'p>>,
    #[serde(flatten)]
    tail: Tail<'p>,
}

/// What stands before the operations.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Head<'p> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `HnsPlan`
    kind: &'static str,
    /// Name of the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'p str>,
    /// The kube-proxy version whose behaviour the plan has.
    kube_proxy_version: Version,
    /// `kube-proxy` or `kubernetes`.
    semantics: &'static str,
    /// The network of the pods.
    network: NetworkDocument<'p>,
}

/// The network.
#[derive(Debug, Serialize, JsonSchema)]
struct NetworkDocument<'p> {
    /// Its id, where HNS told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    id: Option<Guid>,
    /// Its name.
    name: &'p str,
    /// Its type.
    #[serde(rename = "type")]
    type_: &'p NetworkType,
}

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

/// What stands after the operations.
#[derive(Debug, Serialize, JsonSchema)]
struct Tail<'p> {
    /// Load balancers that are there and stay as they are.
    kept: Vec<PresentDocument<'p>>,
    /// Load balancers that belong to nobody here, and are left alone.
    foreign: Vec<PresentDocument<'p>>,
}

/// A load balancer that HNS has.
#[derive(Debug, Serialize, JsonSchema)]
struct PresentDocument<'p> {
    /// Its id.
    #[schemars(with = "String")]
    id: Guid,
    /// What it answers to, as in `10.96.0.10:53/UDP`.
    #[serde(skip_serializing_if = "Option::is_none")]
    frontend: Option<String>,
    /// The service ports that need it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    service: Vec<&'p str>,
}

/// A plan as text, in the pieces in which it was made.
pub struct PlanText(Vec<String>);

impl PlanText {
    /// The pieces, which are the text one after the other.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl std::fmt::Display for PlanText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pieces().try_for_each(|piece| f.write_str(piece))
    }
}

impl Plan {
    /// The plan as JSON: indented, with each object for HCN on one line, as it is sent.
    #[must_use]
    pub fn to_json(&self, rules: &RuleSet) -> PlanText {
        let head = lines::to_text(&self.head(rules), 0, MEMBERS_OF_NETWORK);
        let tail = lines::to_text(&self.tail(rules), 0, MEMBERS_OF_NETWORK);
        let (head, tail) = (head.strip_suffix("\n}"), tail.strip_prefix('{'));
        let mut pieces = vec![format!("{},\n  \"operations\": [", head.expect("an object with members"))];
        let chunks = self.operations.par_chunks(CHUNK).map(|chunk| operations(chunk, rules));
        pieces.extend(chunks.collect::<Vec<String>>());
        if let Some(last) = pieces.last_mut().filter(|_| !self.operations.is_empty()) {
            // There is no comma after the last operation.
            last.pop();
            last.push_str("\n  ");
        }
        pieces.push(format!("],{}\n", tail.expect("an object")));
        PlanText(pieces)
    }

    fn head<'p>(&'p self, rules: &'p RuleSet) -> Head<'p> {
        Head {
            api_version: "hnsplan/v1alpha1",
            kind: "HnsPlan",
            node: rules.node.name.as_ref().map(crate::name::Subdomain::as_str),
            kube_proxy_version: rules.node.version,
            semantics: match self.semantics {
                Semantics::KubeProxy => "kube-proxy",
                Semantics::Kubernetes => "kubernetes",
            },
            network: NetworkDocument {
                id: match self.network.reference {
                    NetworkRef::Id(id) => Some(id),
                    NetworkRef::Named(_) => None,
                },
                name: &self.network.name,
                type_: &self.network.type_,
            },
        }
    }

    fn tail<'p>(&'p self, rules: &'p RuleSet) -> Tail<'p> {
        let documents = |present: &'p [Present]| present.iter().map(|one| one.document(rules)).collect();
        Tail { kept: documents(&self.kept), foreign: documents(&self.foreign) }
    }
}

impl Present {
    fn document<'p>(&'p self, rules: &'p RuleSet) -> PresentDocument<'p> {
        PresentDocument {
            id: self.id,
            frontend: self.frontend.as_ref().map(ToString::to_string),
            service: services(&self.owners, rules),
        }
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
            service: services(&self.owners, rules),
            purpose: self.purpose,
            source: sources(&self.owners, rules),
        }
    }
}

/// Service ports by their names, each once: one that serves both families has two positions.
fn services<'p>(owners: &[u32], rules: &'p RuleSet) -> Vec<&'p str> {
    each_once(owners.iter().map(|&owner| &*rules.services[owner as usize].id))
}

/// Where the Services of service ports start, each once.
fn sources(owners: &[u32], rules: &RuleSet) -> Vec<String> {
    let origins = owners.iter().map(|&owner| rules.services[owner as usize].origin);
    each_once(origins)
        .into_iter()
        .map(|origin| format!("{}:{}", rules.files[origin.source.index()], origin.line))
        .collect()
}

fn each_once<T: Copy + Eq + std::hash::Hash>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    if values.len() > 1 {
        let mut seen = rustc_hash::FxHashSet::default();
        values.retain(|value| seen.insert(*value));
    }
    values
}

/// Each member of an operation on a line of its own, and a comma after each operation.
fn operations(chunk: &[Operation], rules: &RuleSet) -> String {
    let mut bytes = Vec::with_capacity(chunk.len() * 640);
    for operation in chunk {
        bytes.extend_from_slice(b"\n    ");
        lines::write(&mut bytes, &operation.document(rules), 2, MEMBERS_OF_OPERATION);
        bytes.push(b',');
    }
    String::from_utf8(bytes).expect("JSON is text")
}

/// The JSON Schema of the document.
#[must_use]
pub fn schema() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document<'static>>()
}
