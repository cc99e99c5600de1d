//! A Service (Kubernetes, `ValidateService`).

use super::super::raw::{RawObject, RawSpec};
use super::super::scalar::Text;
use super::path::Path;
use super::report::Report;
use super::syntax::{DNS_1035_LABEL, DNS_LABEL, LABEL_VALUE, QUALIFIED_NAME, SUBDOMAIN};
use super::texts::{Choice, NameRule, fits_label, given, one_of};
use super::{ApiRules, KEPT, metadata, service_addresses, service_ports, service_traffic};
use crate::diagnostics::{Code, Diagnostic};
use crate::name::printable;

/// `spec.type`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    ClusterIp,
    NodePort,
    LoadBalancer,
    ExternalName,
    /// Any other word; only the word itself is reported.
    Unknown,
}

/// What most rules ask about a Service, after defaulting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Its type.
    pub(super) type_: Type,
    /// It has no cluster IP and wants none.
    pub(super) headless: bool,
    /// It has a cluster IP.
    pub(super) allocated: bool,
}

impl Shape {
    fn of(spec: &RawSpec) -> Self {
        let type_ = match given(spec.type_.as_ref()) {
            None | Some("ClusterIP") => Type::ClusterIp,
            Some("NodePort") => Type::NodePort,
            Some("LoadBalancer") => Type::LoadBalancer,
            Some("ExternalName") => Type::ExternalName,
            Some(_) => Type::Unknown,
        };
        let first = given(spec.cluster_ip.as_ref()).or(spec.cluster_ips.first().map(Text::as_str));
        let headless = first == Some("None");
        let allocated = type_ != Type::ExternalName && !headless && first.is_some();
        Self { type_, headless, allocated }
    }
}

const TYPE: Choice = Choice {
    field: "type",
    code: Code::ServiceType,
    words: &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
    help: "it is compiled as a ClusterIP Service",
};

const NAME: NameRule = NameRule {
    what: "Service name",
    code: Code::ServiceName,
    syntax: DNS_1035_LABEL,
    writable: fits_label,
    lost: "the Service is left out",
};

/// Checks a Service as the API server would when it is created.
pub(in crate::manifest) fn service(raw: &RawObject, rules: &ApiRules, report: &mut Report<'_>) {
    let spec = &raw.spec;
    let shape = Shape::of(spec);
    let syntax = if rules.relaxed_service_names { DNS_LABEL } else { DNS_1035_LABEL };
    metadata::name(raw, &NameRule { syntax, ..NAME }, report);
    metadata::namespace(raw, report);
    metadata::labels(raw, report);
    metadata::annotations(raw, report);
    topology_annotations(raw, report);
    if let Some(type_) = given(spec.type_.as_ref()) {
        one_of(report, &Path::root("spec.type"), type_, &TYPE);
    }
    if shape.type_ == Type::ExternalName {
        external_name(spec, report);
    } else {
        service_addresses::cluster_ips(spec, shape, rules, report);
    }
    service_ports::check(spec, shape, report);
    selector(spec, report);
    service_addresses::external_ips(spec, rules, report);
    service_addresses::source_ranges(raw, shape, rules, report);
    service_traffic::check(spec, shape, rules, report);
    service_addresses::ingress(raw, shape, rules, report);
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
        let help = "the API server would refuse this object; topology-aware-hints counts";
        report.push(&at, Diagnostic::new(Code::HintsAnnotations, message).allowed("equal values").help(help));
    }
}

fn external_name(spec: &RawSpec, report: &mut Report<'_>) {
    const NO_RULES: &str = "the API server would refuse this object; it gets no rules in any case";
    let mut refuse = |path, message: String, allowed: &'static str| {
        let diagnostic = Diagnostic::new(Code::ExternalNameInvalid, message).allowed(allowed).help(NO_RULES);
        report.push(&Path::root(path), diagnostic);
    };
    let set = |field| format!("an ExternalName Service has {field}");
    if given(spec.cluster_ip.as_ref()).is_some() {
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
    // The name may end with a dot to say that it is complete.
    let name = spec.external_name.as_ref().map_or("", Text::as_str);
    let complete = name.strip_suffix('.').unwrap_or(name);
    if complete.is_empty() {
        refuse("spec.externalName", "an ExternalName Service names nothing".into(), "a DNS name");
    } else if !(SUBDOMAIN.holds)(complete) {
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
        let (what, text, syntax) = if !(QUALIFIED_NAME.holds)(key) {
            ("key", key, QUALIFIED_NAME)
        } else if !(LABEL_VALUE.holds)(value) {
            ("value", value, LABEL_VALUE)
        } else {
            continue;
        };
        let message = format!("selector {what} `{}` is not valid", printable(text));
        report.push(&at, Diagnostic::new(Code::SelectorInvalid, message).allowed(syntax.words).help(KEPT));
    }
}
