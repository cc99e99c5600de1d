//! The addresses by which a Service is reached from outside, and who may use them.

use super::super::address::{self, AddressRule};
use super::super::metadata;
use super::super::report::KEPT;
use super::super::report::Report;
use super::super::rules::ApiRules;
use super::super::syntax::SUBDOMAIN;
use super::super::texts::{Choice, check_choice, non_empty};
use super::shape::{Shape, Type};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::object::raw::{RawIngress, RawObject, RawSpec};
use crate::name::printable;
use crate::net::parse_ip;

/// The annotation that came before `spec.loadBalancerSourceRanges`.
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

const EXTERNAL_IP_RULE: AddressRule = AddressRule {
    what: "external IP",
    code: codes::EXTERNAL_IP_INVALID,
    consequence: "the API server would refuse this object; it is compiled without this address",
    strict: false,
};

const SOURCE_RANGE_RULE: AddressRule = AddressRule {
    what: "source range",
    code: codes::SOURCE_RANGE_INVALID,
    consequence: "the API server would refuse this object; it is compiled without this range",
    strict: false,
};

const INGRESS_RULE: AddressRule = AddressRule {
    what: "load balancer IP",
    code: codes::INGRESS_INVALID,
    consequence: "the API server would refuse this status; the address gets no rules",
    strict: false,
};

const IP_MODE: Choice = Choice {
    field: "ipMode",
    code: codes::INGRESS_INVALID,
    words: &["VIP", "Proxy"],
    help: "the API server would refuse this status; the address gets no rules",
};

/// Checks `spec.externalIPs`.
pub(super) fn external_ips(spec: &RawSpec, rules: ApiRules, report: &mut Report<'_>) {
    let (rule, path) = (EXTERNAL_IP_RULE.of(rules), Path::root("spec.externalIPs"));
    for (index, text) in spec.external_ips.iter().enumerate() {
        let at = path.item(index);
        if let Some(ip) = address::ip(report, &at, text.as_str(), &rule) {
            address::check_reachable(report, &at, ip, &rule);
        }
    }
}

/// Checks `spec.loadBalancerSourceRanges`, or the annotation that came before it.
pub(super) fn source_ranges(raw: &RawObject, shape: Shape, rules: ApiRules, report: &mut Report<'_>) {
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
    let Some((at, text)) = metadata::annotation(raw, SOURCE_RANGES) else { return };
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
    report.refuse(at, codes::SOURCE_RANGE_INVALID, message, "type LoadBalancer only", help);
}

/// Checks `status.loadBalancer` (Kubernetes, `ValidateLoadBalancerStatus`).
pub(super) fn ingress(raw: &RawObject, shape: Shape, rules: ApiRules, report: &mut Report<'_>) {
    let path = Path::root("status.loadBalancer.ingress");
    let ingress = &raw.status.load_balancer.ingress;
    if !ingress.is_empty() && !matches!(shape.type_, Type::LoadBalancer | Type::Unknown) {
        let message = "the status has load balancer addresses, but the type is not LoadBalancer";
        let help = "the API server would refuse this status; kube-proxy serves the addresses all the same";
        report.refuse(&path, codes::INGRESS_INVALID, message, "type LoadBalancer only", help);
    }
    let rule = INGRESS_RULE.of(rules);
    for (index, ingress) in ingress.iter().enumerate() {
        one_ingress(ingress, &path.item(index), &rule, report);
    }
}

fn one_ingress(ingress: &RawIngress, at: &Path<'_>, rule: &AddressRule, report: &mut Report<'_>) {
    const REFUSED: &str = "the API server would refuse this status; it changes no rules";
    let ip = non_empty(ingress.ip.as_ref());
    if let Some(ip) = ip {
        address::ip(report, &at.field("ip"), ip, rule);
    }
    match &ingress.ip_mode {
        Some(mode) if ip.is_some() => check_choice(report, &at.field("ipMode"), mode.as_str(), &IP_MODE),
        Some(_) => {
            report.refuse(
                &at.field("ipMode"),
                codes::INGRESS_INVALID,
                "ipMode is set, but there is no ip",
                "ipMode beside an ip",
                REFUSED,
            );
        }
        None => {}
    }
    let Some(hostname) = non_empty(ingress.hostname.as_ref()) else { return };
    let at = at.field("hostname");
    if report.is_ambiguous(&at, hostname) {
        return;
    }
    let is_address = parse_ip(hostname).is_some();
    if is_address || !(SUBDOMAIN.matches)(hostname) {
        let what = if is_address { "an address" } else { "not a DNS name" };
        let message = format!("load balancer hostname `{}` is {what}", printable(hostname));
        report.refuse(&at, codes::INGRESS_INVALID, message, SUBDOMAIN.words, REFUSED);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{check, check_specs};

    #[test]
    fn external_ips_reach_the_node_from_outside() {
        check_specs(&[
            ("externalIPs: [192.0.2.1, '2001:db8::1', 192.0.2.1]", &[]),
            (
                "externalIPs: [192.0.2.1, web, 127.0.0.1, 0.0.0.0, 'fe80::1', 224.0.0.1]",
                &[
                    "ExternalIpInvalid spec.externalIPs[1]",
                    "ExternalIpInvalid spec.externalIPs[2]",
                    "ExternalIpInvalid spec.externalIPs[3]",
                    "ExternalIpInvalid spec.externalIPs[4]",
                    "ExternalIpInvalid spec.externalIPs[5]",
                ],
            ),
            ("externalIPs: [203.000.113.010]", &["AddressSpelling spec.externalIPs[0]"]),
        ]);
    }

    #[test]
    fn source_ranges_are_networks_of_a_load_balancer() {
        let balancer = "type: LoadBalancer, allocateLoadBalancerNodePorts: false";
        check_specs(&[
            (&format!("{balancer}, loadBalancerSourceRanges: [' 10.0.0.0/8 ', 'fd00::/8']"), &[]),
            (
                &format!("{balancer}, loadBalancerSourceRanges: [10.0.0.1, 10.0.0.1/8, 10.0.0.0/08]"),
                &[
                    "SourceRangeInvalid spec.loadBalancerSourceRanges[0]",
                    "AddressSpelling spec.loadBalancerSourceRanges[1]",
                    "AddressSpelling spec.loadBalancerSourceRanges[2]",
                ],
            ),
            ("loadBalancerSourceRanges: [10.0.0.0/8]", &["SourceRangeInvalid spec.loadBalancerSourceRanges"]),
        ]);
    }

    #[test]
    fn the_annotation_of_source_ranges_is_a_list() {
        let service = |type_: &str, ranges: &str| {
            format!(
                "metadata: {{name: web, annotations: {{service.beta.kubernetes.io/load-balancer-source-ranges: '{ranges}'}}}}\n\
                 spec: {{type: {type_}, allocateLoadBalancerNodePorts: {}, clusterIP: 10.0.0.1, ports: [{{port: 1}}]}}\n",
                if type_ == "ClusterIP" { "null" } else { "false" }
            )
        };
        let at = "SourceRangeInvalid metadata.annotations[\"service.beta.kubernetes.io/load-balancer-source-ranges\"]";
        check(&[
            (&service("LoadBalancer", "10.0.0.0/8, 192.0.2.0/24"), &[]),
            (&service("LoadBalancer", " "), &[]),
            (&service("LoadBalancer", "10.0.0.0/8,"), &[at]),
            (&service("ClusterIP", "10.0.0.0/8"), &[at]),
        ]);
    }

    #[test]
    fn the_status_holds_addresses_or_names_of_a_load_balancer() {
        let service = |type_: &str, ingress: &str| {
            format!(
                "metadata: {{name: web}}\n\
                 spec: {{type: {type_}, clusterIP: 10.0.0.1, ports: [{{port: 1, nodePort: 30000}}]}}\n\
                 status: {{loadBalancer: {{ingress: [{ingress}]}}}}\n"
            )
        };
        check(&[
            (
                &service("LoadBalancer", "{ip: 192.0.2.1}, {ip: 'fd00::1', ipMode: Proxy}, {hostname: a.b}"),
                &[],
            ),
            (&service("LoadBalancer", "{ip: x}"), &["IngressInvalid status.loadBalancer.ingress[0].ip"]),
            (
                &service("LoadBalancer", "{ip: 192.0.2.1, ipMode: vip}"),
                &["IngressInvalid status.loadBalancer.ingress[0].ipMode"],
            ),
            (
                &service("LoadBalancer", "{hostname: a.b, ipMode: VIP}"),
                &["IngressInvalid status.loadBalancer.ingress[0].ipMode"],
            ),
            (
                &service("LoadBalancer", "{hostname: a_b}, {hostname: 10.0.0.1}"),
                &[
                    "IngressInvalid status.loadBalancer.ingress[0].hostname",
                    "IngressInvalid status.loadBalancer.ingress[1].hostname",
                ],
            ),
            (&service("NodePort", "{ip: 192.0.2.1}"), &["IngressInvalid status.loadBalancer.ingress"]),
        ]);
    }
}
