//! A Service (Kubernetes, `ValidateService`).

mod addresses;
mod cluster_ips;
mod ports;
mod shape;
mod traffic;

use shape::{Shape, Type};

use super::metadata;
use super::report::KEPT;
use super::report::Report;
use super::rules::ApiRules;
use super::syntax::{DNS_1035_LABEL, DNS_LABEL, LABEL_VALUE, QUALIFIED_NAME, SUBDOMAIN};
use super::texts::{Choice, NameRule, check_choice, fits_label, non_empty, or_empty};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::object::raw::{RawObject, RawSpec};
use crate::name::printable;

const TYPE: Choice = Choice {
    field: "type",
    code: codes::SERVICE_TYPE,
    words: &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
    help: "it is compiled as a ClusterIP Service",
};

const NAME: NameRule = NameRule {
    what: "Service name",
    code: codes::SERVICE_NAME,
    syntax: DNS_1035_LABEL,
    writable: fits_label,
    consequence: "the Service is left out",
};

/// Checks a Service as the API server would when it is created.
pub(in crate::manifest) fn service(raw: &RawObject, rules: ApiRules, report: &mut Report<'_>) {
    let spec = &raw.spec;
    let shape = Shape::of(spec);
    let syntax = if rules.relaxed_service_names { DNS_LABEL } else { DNS_1035_LABEL };
    metadata::name(raw, &NameRule { syntax, ..NAME }, report);
    metadata::namespace(raw, report);
    metadata::labels(raw, report);
    metadata::annotations(raw, report);
    topology_annotations(raw, report);
    if let Some(type_) = non_empty(spec.type_.as_ref()) {
        check_choice(report, &Path::root("spec.type"), type_, &TYPE);
    }
    if shape.type_ == Type::ExternalName {
        external_name(spec, report);
    } else {
        cluster_ips::check(spec, shape, rules, report);
    }
    ports::check(spec, shape, rules, report);
    selector(spec, report);
    addresses::external_ips(spec, rules, report);
    addresses::source_ranges(raw, shape, rules, report);
    traffic::check(spec, shape, rules, report);
    addresses::ingress(raw, shape, rules, report);
}

/// Kubernetes 1.27: the old and the new name of one annotation may not disagree.
fn topology_annotations(raw: &RawObject, report: &mut Report<'_>) {
    let hints = metadata::annotation(raw, "service.kubernetes.io/topology-aware-hints");
    let mode = metadata::annotation(raw, "service.kubernetes.io/topology-mode");
    if let (Some((_, hints)), Some((at, mode))) = (hints, mode)
        && hints != mode
    {
        let (mode, hints) = (printable(mode), printable(hints));
        let message = format!("topology-mode is `{mode}`, but topology-aware-hints is `{hints}`");
        let help = "the API server would refuse this object; topology-aware-hints is used";
        report.refuse(&at, codes::HINTS_ANNOTATIONS, message, "equal values", help);
    }
}

fn external_name(spec: &RawSpec, report: &mut Report<'_>) {
    const NO_RULES: &str = "the API server would refuse this object; it gets no rules in any case";
    let mut refuse = |path, message: String, allowed: &'static str| {
        report.refuse(&Path::root(path), codes::EXTERNAL_NAME_INVALID, message, allowed, NO_RULES);
    };
    let set = |field| format!("an ExternalName Service has {field}");
    if non_empty(spec.cluster_ip.as_ref()).is_some() {
        refuse("spec.clusterIP", set("a clusterIP"), "no clusterIP");
    } else if !spec.cluster_ips.is_empty() {
        refuse("spec.clusterIPs", set("clusterIPs"), "no clusterIPs");
    }
    if !spec.ip_families.is_empty() {
        refuse("spec.ipFamilies", set("ipFamilies"), "no ipFamilies");
    }
    if spec.ip_family_policy.is_some() {
        refuse("spec.ipFamilyPolicy", set("an ipFamilyPolicy"), "no ipFamilyPolicy");
    }
    // The name may end with a dot, as a fully qualified one does.
    let name = or_empty(spec.external_name.as_ref());
    let complete = name.strip_suffix('.').unwrap_or(name);
    if complete.is_empty() {
        refuse("spec.externalName", "externalName is missing".into(), "a DNS name");
    } else if !(SUBDOMAIN.matches)(complete) {
        let message = format!("externalName `{}` is not a DNS name", printable(name));
        refuse("spec.externalName", message, SUBDOMAIN.words);
    } else {
        report.is_ambiguous(&Path::root("spec.externalName"), name);
    }
}

fn selector(spec: &RawSpec, report: &mut Report<'_>) {
    let selector = Path::root("spec.selector");
    for (key, value) in spec.selector.iter() {
        let (at, value) = (selector.key(key), value.as_str());
        if report.is_ambiguous(&at, value) {
            continue;
        }
        let (what, text, syntax) = if !(QUALIFIED_NAME.matches)(key) {
            ("key", key, QUALIFIED_NAME)
        } else if !(LABEL_VALUE.matches)(value) {
            ("value", value, LABEL_VALUE)
        } else {
            continue;
        };
        let message = format!("selector {what} `{}` is not valid", printable(text));
        report.refuse(&at, codes::SELECTOR_INVALID, message, syntax.words, KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NEWEST, OLDEST, check, check_specs, diagnostics, findings};

    #[test]
    fn what_is_omitted_is_defaulted() {
        check(&[
            ("metadata: {name: tiny}\nspec: {clusterIP: 10.0.0.1, ports: [{port: 7000}]}\n", &[]),
            (
                "metadata: {name: kubernetes, namespace: default}\n\
                 spec: {clusterIP: 10.96.0.1, ports: [{name: https, port: 443, targetPort: 6443}]}\n",
                &[],
            ),
            (
                "metadata: {name: db}\nspec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}\n",
                &[],
            ),
        ]);
    }

    #[test]
    fn names_are_labels() {
        let named = |name: &str| {
            format!("metadata: {{{name}}}\nspec: {{clusterIP: 10.0.0.1, ports: [{{port: 1}}]}}\n")
        };
        let long = format!("name: {}", "a".repeat(64));
        check(&[
            (&named("name: 1st"), &[]),
            (&named("name: Web"), &["ServiceName metadata.name"]),
            (&named("namespace: shop"), &["ServiceName metadata.name"]),
            (&named("name: ''"), &["ServiceName metadata.name"]),
            (&named(&long), &["ServiceName metadata.name"]),
            (&named("name: 'a b'"), &["UnsafeText metadata.name"]),
            (&named("name: '-j'"), &["UnsafeText metadata.name"]),
            (&named("name: yes"), &["AmbiguousScalar metadata.name"]),
            (&named("name: 007"), &["AmbiguousScalar metadata.name"]),
            (&named("name: web, namespace: Shop"), &["Namespace metadata.namespace"]),
            (&named("name: web, namespace: ''"), &[]),
        ]);
        assert_eq!(findings(&named("name: 1st"), OLDEST), ["ServiceName metadata.name"]);
        assert_eq!(findings(&named("name: web"), OLDEST), findings(&named("name: web"), NEWEST));
    }

    #[test]
    fn only_what_cannot_be_written_is_left_out() {
        let help = |name: &str| {
            let text =
                format!("metadata: {{name: {name}}}\nspec: {{clusterIP: 10.0.0.1, ports: [{{port: 1}}]}}\n");
            diagnostics(&text, NEWEST).remove(0).help.unwrap()
        };
        assert!(help("Web").ends_with("compiled all the same"));
        assert_eq!(help("'a b'"), "the Service is left out");
        assert_eq!(help(&"a".repeat(64)), "the Service is left out");
    }

    #[test]
    fn labels_and_annotations_are_text() {
        let with = |metadata: &str| {
            format!(
                "metadata: {{name: web, {metadata}}}\nspec: {{clusterIP: 10.0.0.1, ports: [{{port: 1}}]}}\n"
            )
        };
        check(&[
            (
                &with("labels: {service.kubernetes.io/service-proxy-name: 'a b'}"),
                &["LabelInvalid metadata.labels[\"service.kubernetes.io/service-proxy-name\"]"],
            ),
            (
                &with("annotations: {winProxyOptimization: off}"),
                &["AmbiguousScalar metadata.annotations.winProxyOptimization"],
            ),
            (
                &with(
                    "annotations: {service.kubernetes.io/topology-mode: Auto, service.kubernetes.io/topology-aware-hints: auto}",
                ),
                &["HintsAnnotations metadata.annotations[\"service.kubernetes.io/topology-mode\"]"],
            ),
        ]);
    }

    #[test]
    fn the_type_is_one_of_four() {
        check_specs(&[
            ("type: ''", &[]),
            ("type: Loadbalancer", &["ServiceType spec.type"]),
            // Nothing but the type is judged by an unknown type.
            ("type: X, externalTrafficPolicy: Local", &["ServiceType spec.type"]),
        ]);
    }

    #[test]
    fn an_external_name_has_a_name_and_no_address() {
        check_specs(&[
            ("type: ExternalName, externalName: a.b., clusterIP: ''", &[]),
            ("type: ExternalName, externalName: a.b, clusterIP: '', ports: []", &[]),
            ("type: ExternalName, clusterIP: ''", &["ExternalNameInvalid spec.externalName"]),
            (
                "type: ExternalName, externalName: a_b, clusterIP: ''",
                &["ExternalNameInvalid spec.externalName"],
            ),
            (
                "type: ExternalName, externalName: a.b, clusterIP: None, ipFamilies: [IPv4], ipFamilyPolicy: SingleStack",
                &[
                    "ExternalNameInvalid spec.clusterIP",
                    "ExternalNameInvalid spec.ipFamilies",
                    "ExternalNameInvalid spec.ipFamilyPolicy",
                ],
            ),
        ]);
    }

    #[test]
    fn a_selector_is_made_of_labels() {
        check_specs(&[
            ("selector: {app: web, a.b/c: ''}", &[]),
            ("selector: {app: yes}", &["AmbiguousScalar spec.selector.app"]),
            ("selector: {'a b': c}", &["SelectorInvalid spec.selector[\"a b\"]"]),
            ("selector: {a: b c}", &["SelectorInvalid spec.selector.a"]),
        ]);
    }
}
