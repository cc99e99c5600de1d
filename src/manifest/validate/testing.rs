//! Objects from small manifests, for the unit tests of validation.

use super::{ApiRules, Report, endpoint_slice, endpoints, node, service, service_cidr};
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::manifest::object::raw::RawObject;
use crate::source::{Origin, Sources};

/// The rules of the newest version.
pub(in crate::manifest) const NEWEST: ApiRules = ApiRules {
    relaxed_service_names: true,
    same_zone_distribution: true,
    strict_addresses: true,
    reserves_kubelet_port: false,
};

/// The rules of 1.30.
pub(in crate::manifest) const OLDEST: ApiRules = ApiRules {
    relaxed_service_names: false,
    same_zone_distribution: false,
    strict_addresses: false,
    reserves_kubelet_port: true,
};

/// The place of an object in a text of its own.
pub(in crate::manifest) fn origin(text: &str, item: Option<u32>) -> Origin {
    let source = Sources::default().add("test.yaml", text).unwrap();
    Origin { source, start: 0, end: u32::try_from(text.len()).unwrap(), line: 1, item }
}

/// An empty report about an object of `text`.
pub(in crate::manifest) fn report(text: &str, item: Option<u32>) -> Report<'_> {
    let object = ObjectRef { kind: "Service", namespace: "shop".into(), name: "web".into() };
    Report::new(object, origin(text, item), text)
}

/// The diagnostics about the object of a text, of whichever kind.
pub(in crate::manifest) fn diagnostics(text: &str, rules: ApiRules) -> Vec<Diagnostic> {
    let raw: RawObject = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut report = report(text, None);
    match raw.kind.as_ref().map_or("Service", |kind| kind.as_str()) {
        "EndpointSlice" => endpoint_slice(&raw, rules, &mut report),
        "Endpoints" => endpoints(&raw, &mut report),
        "Node" => node(&raw, &mut report),
        "ServiceCIDR" => service_cidr(&raw, &mut report),
        _ => service(&raw, rules, &mut report),
    }
    report.into_diagnostics()
}

/// Name of the code and path of each finding, as in `PortOutOfRange spec.ports[0].port`.
pub(in crate::manifest) fn findings(text: &str, rules: ApiRules) -> Vec<String> {
    let describe = |diagnostic: Diagnostic| {
        format!(
            "{} {}",
            diagnostic.code.rule_name(),
            diagnostic.place.map(|place| place.path).unwrap_or_default()
        )
    };
    diagnostics(text, rules).into_iter().map(describe).collect()
}

/// Checks what is found in each of several texts, under the rules of the newest version.
#[track_caller]
pub(in crate::manifest) fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(findings(text, NEWEST), *expected, "in\n{text}");
    }
}

/// Checks what is found in Services whose spec has some fields, besides a port and a cluster IP where
/// they are not among them.
#[track_caller]
pub(in crate::manifest) fn check_specs(cases: &[(&str, &[&str])]) {
    for (fields, expected) in cases {
        assert_eq!(findings(&service_of(fields), NEWEST), *expected, "in spec: {{{fields}}}");
    }
}

/// A Service whose spec has some fields.
pub(in crate::manifest) fn service_of(fields: &str) -> String {
    let ports = if fields.contains("ports:") { "" } else { ", ports: [{port: 80}]" };
    let ip = if fields.contains("clusterIP") { "" } else { ", clusterIP: 10.0.0.1" };
    format!("metadata: {{name: web}}\nspec: {{{fields}{ports}{ip}}}\n")
}
