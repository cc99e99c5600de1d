//! Differences as JSON, for programs.

use std::net::SocketAddr;

use serde::Serialize;
use serde_json::value::RawValue;

use super::super::trace::json::{API_VERSION, ClientDocument, TargetDocument, text};
use super::super::trace::text::place;
use super::Compared;
use crate::check::{Concerned, Example, Finding, advice};
use crate::diagnostics::json::render;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckDocument<'a> {
    api_version: &'static str,
    kind: &'static str,
    sides: &'a [String; 2],
    service_ports: usize,
    packets: usize,
    undecided: UndecidedDocument<'a>,
    lints: Vec<Box<RawValue>>,
    findings: Vec<FindingDocument<'a>>,
}

#[derive(Serialize)]
struct UndecidedDocument<'a> {
    packets: usize,
    reasons: Vec<ReasonDocument<'a>>,
}

#[derive(Serialize)]
struct ReasonDocument<'a> {
    reason: &'a str,
    packets: usize,
}

#[derive(Serialize)]
struct FindingDocument<'a> {
    code: &'static str,
    severity: &'static str,
    title: &'static str,
    meaning: &'static str,
    advice: &'static str,
    packets: usize,
    services: Vec<ServiceDocument<'a>>,
    example: ExampleDocument<'a>,
}

#[derive(Serialize)]
struct ServiceDocument<'a> {
    service: &'a str,
    manifest: String,
}

#[derive(Serialize)]
struct ExampleDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    client: ClientDocument,
    destination: SocketAddr,
    protocol: &'static str,
    answers: Vec<TargetDocument>,
}

/// The text of a comparison.
pub(super) fn draw(compared: &Compared<'_>) -> serde_json::Result<String> {
    let comparison = &compared.comparison;
    let reasons = comparison.reasons.iter();
    text(&CheckDocument {
        api_version: API_VERSION,
        kind: "Check",
        sides: &compared.names,
        service_ports: comparison.service_ports,
        packets: comparison.packets,
        undecided: UndecidedDocument {
            packets: comparison.undecided,
            reasons: reasons.map(|(reason, packets)| ReasonDocument { reason, packets: *packets }).collect(),
        },
        lints: compared
            .lints
            .iter()
            .map(|lint| RawValue::from_string(render(lint, compared.sources)))
            .collect::<Result<_, _>>()?,
        findings: comparison.findings.iter().map(|finding| document(finding, compared)).collect(),
    })
}

fn document<'a>(finding: &'a Finding<'_>, compared: &Compared<'_>) -> FindingDocument<'a> {
    let code = finding.code;
    let service = |concerned: &Concerned<'a>| ServiceDocument {
        service: concerned.id,
        manifest: place(concerned.origin, compared.sides[0].rules),
    };
    FindingDocument {
        code: code.id(),
        severity: code.severity().as_str(),
        title: code.title(),
        meaning: code.explanation(),
        advice: advice(code),
        packets: finding.packets,
        services: finding.services.iter().map(service).collect(),
        example: example(&finding.example, compared),
    }
}

fn example<'a>(example: &'a Example<'_>, compared: &Compared<'_>) -> ExampleDocument<'a> {
    let sides = compared.names.iter().zip(&compared.sides).zip(&example.verdicts);
    ExampleDocument {
        service: example.service,
        client: (&example.client).into(),
        destination: SocketAddr::new(example.packet.destination, example.packet.port),
        protocol: example.packet.protocol.as_str(),
        answers: sides
            .map(|((name, side), verdict)| {
                TargetDocument::of(name.clone(), &example.packet, verdict, side.rules)
            })
            .collect(),
    }
}
