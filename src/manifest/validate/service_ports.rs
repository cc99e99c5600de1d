//! `spec.ports` of a Service.

use super::super::raw::{RawServicePort, RawSpec};
use super::super::scalar::{Bool, Int, IntOrText};
use super::metadata::text_or_empty;
use super::numbers::{PORT_NUMBERS, given as given_number, is_port, repeated};
use super::path::Path;
use super::report::Report;
use super::service::{Shape, Type};
use super::syntax::{CONTAINER_PORT, DNS_LABEL, QUALIFIED_NAME};
use super::texts::{self, Choice, NameRule, fits_port, given, one_of};
use super::{KEPT, PORT_LOST};
use crate::diagnostics::{Code, Diagnostic};
use crate::name::printable;

static PORTS: Path<'static> = Path::root("spec.ports");

/// The port of the kubelet, which no load balancer may open.
const KUBELET: Int = Int(10250);

/// The name of a port.
pub(super) const PORT_NAME: NameRule = NameRule {
    what: "port name",
    code: Code::PortNameInvalid,
    syntax: DNS_LABEL,
    writable: fits_port,
    lost: PORT_LOST,
};

/// The protocol of a port.
pub(super) const PROTOCOL: Choice =
    Choice { field: "protocol", code: Code::ProtocolUnknown, words: &["TCP", "UDP", "SCTP"], help: PORT_LOST };

/// Checks every port by itself, and that no two claim the same.
pub(super) fn check(spec: &RawSpec, shape: Shape, report: &mut Report<'_>) {
    let ports = &spec.ports;
    if ports.is_empty() && !shape.headless && shape.type_ != Type::ExternalName {
        let diagnostic = Diagnostic::new(Code::PortsMissing, "the Service has no ports")
            .allowed("at least one port")
            .help("the API server would refuse this object; without a port it has no rules");
        report.push(&PORTS, diagnostic);
    }
    let wants_node_ports = shape.allocated && allocates_node_ports(spec, shape);
    for (index, port) in ports.iter().enumerate() {
        let at = PORTS.item(index);
        name(port, ports.len() > 1, &at, report);
        number(port, shape, &at, report);
        if let Some(protocol) = given(port.protocol.as_ref()) {
            one_of(report, &at.field("protocol"), protocol, &PROTOCOL);
        }
        target_port(port, &at, report);
        if let Some(protocol) = &port.app_protocol {
            app_protocol(protocol.as_str(), &at, report);
        }
        node_port(port, shape, wants_node_ports, &at, report);
    }
    repeated_names(ports, report);
    repeated_numbers(ports, report);
}

/// Kubernetes allocates node ports for these, unless a load balancer says that it needs none.
fn allocates_node_ports(spec: &RawSpec, shape: Shape) -> bool {
    match shape.type_ {
        Type::NodePort => true,
        Type::LoadBalancer => spec.allocate_load_balancer_node_ports != Some(Bool(false)),
        Type::ClusterIp | Type::ExternalName | Type::Unknown => false,
    }
}

fn name(port: &RawServicePort, is_required: bool, at: &Path<'_>, report: &mut Report<'_>) {
    match given(port.name.as_ref()) {
        Some(name) => texts::name(report, &at.field("name"), name, &PORT_NAME),
        None if is_required => {
            let diagnostic = Diagnostic::new(Code::PortNameInvalid, "one of several ports has no name")
                .allowed(DNS_LABEL.words)
                .help(KEPT);
            report.push(&at.field("name"), diagnostic);
        }
        None => {}
    }
}

fn number(port: &RawServicePort, shape: Shape, at: &Path<'_>, report: &mut Report<'_>) {
    let at = at.field("port");
    match port.port {
        None => {
            let diagnostic = Diagnostic::new(Code::PortOutOfRange, "a port has no number");
            report.push(&at, diagnostic.allowed(PORT_NUMBERS).help(PORT_LOST));
        }
        Some(number) if !is_port(number) => {
            let message = format!("port {} is outside {PORT_NUMBERS}", number.0);
            let diagnostic = Diagnostic::new(Code::PortOutOfRange, message);
            report.push(&at, diagnostic.allowed(PORT_NUMBERS).help(PORT_LOST));
        }
        Some(KUBELET) if shape.type_ == Type::LoadBalancer => {
            let message = "port 10250 of a LoadBalancer Service is the kubelet's";
            report.push(&at, Diagnostic::new(Code::KubeletPort, message).allowed("any other port").help(KEPT));
        }
        Some(_) => {}
    }
}

/// An absent, zero or empty targetPort is the port itself.
fn target_port(port: &RawServicePort, at: &Path<'_>, report: &mut Report<'_>) {
    let at = at.field("targetPort");
    let message = match &port.target_port {
        None => return,
        Some(IntOrText::Int(number)) => match given_number(Some(Int(*number))) {
            Some(number) if !is_port(number) => format!("targetPort {} is outside {PORT_NUMBERS}", number.0),
            _ => return,
        },
        Some(IntOrText::Text(name)) => {
            let is_valid = name.is_empty() || (CONTAINER_PORT.holds)(name);
            if report.is_ambiguous(&at, name) || is_valid {
                return;
            }
            let advice = if name.parse::<u16>().is_ok() { "; a number has no quotes" } else { "" };
            format!("targetPort `{}` is not the name of a container port{advice}", printable(name))
        }
    };
    report.push(&at, Diagnostic::new(Code::TargetPortInvalid, message).allowed(CONTAINER_PORT.words).help(KEPT));
}

/// Checks the `appProtocol` of a port, of a Service or a slice.
pub(super) fn app_protocol(protocol: &str, at: &Path<'_>, report: &mut Report<'_>) {
    let at = at.field("appProtocol");
    if report.is_ambiguous(&at, protocol) || (QUALIFIED_NAME.holds)(protocol) {
        return;
    }
    let message = format!("appProtocol `{}` is not valid", printable(protocol));
    report.push(&at, Diagnostic::new(Code::QualifiedName, message).allowed(QUALIFIED_NAME.words).help(KEPT));
}

fn node_port(port: &RawServicePort, shape: Shape, is_wanted: bool, at: &Path<'_>, report: &mut Report<'_>) {
    let at = at.field("nodePort");
    match given_number(port.node_port) {
        Some(number) if !is_port(number) => {
            let message = format!("node port {} is outside {PORT_NUMBERS}", number.0);
            let help = "the API server would refuse this object; the port is compiled without a node port";
            report.push(&at, Diagnostic::new(Code::NodePortInvalid, message).allowed(PORT_NUMBERS).help(help));
        }
        Some(number) if shape.type_ == Type::ClusterIp => {
            let message = format!("a ClusterIP Service has node port {}", number.0);
            let help = "the API server would refuse this object; kube-proxy serves the node port all the same";
            let diagnostic = Diagnostic::new(Code::NodePortInvalid, message);
            report.push(&at, diagnostic.allowed("node ports of type NodePort or LoadBalancer").help(help));
        }
        None if is_wanted => {
            let name = text_or_empty(port.name.as_ref());
            let of_port = if name.is_empty() { String::new() } else { format!(" for port `{}`", printable(name)) };
            let message = format!("no node port has been allocated{of_port}");
            let help = "it is compiled without a node port; take the manifest from the cluster, or set nodePort";
            report.push(&at, Diagnostic::new(Code::NodePortMissing, message).help(help));
        }
        _ => {}
    }
}

fn repeated_names(ports: &[RawServicePort], report: &mut Report<'_>) {
    for index in repeated(ports.len(), |index| given(ports[index].name.as_ref())) {
        let name = printable(text_or_empty(ports[index].name.as_ref()));
        let help = "the API server would refuse this object; of two ports with the same name and protocol \
                    the later one counts";
        let diagnostic = Diagnostic::new(Code::PortNameRepeated, format!("two ports have the name `{name}`"));
        report.push(&PORTS.item(index).field("name"), diagnostic.allowed("a name of its own").help(help));
    }
}

fn repeated_numbers(ports: &[RawServicePort], report: &mut Report<'_>) {
    let protocol = |index: usize| given(ports[index].protocol.as_ref()).unwrap_or("TCP");
    let number = |index: usize| ports[index].port;
    for index in repeated(ports.len(), |index| Some((number(index)?, protocol(index)))) {
        repeated_port("port", number(index), protocol(index), &PORTS.item(index).field("port"), report);
    }
    let number = |index: usize| given_number(ports[index].node_port);
    for index in repeated(ports.len(), |index| Some((number(index)?, protocol(index)))) {
        repeated_port("node port", number(index), protocol(index), &PORTS.item(index).field("nodePort"), report);
    }
}

fn repeated_port(
    what: &str,
    number: Option<Int>,
    protocol: &str,
    at: &Path<'_>,
    report: &mut Report<'_>,
) {
    let Some(Int(number)) = number else { return };
    let message = format!("two ports have {what} {number}/{}", printable(protocol));
    let help = "the API server would refuse this object; the rules of the first one win";
    let allowed = "each number once a protocol";
    report.push(at, Diagnostic::new(Code::PortRepeated, message).allowed(allowed).help(help));
}
