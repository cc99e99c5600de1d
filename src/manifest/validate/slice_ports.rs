//! The ports of a slice, and of an Endpoints object.

use super::ports::{PORT_LOST, PORT_NAME, PORT_NUMBERS, PROTOCOL, app_protocol, is_port, nonzero};
use super::repetition::repetitions;
use super::report::KEPT;
use super::report::Report;
use super::texts::{self, Choice, NameRule, check_choice, or_empty};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::object::raw::RawSlicePort;
use crate::name::printable;

/// Checks every port of a slice by itself, and that no two have the same name.
pub(super) fn check(ports: &[RawSlicePort], path: &Path<'_>, report: &mut Report<'_>) {
    let name = |index: usize| or_empty(ports[index].name.as_ref());
    for (index, port) in ports.iter().enumerate() {
        let at = path.item(index);
        if nonzero(port.port).is_none() {
            report.refuse(
                &at.field("port"),
                codes::SLICE_PORT_UNUSABLE,
                "a slice port has no number",
                PORT_NUMBERS,
                "a port without a number means all ports; kube-proxy does not support that and ignores the port",
            );
        }
        one_port(port, &at, report);
        // Unlike that of a Service port, an empty protocol is not a missing one.
        if let Some(protocol) = &port.protocol {
            slice_protocol(protocol.as_str(), &at, report);
        }
    }
    for index in repetitions(ports.len(), |index| Some(name(index))) {
        let message = if name(index).is_empty() {
            "two ports have no name".to_owned()
        } else {
            format!("two ports have the name `{}`", printable(name(index)))
        };
        report.refuse(
            &path.item(index).field("name"),
            codes::PORT_NAME_REPEATED,
            message,
            "a name of its own",
            KEPT,
        );
    }
}

/// Checks name, number and application protocol of a port, of a slice or an Endpoints object.
pub(super) fn one_port(port: &RawSlicePort, at: &Path<'_>, report: &mut Report<'_>) {
    if let Some(name) = texts::non_empty(port.name.as_ref()) {
        texts::name(
            report,
            &at.field("name"),
            name,
            &NameRule { code: codes::SLICE_PORT_INVALID, ..PORT_NAME },
        );
    }
    if let Some(number) = nonzero(port.port).filter(|&number| !is_port(number)) {
        let message = format!("port {} is outside {PORT_NUMBERS}", number.0);
        report.refuse(&at.field("port"), codes::SLICE_PORT_INVALID, message, PORT_NUMBERS, PORT_LOST);
    }
    if let Some(protocol) = &port.app_protocol {
        app_protocol(protocol.as_str(), at, report);
    }
}

/// Checks the protocol of a port, of a slice or an Endpoints object.
pub(super) fn slice_protocol(protocol: &str, at: &Path<'_>, report: &mut Report<'_>) {
    let choice = Choice { code: codes::SLICE_PORT_INVALID, ..PROTOCOL };
    check_choice(report, &at.field("protocol"), protocol, &choice);
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn the_ports_of_a_slice_can_be_joined_to_those_of_the_service() {
        for (ports, expected) in [
            ("{port: 80}", &[][..]),
            ("{port: 80, name: http}, {port: 81, name: null, protocol: SCTP}", &[]),
            ("{name: http}", &["SlicePortUnusable ports[0].port"]),
            ("{port: 0}", &["SlicePortUnusable ports[0].port"]),
            ("{port: 65536}", &["SlicePortInvalid ports[0].port"]),
            ("{port: -5}", &["SlicePortInvalid ports[0].port"]),
            ("{port: 80, protocol: tcp}", &["SlicePortInvalid ports[0].protocol"]),
            ("{port: 80, protocol: ''}", &["SlicePortInvalid ports[0].protocol"]),
            ("{port: 80, name: Http}", &["SlicePortInvalid ports[0].name"]),
            ("{port: 80, name: 'a\"b'}", &["UnsafeText ports[0].name"]),
            ("{port: 80, name: y}", &["AmbiguousScalar ports[0].name"]),
            ("{port: 80, appProtocol: a/b/c}", &["QualifiedName ports[0].appProtocol"]),
            ("{port: 80}, {port: 81}", &["PortNameRepeated ports[1].name"]),
            ("{port: 80, name: a}, {port: 80, name: a}", &["PortNameRepeated ports[1].name"]),
        ] {
            let text = format!(
                "kind: EndpointSlice\nmetadata: {{name: a, labels: {{kubernetes.io/service-name: web}}}}\n\
                 addressType: IPv4\nports: [{ports}]\n"
            );
            check(&[(&text, expected)]);
        }
    }
}
