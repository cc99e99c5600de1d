//! Writes changes and findings as JSON.

use serde::Serialize;

use serde_json::{Value, json};

use crate::diff::{Change, Comparison, Finding, Row, Sheet, Standing, Subject, Verb, Weight};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'c> {
    api_version: &'static str,
    kind: &'static str,
    platform: &'static str,
    sides: [SideDocument<'c>; 2],
    equal: bool,
    objects: Vec<CountsDocument>,
    changes: Vec<ChangeDocument<'c>>,
    findings: Vec<FindingDocument<'c>>,
    not_compared: &'c [String],
}

#[derive(Serialize)]
struct SideDocument<'c> {
    name: &'c str,
    is: &'static str,
}

#[derive(Serialize)]
struct CountsDocument {
    kind: &'static str,
    sides: [usize; 2],
    equal: usize,
    changed: usize,
    only: [usize; 2],
    foreign: usize,
    undecided: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubjectDocument<'c> {
    kind: &'static str,
    name: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'c str>,
    services: &'c [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeDocument<'c> {
    change: &'static str,
    #[serde(flatten)]
    subject: SubjectDocument<'c>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<&'c str>,
    fields: Vec<FieldDocument<'c>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<[usize; 2]>,
    weight: &'static str,
}

#[derive(Serialize)]
struct FieldDocument<'c> {
    path: &'c str,
    before: Option<&'c str>,
    after: Option<&'c str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingDocument<'c> {
    code: &'static str,
    severity: &'static str,
    #[serde(flatten)]
    subject: SubjectDocument<'c>,
    message: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'c str>,
}

/// The document, indented.
pub(super) fn draw(names: &[String; 2], comparison: &Comparison) -> Result<String, serde_json::Error> {
    let side = |at: usize| SideDocument {
        name: &names[at],
        is: match comparison.standings[at] {
            Standing::Wanted => "wanted",
            Standing::Held => "held",
        },
    };
    let objects = comparison.counts.iter().map(|(kind, counts)| CountsDocument {
        kind: kind.as_str(),
        sides: [counts.of_side(0), counts.of_side(1)],
        equal: counts.equal,
        changed: counts.changed,
        only: counts.only,
        foreign: counts.foreign,
        undecided: counts.undecided,
    });
    let document = Document {
        api_version: "hnsplan/v1alpha1",
        kind: "Diff",
        platform: comparison.platform.as_str(),
        sides: [side(0), side(1)],
        equal: comparison.is_empty(),
        objects: objects.collect(),
        changes: comparison.changes.iter().map(change).collect(),
        findings: comparison.findings.iter().map(finding).collect(),
        not_compared: &comparison.gaps,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn subject(subject: &Subject) -> SubjectDocument<'_> {
    SubjectDocument {
        kind: subject.kind.as_str(),
        name: &subject.name,
        id: subject.id.as_deref(),
        services: &subject.services,
    }
}

fn change(change: &Change) -> ChangeDocument<'_> {
    let fields = change.fields.iter().map(|field| FieldDocument {
        path: &field.path,
        before: field.before.as_deref(),
        after: field.after.as_deref(),
    });
    ChangeDocument {
        change: change.verb.as_str(),
        subject: subject(&change.subject),
        from: match &change.verb {
            Verb::Moved { from } => vec![from],
            Verb::Renamed { from } => from.iter().map(String::as_str).collect(),
            Verb::Created | Verb::Deleted | Verb::Changed | Verb::Replaced => Vec::new(),
        },
        fields: fields.collect(),
        references: change.references,
        weight: match change.weight {
            Weight::Counts => "counts",
            Weight::Foreign => "foreign",
            Weight::Undecided => "undecided",
        },
    }
}

fn finding(finding: &Finding) -> FindingDocument<'_> {
    FindingDocument {
        code: finding.code.id(),
        severity: finding.code.severity().as_str(),
        subject: subject(&finding.subject),
        message: &finding.message,
        help: finding.help.as_deref(),
    }
}

/// Two platforms, frontend by frontend.
pub(super) fn draw_sheet(names: &[String; 2], sheet: &Sheet) -> Result<String, serde_json::Error> {
    let row = |row: &Row| {
        let lines =
            |side: usize| row.lines.iter().filter_map(|pair| pair.sides[side].clone()).collect::<Vec<_>>();
        json!({
            "service": row.service,
            "kind": row.kind,
            "address": row.at.address,
            "port": row.at.port,
            "protocol": row.at.protocol,
            "family": row.at.family,
            "differs": row.differs,
            "codes": row.codes.iter().map(|code| code.id()).collect::<Vec<_>>(),
            "sides": [lines(0), lines(1)],
        })
    };
    let document = json!({
        "apiVersion": "hnsplan/v1alpha1",
        "kind": "FrontendDiff",
        "sides": names,
        "equal": sheet.rows.iter().all(|row| !row.differs),
        "frontends": sheet.rows.iter().map(row).collect::<Vec<Value>>(),
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
