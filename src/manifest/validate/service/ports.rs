//! `spec.ports` of a Service.

use super::super::ports::{PORT_LOST, PORT_NAME, PORT_NUMBERS, PROTOCOL, app_protocol, is_port, nonzero};
use super::super::repetition::repetitions;
use super::super::report::KEPT;
use super::super::report::Report;
use super::super::rules::ApiRules;
use super::super::syntax::{CONTAINER_PORT, DNS_LABEL};
use super::super::texts::{self, check_choice, non_empty, or_empty};
use super::shape::{Shape, Type};
use crate::diagnostics::Diagnostic;
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::format::{Bool, Int, IntOrText};
use crate::manifest::object::raw::{RawServicePort, RawSpec};
use crate::name::printable;

static PORTS: Path<'static> = Path::root("spec.ports");

/// The port of the kubelet, which no load balancer may open.
const KUBELET: Int = Int(10250);

/// Checks every port by itself, and that no two claim the same.
pub(super) fn check(spec: &RawSpec, shape: Shape, rules: ApiRules, report: &mut Report<'_>) {
    let ports = &spec.ports;
    if ports.is_empty() && !shape.headless && shape.type_ != Type::ExternalName {
        report.refuse(
            &PORTS,
            codes::PORTS_MISSING,
            "the Service has no ports",
            "at least one port",
            "the API server would refuse this object; without a port it has no rules",
        );
    }
    let is_kubelet_port_reserved = rules.reserves_kubelet_port && shape.type_ == Type::LoadBalancer;
    let wants_node_ports = shape.allocated && allocates_node_ports(spec, shape);
    for (index, port) in ports.iter().enumerate() {
        let at = PORTS.item(index);
        name(port, ports.len() > 1, &at, report);
        number(port, is_kubelet_port_reserved, &at, report);
        if let Some(protocol) = non_empty(port.protocol.as_ref()) {
            check_choice(report, &at.field("protocol"), protocol, &PROTOCOL);
        }
        target_port(port, &at, report);
        if let Some(protocol) = &port.app_protocol {
            app_protocol(protocol.as_str(), &at, report);
        }
        node_port(port, shape, wants_node_ports, &at, report);
    }
    unique_names(ports, report);
    unique_numbers(ports, report);
}

/// Kubernetes allocates node ports for these, unless a load balancer does not need them.
fn allocates_node_ports(spec: &RawSpec, shape: Shape) -> bool {
    match shape.type_ {
        Type::NodePort => true,
        Type::LoadBalancer => spec.allocate_load_balancer_node_ports != Some(Bool(false)),
        Type::ClusterIp | Type::ExternalName | Type::Unknown => false,
    }
}

fn name(port: &RawServicePort, is_required: bool, at: &Path<'_>, report: &mut Report<'_>) {
    match non_empty(port.name.as_ref()) {
        Some(name) => texts::name(report, &at.field("name"), name, &PORT_NAME),
        None if is_required => {
            report.refuse(
                &at.field("name"),
                codes::PORT_NAME_INVALID,
                "one of several ports has no name",
                DNS_LABEL.words,
                KEPT,
            );
        }
        None => {}
    }
}

fn number(port: &RawServicePort, is_kubelet_port_reserved: bool, at: &Path<'_>, report: &mut Report<'_>) {
    let at = at.field("port");
    match port.port {
        None => {
            report.refuse(&at, codes::PORT_OUT_OF_RANGE, "a port has no number", PORT_NUMBERS, PORT_LOST);
        }
        Some(number) if !is_port(number) => {
            let message = format!("port {} is outside {PORT_NUMBERS}", number.0);
            report.refuse(&at, codes::PORT_OUT_OF_RANGE, message, PORT_NUMBERS, PORT_LOST);
        }
        Some(KUBELET) if is_kubelet_port_reserved => {
            let message = "port 10250 of a LoadBalancer Service is reserved for the kubelet";
            report.refuse(&at, codes::KUBELET_PORT, message, "any other port", KEPT);
        }
        Some(_) => {}
    }
}

/// An absent, zero or empty targetPort is the port itself.
fn target_port(port: &RawServicePort, at: &Path<'_>, report: &mut Report<'_>) {
    let at = at.field("targetPort");
    let message = match &port.target_port {
        None => return,
        Some(IntOrText::Int(number)) => match nonzero(Some(Int(*number))) {
            Some(number) if !is_port(number) => format!("targetPort {} is outside {PORT_NUMBERS}", number.0),
            _ => return,
        },
        Some(IntOrText::Text(name)) => {
            let is_valid = name.is_empty() || (CONTAINER_PORT.matches)(name);
            if report.is_ambiguous(&at, name) || is_valid {
                return;
            }
            let advice = if name.parse::<u16>().is_ok() { "; remove the quotes from a number" } else { "" };
            format!("targetPort `{}` is not the name of a container port{advice}", printable(name))
        }
    };
    report.refuse(&at, codes::TARGET_PORT_INVALID, message, CONTAINER_PORT.words, KEPT);
}

fn node_port(port: &RawServicePort, shape: Shape, is_wanted: bool, at: &Path<'_>, report: &mut Report<'_>) {
    let at = at.field("nodePort");
    match nonzero(port.node_port) {
        Some(number) if !is_port(number) => {
            let message = format!("node port {} is outside {PORT_NUMBERS}", number.0);
            let help = "the API server would refuse this object; the port is compiled without a node port";
            report.refuse(&at, codes::NODE_PORT_INVALID, message, PORT_NUMBERS, help);
        }
        Some(number) if shape.type_ == Type::ClusterIp => {
            let message = format!("a ClusterIP Service has node port {}", number.0);
            let help =
                "the API server would refuse this object; kube-proxy serves the node port all the same";
            report.refuse(
                &at,
                codes::NODE_PORT_INVALID,
                message,
                "node ports of type NodePort or LoadBalancer",
                help,
            );
        }
        None if is_wanted => {
            let name = or_empty(port.name.as_ref());
            let of_port =
                if name.is_empty() { String::new() } else { format!(" for port `{}`", printable(name)) };
            let message = format!("no node port has been allocated{of_port}");
            let help =
                "it is compiled without a node port; take the manifest from the cluster, or set nodePort";
            report.push(&at, Diagnostic::new(codes::NODE_PORT_MISSING, message).help(help));
        }
        _ => {}
    }
}

fn unique_names(ports: &[RawServicePort], report: &mut Report<'_>) {
    for index in repetitions(ports.len(), |index| non_empty(ports[index].name.as_ref())) {
        let name = printable(or_empty(ports[index].name.as_ref()));
        let help = "the API server would refuse this object; of two ports with the same name and protocol \
                    the later one is used";
        report.refuse(
            &PORTS.item(index).field("name"),
            codes::PORT_NAME_REPEATED,
            format!("two ports have the name `{name}`"),
            "a name of its own",
            help,
        );
    }
}

fn unique_numbers(ports: &[RawServicePort], report: &mut Report<'_>) {
    let protocol = |index: usize| non_empty(ports[index].protocol.as_ref()).unwrap_or("TCP");
    let number = |index: usize| ports[index].port;
    for index in repetitions(ports.len(), |index| Some((number(index)?, protocol(index)))) {
        report_repetition("port", number(index), protocol(index), &PORTS.item(index).field("port"), report);
    }
    let number = |index: usize| nonzero(ports[index].node_port);
    for index in repetitions(ports.len(), |index| Some((number(index)?, protocol(index)))) {
        report_repetition(
            "node port",
            number(index),
            protocol(index),
            &PORTS.item(index).field("nodePort"),
            report,
        );
    }
}

fn report_repetition(
    what: &str,
    number: Option<Int>,
    protocol: &str,
    at: &Path<'_>,
    report: &mut Report<'_>,
) {
    let Some(Int(number)) = number else { return };
    let message = format!("two ports have {what} {number}/{}", printable(protocol));
    let help = "the API server would refuse this object; the rules of the first one win";
    let allowed = "each number once for each protocol";
    report.refuse(at, codes::PORT_REPEATED, message, allowed, help);
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::super::testing::{NEWEST, OLDEST, check_specs, diagnostics, findings, service_of};

    #[test]
    fn a_service_has_ports_unless_it_needs_none() {
        check_specs(&[
            ("ports: []", &["PortsMissing spec.ports"]),
            ("ports: [], clusterIP: None", &[]),
            ("ports: [{port: 80}]", &[]),
        ]);
    }

    #[test]
    fn numbers_and_protocols_can_be_written() {
        check_specs(&[
            ("ports: [{port: 70000}]", &["PortOutOfRange spec.ports[0].port"]),
            ("ports: [{port: 0}]", &["PortOutOfRange spec.ports[0].port"]),
            ("ports: [{port: -1}]", &["PortOutOfRange spec.ports[0].port"]),
            ("ports: [{}]", &["PortOutOfRange spec.ports[0].port"]),
            ("ports: [{port: 53, protocol: UDP}]", &[]),
            ("ports: [{port: 53, protocol: ''}]", &[]),
            ("ports: [{port: 53, protocol: udp}]", &["ProtocolUnknown spec.ports[0].protocol"]),
            ("ports: [{port: 53, protocol: ICMP}]", &["ProtocolUnknown spec.ports[0].protocol"]),
        ]);
    }

    #[test]
    fn several_ports_have_names_of_their_own() {
        check_specs(&[
            ("ports: [{port: 1, name: Http}]", &["PortNameInvalid spec.ports[0].name"]),
            ("ports: [{port: 1, name: 'a b'}]", &["UnsafeText spec.ports[0].name"]),
            ("ports: [{port: 1, name: -j}]", &["UnsafeText spec.ports[0].name"]),
            ("ports: [{port: 1, name: on}]", &["AmbiguousScalar spec.ports[0].name"]),
            ("ports: [{port: 1, name: 'on'}]", &[]),
            ("ports: [{port: 1, name: a}, {port: 2}]", &["PortNameInvalid spec.ports[1].name"]),
            ("ports: [{port: 1, name: a}, {port: 2, name: a}]", &["PortNameRepeated spec.ports[1].name"]),
        ]);
    }

    #[test]
    fn a_number_and_protocol_stands_once() {
        check_specs(&[
            ("ports: [{port: 1, name: a}, {port: 1, name: b, protocol: UDP}]", &[]),
            (
                "ports: [{port: 1, name: a}, {port: 1, name: b, protocol: TCP}]",
                &["PortRepeated spec.ports[1].port"],
            ),
            (
                "type: NodePort, ports: [{port: 1, name: a, nodePort: 30000}, {port: 2, name: b, nodePort: 30000}]",
                &["PortRepeated spec.ports[1].nodePort"],
            ),
        ]);
    }

    #[test]
    fn a_target_port_is_a_number_or_a_name() {
        check_specs(&[
            ("ports: [{port: 1, targetPort: 0}]", &[]),
            ("ports: [{port: 1, targetPort: ''}]", &[]),
            ("ports: [{port: 1, targetPort: http}]", &[]),
            ("ports: [{port: 1, targetPort: 65536}]", &["TargetPortInvalid spec.ports[0].targetPort"]),
            ("ports: [{port: 1, targetPort: '8080'}]", &["TargetPortInvalid spec.ports[0].targetPort"]),
            ("ports: [{port: 1, targetPort: a--b}]", &["TargetPortInvalid spec.ports[0].targetPort"]),
            ("ports: [{port: 1, targetPort: yes}]", &["AmbiguousScalar spec.ports[0].targetPort"]),
        ]);
        let quoted = service_of("ports: [{port: 1, targetPort: '8080'}]");
        assert!(diagnostics(&quoted, NEWEST)[0].message.contains("remove the quotes from a number"));
    }

    #[test]
    fn an_application_protocol_is_a_qualified_name() {
        check_specs(&[
            ("ports: [{port: 1, appProtocol: kubernetes.io/h2c}]", &[]),
            ("ports: [{port: 1, appProtocol: 'a b'}]", &["QualifiedName spec.ports[0].appProtocol"]),
            ("ports: [{port: 1, appProtocol: ''}]", &["QualifiedName spec.ports[0].appProtocol"]),
        ]);
    }

    #[test]
    fn node_ports_are_for_types_that_have_them() {
        check_specs(&[
            ("ports: [{port: 1, nodePort: 30000}]", &["NodePortInvalid spec.ports[0].nodePort"]),
            ("ports: [{port: 1, nodePort: 0}]", &[]),
            ("type: NodePort, ports: [{port: 1, nodePort: 30000}]", &[]),
            (
                "type: NodePort, ports: [{port: 1, nodePort: 65536}]",
                &["NodePortInvalid spec.ports[0].nodePort"],
            ),
        ]);
    }

    #[test]
    fn a_node_port_that_is_not_allocated_is_missed() {
        check_specs(&[
            ("type: NodePort", &["NodePortMissing spec.ports[0].nodePort"]),
            ("type: LoadBalancer", &["NodePortMissing spec.ports[0].nodePort"]),
            ("type: LoadBalancer, allocateLoadBalancerNodePorts: false", &[]),
            ("type: NodePort, clusterIP: ''", &["ClusterIpMissing spec.clusterIP"]),
        ]);
    }

    #[test]
    fn no_load_balancer_opens_the_port_of_the_kubelet() {
        let ports = "ports: [{port: 10250, nodePort: 30000}]";
        let found = |type_: &str, rules| findings(&service_of(&format!("type: {type_}, {ports}")), rules);
        assert_eq!(found("LoadBalancer", OLDEST), ["KubeletPort spec.ports[0].port"]);
        assert!(found("LoadBalancer", NEWEST).is_empty(), "1.33 removed the rule");
        assert!(found("NodePort", OLDEST).is_empty());
    }

    #[test]
    fn a_message_names_the_value_and_what_follows() {
        let found = diagnostics(&service_of("ports: [{port: 70000}]"), NEWEST);
        assert_eq!(found[0].message, "port 70000 is outside 1–65535");
        assert_eq!(found[0].allowed.as_deref(), Some("1–65535"));
        let help = "the API server would refuse this object; its other ports are compiled";
        assert_eq!(found[0].help.as_deref(), Some(help));
        assert_eq!(found[0].object.as_ref().unwrap().to_string(), "Service shop/web");
    }

    #[test]
    fn many_ports_take_no_quadratic_time() {
        let mut ports = String::new();
        for port in 1..=50_000 {
            write!(ports, "{{port: {port}, name: p{port}}}, ").unwrap();
        }
        let text = service_of(&format!("ports: [{ports}{{port: 1, name: p1}}]"));
        let expected = ["PortNameRepeated spec.ports[50000].name", "PortRepeated spec.ports[50000].port"];
        assert_eq!(findings(&text, NEWEST), expected);
    }
}
