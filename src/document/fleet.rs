//! What was found on many nodes, as JSON for programs.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{API_VERSION, text};
use crate::fleet::{Class, Fleet, Group, Item, ObjectCount, Question, Scale, Spread, Variant};
use crate::platform::schema_of;

/// What was found on many nodes, as `hnsplan check --nodes … -o json`, `hnsplan diff --dumps … -o json` and `hnsplan merge
/// -o json` print it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Fleet")]
struct Document<'f> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `Fleet`
    kind: &'static str,
    /// Whether addresses, ports or pods are assumed, since the input leaves them out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    assumed: bool,
    /// What was asked about each node.
    question: Question,
    /// The sides that are compared; none where each dump decides.
    sides: &'f [String],
    /// How many nodes were selected.
    nodes: usize,
    /// What the answer is not about.
    missing: MissingDocument<'f>,
    /// Nodes of which the same was found: the largest group first.
    groups: Vec<GroupDocument<'f>>,
    /// What was found, by kind.
    findings: Vec<FindingDocument<'f>>,
    /// How much was compared on each node.
    compared: BTreeMap<&'f str, ComparedDocument<'f>>,
}

/// What an answer is not about.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Missing")]
struct MissingDocument<'f> {
    /// Shares that were not joined, as `3/8`.
    shares: Vec<String>,
    /// Nodes of which there is no answer.
    nodes: Vec<&'f str>,
    /// Dumps that are named after no node.
    stray_dumps: &'f BTreeSet<String>,
}

/// Nodes that are alike.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Group")]
struct GroupDocument<'f> {
    /// Their names.
    nodes: Vec<&'f str>,
    /// The codes of what was found on them, each once; notes about the input are left out.
    codes: BTreeSet<&'static str>,
}

/// A kind of finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct FindingDocument<'f> {
    /// `missing`: there is no answer; `object`, `rules`, `plan`, `effect`, `lint` or `remark`.
    class: Class,
    /// Its code: `hnsplan explain CODE` says more.
    code: &'static str,
    /// error, warning or note.
    severity: &'static str,
    /// The kind in a few words.
    title: &'static str,
    /// What to do.
    advice: &'static str,
    /// The sides that it is about.
    sides: &'f [String],
    /// The nodes that have it, by what it is about there: the most nodes first.
    on: Vec<VariantDocument<'f>>,
}

/// Nodes that have a kind of finding about the same things.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Variant")]
struct VariantDocument<'f> {
    /// Their names.
    nodes: Vec<&'f str>,
    /// What it is about; what to do is that of the first node.
    items: &'f [Item],
    /// One of them in a sentence, on the first node.
    example: &'f str,
}

/// How much was compared on a node.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Compared")]
struct ComparedDocument<'f> {
    #[serde(flatten)]
    scale: Scale,
    /// How many objects it should have, has, and lacks.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    objects: &'f BTreeMap<String, ObjectCount>,
}

/// The JSON Schema of an answer about many nodes.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Document<'static>>()
}

/// The text of an answer about many nodes.
///
/// # Errors
/// Never: texts and numbers are JSON.
pub fn render(fleet: &Fleet) -> serde_json::Result<String> {
    let groups = fleet.groups();
    let spreads = fleet.spreads();
    text(&Document {
        api_version: API_VERSION,
        kind: "Fleet",
        assumed: fleet.head.assumed,
        question: fleet.head.question,
        sides: &fleet.head.sides,
        nodes: fleet.head.names.len(),
        missing: MissingDocument {
            shares: fleet.head.shares.missing().iter().map(ToString::to_string).collect(),
            nodes: fleet.unasked().collect(),
            stray_dumps: &fleet.head.strays,
        },
        groups: groups.iter().map(group).collect(),
        findings: spreads.iter().map(finding).collect(),
        compared: fleet
            .nodes
            .iter()
            .map(|(name, answer)| {
                (name.as_str(), ComparedDocument { scale: answer.scale, objects: &answer.objects })
            })
            .collect(),
    })
}

fn group<'f>(group: &'f Group<'_>) -> GroupDocument<'f> {
    let kinds = group.answer.kinds.keys().filter(|kind| kind.divides(group.question));
    GroupDocument { nodes: group.nodes.clone(), codes: kinds.map(|kind| kind.code.id()).collect() }
}

fn finding<'f>(spread: &'f Spread<'_>) -> FindingDocument<'f> {
    let code = spread.kind.code;
    let variant = |variant: &'f Variant<'_>| VariantDocument {
        nodes: variant.nodes.clone(),
        items: &variant.found.items,
        example: &variant.found.shown,
    };
    FindingDocument {
        class: spread.kind.class,
        code: code.id(),
        severity: code.severity().as_str(),
        title: code.title(),
        advice: code.advice(),
        sides: &spread.kind.sides,
        on: spread.variants.iter().map(variant).collect(),
    }
}
