//! `metadata`, which all kinds have.

use super::report::Report;
use super::syntax::{DNS_LABEL, LABEL_VALUE};
use super::texts::{self, NameRule, fits_label, fits_subdomain};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::object::raw::RawObject;

static LABELS: Path<'static> = Path::root("metadata.labels");
static ANNOTATIONS: Path<'static> = Path::root("metadata.annotations");

/// The label that joins a slice to its Service.
pub(super) const SERVICE_NAME: &str = "kubernetes.io/service-name";

const NAMESPACE: NameRule = NameRule {
    what: "namespace",
    code: codes::NAMESPACE,
    syntax: DNS_LABEL,
    writable: fits_label,
    consequence: "the object is left out",
};

const SERVICE_LABEL: NameRule = NameRule {
    what: "Service name",
    code: codes::LABEL_INVALID,
    syntax: LABEL_VALUE,
    writable: fits_label,
    consequence: "no Service can have this name; the slice is left out",
};

const ZONE_LABEL: NameRule = NameRule {
    what: "zone",
    code: codes::LABEL_INVALID,
    syntax: LABEL_VALUE,
    writable: fits_subdomain,
    consequence: "the node is compiled without a zone",
};

/// Of a label whose value does not matter, as long as it is there.
const OTHER_LABEL: NameRule = NameRule {
    what: "label value",
    code: codes::LABEL_INVALID,
    syntax: LABEL_VALUE,
    writable: |_| true,
    consequence: "",
};

/// Checks the name of the object.
pub(super) fn name(raw: &RawObject, rule: &NameRule, report: &mut Report<'_>) {
    let at = Path::root("metadata.name");
    if let Some(text) = &raw.metadata.name {
        texts::name(report, &at, text.as_str(), rule);
    } else {
        report.refuse(
            &at,
            rule.code,
            format!("{} is missing", rule.what),
            rule.syntax.words,
            rule.consequence,
        );
    }
}

/// Checks the namespace of an object whose kind has one; an absent one is filled in.
pub(super) fn namespace(raw: &RawObject, report: &mut Report<'_>) {
    if let Some(text) = texts::non_empty(raw.metadata.namespace.as_ref()) {
        texts::name(report, &Path::root("metadata.namespace"), text, &NAMESPACE);
    }
}

/// Checks the labels that kube-proxy reads.
pub(super) fn labels(raw: &RawObject, report: &mut Report<'_>) {
    for (key, value) in raw.metadata.labels.iter() {
        let rule = match key {
            SERVICE_NAME => &SERVICE_LABEL,
            "topology.kubernetes.io/zone" => &ZONE_LABEL,
            _ => &OTHER_LABEL,
        };
        texts::name(report, &LABELS.key(key), value.as_str(), rule);
    }
}

/// Checks the annotations that kube-proxy reads. They are free text, but text.
pub(super) fn annotations(raw: &RawObject, report: &mut Report<'_>) {
    for (key, value) in raw.metadata.annotations.iter() {
        report.is_ambiguous(&ANNOTATIONS.key(key), value.as_str());
    }
}

/// The value of an annotation, with its place.
pub(super) fn annotation<'r>(raw: &'r RawObject, key: &'r str) -> Option<(Path<'r>, &'r str)> {
    raw.metadata.annotations.get(key).map(|value| (ANNOTATIONS.key(key), value))
}

/// The name of a slice's Service, unless it is missing or empty.
pub(super) fn service_name(raw: &RawObject) -> Option<&str> {
    raw.metadata.labels.get(SERVICE_NAME).filter(|name| !name.is_empty())
}

/// The place of the label that names a slice's Service.
pub(super) fn service_name_path() -> Path<'static> {
    LABELS.key(SERVICE_NAME)
}
