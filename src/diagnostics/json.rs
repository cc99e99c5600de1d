//! Diagnostics for programs: one JSON object each.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Diagnostic, Severity};
use crate::name::{escape_in_json, is_unprintable};
use crate::source::Sources;

/// The JSON form of a diagnostic.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Record<'d> {
    /// Its code: `M0107`.
    code: &'static str,
    /// error, warning or note.
    severity: &'static str,
    /// One sentence.
    message: &'d str,
    /// The object that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object<'d>>,
    /// Where that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceRecord<'d>>,
    /// What is allowed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<&'d str>,
    /// What follows, or what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'d str>,
}

/// An object of the input.
#[derive(Debug, Serialize, JsonSchema)]
struct Object<'d> {
    /// `Service`, `EndpointSlice`, …
    kind: &'static str,
    /// Empty where the kind has none.
    namespace: &'d str,
    /// Its name.
    name: &'d str,
}

/// A place in the input.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Place")]
struct PlaceRecord<'d> {
    /// The file.
    file: String,
    /// From 1.
    line: usize,
    /// From 1.
    column: usize,
    /// The path of the field: `spec.ports[0].port`.
    field: &'d str,
}

/// Renders one diagnostic as one line of JSON.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let json = serde_json::to_string(&record(diagnostic, sources));
    harmless(json.expect("strings and numbers are always JSON"))
}

/// A message that has no code, as one line of JSON.
#[must_use]
pub fn plain(severity: Severity, message: &str) -> String {
    #[derive(Serialize)]
    struct Plain<'m> {
        severity: &'static str,
        message: &'m str,
    }
    let json = serde_json::to_string(&Plain { severity: severity.as_str(), message });
    harmless(json.expect("strings are always JSON"))
}

/// A diagnostic as a part of a document.
#[must_use]
pub fn record<'d>(diagnostic: &'d Diagnostic, sources: &Sources) -> Record<'d> {
    Record {
        code: diagnostic.code.id(),
        severity: diagnostic.severity().as_str(),
        message: &diagnostic.message,
        object: diagnostic.object.as_ref().map(|object| Object {
            kind: object.kind,
            namespace: &object.namespace,
            name: &object.name,
        }),
        place: diagnostic.place.as_ref().map(|place| {
            let spot = sources.spot(place);
            PlaceRecord { file: spot.file, line: spot.line, column: spot.column, field: &place.path }
        }),
        allowed: diagnostic.allowed.as_deref(),
        help: diagnostic.help.as_deref(),
    }
}

/// JSON may hold characters that steer a terminal; escaped they mean the same.
pub(crate) fn harmless(json: String) -> String {
    escape_in_json(json, is_unprintable)
}
