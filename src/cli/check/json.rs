//! Differences as JSON, for programs.

use std::net::SocketAddr;

use serde::Serialize;

use super::super::trace::json::{API_VERSION, ClientDocument, TargetDocument, text};
use super::super::trace::text::place;
use super::allowed::Allowed;
use super::{Compared, Remark};
use crate::check::{Concerned, Example, Finding, advice};
use crate::diagnostics::json::{Record, record};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckDocument<'a> {
    api_version: &'static str,
    kind: &'static str,
    sides: &'a [String],
    diagnostics: Vec<RemarkDocument<'a>>,
    lints: Vec<Record<'a>>,
    service_ports: usize,
    packets: usize,
    undecided: UndecidedDocument<'a>,
    findings: Vec<FindingDocument<'a>>,
    allowed: Vec<AllowedDocument<'a>>,
}

/// An entry of the allow-list, and how much it accepts.
#[derive(Serialize)]
struct AllowedDocument<'a> {
    code: &'static str,
    reason: &'a str,
    entry: String,
    findings: usize,
}

/// What is wrong with the input, or what a target loses of it.
#[derive(Serialize)]
struct RemarkDocument<'a> {
    /// The target that it is about; absent where it is about the input.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'static str>,
    /// Whether the target cannot do what the Service asks for.
    loss: bool,
    #[serde(flatten)]
    diagnostic: Record<'a>,
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
    /// The two sides that differ.
    between: [&'a str; 2],
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
pub(super) fn draw(compared: &Compared<'_>, allowed: &[Allowed<'_>]) -> serde_json::Result<String> {
    let comparison = &compared.comparison;
    let reasons = comparison.reasons.iter();
    text(&CheckDocument {
        api_version: API_VERSION,
        kind: "Check",
        sides: &compared.names,
        diagnostics: compared.remarks.iter().map(|remark| diagnostic(remark, compared)).collect(),
        lints: compared.lints.iter().map(|lint| record(lint, compared.sources)).collect(),
        service_ports: comparison.service_ports,
        packets: comparison.packets,
        undecided: UndecidedDocument {
            packets: comparison.undecided,
            reasons: reasons.map(|(reason, packets)| ReasonDocument { reason, packets: *packets }).collect(),
        },
        findings: comparison.findings.iter().map(|finding| document(finding, compared)).collect(),
        allowed: allowed.iter().map(|allowed| entry(allowed, compared)).collect(),
    })
}

fn diagnostic<'a>(remark: &'a Remark, compared: &Compared<'a>) -> RemarkDocument<'a> {
    RemarkDocument {
        target: remark.target.map(|target| target.name().as_str()),
        loss: remark.diagnostic.code.is_loss(),
        diagnostic: record(&remark.diagnostic, compared.sources),
    }
}

fn entry<'a>(allowed: &'a Allowed<'_>, compared: &Compared<'_>) -> AllowedDocument<'a> {
    let Allowed { entry, found } = allowed;
    AllowedDocument {
        code: entry.code.id(),
        reason: &entry.reason,
        entry: compared.sources.spot(&entry.place).to_string(),
        findings: found.len(),
    }
}

fn document<'a>(finding: &'a Finding<'_>, compared: &'a Compared<'_>) -> FindingDocument<'a> {
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
        between: finding.between.of(&compared.names).map(String::as_str),
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
