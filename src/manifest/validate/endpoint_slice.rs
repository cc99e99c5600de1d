//! An `EndpointSlice` (Kubernetes, `ValidateEndpointSlice`).

use super::super::raw::{RawEndpoint, RawHint, RawObject, RawSlicePort};
use super::super::scalar::Text;
use super::address::{self, AddressRule};
use super::metadata;
use super::numbers::{PORT_NUMBERS, given as given_number, is_port, repeated};
use super::path::Path;
use super::report::Report;
use super::service_ports::{PORT_NAME, PROTOCOL, app_protocol};
use super::syntax::{DNS_LABEL, DOMAIN_NAME, LABEL_VALUE, SUBDOMAIN, Syntax};
use super::texts::{self, Choice, NameRule, fits_subdomain, one_of};
use super::{ApiRules, KEPT, PORT_LOST};
use crate::diagnostics::{Code, Diagnostic};
use crate::name::printable;
use crate::net::Family;

/// Kubernetes, `maxEndpoints`.
const MOST_ENDPOINTS: usize = 1000;
/// Kubernetes, `maxAddresses`.
const MOST_ADDRESSES: usize = 100;
/// Kubernetes, `maxZoneHints` and `maxNodeHints`.
const MOST_HINTS: usize = 8;

static ENDPOINTS: Path<'static> = Path::root("endpoints");
static PORTS: Path<'static> = Path::root("ports");

const NAME: NameRule = NameRule {
    what: "EndpointSlice name",
    code: Code::SliceName,
    syntax: SUBDOMAIN,
    writable: fits_subdomain,
    lost: "the slice is left out",
};

const ADDRESS_TYPE: Choice = Choice {
    field: "addressType",
    code: Code::AddressTypeInvalid,
    words: &["IPv4", "IPv6", "FQDN"],
    help: "the API server would refuse this object; kube-proxy ignores the slice",
};

/// An address of an endpoint.
pub(super) const ENDPOINT_RULE: AddressRule = AddressRule {
    what: "endpoint address",
    code: Code::EndpointAddressInvalid,
    lost: "the API server would refuse this object; there is no way to this endpoint",
    strict: false,
};

/// The node of an endpoint.
pub(super) const NODE_NAME: NameRule = NameRule {
    what: "node name",
    code: Code::EndpointNode,
    syntax: SUBDOMAIN,
    writable: fits_subdomain,
    lost: "the API server would refuse this object; the endpoint counts as one without a node",
};

/// The API server takes any text for a zone.
const ZONE: NameRule = NameRule {
    what: "zone",
    code: Code::UnsafeText,
    syntax: Syntax {
        holds: |text| (LABEL_VALUE.holds)(text) || fits_subdomain(text),
        words: "up to 253 letters, digits, `.`, `-` and `_`, with no `-` at the start",
    },
    writable: fits_subdomain,
    lost: "the endpoint counts as one without a zone",
};

const HINTED_ZONE: NameRule = NameRule {
    what: "hinted zone",
    code: Code::HintsInvalid,
    syntax: LABEL_VALUE,
    writable: fits_subdomain,
    lost: "the API server would refuse this object; the hint is left out",
};

const HINTED_NODE: NameRule = NameRule { what: "hinted node", syntax: SUBDOMAIN, ..HINTED_ZONE };

/// The addresses that a slice holds.
#[derive(Debug, Clone, Copy)]
enum AddressType {
    Ip(Family),
    Fqdn,
    /// Whose addresses cannot be judged; only the type itself is reported.
    Unknown,
}

/// Checks a slice as the API server would when it is created.
pub(in crate::manifest) fn endpoint_slice(raw: &RawObject, rules: &ApiRules, report: &mut Report<'_>) {
    metadata::name(raw, &NAME, report);
    metadata::namespace(raw, report);
    metadata::labels(raw, report);
    if metadata::service_name(raw).is_none() {
        let diagnostic = Diagnostic::new(Code::SliceWithoutService, "the slice names no Service")
            .allowed("the label kubernetes.io/service-name")
            .help("kube-proxy ignores the slice");
        report.push(&metadata::service_name_path(), diagnostic);
    }
    let address_type = address_type(raw, report);
    too_many(raw.endpoints.len(), MOST_ENDPOINTS, &ENDPOINTS, report);
    too_many(raw.ports.len(), rules.slice_ports, &PORTS, report);
    let rule = ENDPOINT_RULE.of(rules);
    for (index, endpoint) in raw.endpoints.iter().enumerate() {
        one_endpoint(endpoint, address_type, &ENDPOINTS.item(index), &rule, report);
    }
    ports(&raw.ports, report);
}

fn address_type(raw: &RawObject, report: &mut Report<'_>) -> AddressType {
    let text = raw.address_type.as_ref().map_or("", Text::as_str);
    one_of(report, &Path::root("addressType"), text, &ADDRESS_TYPE);
    match text {
        "IPv4" => AddressType::Ip(Family::Ipv4),
        "IPv6" => AddressType::Ip(Family::Ipv6),
        "FQDN" => AddressType::Fqdn,
        _ => AddressType::Unknown,
    }
}

fn too_many(count: usize, most: usize, at: &Path<'_>, report: &mut Report<'_>) {
    if count > most {
        let diagnostic = Diagnostic::new(Code::SliceTooLarge, format!("a slice with {count} {at}"));
        report.push(at, diagnostic.allowed(format!("at most {most}")).help(KEPT));
    }
}

fn one_endpoint(
    endpoint: &RawEndpoint,
    address_type: AddressType,
    at: &Path<'_>,
    rule: &AddressRule,
    report: &mut Report<'_>,
) {
    how_many_addresses(endpoint.addresses.len(), &at.field("addresses"), report);
    for (index, text) in endpoint.addresses.iter().enumerate() {
        one_address(text.as_str(), address_type, &at.field("addresses").item(index), rule, report);
    }
    if let Some(name) = &endpoint.node_name {
        texts::name(report, &at.field("nodeName"), name.as_str(), &NODE_NAME);
    }
    if let Some(zone) = &endpoint.zone {
        texts::name(report, &at.field("zone"), zone.as_str(), &ZONE);
    }
    if let Some(hostname) = &endpoint.hostname {
        host_name(hostname.as_str(), &at.field("hostname"), report);
    }
    let hints_path = at.field("hints");
    hints(&endpoint.hints.for_zones, &HINTED_ZONE, &hints_path.field("forZones"), report);
    hints(&endpoint.hints.for_nodes, &HINTED_NODE, &hints_path.field("forNodes"), report);
}

fn how_many_addresses(count: usize, at: &Path<'_>, report: &mut Report<'_>) {
    let diagnostic = match count {
        1 => return,
        0 => Diagnostic::new(Code::EndpointAddresses, "an endpoint has no address")
            .allowed("1–100 addresses")
            .help("the API server would refuse this object; the endpoint is left out"),
        2..=MOST_ADDRESSES => Diagnostic::new(Code::ExtraAddresses, format!("an endpoint has {count} addresses"))
            .help("kube-proxy uses the first only; give each address an endpoint of its own"),
        _ => Diagnostic::new(Code::EndpointAddresses, format!("an endpoint has {count} addresses"))
            .allowed("1–100 addresses")
            .help("the API server would refuse this object; kube-proxy uses the first address only"),
    };
    report.push(at, diagnostic);
}

fn one_address(
    text: &str,
    address_type: AddressType,
    at: &Path<'_>,
    rule: &AddressRule,
    report: &mut Report<'_>,
) {
    match address_type {
        AddressType::Ip(family) => {
            if let Some(ip) = address::ip(report, at, text, rule)
                && address::of_family(report, at, ip, family, rule)
            {
                address::reachable(report, at, ip, rule);
            }
        }
        AddressType::Fqdn if !(DOMAIN_NAME.holds)(text) => {
            let message = format!("endpoint address `{}` is not a domain name", printable(text));
            let help = "the API server would refuse this object; kube-proxy ignores the slice in any case";
            let diagnostic = Diagnostic::new(Code::EndpointAddressInvalid, message);
            report.push(at, diagnostic.allowed(DOMAIN_NAME.words).help(help));
        }
        AddressType::Fqdn | AddressType::Unknown => {}
    }
}

fn host_name(name: &str, at: &Path<'_>, report: &mut Report<'_>) {
    if report.is_ambiguous(at, name) || (DNS_LABEL.holds)(name) {
        return;
    }
    let message = format!("host name `{}` is not valid", printable(name));
    let help = "the API server would refuse this object; kube-proxy does not read the name";
    report.push(at, Diagnostic::new(Code::EndpointHostname, message).allowed(DNS_LABEL.words).help(help));
}

fn hints(hints: &[RawHint], rule: &NameRule, at: &Path<'_>, report: &mut Report<'_>) {
    let name = |index: usize| hints[index].name.as_ref().map_or("", Text::as_str);
    if hints.len() > MOST_HINTS {
        let diagnostic = Diagnostic::new(Code::HintsInvalid, format!("an endpoint has {} hints", hints.len()));
        report.push(at, diagnostic.allowed(format!("at most {MOST_HINTS}")).help(KEPT));
    }
    for index in 0..hints.len() {
        let item = at.item(index);
        if name(index).is_empty() {
            let diagnostic = Diagnostic::new(Code::HintsInvalid, format!("{} is empty", rule.what));
            report.push(&item.field("name"), diagnostic.allowed(rule.syntax.words).help(rule.lost));
        } else {
            texts::name(report, &item.field("name"), name(index), rule);
        }
    }
    for index in repeated(hints.len(), |index| Some(name(index))) {
        let message = format!("{} `{}` stands twice", rule.what, printable(name(index)));
        let diagnostic = Diagnostic::new(Code::HintsInvalid, message);
        report.push(&at.item(index).field("name"), diagnostic.allowed("each once").help(KEPT));
    }
}

fn ports(ports: &[RawSlicePort], report: &mut Report<'_>) {
    let name = |index: usize| ports[index].name.as_ref().map_or("", Text::as_str);
    for (index, port) in ports.iter().enumerate() {
        let at = PORTS.item(index);
        if given_number(port.port).is_none() {
            let diagnostic = Diagnostic::new(Code::SlicePortUnusable, "a slice port has no number")
                .allowed(PORT_NUMBERS)
                .help("it would mean all ports, which kube-proxy does not support; it ignores the port");
            report.push(&at.field("port"), diagnostic);
        }
        one_port(port, &at, report);
        // Unlike that of a Service port, an empty protocol is not a missing one.
        if let Some(protocol) = &port.protocol {
            slice_protocol(protocol.as_str(), &at, report);
        }
    }
    for index in repeated(ports.len(), |index| Some(name(index))) {
        let message = if name(index).is_empty() {
            "two ports have no name".to_owned()
        } else {
            format!("two ports have the name `{}`", printable(name(index)))
        };
        let diagnostic = Diagnostic::new(Code::PortNameRepeated, message);
        report.push(&PORTS.item(index).field("name"), diagnostic.allowed("a name of its own").help(KEPT));
    }
}

/// Checks name, number and application protocol of a port, of a slice or an Endpoints object.
pub(super) fn one_port(port: &RawSlicePort, at: &Path<'_>, report: &mut Report<'_>) {
    if let Some(name) = texts::given(port.name.as_ref()) {
        texts::name(report, &at.field("name"), name, &NameRule { code: Code::SlicePortInvalid, ..PORT_NAME });
    }
    if let Some(number) = given_number(port.port).filter(|&number| !is_port(number)) {
        let message = format!("port {} is outside {PORT_NUMBERS}", number.0);
        let diagnostic = Diagnostic::new(Code::SlicePortInvalid, message);
        report.push(&at.field("port"), diagnostic.allowed(PORT_NUMBERS).help(PORT_LOST));
    }
    if let Some(protocol) = &port.app_protocol {
        app_protocol(protocol.as_str(), at, report);
    }
}

/// Checks the protocol of a port, of a slice or an Endpoints object.
pub(super) fn slice_protocol(protocol: &str, at: &Path<'_>, report: &mut Report<'_>) {
    let choice = Choice { code: Code::SlicePortInvalid, ..PROTOCOL };
    one_of(report, &at.field("protocol"), protocol, &choice);
}
