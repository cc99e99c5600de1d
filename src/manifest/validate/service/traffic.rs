//! How a Service spreads its traffic: affinity, policies, health checks, distribution.

use super::super::ports::{PORT_NUMBERS, is_port, nonzero};
use super::super::report::KEPT;
use super::super::report::Report;
use super::super::rules::ApiRules;
use super::super::syntax::QUALIFIED_NAME;
use super::super::texts::{Choice, check_choice, non_empty};
use super::shape::{Shape, Type};
use crate::diagnostics::Diagnostic;
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::object::raw::RawSpec;
use crate::name::printable;

/// The longest affinity: a day (Kubernetes, `MaxClientIPServiceAffinitySeconds`).
const LONGEST_AFFINITY: i64 = 86_400;

const AFFINITY: Choice = Choice {
    field: "sessionAffinity",
    code: codes::AFFINITY_INVALID,
    words: &["None", "ClientIP"],
    help: "it is compiled without session affinity",
};

const POLICY: Choice = Choice {
    field: "",
    code: codes::TRAFFIC_POLICY_INVALID,
    words: &["Cluster", "Local"],
    help: "it is compiled with the policy Cluster",
};

const DISTRIBUTION: Choice = Choice {
    field: "trafficDistribution",
    code: codes::TRAFFIC_DISTRIBUTION_INVALID,
    words: &["PreferClose"],
    help: "it changes no rules; kube-proxy follows the hints of the slices",
};

/// Checks everything that decides which endpoint a client gets.
pub(super) fn check(spec: &RawSpec, shape: Shape, rules: ApiRules, report: &mut Report<'_>) {
    affinity(spec, report);
    load_balancer_fields(spec, shape, report);
    external_policy(spec, shape, report);
    health_check(spec, shape, report);
    if let Some(policy) = &spec.internal_traffic_policy {
        let choice = Choice { field: "internalTrafficPolicy", ..POLICY };
        check_choice(report, &Path::root("spec.internalTrafficPolicy"), policy.as_str(), &choice);
    }
    if let Some(distribution) = &spec.traffic_distribution {
        let newest: &[_] = &["PreferClose", "PreferSameZone", "PreferSameNode"];
        let words = if rules.same_zone_distribution { newest } else { DISTRIBUTION.words };
        let choice = Choice { words, ..DISTRIBUTION };
        check_choice(report, &Path::root("spec.trafficDistribution"), distribution.as_str(), &choice);
    }
}

/// The timeout of a Service without affinity is removed by defaulting, and has no effect.
fn affinity(spec: &RawSpec, report: &mut Report<'_>) {
    let affinity = non_empty(spec.session_affinity.as_ref()).unwrap_or("None");
    check_choice(report, &Path::root("spec.sessionAffinity"), affinity, &AFFINITY);
    let Some(seconds) = spec.session_affinity_config.client_ip.timeout_seconds else { return };
    if affinity == "None" {
        let message = "sessionAffinityConfig has no effect without sessionAffinity: ClientIP";
        let help = "the API server removes it, and clients do not stay with their endpoint";
        let at = Path::root("spec.sessionAffinityConfig");
        report.push(&at, Diagnostic::new(codes::AFFINITY_UNUSED, message).help(help));
    }
    if affinity == "ClientIP" && !(1..=LONGEST_AFFINITY).contains(&seconds.0) {
        let message =
            format!("session affinity timeout {} is outside 1–{LONGEST_AFFINITY} seconds", seconds.0);
        report.refuse(
            &Path::root("spec.sessionAffinityConfig.clientIP.timeoutSeconds"),
            codes::AFFINITY_INVALID,
            message,
            format!("1–{LONGEST_AFFINITY} seconds"),
            KEPT,
        );
    }
}

fn load_balancer_fields(spec: &RawSpec, shape: Shape, report: &mut Report<'_>) {
    let class = spec.load_balancer_class.as_ref();
    let class_path = Path::root("spec.loadBalancerClass");
    if shape.type_ != Type::LoadBalancer {
        let allocation = Path::root("spec.allocateLoadBalancerNodePorts");
        let fields = [
            (spec.allocate_load_balancer_node_ports.is_some(), &allocation, "allocateLoadBalancerNodePorts"),
            (class.is_some(), &class_path, "loadBalancerClass"),
        ];
        for (_, at, field) in fields.into_iter().filter(|(is_set, ..)| *is_set) {
            let message = format!("{field} is set, but the type is not LoadBalancer");
            report.refuse(at, codes::LOAD_BALANCER_ONLY, message, "type LoadBalancer only", KEPT);
        }
    } else if let Some(class) = class
        && !report.is_ambiguous(&class_path, class.as_str())
        && !(QUALIFIED_NAME.matches)(class.as_str())
    {
        let message = format!("loadBalancerClass `{}` is not valid", printable(class.as_str()));
        report.refuse(&class_path, codes::QUALIFIED_NAME, message, QUALIFIED_NAME.words, KEPT);
    }
}

/// Whether clients outside can reach it, of whichever family; `None` when the type is not known.
fn is_externally_accessible(spec: &RawSpec, shape: Shape) -> Option<bool> {
    match shape.type_ {
        Type::NodePort | Type::LoadBalancer => Some(true),
        Type::ClusterIp => Some(!spec.external_ips.is_empty()),
        Type::ExternalName => Some(false),
        Type::Unknown => None,
    }
}

fn external_policy(spec: &RawSpec, shape: Shape, report: &mut Report<'_>) {
    let Some(policy) = non_empty(spec.external_traffic_policy.as_ref()) else { return };
    let at = Path::root("spec.externalTrafficPolicy");
    check_choice(report, &at, policy, &Choice { field: "externalTrafficPolicy", ..POLICY });
    if is_externally_accessible(spec, shape) == Some(false) {
        let message = "externalTrafficPolicy is set, but the Service is not reachable from outside";
        report.refuse(
            &at,
            codes::TRAFFIC_POLICY_INVALID,
            message,
            "type NodePort or LoadBalancer, or type ClusterIP with externalIPs",
            "the API server would refuse this object; the policy changes no rules",
        );
    }
}

fn health_check(spec: &RawSpec, shape: Shape, report: &mut Report<'_>) {
    let at = Path::root("spec.healthCheckNodePort");
    let is_local = non_empty(spec.external_traffic_policy.as_ref()) == Some("Local");
    let is_used = shape.type_ == Type::LoadBalancer && is_local;
    let diagnostic = match nonzero(spec.health_check_node_port) {
        Some(number) if !is_used => {
            let message = format!("healthCheckNodePort is {}, but the Service has no health check", number.0);
            Diagnostic::new(codes::HEALTH_CHECK_PORT_INVALID, message)
                .allowed("type LoadBalancer with externalTrafficPolicy Local")
                .help("the API server would refuse this object; no rule is written for this port")
        }
        Some(number) if !is_port(number) => {
            let message = format!("health check node port {} is outside {PORT_NUMBERS}", number.0);
            Diagnostic::new(codes::HEALTH_CHECK_PORT_INVALID, message)
                .allowed(PORT_NUMBERS)
                .help("the API server would refuse this object; no rule is written for this port")
        }
        None if is_used && shape.allocated => {
            Diagnostic::new(codes::HEALTH_CHECK_PORT_MISSING, "no health check node port has been allocated")
                .help("take the manifest from the cluster, or set healthCheckNodePort")
        }
        _ => return,
    };
    report.push(&at, diagnostic);
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{OLDEST, check_specs, findings, service_of};

    #[test]
    fn affinity_lasts_up_to_a_day() {
        check_specs(&[
            ("sessionAffinity: ''", &[]),
            ("sessionAffinity: ClientIP", &[]),
            ("sessionAffinity: Client", &["AffinityInvalid spec.sessionAffinity"]),
            ("sessionAffinity: off", &["AmbiguousScalar spec.sessionAffinity"]),
            ("sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86400}}", &[]),
            (
                "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}",
                &["AffinityInvalid spec.sessionAffinityConfig.clientIP.timeoutSeconds"],
            ),
            (
                "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}",
                &["AffinityInvalid spec.sessionAffinityConfig.clientIP.timeoutSeconds"],
            ),
            // Defaulting removes what has no effect.
            (
                "sessionAffinity: None, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}",
                &["AffinityUnused spec.sessionAffinityConfig"],
            ),
            (
                "sessionAffinityConfig: {clientIP: {timeoutSeconds: 90}}",
                &["AffinityUnused spec.sessionAffinityConfig"],
            ),
        ]);
    }

    #[test]
    fn the_external_policy_is_for_services_reached_from_outside() {
        check_specs(&[
            ("externalTrafficPolicy: Local", &["TrafficPolicyInvalid spec.externalTrafficPolicy"]),
            ("externalTrafficPolicy: ''", &[]),
            ("externalTrafficPolicy: Local, externalIPs: [192.0.2.1]", &[]),
            (
                "type: NodePort, externalTrafficPolicy: local, ports: [{port: 1, nodePort: 30000}]",
                &["TrafficPolicyInvalid spec.externalTrafficPolicy"],
            ),
        ]);
    }

    #[test]
    fn the_internal_policy_is_cluster_or_local() {
        check_specs(&[
            ("internalTrafficPolicy: Local", &[]),
            ("internalTrafficPolicy: Node", &["TrafficPolicyInvalid spec.internalTrafficPolicy"]),
            ("internalTrafficPolicy: ''", &["TrafficPolicyInvalid spec.internalTrafficPolicy"]),
        ]);
    }

    #[test]
    fn a_health_check_needs_a_local_load_balancer() {
        let port = "ports: [{port: 1, nodePort: 30000}]";
        let local = format!("type: LoadBalancer, externalTrafficPolicy: Local, {port}");
        check_specs(&[
            (&local, &["HealthCheckPortMissing spec.healthCheckNodePort"]),
            (&format!("{local}, healthCheckNodePort: 30001"), &[]),
            (
                &format!("{local}, healthCheckNodePort: 65536"),
                &["HealthCheckPortInvalid spec.healthCheckNodePort"],
            ),
            ("healthCheckNodePort: 30001", &["HealthCheckPortInvalid spec.healthCheckNodePort"]),
            ("healthCheckNodePort: 0", &[]),
        ]);
    }

    #[test]
    fn traffic_distributions_grew_with_the_versions() {
        check_specs(&[
            ("trafficDistribution: PreferSameZone", &[]),
            ("trafficDistribution: PreferFar", &["TrafficDistributionInvalid spec.trafficDistribution"]),
        ]);
        let old = |value: &str| findings(&service_of(&format!("trafficDistribution: {value}")), OLDEST);
        assert_eq!(old("PreferClose"), [""; 0]);
        assert_eq!(old("PreferSameNode"), ["TrafficDistributionInvalid spec.trafficDistribution"]);
    }

    #[test]
    fn some_fields_are_for_load_balancers() {
        let balancer = "type: LoadBalancer, allocateLoadBalancerNodePorts: false";
        check_specs(&[
            (
                "allocateLoadBalancerNodePorts: true, loadBalancerClass: a",
                &[
                    "LoadBalancerOnly spec.allocateLoadBalancerNodePorts",
                    "LoadBalancerOnly spec.loadBalancerClass",
                ],
            ),
            (&format!("{balancer}, loadBalancerClass: example.com/a"), &[]),
            (&format!("{balancer}, loadBalancerClass: a b"), &["QualifiedName spec.loadBalancerClass"]),
        ]);
    }
}
