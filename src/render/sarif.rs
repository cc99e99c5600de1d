//! Diagnostics as SARIF 2.1.0, for code scanning.
//!
//! Only what the format needs and scanners show is written; the order is that of the findings, and
//! fingerprints do not depend on lines, so that a finding stays the same one when its file grows.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::fill::{AssumedMembers, Marks};
use crate::source::{Place, Sources};

/// Where the schema of the format is.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A finding to be written.
#[derive(Debug)]
pub struct SarifFinding<'d> {
    /// The finding.
    pub diagnostic: &'d Diagnostic,
    /// What tells it from others of its code, object and field: a service port, two targets.
    pub key: &'d str,
    /// Why it is accepted, if it is.
    pub accepted: Option<&'d str>,
}

#[derive(Serialize)]
struct Log<'d> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'d>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'d> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Outcome<'d>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: String,
    short_description: Message,
    full_description: Message,
    help: Help,
    default_configuration: Configuration,
}

/// What to do about a finding, as scanners show it beside the finding.
#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'d> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
    /// What in the message is assumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<AssumedMembers>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression<'d>>,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "hnsplanFinding/v1")]
    finding: String,
}

#[derive(Serialize)]
struct Suppression<'d> {
    kind: &'static str,
    status: &'static str,
    justification: &'d str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

/// The document.
#[must_use]
pub fn render(findings: &[SarifFinding<'_>], sources: &Sources, marks: &Marks) -> String {
    let codes: BTreeSet<Code> = findings.iter().map(|finding| finding.diagnostic.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let results = findings.iter().map(|finding| outcome(finding, &codes, sources, marks)).collect();
    let driver = Driver {
        name: "hnsplan",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: codes.iter().map(|code| rule(*code)).collect(),
    };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    let json = serde_json::to_string_pretty(&log).expect("strings and numbers are always JSON");
    // Only the new lines between members are meant; those in texts are escaped already.
    json.lines().map(|line| crate::diagnostics::json::harmless(line.to_owned()) + "\n").collect()
}

fn level(severity: Severity) -> &'static str {
    severity.as_str()
}

fn rule(code: Code) -> Rule {
    let sentence = |text: &str| Message { text: text.to_owned() };
    Rule {
        id: code.id(),
        name: code.rule_name(),
        short_description: sentence(code.title()),
        full_description: sentence(code.explanation()),
        help: help(code),
        default_configuration: Configuration { level: level(code.severity()) },
    }
}

/// The explanation, the advice, and the command that shows both.
fn help(code: Code) -> Help {
    let (id, explanation, advice) = (code.id(), code.explanation(), code.advice());
    let next = if advice.is_empty() { String::new() } else { format!("\n\nNext: {advice}.") };
    Help {
        text: format!("{explanation}{next}\n\nhnsplan explain {id} prints this text."),
        markdown: format!("{explanation}{next}\n\n`hnsplan explain {id}` prints this text."),
    }
}

fn outcome<'d>(finding: &SarifFinding<'d>, codes: &[Code], sources: &Sources, marks: &Marks) -> Outcome<'d> {
    let message = finding.diagnostic.sentences();
    let SarifFinding { diagnostic, accepted, .. } = finding;
    let remark = super::fill::remark(&message, marks);
    let suppression =
        accepted.map(|reason| Suppression { kind: "external", status: "accepted", justification: reason });
    Outcome {
        rule_id: diagnostic.code.id(),
        rule_index: codes.partition_point(|code| *code < diagnostic.code),
        level: level(diagnostic.severity()),
        properties: marks.are_in(&message).then(|| AssumedMembers::found_in(marks, &message)),
        message: Message { text: message + &remark },
        locations: location(diagnostic, sources).into_iter().collect(),
        partial_fingerprints: Fingerprints { finding: fingerprint(finding) },
        suppressions: suppression.into_iter().collect(),
    }
}

fn location(diagnostic: &Diagnostic, sources: &Sources) -> Option<Location> {
    let object = diagnostic
        .object
        .as_ref()
        .map(|object| LogicalLocation { fully_qualified_name: object.to_string(), kind: "resource" });
    let physical = diagnostic.place.as_ref().map(|place| physical(place, sources));
    (object.is_some() || physical.is_some())
        .then(|| Location { physical_location: physical, logical_locations: object.into_iter().collect() })
}

fn physical(place: &Place, sources: &Sources) -> PhysicalLocation {
    let spot = sources.spot(place);
    PhysicalLocation {
        artifact_location: Artifact { uri: uri(&spot.file) },
        region: Region { start_line: spot.line, start_column: spot.column },
    }
}

/// A path as a reference that scanners resolve against the folder they look at.
fn uri(file: &str) -> String {
    if file == "-" {
        return "stdin".to_owned();
    }
    let file = file.strip_prefix("./").unwrap_or(file);
    let mut uri = if file.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in file.bytes() {
        match byte {
            b'\\' => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// A hash of what the finding is about, and not of where that stands.
fn fingerprint(finding: &SarifFinding<'_>) -> String {
    let SarifFinding { diagnostic, key, .. } = finding;
    let object = diagnostic.object.as_ref().map(ToString::to_string).unwrap_or_default();
    let path = diagnostic.place.as_ref().map_or("", |place| &place.path);
    let text = [diagnostic.code.id(), &object, path, key].join("\n");
    data_encoding::HEXLOWER.encode(&Sha256::digest(text)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::codes;

    #[test]
    fn paths_are_references() {
        assert_eq!(uri("shop/cluster.yaml"), "shop/cluster.yaml");
        assert_eq!(uri("./a b%.yaml"), "a%20b%25.yaml");
        assert_eq!(uri("/tmp/ü:1"), "file:///tmp/%C3%BC%3A1");
        assert_eq!(uri("shop\\a.yaml"), "shop/a.yaml");
        assert_eq!(uri("-"), "stdin");
    }

    #[test]
    fn a_fingerprint_is_of_the_finding_and_not_of_its_line() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "a: 1\nb: 2\n").unwrap();
        let origin = |line, start| crate::source::Origin { source: id, start, end: 10, line, item: None };
        let at =
            |line, start, path: &str| Diagnostic::new(codes::SOURCE, "x").at(origin(line, start).field(path));
        let of =
            |diagnostic: &Diagnostic, key| fingerprint(&SarifFinding { diagnostic, key, accepted: None });
        let first = of(&at(1, 0, "a"), "shop/web");
        assert_eq!(first, of(&at(2, 5, "a"), "shop/web"));
        assert_ne!(first, of(&at(1, 0, "b"), "shop/web"));
        assert_ne!(first, of(&at(1, 0, "a"), "shop/api"));
    }
}
