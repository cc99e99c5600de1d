//! An `EndpointSlice` (Kubernetes, `ValidateEndpointSlice`).

use super::address::{self, AddressRule};
use super::metadata;
use super::repetition::repetitions;
use super::report::KEPT;
use super::report::Report;
use super::rules::ApiRules;
use super::slice_ports;
use super::syntax::{DNS_LABEL, DOMAIN_NAME, LABEL_VALUE, SUBDOMAIN, Syntax};
use super::texts::{self, Choice, NameRule, check_choice, fits_subdomain, or_empty};
use crate::diagnostics::Diagnostic;
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::object::raw::{RawEndpoint, RawHint, RawObject};
use crate::name::printable;
use crate::net::Family;

/// Kubernetes, `maxEndpoints`.
const MOST_ENDPOINTS: usize = 1000;
/// Kubernetes, `maxPorts`: in every release from 1.21 on (#99795).
const MOST_PORTS: usize = 20_000;
/// Kubernetes, `maxAddresses`.
const MOST_ADDRESSES: usize = 100;
/// Kubernetes, `maxZoneHints` and `maxNodeHints`.
const MOST_HINTS: usize = 8;

static ENDPOINTS: Path<'static> = Path::root("endpoints");
static PORTS: Path<'static> = Path::root("ports");

const NAME: NameRule = NameRule {
    what: "EndpointSlice name",
    code: codes::SLICE_NAME,
    syntax: SUBDOMAIN,
    writable: fits_subdomain,
    consequence: "the slice is left out",
};

const ADDRESS_TYPE: Choice = Choice {
    field: "addressType",
    code: codes::ADDRESS_TYPE_INVALID,
    words: &["IPv4", "IPv6", "FQDN"],
    help: "the API server would refuse this object; kube-proxy ignores the slice",
};

/// An address of an endpoint.
pub(super) const ENDPOINT_RULE: AddressRule = AddressRule {
    what: "endpoint address",
    code: codes::ENDPOINT_ADDRESS_INVALID,
    consequence: "the API server would refuse this object; no rule leads to this endpoint",
    strict: false,
};

/// The node of an endpoint.
pub(super) const NODE_NAME: NameRule = NameRule {
    what: "node name",
    code: codes::ENDPOINT_NODE,
    syntax: SUBDOMAIN,
    writable: fits_subdomain,
    consequence: "the API server would refuse this object; the endpoint is compiled without a node",
};

/// The API server takes any text for a zone.
const ZONE: NameRule = NameRule {
    what: "zone",
    code: codes::UNSAFE_TEXT,
    syntax: Syntax {
        matches: |text| (LABEL_VALUE.matches)(text) || fits_subdomain(text),
        words: "up to 253 letters, digits, `.`, `-` and `_`, with no `-` at the start",
    },
    writable: fits_subdomain,
    consequence: "the endpoint is compiled without a zone",
};

const HINTED_ZONE: NameRule = NameRule {
    what: "hinted zone",
    code: codes::HINTS_INVALID,
    syntax: LABEL_VALUE,
    writable: fits_subdomain,
    consequence: "the API server would refuse this object; the hint is left out",
};

const HINTED_NODE: NameRule = NameRule { what: "hinted node", syntax: SUBDOMAIN, ..HINTED_ZONE };

/// The addresses that a slice contains.
#[derive(Debug, Clone, Copy)]
enum AddressType {
    Ip(Family),
    Fqdn,
    /// Addresses of it cannot be checked; only the type itself is reported.
    Unknown,
}

/// Checks a slice as the API server would when it is created.
pub(in crate::manifest) fn endpoint_slice(raw: &RawObject, rules: ApiRules, report: &mut Report<'_>) {
    metadata::name(raw, &NAME, report);
    metadata::namespace(raw, report);
    metadata::labels(raw, report);
    if metadata::service_name(raw).is_none() {
        report.refuse(
            &metadata::service_name_path(),
            codes::SLICE_WITHOUT_SERVICE,
            "the slice does not name its Service",
            "the label kubernetes.io/service-name",
            "kube-proxy ignores the slice",
        );
    }
    let address_type = address_type(raw, report);
    check_count(raw.endpoints.len(), MOST_ENDPOINTS, &ENDPOINTS, report);
    check_count(raw.ports.len(), MOST_PORTS, &PORTS, report);
    let rule = ENDPOINT_RULE.of(rules);
    for (index, endpoint) in raw.endpoints.iter().enumerate() {
        one_endpoint(endpoint, address_type, &ENDPOINTS.item(index), &rule, report);
    }
    slice_ports::check(&raw.ports, &PORTS, report);
}

fn address_type(raw: &RawObject, report: &mut Report<'_>) -> AddressType {
    let text = or_empty(raw.address_type.as_ref());
    check_choice(report, &Path::root("addressType"), text, &ADDRESS_TYPE);
    match text {
        "IPv4" => AddressType::Ip(Family::Ipv4),
        "IPv6" => AddressType::Ip(Family::Ipv6),
        "FQDN" => AddressType::Fqdn,
        _ => AddressType::Unknown,
    }
}

fn check_count(count: usize, most: usize, at: &Path<'_>, report: &mut Report<'_>) {
    if count > most {
        report.refuse(
            at,
            codes::SLICE_TOO_LARGE,
            format!("a slice with {count} {at}"),
            format!("at most {most}"),
            KEPT,
        );
    }
}

fn one_endpoint(
    endpoint: &RawEndpoint,
    address_type: AddressType,
    at: &Path<'_>,
    rule: &AddressRule,
    report: &mut Report<'_>,
) {
    check_address_count(endpoint.addresses.len(), &at.field("addresses"), report);
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

fn check_address_count(count: usize, at: &Path<'_>, report: &mut Report<'_>) {
    let diagnostic = match count {
        1 => return,
        0 => Diagnostic::new(codes::ENDPOINT_ADDRESSES, "an endpoint has no address")
            .allowed("1–100 addresses")
            .help("the API server would refuse this object; the endpoint is left out"),
        2..=MOST_ADDRESSES => {
            Diagnostic::new(codes::EXTRA_ADDRESSES, format!("an endpoint has {count} addresses"))
                .help("kube-proxy uses the first only; give each address an endpoint of its own")
        }
        _ => Diagnostic::new(codes::ENDPOINT_ADDRESSES, format!("an endpoint has {count} addresses"))
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
                && address::check_family(report, at, ip, family, rule)
            {
                address::check_reachable(report, at, ip, rule);
            }
        }
        AddressType::Fqdn if !(DOMAIN_NAME.matches)(text) => {
            let message = format!("endpoint address `{}` is not a domain name", printable(text));
            let help = "the API server would refuse this object; kube-proxy ignores the slice in any case";
            report.refuse(at, codes::ENDPOINT_ADDRESS_INVALID, message, DOMAIN_NAME.words, help);
        }
        AddressType::Fqdn | AddressType::Unknown => {}
    }
}

fn host_name(name: &str, at: &Path<'_>, report: &mut Report<'_>) {
    if report.is_ambiguous(at, name) || (DNS_LABEL.matches)(name) {
        return;
    }
    let message = format!("host name `{}` is not valid", printable(name));
    let help = "the API server would refuse this object; kube-proxy does not read the name";
    report.refuse(at, codes::ENDPOINT_HOSTNAME, message, DNS_LABEL.words, help);
}

fn hints(hints: &[RawHint], rule: &NameRule, at: &Path<'_>, report: &mut Report<'_>) {
    let name = |index: usize| or_empty(hints[index].name.as_ref());
    if hints.len() > MOST_HINTS {
        report.refuse(
            at,
            codes::HINTS_INVALID,
            format!("an endpoint has {} hints", hints.len()),
            format!("at most {MOST_HINTS}"),
            KEPT,
        );
    }
    for index in 0..hints.len() {
        let item = at.item(index);
        if name(index).is_empty() {
            report.refuse(
                &item.field("name"),
                codes::HINTS_INVALID,
                format!("{} is empty", rule.what),
                rule.syntax.words,
                rule.consequence,
            );
        } else {
            texts::name(report, &item.field("name"), name(index), rule);
        }
    }
    for index in repetitions(hints.len(), |index| Some(name(index))) {
        let message = format!("duplicate {} `{}`", rule.what, printable(name(index)));
        report.refuse(&at.item(index).field("name"), codes::HINTS_INVALID, message, "each name once", KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NEWEST, check, diagnostics, findings};

    /// A slice of `IPv4` addresses with some fields more.
    fn slice(fields: &str) -> String {
        let type_ = if fields.contains("addressType") { "" } else { "addressType: IPv4\n" };
        format!(
            "kind: EndpointSlice\nmetadata: {{name: web-1, labels: {{kubernetes.io/service-name: web}}}}\n{type_}{fields}\n"
        )
    }

    #[track_caller]
    fn check_slices(cases: &[(&str, &[&str])]) {
        for (fields, expected) in cases {
            check(&[(&slice(fields), expected)]);
        }
    }

    #[test]
    fn a_plain_slice_is_fine() {
        check_slices(&[
            ("endpoints: null", &[]),
            ("endpoints: [{addresses: [10.1.0.1], nodeName: node-1, zone: z-1, hostname: web-0}]", &[]),
            ("addressType: IPv6\nendpoints: [{addresses: ['fd00::1']}]", &[]),
            ("addressType: FQDN\nendpoints: [{addresses: [web.example.com]}]", &[]),
        ]);
    }

    #[test]
    fn a_slice_names_its_service() {
        let at = "metadata.labels[\"kubernetes.io/service-name\"]";
        let labelled = |labels: &str| {
            format!("kind: EndpointSlice\nmetadata: {{name: a, {labels}}}\naddressType: IPv4\n")
        };
        let label = |value: &str| labelled(&format!("labels: {{kubernetes.io/service-name: {value}}}"));
        check(&[
            (&labelled(""), &[&format!("SliceWithoutService {at}")]),
            (&label("''"), &[&format!("SliceWithoutService {at}")]),
            (&label("'a b'"), &[&format!("UnsafeText {at}")]),
            (&label("web_"), &[&format!("LabelInvalid {at}")]),
            (&label("on"), &[&format!("AmbiguousScalar {at}")]),
        ]);
    }

    #[test]
    fn names_and_types_are_known() {
        check(&[(
            "kind: EndpointSlice\nmetadata: {name: Web, namespace: a_b, labels: {kubernetes.io/service-name: web}}\n",
            &["SliceName metadata.name", "Namespace metadata.namespace", "AddressTypeInvalid addressType"],
        )]);
        check_slices(&[(
            "addressType: ipv4\nendpoints: [{addresses: [x]}]",
            &["AddressTypeInvalid addressType"],
        )]);
    }

    #[test]
    fn an_endpoint_has_an_address_of_the_family() {
        check_slices(&[
            ("endpoints: [{}]", &["EndpointAddresses endpoints[0].addresses"]),
            ("endpoints: [{addresses: [10.1.0.1, 10.1.0.2]}]", &["ExtraAddresses endpoints[0].addresses"]),
            ("endpoints: [{addresses: [web]}]", &["EndpointAddressInvalid endpoints[0].addresses[0]"]),
            ("endpoints: [{addresses: ['fd00::5']}]", &["EndpointAddressInvalid endpoints[0].addresses[0]"]),
            ("endpoints: [{addresses: [127.0.0.1]}]", &["EndpointAddressInvalid endpoints[0].addresses[0]"]),
            ("endpoints: [{addresses: [10.244.001.005]}]", &["AddressSpelling endpoints[0].addresses[0]"]),
            (
                "addressType: IPv6\nendpoints: [{addresses: ['::ffff:10.0.0.1']}]",
                &[
                    "AddressSpelling endpoints[0].addresses[0]",
                    "EndpointAddressInvalid endpoints[0].addresses[0]",
                ],
            ),
            (
                "addressType: FQDN\nendpoints: [{addresses: [web]}]",
                &["EndpointAddressInvalid endpoints[0].addresses[0]"],
            ),
        ]);
        let none = diagnostics(&slice("endpoints: [{addresses: []}]"), NEWEST);
        assert_eq!(none[0].message, "an endpoint has no address");
        let many = format!("endpoints: [{{addresses: [{}]}}]", "10.1.0.1, ".repeat(101));
        check_slices(&[(&many, &["EndpointAddresses endpoints[0].addresses"])]);
    }

    #[test]
    fn the_names_of_an_endpoint_can_be_written() {
        check_slices(&[(
            "endpoints:\n\
             - {addresses: [10.1.0.1], nodeName: Node_1, hostname: a.b, zone: 'a b'}\n\
             - {addresses: [10.1.0.2], nodeName: on, zone: 1_000}\n\
             - {addresses: [10.1.0.3], nodeName: '$(x)', zone: ''}",
            &[
                "EndpointNode endpoints[0].nodeName",
                "UnsafeText endpoints[0].zone",
                "EndpointHostname endpoints[0].hostname",
                "AmbiguousScalar endpoints[1].nodeName",
                "AmbiguousScalar endpoints[1].zone",
                "UnsafeText endpoints[2].nodeName",
            ],
        )]);
    }

    #[test]
    fn hints_are_few_and_each_once() {
        let hints =
            |names: &str| format!("endpoints: [{{addresses: [10.1.0.1], hints: {{forZones: [{names}]}}}}]");
        let nine = (0..9).map(|zone| format!("{{name: z{zone}}}")).collect::<Vec<_>>().join(", ");
        check_slices(&[
            (&hints("{name: a}, {name: b_C}"), &[]),
            (&hints("{name: a}, {name: a}"), &["HintsInvalid endpoints[0].hints.forZones[1].name"]),
            (&hints("{}"), &["HintsInvalid endpoints[0].hints.forZones[0].name"]),
            (&hints("{name: a-}"), &["HintsInvalid endpoints[0].hints.forZones[0].name"]),
            (&hints("{name: 'a b'}"), &["UnsafeText endpoints[0].hints.forZones[0].name"]),
            (&hints(&nine), &["HintsInvalid endpoints[0].hints.forZones"]),
            (
                "endpoints: [{addresses: [10.1.0.1], hints: {forNodes: [{name: Node}]}}]",
                &["HintsInvalid endpoints[0].hints.forNodes[0].name"],
            ),
        ]);
    }

    #[test]
    fn a_slice_has_a_limit() {
        let endpoints = "{addresses: [10.1.0.1]}, ".repeat(1001);
        let found = diagnostics(&slice(&format!("endpoints: [{endpoints}]")), NEWEST);
        assert_eq!(found[0].message, "a slice with 1001 endpoints");
        let with_ports = |count: usize| {
            let ports: Vec<_> = (1..=count).map(|port| format!("{{name: p{port}, port: {port}}}")).collect();
            slice(&format!("ports: [{}]", ports.join(", ")))
        };
        for rules in [NEWEST, super::super::testing::OLDEST] {
            assert_eq!(findings(&with_ports(101), rules), [""; 0]);
            assert_eq!(findings(&with_ports(20_001), rules), ["SliceTooLarge ports"]);
        }
    }
}
