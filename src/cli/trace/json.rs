//! A trace or a matrix as JSON, for programs.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use super::Asked;
use super::matrix::kind;
use crate::ir::RuleSet;
use crate::trace::{Client, ClientKind, Hop, Matrix, Summary, TargetName, hops};
use crate::verdict::{Fate, Ground, Outcome, Packet, SourceAddress, Verdict};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TraceDocument<'a> {
    api_version: &'static str,
    kind: &'static str,
    client: ClientDocument,
    destination: SocketAddr,
    protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    targets: Vec<TargetDocument>,
}

#[derive(Serialize)]
pub(in crate::cli) struct ClientDocument {
    kind: &'static str,
    ip: IpAddr,
}

/// The answer of one target.
#[derive(Serialize)]
pub(in crate::cli) struct TargetDocument {
    target: String,
    #[serde(flatten)]
    summary: SummaryDocument,
    outcomes: Vec<OutcomeDocument>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryDocument {
    conclusion: &'static str,
    endpoints: Vec<SocketAddr>,
    sources: Vec<String>,
    affinity: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    affinity_seconds: Option<u32>,
    undecided: Vec<Box<str>>,
    grounds: Vec<GroundDocument>,
}

#[derive(Serialize)]
struct GroundDocument {
    id: &'static str,
    confidence: &'static str,
    rule: &'static str,
    source: &'static str,
}

#[derive(Serialize)]
struct OutcomeDocument {
    chance: String,
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Box<str>>,
    steps: Vec<StepDocument>,
}

#[derive(Serialize)]
struct StepDocument {
    within: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<usize>,
    rule: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ground: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MatrixDocument<'a> {
    api_version: &'static str,
    kind: &'static str,
    rows: Vec<RowDocument<'a>>,
}

#[derive(Serialize)]
struct RowDocument<'a> {
    service: &'a str,
    frontend: &'static str,
    address: SocketAddr,
    protocol: &'static str,
    cells: Vec<CellDocument>,
}

#[derive(Serialize)]
struct CellDocument {
    client: &'static str,
    ip: IpAddr,
    answers: Vec<AnswerDocument>,
}

#[derive(Serialize)]
struct AnswerDocument {
    target: &'static str,
    #[serde(flatten)]
    summary: SummaryDocument,
}

pub(in crate::cli) const API_VERSION: &str = "hnsplan/v1alpha1";

/// The text of a trace.
pub(super) fn trace(asked: &Asked<'_>, rules: &RuleSet) -> serde_json::Result<String> {
    let target = |answer: &super::Answer| {
        TargetDocument::of(answer.target.as_str().to_owned(), &asked.packet, &answer.verdict, rules)
    };
    text(&TraceDocument {
        api_version: API_VERSION,
        kind: "Trace",
        client: (&asked.client).into(),
        destination: asked.destination.to,
        protocol: asked.destination.protocol.as_str(),
        service: asked.destination.port.map(|port| &*port.id),
        targets: asked.answers.iter().map(target).collect(),
    })
}

/// The text of a matrix.
pub(super) fn matrix(matrix: &Matrix<'_>, targets: &[TargetName]) -> serde_json::Result<String> {
    let rows = matrix.rows.iter().map(|row| {
        let cells = ClientKind::ALL.iter().zip(&row.cells).filter_map(|(kind, cell)| {
            let cell = cell.as_ref()?;
            let answers = targets.iter().zip(&cell.answers);
            let answers = answers
                .map(|(target, summary)| AnswerDocument { target: target.as_str(), summary: summary.into() });
            Some(CellDocument { client: kind.as_str(), ip: cell.packet.source, answers: answers.collect() })
        });
        RowDocument {
            service: &row.port.id,
            frontend: kind(row.kind),
            address: row.to,
            protocol: row.protocol.as_str(),
            cells: cells.collect(),
        }
    });
    text(&MatrixDocument { api_version: API_VERSION, kind: "TraceMatrix", rows: rows.collect() })
}

/// The text of a document.
pub(in crate::cli) fn text(document: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(document).map(|text| text + "\n")
}

fn outcome(packet: &Packet, outcome: &Outcome, rules: &RuleSet) -> OutcomeDocument {
    let (fate, endpoint, source, reason) = match &outcome.fate {
        Fate::Endpoint(to) => ("delivered", Some(to.endpoint), Some(name(to.source)), None),
        Fate::Unhandled(source) => ("unhandled", None, Some(name(*source)), None),
        Fate::Rejected => ("rejected", None, None, None),
        Fate::Dropped => ("dropped", None, None, None),
        Fate::Undecided(reason) => ("undecided", None, None, Some(reason.clone())),
    };
    let step = |hop: Hop<'_>| StepDocument {
        within: hop.step.within.clone(),
        number: hop.step.number,
        rule: hop.step.rule.clone(),
        manifest: hop.step.origin.map(|origin| {
            format!("{}:{}", rules.files.get(origin.source.index()).map_or("", String::as_str), origin.line)
        }),
        ground: hop.step.ground.map(|ground| ground.id),
        packet: hop.after.map(|after| after.to_string()),
    };
    let steps = hops(packet, outcome).map(step).collect();
    OutcomeDocument { chance: outcome.chance.to_string(), fate, endpoint, source, reason, steps }
}

fn name(source: SourceAddress) -> String {
    match source {
        SourceAddress::Kept => "client".to_owned(),
        SourceAddress::DirectReturn => "client, direct return".to_owned(),
        SourceAddress::Masqueraded => "node".to_owned(),
        SourceAddress::SourceVip(ip) => ip.to_string(),
    }
}

impl TargetDocument {
    /// What becomes of a packet, by the rules of a target with a name.
    pub(in crate::cli) fn of(target: String, packet: &Packet, verdict: &Verdict, rules: &RuleSet) -> Self {
        Self {
            target,
            summary: (&Summary::of(verdict)).into(),
            outcomes: verdict.outcomes().iter().map(|of| outcome(packet, of, rules)).collect(),
        }
    }
}

impl From<&Client> for ClientDocument {
    fn from(client: &Client) -> Self {
        Self { kind: client.kind.as_str(), ip: client.ip }
    }
}

impl From<&Summary> for SummaryDocument {
    fn from(summary: &Summary) -> Self {
        Self {
            conclusion: summary.conclusion.as_str(),
            endpoints: summary.endpoints.iter().copied().collect(),
            sources: summary.sources.iter().copied().map(name).collect(),
            affinity: summary.affinity.is_some(),
            affinity_seconds: summary.affinity.and_then(|affinity| affinity.timeout_seconds),
            undecided: summary.undecided.iter().cloned().collect(),
            grounds: summary.grounds.iter().copied().map(Into::into).collect(),
        }
    }
}

impl From<&Ground> for GroundDocument {
    fn from(ground: &Ground) -> Self {
        Self {
            id: ground.id,
            confidence: ground.confidence.as_str(),
            rule: ground.sentence,
            source: ground.source,
        }
    }
}
