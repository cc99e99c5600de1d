//! Differences as JSON, for programs.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use rayon::prelude::*;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::trace::{ClientDocument, TargetDocument};
use super::{API_VERSION, marked};
use crate::answer::verdict::Confidence;
use crate::check::{Accepted, Concerned, Example, Finding, Remark, Report};
use crate::diagnostics::json::{Record, record};
use crate::fill::{AssumedMembers, IsAssumed, Marks};
use crate::platform::Side;
use crate::platform::schema_of;

/// What targets differ in, as `hnsplan check -o json` prints it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Check")]
struct CheckDocument<'a> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `Check`
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    /// What is compared: targets, or versions of one.
    sides: &'a [String],
    /// What is wrong with the manifests, and what each target loses of them.
    diagnostics: Vec<RemarkDocument<'a>>,
    /// What is known to go wrong on nodes that are set up like this one.
    lints: Vec<Record<'a>>,
    /// How many service ports were compared; one of both families counts twice.
    service_ports: usize,
    /// How many packet classes all sides were asked about.
    packets: usize,
    /// What could not be compared.
    left_out: LeftOutDocument,
    /// What nobody knows.
    undecided: UndecidedDocument<'a>,
    /// How sure the rules of platforms are that the decided packet classes rest on.
    confidence: ConfidenceDocument,
    /// One for each kind of difference between each two sides.
    findings: Vec<FindingDocument<'a>>,
    /// The entries of the allow-list.
    allowed: Vec<AllowedDocument<'a>>,
}

/// An entry of the allow-list, and how much it accepts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Allowed")]
struct AllowedDocument<'a> {
    /// The code that it accepts.
    code: &'static str,
    /// Why.
    reason: &'a str,
    /// Where the entry was read: `file:line:column`.
    entry: String,
    /// How many findings it accepts.
    findings: usize,
}

/// What is wrong with the input, or what a target loses of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Diagnostic")]
struct RemarkDocument<'a> {
    /// The target that it is about; absent where it is about the input.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'static str>,
    /// Whether the target cannot do what the Service asks for.
    loss: bool,
    #[serde(flatten)]
    diagnostic: Record<'a>,
}

/// Services that should have rules and have none, as the input does not tell enough of them.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeftOut")]
struct LeftOutDocument {
    /// How many Services.
    services: usize,
    /// Of how many that should have rules.
    of: usize,
    /// How many documents and objects could not be read.
    unread: usize,
}

/// Classes of packets of which some side leaves something undecided.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Undecided")]
struct UndecidedDocument<'a> {
    /// How many.
    packets: usize,
    /// Why.
    reasons: Vec<ReasonDocument<'a>>,
    /// The service ports of which no packet class is decided between two sides: nothing is known of them.
    services: Vec<UndecidedServicesDocument<'a>>,
}

/// How many packet classes rest on rules of a platform, by the least sure one of each.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Confidence")]
struct ConfidenceDocument {
    /// Sources or documentation state it.
    read: usize,
    /// Nodes were seen to do so.
    seen: usize,
    /// It follows from these, and nobody checked.
    believed: usize,
}

/// Service ports of which no packet class is decided.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UndecidedServices")]
struct UndecidedServicesDocument<'a> {
    /// The two sides.
    between: [&'a str; 2],
    /// `namespace/name:port`, with the family where something is decided of the other one.
    services: &'a BTreeSet<String>,
}

/// Why something is undecided.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reason")]
struct ReasonDocument<'a> {
    /// The reason.
    reason: &'a str,
    /// Of how many packet classes.
    packets: usize,
}

/// A kind of difference between two sides.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct FindingDocument<'a> {
    /// Its code: `D0802`.
    code: &'static str,
    /// error, warning or note.
    severity: &'static str,
    /// The kind in a few words.
    title: &'static str,
    /// What it means for a user.
    meaning: &'static str,
    /// What to do.
    advice: &'static str,
    /// The two sides that differ.
    between: [&'a str; 2],
    /// How many packet classes show it.
    packets: usize,
    /// The service ports concerned.
    services: Vec<ServiceDocument<'a>>,
    /// What shows it although no Service wants it: `address:port/PROTOCOL`.
    unclaimed: Vec<String>,
    /// What a target does not support and what causes it; such losses are not among the diagnostics.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<RemarkDocument<'a>>,
    /// A packet that shows it.
    example: ExampleDocument<'a>,
}

/// A service port.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ServicePort")]
struct ServiceDocument<'a> {
    /// `namespace/name:port`
    service: &'a str,
    /// Where it was read: `file:line`.
    manifest: String,
}

/// A packet, and what becomes of it on all sides.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Example")]
struct ExampleDocument<'a> {
    /// The service port that listens there.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    /// Who sends it.
    client: ClientDocument,
    /// Where it is sent to: address and port.
    destination: SocketAddr,
    /// Whether that is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
    /// TCP, UDP or SCTP.
    protocol: &'static str,
    /// What becomes of it on each side, in their order.
    answers: Vec<TargetDocument>,
}

/// The JSON Schema of a comparison.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<CheckDocument<'static>>()
}

/// The text of a comparison.
///
/// # Errors
/// Never: texts and numbers are JSON.
pub fn render(report: &Report<'_>) -> serde_json::Result<String> {
    let comparison = &report.comparison;
    let reasons = || comparison.reasons.iter();
    let marks = report.assumed();
    marked(marks, |assumed| CheckDocument {
        api_version: API_VERSION,
        kind: "Check",
        assumed,
        sides: &report.names,
        // To find their places, texts are read once more.
        diagnostics: report.remarks.par_iter().map(|remark| diagnostic(remark, report)).collect(),
        lints: report.lints.iter().map(|lint| record(lint, report.sources)).collect(),
        service_ports: comparison.service_ports,
        left_out: LeftOutDocument {
            services: report.left_out.services(),
            of: report.left_out.wanted,
            unread: report.left_out.unread,
        },
        packets: comparison.packets,
        confidence: {
            let of = |confidence| comparison.confidence.get(&confidence).copied().unwrap_or_default();
            let [read, seen, believed] = [Confidence::Read, Confidence::Seen, Confidence::Believed].map(of);
            ConfidenceDocument { read, seen, believed }
        },
        undecided: UndecidedDocument {
            packets: comparison.undecided,
            reasons: reasons()
                .map(|(reason, packets)| ReasonDocument { reason, packets: *packets })
                .collect(),
            services: comparison
                .undecided_ports
                .iter()
                .filter(|(_, services)| !services.is_empty())
                .map(|(pair, services)| UndecidedServicesDocument {
                    between: pair.of(&report.names).map(String::as_str),
                    services,
                })
                .collect(),
        },
        findings: comparison.findings.iter().map(|finding| document(finding, report)).collect(),
        allowed: report.accepted.iter().map(|allowed| entry(allowed, report)).collect(),
    })
}

fn diagnostic<'a>(remark: &'a Remark, report: &Report<'a>) -> RemarkDocument<'a> {
    RemarkDocument {
        target: remark.target.map(Side::name),
        loss: remark.diagnostic.code.is_loss(),
        diagnostic: record(&remark.diagnostic, report.sources),
    }
}

fn entry<'a>(allowed: &'a Accepted<'_>, report: &Report<'_>) -> AllowedDocument<'a> {
    let Accepted { entry, found } = allowed;
    AllowedDocument {
        code: entry.code.id(),
        reason: &entry.reason,
        entry: report.sources.spot(&entry.place).to_string(),
        findings: found.len(),
    }
}

fn document<'a>(finding: &'a Finding<'_>, report: &'a Report<'_>) -> FindingDocument<'a> {
    let code = finding.code;
    let service = |concerned: &Concerned<'a>| ServiceDocument {
        service: concerned.id,
        manifest: report.participants[0].rules.place(concerned.origin),
    };
    FindingDocument {
        code: code.id(),
        severity: code.severity().as_str(),
        title: code.title(),
        meaning: code.explanation(),
        advice: code.advice(),
        between: finding.between.of(&report.names).map(String::as_str),
        packets: finding.packets,
        services: finding.services.iter().map(service).collect(),
        unclaimed: finding.unclaimed.iter().map(|(to, protocol)| format!("{to}/{protocol}")).collect(),
        causes: finding.causes.iter().map(|cause| diagnostic(cause, report)).collect(),
        example: example(&finding.example, report, report.assumed()),
    }
}

fn example<'a>(example: &'a Example<'_>, report: &Report<'_>, marks: &Marks) -> ExampleDocument<'a> {
    let destination = SocketAddr::new(example.packet.destination, example.packet.port);
    let sides = report.names.iter().zip(&report.participants).zip(&example.verdicts);
    ExampleDocument {
        service: example.service,
        client: ClientDocument::of(&example.client, marks),
        destination,
        assumed: marks.destination(destination),
        protocol: example.packet.protocol.as_str(),
        answers: sides
            .map(|((name, side), verdict)| {
                TargetDocument::of(name.clone(), &example.packet, verdict, side.rules)
            })
            .collect(),
    }
}
