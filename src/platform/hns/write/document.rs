//! What the JSON documents of a plan have in common: everything but the operations.

use std::iter;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{PIECE, PlanText, in_pieces, lines};
use crate::fill::{AssumedMembers, IsAssumed};
use crate::ir::RuleSet;
use crate::node::{NetworkType, Version};
use crate::platform::hns::lower::Semantics;
use crate::platform::hns::model::{Guid, NetworkRef};
use crate::platform::hns::plan::{Operation, Plan, Present};

/// How deep the members of the network stand.
const MEMBERS_OF_NETWORK: usize = 2;

/// How deep the members of an operation stand.
const MEMBERS_OF_OPERATION: usize = 3;

/// The whole document, for its schema; it is written piece by piece.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Document<'p, O> {
    #[serde(flatten)]
    head: Head<'p>,
    /// What to do, in this order.
    operations: Vec<O>,
    #[serde(flatten)]
    tail: Tail<'p>,
}

/// What stands before the operations.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Head<'p> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `HnsPlan`, or `HnsPlanV1` for calls of the old API.
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
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

/// What stands after the operations.
#[derive(Debug, Serialize, JsonSchema)]
struct Tail<'p> {
    /// Load balancers that are there and stay as they are.
    kept: Vec<PresentDocument<'p>>,
    /// Load balancers that no Service in the input manages; they are left alone.
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

/// Writes a plan: indented, with each object for HNS on one line, as it is sent. An operation of the plan
/// may become several of the document.
pub(super) fn to_text<'p, O, D>(
    plan: &'p Plan,
    rules: &'p RuleSet,
    kind: &'static str,
    documents: impl Fn(&'p Operation) -> D + Sync + Copy + 'p,
) -> PlanText<'p>
where
    O: Serialize,
    D: IntoIterator<Item = O>,
{
    PlanText::new(move || {
        let head = lines::to_text(&head(plan, rules, kind), 0, MEMBERS_OF_NETWORK);
        let tail = lines::to_text(&tail(plan, rules), 0, MEMBERS_OF_NETWORK);
        let head = head.strip_suffix("\n}").expect("an object with members");
        let tail = tail.strip_prefix('{').expect("an object");
        let end = if plan.operations.is_empty() { "" } else { "\n  " };
        let (head, tail) = (format!("{head},\n  \"operations\": ["), format!("{end}],{tail}\n"));
        let operations = in_pieces(&plan.operations, move |at, piece| {
            operations(at == 0, piece.iter().flat_map(documents))
        });
        iter::once(head).chain(operations).chain(iter::once(tail))
    })
}

/// Each member of an operation on a line of its own, and a comma before each operation but the first.
fn operations(starts: bool, documents: impl Iterator<Item = impl Serialize>) -> String {
    let mut bytes = Vec::with_capacity(PIECE * 640);
    for (at, document) in documents.enumerate() {
        let separator: &[u8] = if starts && at == 0 { b"\n    " } else { b",\n    " };
        bytes.extend_from_slice(separator);
        lines::write(&mut bytes, &document, 2, MEMBERS_OF_OPERATION);
    }
    String::from_utf8(bytes).expect("JSON is text")
}

fn head<'p>(plan: &'p Plan, rules: &'p RuleSet, kind: &'static str) -> Head<'p> {
    Head {
        api_version: "hnsplan/v1alpha1",
        kind,
        assumed: AssumedMembers::all(&rules.assumed),
        node: rules.node.name.as_ref().map(crate::name::Subdomain::as_str),
        kube_proxy_version: rules.node.version,
        semantics: match plan.semantics {
            Semantics::KubeProxy => "kube-proxy",
            Semantics::WithHints => "kube-proxy, if it followed topology hints",
            Semantics::Kubernetes => "kubernetes",
        },
        network: NetworkDocument {
            id: match plan.network.reference {
                NetworkRef::Id(id) => Some(id),
                NetworkRef::Named(_) => None,
            },
            name: &plan.network.name,
            type_: &plan.network.type_,
        },
    }
}

fn tail<'p>(plan: &'p Plan, rules: &'p RuleSet) -> Tail<'p> {
    let documents = |present: &'p [Present]| present.iter().map(|one| one.document(rules)).collect();
    Tail { kept: documents(&plan.kept), foreign: documents(&plan.foreign) }
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

/// Service ports by their names, each once: one that serves both families has two positions.
pub(super) fn services<'p>(owners: &[u32], rules: &'p RuleSet) -> Vec<&'p str> {
    each_once(owners.iter().map(|&owner| &*rules.services[owner as usize].id))
}

/// Whether a number of these service ports is assumed.
pub(super) fn are_assumed(owners: &[u32], rules: &RuleSet) -> IsAssumed {
    IsAssumed(owners.iter().any(|&owner| rules.services[owner as usize].is_assumed()))
}

/// Where the Services of service ports start, each once.
pub(super) fn sources(owners: &[u32], rules: &RuleSet) -> Vec<String> {
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

/// The JSON Schema of a document with such operations, which a command prints.
pub(super) fn schema<O: JsonSchema>(title: &str, command: &str) -> Schema {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Document<'static, O>>();
    schema.insert("title".to_owned(), title.into());
    schema.insert("description".to_owned(), format!("`{command}` prints this document.").into());
    schema
}
