//! The JSON document of a rule set, and its schema.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{RuleSet, ServicePort};
use crate::fill::{AssumedMembers, IsAssumed};
use crate::manifest::Backend;
use crate::node::NodeContext;

/// `hnsplan compile -t ir` prints this document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "RuleSet")]
#[serde(rename_all = "camelCase")]
struct Document<'r> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `RuleSet`
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    /// The node that the rules are for.
    node: &'r NodeContext,
    /// Files that the objects were read from; `source.file` is a position in this list.
    files: &'r [String],
    /// Service ports, sorted by identity, protocol and family.
    services: Vec<SourcedPort<'r>>,
    /// Endpoints of the slices; `backend` of an endpoint is a position in this list.
    backends: Vec<MarkedBackend<'r>>,
}

/// An endpoint of a slice, and whether its address is assumed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MarkedBackend")]
struct MarkedBackend<'r> {
    #[serde(flatten)]
    backend: &'r Backend,
    /// Whether the address is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
}

/// A service port with the place it was read from.
#[derive(Debug, Serialize, JsonSchema)]
struct SourcedPort<'r> {
    #[serde(flatten)]
    port: &'r ServicePort,
    /// Where the Service starts.
    source: Source,
}

/// A place in a file.
#[derive(Debug, Serialize, JsonSchema)]
struct Source {
    /// Position in `files`.
    file: usize,
    /// Line, from 1.
    line: u32,
}

/// The document as indented JSON, ending in a newline.
#[must_use]
pub fn to_json(rules: &RuleSet) -> String {
    let document = Document {
        api_version: "hnsplan/v1alpha1",
        kind: "RuleSet",
        assumed: AssumedMembers::all(&rules.assumed),
        node: &rules.node,
        files: &rules.files,
        services: rules
            .services
            .iter()
            .map(|port| SourcedPort {
                port,
                source: Source { file: port.origin.source.index(), line: port.origin.line },
            })
            .collect(),
        backends: rules
            .backends
            .iter()
            .map(|backend| MarkedBackend {
                backend,
                assumed: backend.address.ip().map(|ip| rules.assumed.ip(ip)).unwrap_or_default(),
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("the document has text keys only");
    text.push('\n');
    text
}

/// The JSON Schema of the document.
#[must_use]
pub fn schema() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document<'static>>()
}
