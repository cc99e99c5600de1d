//! `--strict`: fields that Kubernetes does not know.
//!
//! The fields of objects are read by name and all others ignored, so a misspelt one goes unnoticed. Here the
//! text is walked again and every key compared with the fields of its kind.

use strsim::levenshtein;

use super::report::Report;
use crate::diagnostics::Diagnostic;
use crate::manifest::codes;
use crate::manifest::format::{Fields, visit_unknown_fields};
use crate::manifest::object::fields;
use crate::name::printable;

/// Reports the unknown fields of an object of `kind`. `text` is the object, or a list with the object
/// as an item.
pub(in crate::manifest) fn unknown_fields(
    kind: &str,
    text: &str,
    item: Option<u32>,
    report: &mut Report<'_>,
) {
    if let Some(known) = fields::of_kind(kind) {
        visit_unknown_fields(known, text, item, |path, name, known| {
            report.add(path, unknown_field(name, known));
        });
    }
}

fn unknown_field(name: &str, known: &Fields) -> Diagnostic {
    let help = match similar_field(name, known) {
        Some(field) => {
            format!("did you mean `{field}`? The API server drops the field or refuses the object")
        }
        None => "the API server drops the field or refuses the object".into(),
    };
    Diagnostic::new(codes::UNKNOWN_FIELD, format!("unknown field `{}`", printable(name))).help(help)
}

/// The known field that a name is probably a misspelling of.
fn similar_field(name: &str, known: &Fields) -> Option<&'static str> {
    if name.len() > LONGEST {
        return None;
    }
    let close = known.names().filter_map(|field| {
        let distance = if field.eq_ignore_ascii_case(name) { 0 } else { levenshtein(name, field) };
        // Two changes make another word of a short one.
        (distance <= 2 && 2 * distance <= field.len()).then_some((distance, field))
    });
    close.min().map(|(_, field)| field)
}

/// Longer names are no misspellings.
const LONGEST: usize = 40;

#[cfg(test)]
mod tests {
    use super::super::testing::report;
    use super::*;
    use crate::manifest::codes;

    /// The path of each unknown field, with the field that is suggested instead.
    fn unknown(kind: &str, text: &str, item: Option<u32>) -> Vec<(String, Option<String>)> {
        let mut report = report(text, item);
        unknown_fields(kind, text, item, &mut report);
        let advice = |help: &str| help.split('`').nth(1).map(String::from);
        let found = report.into_diagnostics().into_iter().map(|diagnostic| {
            assert_eq!(diagnostic.code, codes::UNKNOWN_FIELD);
            (diagnostic.place.unwrap().path.into(), advice(&diagnostic.help.unwrap()))
        });
        found.collect()
    }

    fn found(path: &str, meant: Option<&str>) -> (String, Option<String>) {
        (path.into(), meant.map(String::from))
    }

    #[test]
    fn a_misspelt_field_is_found_with_what_was_meant() {
        let text =
            "spec:\n  clusterIp: 10.0.0.1\n  ports:\n  - prot: 80\n    targetport: 8080\n    x: {port: 1}\n";
        let expected = [
            found("spec.clusterIp", Some("clusterIP")),
            found("spec.ports[0].prot", Some("port")),
            found("spec.ports[0].targetport", Some("targetPort")),
            found("spec.ports[0].x", None),
        ];
        assert_eq!(unknown("Service", text, None), expected);
    }

    #[test]
    fn free_keys_and_other_kinds_are_passed_over() {
        let text = "metadata:\n  labels: {any: x}\n  annotations: {thing: x}\n  managedFields:\n  - fieldsV1: {f:a: {}}\n    manger: x\nspec:\n  selector: {x: y}\n";
        assert_eq!(
            unknown("Service", text, None),
            [found("metadata.managedFields[0].manger", Some("manager"))]
        );
        assert_eq!(unknown("Pod", "spec: {containers: []}", None), []);
    }

    #[test]
    fn every_kind_has_its_own_fields() {
        assert_eq!(unknown("EndpointSlice", "spec: {}", None), [found("spec", None)]);
        let slice = "endpoints: [{hints: {forZones: [{zone: a}]}}]\nports: [{port: 1, nodePort: 2}]";
        let paths: Vec<_> = unknown("EndpointSlice", slice, None).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["endpoints[0].hints.forZones[0].zone", "ports[0].nodePort"]);
        assert_eq!(unknown("Endpoints", "subsets: [{addresses: [{ips: x}]}]", None).len(), 1);
        assert_eq!(unknown("Node", "status: {nodeInfo: {osImages: x}, capacity: {cpu: 1}}", None).len(), 1);
    }

    #[test]
    fn two_letters_are_not_meant_as_two_others() {
        let text = "status: {loadBalancer: {ingress: [{xx: 1, ib: 2}]}}";
        let path = |field: &str| format!("status.loadBalancer.ingress[0].{field}");
        assert_eq!(
            unknown("Service", text, None),
            [found(&path("xx"), None), found(&path("ib"), Some("ip"))]
        );
    }

    #[test]
    fn only_the_item_of_a_list_is_looked_at() {
        let json = r#"{"kind": "List", "foo": 1, "items": [{"a": 1}, {"spec": {"b": 2}}]}"#;
        assert_eq!(unknown("Service", json, Some(1)), [found("spec.b", None)]);
        assert_eq!(unknown("Service", "- kind: Service\n  b: 2\n", None), [found("b", None)]);
    }

    #[test]
    fn merged_mappings_are_fine() {
        assert_eq!(unknown("Service", "spec: {<<: *x, ports: []}", None), []);
        assert_eq!(unknown("Service", "spec: &a {ports: []}\nstatus: {<<: *a}", None), []);
    }

    #[test]
    fn distances() {
        for (a, b, expected) in
            [("", "", 0), ("port", "port", 0), ("prot", "port", 2), ("nam", "name", 1), ("", "ab", 2)]
        {
            assert_eq!(levenshtein(a, b), expected, "{a} {b}");
        }
    }
}
