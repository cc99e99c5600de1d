//! The addresses of a Service: cluster IPs and their families, external IPs, source ranges, load
//! balancer status.

use std::slice;

use super::super::raw::{RawIngress, RawObject, RawSpec};
use super::super::scalar::Text;
use super::address::{self, AddressRule};
use super::path::Path;
use super::report::Report;
use super::service::{Shape, Type};
use super::syntax::SUBDOMAIN;
use super::texts::{Choice, given, one_of};
use super::{ApiRules, KEPT, metadata};
use crate::diagnostics::{Code, Diagnostic};
use crate::name::printable;
use crate::net::{Family, parse_ip};

static CLUSTER_IP: Path<'static> = Path::root("spec.clusterIP");
static CLUSTER_IPS: Path<'static> = Path::root("spec.clusterIPs");
static FAMILIES: Path<'static> = Path::root("spec.ipFamilies");
static POLICY: Path<'static> = Path::root("spec.ipFamilyPolicy");

const CLUSTER_IP_RULE: AddressRule = AddressRule {
    what: "cluster IP",
    code: Code::ClusterIpInvalid,
    lost: "the API server would refuse this object; it is compiled without this address",
    strict: false,
};

const EXTERNAL_IP_RULE: AddressRule = AddressRule {
    what: "external IP",
    code: Code::ExternalIpInvalid,
    lost: "the API server would refuse this object; it is compiled without this address",
    strict: false,
};

const SOURCE_RANGE_RULE: AddressRule = AddressRule {
    what: "source range",
    code: Code::SourceRangeInvalid,
    lost: "the API server would refuse this object; it is compiled without this range",
    strict: false,
};

const INGRESS_RULE: AddressRule = AddressRule {
    what: "load balancer IP",
    code: Code::IngressInvalid,
    lost: "the API server would refuse this status; the address gets no rules",
    strict: false,
};

const FAMILY: Choice = Choice {
    field: "IP family",
    code: Code::IpFamiliesInvalid,
    words: &["IPv4", "IPv6"],
    help: "the API server would refuse this object; the cluster IP at this position gets no rules",
};

const FAMILY_POLICY: Choice = Choice {
    field: "ipFamilyPolicy",
    code: Code::IpFamiliesInvalid,
    words: &["SingleStack", "PreferDualStack", "RequireDualStack"],
    help: KEPT,
};

const IP_MODE: Choice = Choice {
    field: "ipMode",
    code: Code::IngressInvalid,
    words: &["VIP", "Proxy"],
    help: "the API server would refuse this status; the address gets no rules",
};

/// Checks cluster IPs, families and policy together (Kubernetes,
/// `ValidateServiceClusterIPsRelatedFields`). Not for `ExternalName`, which has none.
pub(super) fn cluster_ips(spec: &RawSpec, shape: Shape, rules: &ApiRules, report: &mut Report<'_>) {
    if shape.headless && matches!(shape.type_, Type::NodePort | Type::LoadBalancer) {
        let message = "a NodePort or LoadBalancer Service is headless";
        let diagnostic = Diagnostic::new(Code::HeadlessType, message).allowed("an address");
        report.push(&CLUSTER_IP, diagnostic.help("the API server would refuse this object; it gets no rules"));
    }
    families(spec, report);
    if let Some(policy) = &spec.ip_family_policy {
        one_of(report, &POLICY, policy.as_str(), &FAMILY_POLICY);
    }
    agreement(spec, report);
    let texts = texts(spec);
    addresses(texts, spec, shape, rules, report);
    dual_stack_policy(texts, spec, shape, report);
    allocation(texts, spec, shape, report);
}

/// The cluster IPs: the list, or the single one in its place.
fn texts(spec: &RawSpec) -> &[Text] {
    match &spec.cluster_ip {
        Some(ip) if spec.cluster_ips.is_empty() && !ip.as_str().is_empty() => slice::from_ref(ip),
        _ => &spec.cluster_ips,
    }
}

fn path(spec: &RawSpec, index: usize) -> Path<'static> {
    if spec.cluster_ips.is_empty() { CLUSTER_IP } else { CLUSTER_IPS.item(index) }
}

fn families(spec: &RawSpec, report: &mut Report<'_>) {
    for (index, family) in spec.ip_families.iter().enumerate() {
        one_of(report, &FAMILIES.item(index), family.as_str(), &FAMILY);
    }
    // At the third entry at the latest a family stands twice or is not known.
    if let [first, second, ..] = spec.ip_families.as_slice()
        && first == second
    {
        let message = format!("IP family `{}` stands twice", printable(first.as_str()));
        let diagnostic = Diagnostic::new(Code::IpFamiliesInvalid, message);
        report.push(&FAMILIES.item(1), diagnostic.allowed("each family once").help(KEPT));
    } else if spec.ip_families.len() > 2 {
        let message = format!("ipFamilies has {} entries", spec.ip_families.len());
        let diagnostic = Diagnostic::new(Code::IpFamiliesInvalid, message);
        report.push(&FAMILIES.item(2), diagnostic.allowed("IPv4 and IPv6, each once").help(KEPT));
    }
}

/// `clusterIP` is the first of `clusterIPs`; the list alone is refused.
fn agreement(spec: &RawSpec, report: &mut Report<'_>) {
    let Some(first) = spec.cluster_ips.first().map(Text::as_str) else { return };
    match given(spec.cluster_ip.as_ref()) {
        None => {
            let message = "clusterIPs is set, but clusterIP is not";
            let diagnostic = Diagnostic::new(Code::ClusterIpInvalid, message).allowed("both or none");
            report.push(&CLUSTER_IPS, diagnostic.help(KEPT));
        }
        Some(ip) if ip != first => {
            let message = format!("clusterIPs starts with `{}`, but clusterIP is `{}`", printable(first), printable(ip));
            let diagnostic = Diagnostic::new(Code::ClusterIpInvalid, message).allowed("equal values");
            report.push(&CLUSTER_IPS.item(0), diagnostic.help(KEPT));
        }
        Some(_) => {}
    }
}

fn addresses(texts: &[Text], spec: &RawSpec, shape: Shape, rules: &ApiRules, report: &mut Report<'_>) {
    let rule = CLUSTER_IP_RULE.of(rules);
    let refuse = |report: &mut Report<'_>, index, message: String, allowed: &'static str| {
        let diagnostic = Diagnostic::new(Code::ClusterIpInvalid, message).allowed(allowed).help(KEPT);
        report.push(&path(spec, index), diagnostic);
    };
    if texts.len() > 2 {
        refuse(report, 2, format!("clusterIPs has {} entries", texts.len()), "one address a family");
    }
    let mut of_families = [None; 2];
    for (index, text) in texts.iter().enumerate() {
        if index == 0 && text.as_str() == "None" {
            if texts.len() > 1 {
                refuse(report, 0, "`None` stands beside cluster IPs".into(), "None as the only entry");
            }
            continue;
        }
        let ip = address::ip(report, &path(spec, index), text.as_str(), &rule);
        if let (Some(ip), Some(slot)) = (ip, of_families.get_mut(index)) {
            *slot = Some(Family::of(ip));
            if let Some(declared) = spec.ip_families.get(index).and_then(family)
                && !shape.headless
                && !address::of_family(report, &path(spec, index), ip, declared, &rule)
            {
                return;
            }
        }
    }
    if let [Some(first), Some(second)] = of_families
        && first == second
    {
        refuse(report, 1, format!("two cluster IPs of family {first}"), "one address a family");
    }
}

fn family(text: &Text) -> Option<Family> {
    Family::ALL.into_iter().find(|family| family.as_str() == text.as_str())
}

/// Two families must be asked for. Only a headless Service without selector gets them unasked.
fn dual_stack_policy(texts: &[Text], spec: &RawSpec, shape: Shape, report: &mut Report<'_>) {
    let what = match (texts.len(), spec.ip_families.len()) {
        (2, _) => "two cluster IPs",
        (_, 2) => "two IP families",
        _ => return,
    };
    let is_single = spec.ip_family_policy.as_ref().is_none_or(|policy| policy.as_str() == "SingleStack");
    let gets_both = shape.headless && spec.selector.is_empty();
    if is_single && !gets_both {
        let said = spec.ip_family_policy.as_ref().map_or("missing", Text::as_str);
        let diagnostic =
            Diagnostic::new(Code::DualStackPolicyMissing, format!("{what}, but ipFamilyPolicy is {said}"))
                .allowed("PreferDualStack or RequireDualStack")
                .help("the API server would refuse this object; both families are compiled");
        report.push(&POLICY, diagnostic);
    }
}

/// What the API server would have allocated, and nobody else can.
fn allocation(texts: &[Text], spec: &RawSpec, shape: Shape, report: &mut Report<'_>) {
    const FROM_CLUSTER: &str = "take the manifest from the cluster: kubectl get services -A -o yaml";
    let policy = spec.ip_family_policy.as_ref().map(Text::as_str);
    let wanted = if policy == Some("RequireDualStack") { 2 } else { spec.ip_families.len().min(2) };
    let (message, help) = if texts.is_empty() {
        ("no cluster IP has been allocated", format!("without one the Service has no rules; {FROM_CLUSTER}"))
    } else if shape.allocated && texts.len() < wanted {
        let help = format!("without one the Service has no rules of that family; {FROM_CLUSTER}");
        ("no cluster IP has been allocated for the second IP family", help)
    } else {
        return;
    };
    report.push(&CLUSTER_IP, Diagnostic::new(Code::ClusterIpMissing, message).help(help));
}

/// Checks `spec.externalIPs`.
pub(super) fn external_ips(spec: &RawSpec, rules: &ApiRules, report: &mut Report<'_>) {
    let (rule, path) = (EXTERNAL_IP_RULE.of(rules), Path::root("spec.externalIPs"));
    for (index, text) in spec.external_ips.iter().enumerate() {
        let at = path.item(index);
        if let Some(ip) = address::ip(report, &at, text.as_str(), &rule) {
            address::reachable(report, &at, ip, &rule);
        }
    }
}

/// Checks `spec.loadBalancerSourceRanges`, or the annotation that came before it.
pub(super) fn source_ranges(raw: &RawObject, shape: Shape, rules: &ApiRules, report: &mut Report<'_>) {
    let rule = SOURCE_RANGE_RULE.of(rules);
    let ranges = &raw.spec.load_balancer_source_ranges;
    if !ranges.is_empty() {
        let path = Path::root("spec.loadBalancerSourceRanges");
        if shape.type_ != Type::LoadBalancer {
            load_balancer_only("loadBalancerSourceRanges", &path, KEPT, report);
        }
        for (index, text) in ranges.iter().enumerate() {
            // Values that came from the annotation may have blanks around them.
            address::cidr(report, &path.item(index), text.as_str().trim(), &rule);
        }
        return;
    }
    const ANNOTATION: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
    let Some((at, text)) = metadata::annotation(raw, ANNOTATION) else { return };
    if shape.type_ != Type::LoadBalancer {
        let help = "the API server would refuse this object; kube-proxy does not read the annotation";
        load_balancer_only("load-balancer-source-ranges", &at, help, report);
    } else if !text.trim().is_empty() {
        for text in text.split(',') {
            address::cidr(report, &at, text.trim(), &rule);
        }
    }
}

fn load_balancer_only(field: &str, at: &Path<'_>, help: &'static str, report: &mut Report<'_>) {
    let message = format!("{field} is set, but the type is not LoadBalancer");
    let diagnostic = Diagnostic::new(Code::SourceRangeInvalid, message);
    report.push(at, diagnostic.allowed("type LoadBalancer only").help(help));
}

/// Checks `status.loadBalancer` (Kubernetes, `ValidateLoadBalancerStatus`).
pub(super) fn ingress(raw: &RawObject, shape: Shape, rules: &ApiRules, report: &mut Report<'_>) {
    let path = Path::root("status.loadBalancer.ingress");
    let ingress = &raw.status.load_balancer.ingress;
    if !ingress.is_empty() && !matches!(shape.type_, Type::LoadBalancer | Type::Unknown) {
        let message = "the status of a Service that is no LoadBalancer has load balancer addresses";
        let help = "the API server would refuse this status; kube-proxy serves the addresses all the same";
        let diagnostic = Diagnostic::new(Code::IngressInvalid, message);
        report.push(&path, diagnostic.allowed("type LoadBalancer only").help(help));
    }
    let rule = INGRESS_RULE.of(rules);
    for (index, ingress) in ingress.iter().enumerate() {
        one_ingress(ingress, &path.item(index), &rule, report);
    }
}

fn one_ingress(ingress: &RawIngress, at: &Path<'_>, rule: &AddressRule, report: &mut Report<'_>) {
    const REFUSED: &str = "the API server would refuse this status; it changes no rules";
    let ip = given(ingress.ip.as_ref());
    if let Some(ip) = ip {
        address::ip(report, &at.field("ip"), ip, rule);
    }
    match &ingress.ip_mode {
        Some(mode) if ip.is_some() => one_of(report, &at.field("ipMode"), mode.as_str(), &IP_MODE),
        Some(_) => {
            let diagnostic = Diagnostic::new(Code::IngressInvalid, "ipMode is set, but there is no ip");
            report.push(&at.field("ipMode"), diagnostic.allowed("ipMode beside an ip").help(REFUSED));
        }
        None => {}
    }
    let Some(hostname) = given(ingress.hostname.as_ref()) else { return };
    let at = at.field("hostname");
    if report.is_ambiguous(&at, hostname) {
        return;
    }
    let is_address = parse_ip(hostname).is_some();
    if is_address || !(SUBDOMAIN.holds)(hostname) {
        let what = if is_address { "an address" } else { "not a DNS name" };
        let message = format!("load balancer hostname `{}` is {what}", printable(hostname));
        let diagnostic = Diagnostic::new(Code::IngressInvalid, message);
        report.push(&at, diagnostic.allowed(SUBDOMAIN.words).help(REFUSED));
    }
}
