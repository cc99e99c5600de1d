//! Everything that is found as diagnostics, one for each Service, for formats that know nothing else.

use std::net::SocketAddr;

use super::remark::Remark;
use super::report::Report;
use super::{Concerned, Example, Finding};
use crate::diagnostics::{Code, Diagnostic, ObjectRef};
use crate::trace::Summary;

/// A finding about one thing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Occurrence {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// What tells it from others about the same field of the same object.
    pub key: String,
    /// The codes of the losses that cause it.
    pub causes: Vec<Code>,
}

impl Occurrence {
    /// What is wrong with the input, is lost with a target, or goes wrong on the node.
    pub(crate) fn remark(diagnostic: &Diagnostic) -> Self {
        Self { diagnostic: diagnostic.clone(), key: diagnostic.message.clone(), causes: Vec::new() }
    }

    /// A difference, as it concerns a service port.
    pub(crate) fn difference(
        finding: &Finding<'_>,
        concerned: Option<&Concerned<'_>>,
        report: &Report<'_>,
    ) -> Self {
        let [one, other] = finding.between.of(&report.names);
        let id = concerned.map_or("no Service", |concerned| concerned.id);
        let message = format!("{}: {id}; {}", finding.code.title(), shown_by(finding, &report.names));
        let of_service = |cause: &&Remark| {
            let object = cause.diagnostic.object.as_ref();
            let service = concerned.map(|concerned| service_of(concerned.id));
            object.map(|object| (&*object.namespace, &*object.name)) == service
        };
        let causes: Vec<&Remark> = finding.causes.iter().filter(of_service).collect();
        let advice = std::iter::once(finding.code.advice().to_owned());
        let sentences = causes.iter().map(|cause| format!("cause: {}", cause.sentence()));
        let help = advice.chain(sentences).collect::<Vec<_>>().join("; ");
        let mut diagnostic = Diagnostic::new(finding.code, message).help(help);
        if let Some(concerned) = concerned {
            let (namespace, name) = service_of(concerned.id);
            diagnostic = diagnostic
                .about(ObjectRef::new("Service", namespace, name))
                .at(concerned.origin.field("metadata.name"));
        }
        let causes = causes.into_iter().map(|cause| cause.diagnostic.code).collect();
        Self { diagnostic, key: format!("{id} {one} {other}"), causes }
    }
}

/// Everything, each thing once.
#[must_use]
pub fn occurrences(report: &Report<'_>) -> Vec<Occurrence> {
    let remarks = report.remarks.iter().map(|Remark { diagnostic, .. }| diagnostic);
    let mut found: Vec<Occurrence> = remarks.chain(&report.lints).map(Occurrence::remark).collect();
    for finding in &report.comparison.findings {
        if finding.services.is_empty() {
            found.push(Occurrence::difference(finding, None, report));
        }
        let of_service = |concerned| Occurrence::difference(finding, Some(concerned), report);
        found.extend(finding.services.iter().map(of_service));
    }
    found
}

/// The same, with one for all Services of a kind of difference: GitHub shows few annotations.
#[must_use]
pub fn occurrences_by_kind(report: &Report<'_>) -> Vec<Diagnostic> {
    let remarks = report.remarks.iter().map(|Remark { diagnostic, .. }| diagnostic);
    let mut found: Vec<Diagnostic> = remarks.chain(&report.lints).cloned().collect();
    found.extend(report.comparison.findings.iter().map(|finding| {
        let mut diagnostic = Occurrence::difference(finding, finding.services.first(), report).diagnostic;
        if let more @ 1.. = finding.services.len().saturating_sub(1) {
            diagnostic.message = format!("{} (and {more} more service ports)", diagnostic.message);
        }
        diagnostic
    }));
    found
}

/// Namespace and name of the Service of `namespace/name:port`.
pub(super) fn service_of(id: &str) -> (&str, &str) {
    let (namespace, rest) = id.split_once('/').unwrap_or(("", id));
    (namespace, rest.split_once(':').map_or(rest, |(name, _)| name))
}

/// A packet that shows a difference, and what becomes of it on both sides:
/// `for example shop/web:http, pod 10.244.3.254 to 10.96.0.1:443/TCP: iptables …; hns …`
#[must_use]
pub fn shown_by(finding: &Finding<'_>, names: &[String]) -> String {
    let Example { client, packet, service, verdicts } = &finding.example;
    let to = SocketAddr::new(packet.destination, packet.port);
    let service = service.map(|id| format!("{id}, ")).unwrap_or_default();
    let names = finding.between.of(names);
    let answers = names.iter().zip(finding.between.of(verdicts));
    let answers: Vec<String> =
        answers.map(|(name, verdict)| format!("{name} {}", Summary::of(verdict).sentence())).collect();
    let (kind, ip, protocol) = (client.kind.as_str(), client.ip, packet.protocol);
    format!("for example {service}{kind} {ip} to {to}/{protocol}: {}", answers.join("; "))
}
