//! Writes what was found on many nodes as SARIF, for code scanning: one result for each thing that a kind of finding is about.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Detail, holes, name};
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::fill::Marks;
use crate::fleet::{Fleet, Item, Spread};
use crate::pipeline::Parsed;
use crate::render::counted;
use crate::render::sarif::{SarifFinding, render};
use crate::source::{Origin, Sources};

/// The document. Results are at the Services of the manifests, where those are at hand: scanners show nothing without a place.
#[must_use]
pub fn sarif(fleet: &Fleet, manifests: Option<&Parsed>) -> String {
    let services = manifests.map(|parsed| parsed.cluster().services.as_slice()).unwrap_or_default();
    let origins: FxHashMap<(&str, &str), Origin> = services
        .iter()
        .map(|service| ((service.namespace.as_str(), service.name.as_str()), service.origin))
        .collect();
    let mut found: Vec<(Diagnostic, String)> = Vec::new();
    for (code, says) in holes(fleet) {
        found.push((Diagnostic::new(code, says).help(code.advice()), String::new()));
    }
    for spread in fleet.spreads() {
        for (item, nodes) in by_item(&spread) {
            found.push(result(&spread, item, &nodes, fleet, &origins));
        }
    }
    let findings: Vec<SarifFinding<'_>> =
        found.iter().map(|(diagnostic, key)| SarifFinding { diagnostic, key, accepted: None }).collect();
    let none = Sources::default();
    render(&findings, manifests.map_or(&none, Parsed::sources), &Marks::default())
}

/// What a kind of finding is about, each once, with the nodes that have it; what is about no thing is about its nodes.
fn by_item<'f>(spread: &Spread<'f>) -> BTreeMap<Option<&'f Item>, Vec<&'f str>> {
    let mut all: BTreeMap<Option<&Item>, Vec<&str>> = BTreeMap::new();
    for variant in &spread.variants {
        let items = variant.found.items.iter().map(Some);
        let none = variant.found.items.is_empty().then_some(None);
        for item in items.chain(none) {
            all.entry(item).or_default().extend(&variant.nodes);
        }
    }
    all
}

fn result(
    spread: &Spread<'_>,
    item: Option<&Item>,
    nodes: &[&str],
    fleet: &Fleet,
    origins: &FxHashMap<(&str, &str), Origin>,
) -> (Diagnostic, String) {
    let code = spread.kind.code;
    let mut named = nodes.to_vec();
    named.sort_unstable();
    let on = format!(
        "on {} of {}: {}",
        nodes.len(),
        counted(fleet.nodes.len(), "node"),
        Detail::default().listed(named)
    );
    let about = item.map(|item| format!("{}: ", name(item))).unwrap_or_default();
    let next = item.and_then(|item| item.next.as_deref()).unwrap_or(code.advice());
    let shown = &spread.variants[0].found.shown;
    let mut diagnostic = Diagnostic::new(code, format!("{}: {about}{on}; {shown}", code.title())).help(next);
    let service = item.and_then(|item| item.services.first()).and_then(|id| id.split_once('/'));
    if let Some((namespace, rest)) = service {
        let service = rest.split_once(':').map_or(rest, |(service, _)| service);
        diagnostic = diagnostic.about(ObjectRef::new("Service", namespace, service));
        if let Some(origin) = origins.get(&(namespace, service)) {
            diagnostic = diagnostic.at(origin.field("metadata.name"));
        }
    }
    // A finding stays the same one when another node gets it as well.
    let key = [about, spread.kind.sides.join(" ")].concat();
    (diagnostic, key)
}
