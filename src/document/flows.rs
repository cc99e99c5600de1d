//! Flows that two sides treat differently, as JSON.

use std::net::{IpAddr, SocketAddr};

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{API_VERSION, marked};
use crate::check::{EffectComparison, Finding};
use crate::fill::{AssumedMembers, IsAssumed, Marks};
use crate::net::Protocol;
use crate::platform::schema_of;
use crate::trace::Summary;

/// What packets are treated differently, as `hnsplan diff --semantic -o json` prints it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "SemanticDiff")]
struct Document<'c> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `SemanticDiff`
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    /// What both sides were asked for by.
    sides: &'c [String; 2],
    /// How many packet classes both sides were asked about.
    classes_of_packets: usize,
    /// How many of them nobody can tell about.
    undecided: usize,
    /// The service ports of which no packet class is decided, with the family where something is of the other one.
    undecided_services: Vec<&'c String>,
    /// One for each kind of difference.
    differences: Vec<FlowDocument<'c>>,
}

/// A kind of difference in effect.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Difference")]
struct FlowDocument<'c> {
    /// Its code: `hnsplan explain CODE` says more.
    code: &'static str,
    /// error, warning or note.
    severity: &'static str,
    /// What it is, in words.
    title: &'static str,
    /// How many packet classes it is about.
    classes_of_packets: usize,
    /// The service ports, as `namespace/name:port`.
    services: Vec<&'c str>,
    /// One packet, and what becomes of it.
    example: ExampleDocument<'c>,
}

/// A packet that opens a connection.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Example")]
struct ExampleDocument<'c> {
    /// Who sends it: pod, node, external and others.
    client: &'static str,
    /// The address that it is sent from.
    source: IpAddr,
    /// The address and port that it is sent to.
    destination: SocketAddr,
    /// Whether one of both is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
    /// Its protocol.
    protocol: Protocol,
    /// What becomes of it on each side.
    sides: Vec<AnswerDocument<'c>>,
}

/// What becomes of a packet on one side.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SideAnswer")]
struct AnswerDocument<'c> {
    /// What the side was asked for by.
    side: &'c str,
    /// What becomes of it; a sentence.
    verdict: String,
    /// The first way that it may take.
    steps: Vec<StepDocument<'c>>,
}

/// A step on the way of a packet.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct StepDocument<'c> {
    /// The chain or object.
    within: &'c str,
    /// The rule.
    rule: &'c str,
    /// Whether it has an assumed number in it.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
}

/// The JSON Schema of packets that are treated differently.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Document<'static>>()
}

/// The text of a comparison in effect.
///
/// # Errors
/// Never: texts and numbers are JSON.
pub fn render(
    names: &[String; 2],
    comparison: &EffectComparison<'_>,
    marks: &Marks,
) -> serde_json::Result<String> {
    marked(marks, |assumed| Document {
        api_version: API_VERSION,
        kind: "SemanticDiff",
        assumed,
        sides: names,
        classes_of_packets: comparison.packets,
        undecided: comparison.undecided,
        undecided_services: comparison.undecided_ports.values().flatten().collect(),
        differences: comparison.findings.iter().map(|finding| flow(names, finding, marks)).collect(),
    })
}

fn flow<'f>(names: &'f [String; 2], finding: &'f Finding<'_>, marks: &Marks) -> FlowDocument<'f> {
    let example = &finding.example;
    let destination = SocketAddr::new(example.packet.destination, example.packet.port);
    let sides = names.iter().zip(&example.verdicts).map(|(side, verdict)| {
        let steps = verdict.outcomes().first().map_or(&[][..], |outcome| &outcome.steps);
        let steps = steps.iter().map(|step| StepDocument {
            within: &step.within,
            rule: &step.rule,
            assumed: marks.text(&step.rule),
        });
        AnswerDocument { side, verdict: Summary::of(verdict).sentence(), steps: steps.collect() }
    });
    FlowDocument {
        code: finding.code.id(),
        severity: finding.code.severity().as_str(),
        title: finding.code.title(),
        classes_of_packets: finding.packets,
        services: finding.services.iter().map(|of| of.id).collect(),
        example: ExampleDocument {
            client: example.client.kind.as_str(),
            source: example.client.ip,
            destination,
            assumed: marks.ip(example.client.ip).or(marks.destination(destination)),
            protocol: example.packet.protocol,
            sides: sides.collect(),
        },
    }
}
