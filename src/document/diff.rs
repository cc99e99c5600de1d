//! Writes changes and findings, and what stands next to each other, as JSON.

use std::net::{IpAddr, SocketAddr};

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{API_VERSION, marked};
use crate::diff::{
    Comparison, Counts, Defect, ObjectChange, ObjectKind, Row, Sheet, Standing, Subject, Verb, Weight,
};
use crate::fill::{AssumedMembers, IsAssumed, Marks};
use crate::ir::FrontendKind;
use crate::net::{Family, Protocol};
use crate::platform::schema_of;

/// What two sides of one platform differ in, as `hnsplan diff -o json` prints it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Diff")]
struct Document<'c> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `Diff`
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    /// iptables, hns or netsh.
    platform: &'static str,
    /// The first side, the old one, and the second one.
    sides: [SideDocument<'c>; 2],
    /// Whether nothing differs that counts, and nothing is wrong.
    equal: bool,
    /// How many objects there are.
    objects: Vec<CountsDocument>,
    /// Objects that are not the same on both sides: by service port, then by kind and name.
    changes: Vec<ChangeDocument<'c>>,
    /// What is wrong, in the order of the codes.
    findings: Vec<FindingDocument<'c>>,
    /// What could not be compared, and why: whole sentences, with the name of the side that does not tell it.
    not_compared: Vec<String>,
}

/// A side.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Side")]
struct SideDocument<'c> {
    /// What it was asked for by: a target, or files.
    name: &'c str,
    /// `wanted` is what should be, `held` what is on a node.
    is: &'static str,
}

/// How many objects of a kind there are.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Counts")]
struct CountsDocument {
    /// The kind: rule, chain, load balancer, endpoint, address, listener, firewall rule or route.
    kind: &'static str,
    /// All of each side, but foreign and undecided ones.
    sides: [usize; 2],
    /// On both sides, and equal.
    equal: usize,
    /// On both sides, and not equal.
    changed: usize,
    /// On one side only.
    only: [usize; 2],
    /// On the node, and of nobody here.
    foreign: usize,
    /// Wanted, and not to be seen in the dump.
    undecided: usize,
}

/// An object, by its name.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Subject")]
struct SubjectDocument<'c> {
    /// What it is.
    kind: &'static str,
    /// Its name in the words of the platform.
    name: &'c str,
    /// The id of HNS.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'c str>,
    /// The service ports that it is for, as `namespace/name:port`.
    services: &'c [String],
}

/// An object that is not the same on both sides.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ObjectChange")]
struct ChangeDocument<'c> {
    /// created, deleted, changed, moved, renamed or replaced.
    change: &'static str,
    #[serde(flatten)]
    subject: SubjectDocument<'c>,
    /// Of what is moved its name on the first side, of what is renamed its service ports there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<&'c str>,
    /// What differs, or all that is known of what is new or gone.
    fields: Vec<FieldDocument<'c>>,
    /// How many load balancers use an endpoint, on each side.
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<[usize; 2]>,
    /// `counts` as a difference, `foreign` not managed by any Service in the input, `undecided` is what a dump cannot show.
    weight: &'static str,
    /// Whether an assumed number is in its name or in its fields.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
}

/// A field that differs.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Field")]
struct FieldDocument<'c> {
    /// Its way from the object: `PortMappings[0].InternalPort`.
    path: &'c str,
    /// Its value on the first side.
    before: Option<&'c str>,
    /// Its value on the second side.
    after: Option<&'c str>,
    /// Whether an assumed number is in one of both.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
}

/// Something wrong with what a node holds.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Defect")]
struct FindingDocument<'c> {
    /// Its code: `hnsplan explain CODE` says more.
    code: &'static str,
    /// error, warning or note.
    severity: &'static str,
    #[serde(flatten)]
    subject: SubjectDocument<'c>,
    /// What is wrong with it.
    message: &'c str,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'c str>,
    /// Which call of kube-proxy left it so, with --sequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'c str>,
}

/// Two sides of two platforms frontend by frontend, as `hnsplan diff -o json` prints it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FrontendDiff")]
struct SheetDocument<'c> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `FrontendDiff`
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    /// What both sides were asked for by.
    sides: &'c [String; 2],
    /// Whether no frontend differs in effect, and none is undecided.
    equal: bool,
    /// By service port, then by kind and address.
    frontends: Vec<RowDocument<'c>>,
    /// What could not be compared, and why: whole sentences, with the name of the side that does not tell it.
    not_compared: Vec<String>,
}

/// An address and port that clients connect to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Frontend")]
struct RowDocument<'c> {
    /// The service port, as `namespace/name:port`; null where none is known.
    service: Option<&'c str>,
    /// What kind of address it is, where anybody says so.
    kind: Option<FrontendKind>,
    /// The address; null is any of the node's.
    address: Option<IpAddr>,
    /// The port.
    port: u16,
    /// Whether the address, or the node port, is assumed.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
    /// Its protocol.
    protocol: Protocol,
    /// Its family, which no address tells for a node port.
    family: Family,
    /// Whether it counts as a difference.
    differs: bool,
    /// Whether it is not known if it differs, as a side does not tell all that it does there.
    undecided: bool,
    /// In which ways the sides differ in effect, as `hnsplan check` tells them.
    codes: Vec<&'static str>,
    /// What each side does there, line by line, in its own words.
    sides: [Vec<&'c str>; 2],
}

/// The JSON Schema of what two sides of one platform differ in.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Document<'static>>()
}

/// The JSON Schema of two platforms, frontend by frontend.
#[must_use]
pub fn frontends_schema() -> Schema {
    schema_of::<SheetDocument<'static>>()
}

/// The document, indented.
///
/// # Errors
/// Never: texts and numbers are JSON.
pub fn draw(
    names: &[String; 2],
    comparison: &Comparison,
    marks: &Marks,
) -> Result<String, serde_json::Error> {
    let side = |at: usize| SideDocument {
        name: &names[at],
        is: match comparison.standings[at] {
            Standing::Wanted => "wanted",
            Standing::Held => "held",
        },
    };
    let counts = |(kind, counts): (&ObjectKind, &Counts)| CountsDocument {
        kind: kind.as_str(),
        sides: [counts.of_side(0), counts.of_side(1)],
        equal: counts.equal,
        changed: counts.changed,
        only: counts.only,
        foreign: counts.foreign,
        undecided: counts.undecided,
    };
    marked(marks, |assumed| Document {
        api_version: API_VERSION,
        kind: "Diff",
        assumed,
        platform: comparison.platform,
        sides: [side(0), side(1)],
        equal: comparison.is_equal(),
        objects: comparison.counts.iter().map(counts).collect(),
        changes: comparison.changes.iter().map(|of| change(of, marks)).collect(),
        findings: comparison.findings.iter().map(finding).collect(),
        not_compared: comparison.gaps.iter().map(|gap| gap.named(names)).collect(),
    })
}

fn subject(subject: &Subject) -> SubjectDocument<'_> {
    SubjectDocument {
        kind: subject.kind.as_str(),
        name: &subject.name,
        id: subject.id.as_deref(),
        services: &subject.services,
    }
}

fn change<'c>(change: &'c ObjectChange, marks: &Marks) -> ChangeDocument<'c> {
    let of_value = |value: &Option<String>| value.as_deref().map(|text| marks.text(text)).unwrap_or_default();
    let fields = change.fields.iter().map(|field| FieldDocument {
        path: &field.path,
        before: field.before.as_deref(),
        after: field.after.as_deref(),
        assumed: of_value(&field.before).or(of_value(&field.after)),
    });
    let fields: Vec<FieldDocument<'_>> = fields.collect();
    let of_fields = IsAssumed(fields.iter().any(|field| field.assumed.0));
    ChangeDocument {
        change: change.verb.as_str(),
        subject: subject(&change.subject),
        from: match &change.verb {
            Verb::Moved { from } => vec![from],
            Verb::Renamed { from } => from.iter().map(String::as_str).collect(),
            Verb::Created | Verb::Deleted | Verb::Changed | Verb::Replaced => Vec::new(),
        },
        assumed: marks.text(&change.subject.name).or(of_fields),
        fields,
        references: change.references,
        weight: match change.weight {
            Weight::Counts => "counts",
            Weight::Foreign => "foreign",
            Weight::Undecided => "undecided",
        },
    }
}

fn finding(finding: &Defect) -> FindingDocument<'_> {
    FindingDocument {
        code: finding.code.id(),
        severity: finding.code.severity().as_str(),
        subject: subject(&finding.subject),
        message: &finding.message,
        help: finding.help.as_deref(),
        cause: finding.cause.as_deref(),
    }
}

/// Two platforms, frontend by frontend.
///
/// # Errors
/// Never: texts and numbers are JSON.
pub fn draw_sheet(names: &[String; 2], sheet: &Sheet, marks: &Marks) -> Result<String, serde_json::Error> {
    marked(marks, |assumed| SheetDocument {
        api_version: API_VERSION,
        kind: "FrontendDiff",
        assumed,
        sides: names,
        equal: sheet.differing() == 0 && !sheet.is_open(),
        frontends: sheet.rows.iter().map(|row| frontend(row, marks)).collect(),
        not_compared: sheet.not_compared(names),
    })
}

fn frontend<'c>(row: &'c Row, marks: &Marks) -> RowDocument<'c> {
    let is_assumed = match row.at.address {
        Some(address) => marks.destination(SocketAddr::new(address, row.at.port)),
        None => IsAssumed(marks.of_port(row.at.port).is_some()),
    };
    let lines = |side: usize| row.lines.iter().filter_map(|pair| pair.sides[side].as_deref()).collect();
    RowDocument {
        service: row.service.as_deref(),
        kind: row.kind,
        address: row.at.address,
        port: row.at.port,
        assumed: is_assumed,
        protocol: row.at.protocol,
        family: row.at.family,
        differs: row.differs,
        undecided: row.is_undecided(),
        codes: row.codes.iter().map(|code| code.id()).collect(),
        sides: [lines(0), lines(1)],
    }
}
