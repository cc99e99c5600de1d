//! Everything that is found as diagnostics, one for each Service, for formats that know nothing else.

use std::net::SocketAddr;

use super::super::trace::text::sentence;
use super::{Compared, Remark};
use crate::check::{Concerned, Example, Finding, advice};
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::trace::Summary;

/// A finding about one thing.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) diagnostic: Diagnostic,
    /// What tells it from others about the same field of the same object.
    pub(super) key: String,
}

impl Told {
    /// What is wrong with the input, is lost with a target, or goes wrong on the node.
    pub(super) fn remark(diagnostic: &Diagnostic) -> Self {
        Self { diagnostic: diagnostic.clone(), key: diagnostic.message.clone() }
    }

    /// A difference, as it concerns a service port.
    pub(super) fn difference(
        finding: &Finding<'_>,
        concerned: Option<&Concerned<'_>>,
        compared: &Compared<'_>,
    ) -> Self {
        let [one, other] = finding.between.of(&compared.names);
        let id = concerned.map_or("no Service", |concerned| concerned.id);
        let message = format!("{}: {id}; {}", finding.code.title(), shown_by(finding, compared));
        let mut diagnostic = Diagnostic::new(finding.code, message).help(advice(finding.code));
        if let Some(concerned) = concerned {
            let (namespace, name) = service_of(concerned.id);
            diagnostic = diagnostic
                .about(ObjectRef::new("Service", namespace, name))
                .at(concerned.origin.field("metadata.name"));
        }
        Self { diagnostic, key: format!("{id} {one} {other}") }
    }
}

/// Everything, each thing once.
pub(super) fn all(compared: &Compared<'_>) -> Vec<Told> {
    let remarks = compared.remarks.iter().map(|Remark { diagnostic, .. }| diagnostic);
    let mut told: Vec<Told> = remarks.chain(&compared.lints).map(Told::remark).collect();
    for finding in &compared.comparison.findings {
        if finding.services.is_empty() {
            told.push(Told::difference(finding, None, compared));
        }
        let of_service = |concerned| Told::difference(finding, Some(concerned), compared);
        told.extend(finding.services.iter().map(of_service));
    }
    told
}

/// The same, with one for all Services of a kind of difference: GitHub shows few annotations.
pub(super) fn kinds(compared: &Compared<'_>) -> Vec<Diagnostic> {
    let remarks = compared.remarks.iter().map(|Remark { diagnostic, .. }| diagnostic);
    let mut told: Vec<Diagnostic> = remarks.chain(&compared.lints).cloned().collect();
    told.extend(compared.comparison.findings.iter().map(|finding| {
        let mut diagnostic = Told::difference(finding, finding.services.first(), compared).diagnostic;
        if let more @ 1.. = finding.services.len().saturating_sub(1) {
            diagnostic.message = format!("{} (and {more} more service ports)", diagnostic.message);
        }
        diagnostic
    }));
    told
}

/// Namespace and name of the Service of `namespace/name:port`.
pub(super) fn service_of(id: &str) -> (&str, &str) {
    let (namespace, rest) = id.split_once('/').unwrap_or(("", id));
    (namespace, rest.split_once(':').map_or(rest, |(name, _)| name))
}

/// `for example shop/web:http, pod 10.244.3.254 to 10.96.0.1:443/TCP: iptables …; hns …`
fn shown_by(finding: &Finding<'_>, compared: &Compared<'_>) -> String {
    let Example { client, packet, service, verdicts } = &finding.example;
    let to = SocketAddr::new(packet.destination, packet.port);
    let service = service.map(|id| format!("{id}, ")).unwrap_or_default();
    let names = finding.between.of(&compared.names);
    let answers = names.iter().zip(finding.between.of(verdicts));
    let answers: Vec<String> =
        answers.map(|(name, verdict)| format!("{name} {}", sentence(&Summary::of(verdict)))).collect();
    let (kind, ip, protocol) = (client.kind.as_str(), client.ip, packet.protocol);
    format!("for example {service}{kind} {ip} to {to}/{protocol}: {}", answers.join("; "))
}
