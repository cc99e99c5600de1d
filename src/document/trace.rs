//! A trace or a matrix as JSON, for programs.

use std::net::{IpAddr, SocketAddr};

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{API_VERSION, marked};
use crate::answer::verdict::{Fate, Ground, Outcome, Packet, SourceAddress, Verdict};
use crate::fill::{AssumedMembers, IsAssumed, Marks};
use crate::ir::RuleSet;
use crate::platform::schema_of;
use crate::trace::{Answer, Client, ClientKind, Hop, Matrix, Row, Summary, Traced, hops};

/// What becomes of a packet, as `hnsplan trace -o json` prints it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Trace")]
struct TraceDocument<'a> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `Trace`
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    /// Who sends the packet.
    client: ClientDocument,
    /// Where it is sent to: address and port.
    destination: SocketAddr,
    /// TCP, UDP or SCTP.
    protocol: &'static str,
    /// The service port that listens there: `namespace/name:port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    /// What the asked targets do with it, in the order in which they were named.
    targets: Vec<TargetDocument>,
}

/// A client.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Client")]
pub(crate) struct ClientDocument {
    /// pod (of this node), remote-pod, node, localhost or external.
    kind: &'static str,
    /// Its address.
    ip: IpAddr,
    /// Whether the address is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
}

/// The answer of one target.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Answer")]
pub(crate) struct TargetDocument {
    /// iptables, iptables-save, hns, hns-state or netsh; with a version where two are compared.
    target: String,
    #[serde(flatten)]
    summary: SummaryDocument,
    /// All that may become of the packet; the chances add up to one.
    outcomes: Vec<OutcomeDocument>,
}

/// An answer in short.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Summary")]
struct SummaryDocument {
    /// delivered, answered (by kube-proxy itself), unhandled, rejected, dropped, undecided, or mixed: delivered, but
    /// not always.
    conclusion: &'static str,
    /// The endpoints that may get the packet.
    endpoints: Vec<SocketAddr>,
    /// Which of them are assumed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assumed_endpoints: Vec<SocketAddr>,
    /// Whom they see: `client`, `client, direct return`, `node`, or a `SourceVIP`.
    sources: Vec<String>,
    /// Whether a client keeps its endpoint.
    affinity: bool,
    /// For how many seconds, where the platform is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    affinity_seconds: Option<u32>,
    /// Why it cannot be told what becomes of the packet.
    undecided: Vec<Box<str>>,
    /// The rules of the platform that the answer rests on.
    grounds: Vec<GroundDocument>,
}

/// A rule of a platform.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Ground")]
struct GroundDocument {
    /// Its id.
    id: &'static str,
    /// The releases or settings that this is about; absent where the rule is the same everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<&'static str>,
    /// read, seen, believed or open.
    confidence: &'static str,
    /// The rule.
    rule: &'static str,
    /// Where it was learned.
    source: &'static str,
}

/// One thing that may become of the packet.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Outcome")]
struct OutcomeDocument {
    /// How likely it is: 1, or a fraction as in 1/3.
    chance: String,
    /// delivered, answered (by kube-proxy itself), unhandled, rejected, dropped or undecided.
    fate: &'static str,
    /// The endpoint that gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<SocketAddr>,
    /// Whether the endpoint is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
    /// Whom the endpoint sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// Why it cannot be told, or what kube-proxy answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Box<str>>,
    /// What led there, in order.
    steps: Vec<StepDocument>,
}

/// One thing that took part in a decision.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct StepDocument {
    /// The table and chain, the load balancer, the port proxy.
    within: Box<str>,
    /// The number of the rule there, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<usize>,
    /// The rule as the platform writes it.
    rule: Box<str>,
    /// Where the Service was read: `file:line`.
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
    /// The id of the rule of the platform that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    ground: Option<&'static str>,
    /// The packet after it, where it changes something: `source → destination/protocol`.
    #[serde(skip_serializing_if = "Option::is_none")]
    packet: Option<String>,
    /// Whether the rule has an assumed number in it.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
}

/// What all kinds of clients get at all frontends, as `hnsplan trace --matrix -o json` prints it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "TraceMatrix")]
struct MatrixDocument<'a> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `TraceMatrix`
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    /// One for each frontend.
    rows: Vec<RowDocument<'a>>,
}

/// A frontend.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Row")]
struct RowDocument<'a> {
    /// The service port: `namespace/name:port`.
    service: &'a str,
    /// `ClusterIP`, `ExternalIP`, `LoadBalancerIP` or `NodePort`.
    frontend: &'static str,
    /// Where clients connect to.
    address: SocketAddr,
    /// Whether that is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
    /// TCP, UDP or SCTP.
    protocol: &'static str,
    /// One for each kind of client that is traced.
    cells: Vec<CellDocument>,
}

/// A kind of client at a frontend.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cell")]
struct CellDocument {
    /// pod (of this node), remote-pod, node, localhost or external.
    client: &'static str,
    /// Its address.
    ip: IpAddr,
    /// Whether the address is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
    /// What the asked targets do with its packet.
    answers: Vec<AnswerDocument>,
}

/// The answer of one target, in short.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShortAnswer")]
struct AnswerDocument {
    /// iptables, iptables-save, hns, hns-state or netsh.
    target: &'static str,
    #[serde(flatten)]
    summary: SummaryDocument,
}

/// The JSON Schema of a trace.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<TraceDocument<'static>>()
}

/// The JSON Schema of a matrix.
#[must_use]
pub fn matrix_schema() -> Schema {
    schema_of::<MatrixDocument<'static>>()
}

/// The text of a trace.
///
/// # Errors
/// Never: texts and numbers are JSON.
pub fn trace(traced: &Traced<'_>, rules: &RuleSet) -> serde_json::Result<String> {
    let target = |answer: &Answer| {
        TargetDocument::of(answer.side.name().to_owned(), &traced.packet, &answer.verdict, rules)
    };
    marked(&rules.assumed, |assumed| TraceDocument {
        api_version: API_VERSION,
        kind: "Trace",
        assumed,
        client: ClientDocument::of(&traced.client, &rules.assumed),
        destination: traced.destination.to,
        protocol: traced.destination.protocol.as_str(),
        service: traced.destination.port.map(|port| &*port.id),
        targets: traced.answers.iter().map(target).collect(),
    })
}

/// The text of a matrix.
///
/// # Errors
/// Never: texts and numbers are JSON.
pub fn matrix(matrix: &Matrix<'_>, targets: &[&'static str], marks: &Marks) -> serde_json::Result<String> {
    marked(marks, |assumed| MatrixDocument {
        api_version: API_VERSION,
        kind: "TraceMatrix",
        assumed,
        rows: matrix.rows.iter().map(|row| matrix_row(row, targets, marks)).collect(),
    })
}

fn matrix_row<'m>(row: &'m Row<'_>, targets: &[&'static str], marks: &Marks) -> RowDocument<'m> {
    let cells = ClientKind::ALL.iter().zip(&row.cells).filter_map(|(kind, cell)| {
        let cell = cell.as_ref()?;
        let answers = targets.iter().zip(&cell.answers);
        let answer = |(target, summary): (&&'static str, &Summary)| AnswerDocument {
            target,
            summary: SummaryDocument::of(summary, marks),
        };
        let ip = cell.packet.source;
        Some(CellDocument {
            client: kind.as_str(),
            ip,
            assumed: marks.ip(ip),
            answers: answers.map(answer).collect(),
        })
    });
    RowDocument {
        service: &row.port.id,
        frontend: row.kind.as_str(),
        address: row.to,
        assumed: marks.destination(row.to),
        protocol: row.protocol.as_str(),
        cells: cells.collect(),
    }
}

fn outcome(packet: &Packet, outcome: &Outcome, rules: &RuleSet) -> OutcomeDocument {
    let (fate, endpoint, source, reason) = match &outcome.fate {
        Fate::Endpoint(to) => ("delivered", Some(to.endpoint), Some(name(to.source)), None),
        Fate::Answered(what) => ("answered", None, None, Some(what.clone())),
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
        assumed: rules.assumed.text(&hop.step.rule),
    };
    let steps = hops(packet, outcome).map(step).collect();
    let assumed = endpoint.map(|endpoint| rules.assumed.ip(endpoint.ip())).unwrap_or_default();
    OutcomeDocument { chance: outcome.chance.to_string(), fate, endpoint, assumed, source, reason, steps }
}

fn name(source: SourceAddress) -> String {
    match source {
        SourceAddress::Kept => "client".to_owned(),
        SourceAddress::DirectReturn => "client, direct return".to_owned(),
        SourceAddress::Masqueraded => "node".to_owned(),
        SourceAddress::SourceVip(ip) => ip.to_string(),
    }
}

/// The source address that a document names so.
#[cfg(feature = "apply")]
pub(super) fn source_named(text: &str) -> Option<SourceAddress> {
    let plain = [SourceAddress::Kept, SourceAddress::DirectReturn, SourceAddress::Masqueraded];
    let plain = plain.into_iter().find(|source| name(*source) == text);
    plain.or_else(|| text.parse().ok().map(SourceAddress::SourceVip))
}

impl TargetDocument {
    /// What becomes of a packet, by the rules of a target with a name.
    pub(crate) fn of(target: String, packet: &Packet, verdict: &Verdict, rules: &RuleSet) -> Self {
        Self {
            target,
            summary: SummaryDocument::of(&Summary::of(verdict), &rules.assumed),
            outcomes: verdict.outcomes().iter().map(|of| outcome(packet, of, rules)).collect(),
        }
    }
}

impl ClientDocument {
    /// A client, and whether its address is assumed.
    pub(crate) fn of(client: &Client, marks: &Marks) -> Self {
        Self { kind: client.kind.as_str(), ip: client.ip, assumed: marks.ip(client.ip) }
    }
}

impl SummaryDocument {
    fn of(summary: &Summary, marks: &Marks) -> Self {
        let endpoints = summary.endpoints.iter().copied();
        Self {
            assumed_endpoints: endpoints.filter(|endpoint| marks.of(endpoint.ip()).is_some()).collect(),
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
            holds: ground.holds,
            confidence: ground.confidence.as_str(),
            rule: ground.sentence,
            source: ground.source,
        }
    }
}
