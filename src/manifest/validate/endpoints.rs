//! A legacy Endpoints object (Kubernetes, `ValidateEndpoints`).

use super::address;
use super::endpoint_slice::{ENDPOINT_RULE, NODE_NAME};
use super::metadata;
use super::ports::{PORT_LOST, PORT_NUMBERS, nonzero};
use super::report::KEPT;
use super::report::Report;
use super::slice_ports::{one_port, slice_protocol};
use super::syntax::{DNS_LABEL, SUBDOMAIN, Syntax};
use super::texts::{self, NameRule, fits_label, non_empty, or_empty};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::object::raw::{RawObject, RawSlicePort, RawSubset, RawSubsetAddress};

static SUBSETS: Path<'static> = Path::root("subsets");

/// The API server takes any subdomain, but only a name that a Service can have leads anywhere.
const NAME: NameRule = NameRule {
    what: "Endpoints name",
    code: codes::SLICE_NAME,
    syntax: Syntax {
        matches: |text| text.len() <= 63 && (SUBDOMAIN.matches)(text),
        words: "1–63 lower-case letters, digits, `-` and `.`, with a letter or digit at both ends of each part",
    },
    writable: fits_label,
    consequence: "no Service can have this name; the object is left out",
};

/// Checks an Endpoints object as the API server would when it is created.
pub(in crate::manifest) fn endpoints(raw: &RawObject, report: &mut Report<'_>) {
    metadata::name(raw, &NAME, report);
    metadata::namespace(raw, report);
    for (index, subset) in raw.subsets.iter().enumerate() {
        one_subset(subset, &SUBSETS.item(index), report);
    }
}

fn one_subset(subset: &RawSubset, at: &Path<'_>, report: &mut Report<'_>) {
    if subset.addresses.is_empty() && subset.not_ready_addresses.is_empty() {
        report.refuse(
            at,
            codes::ENDPOINT_ADDRESSES,
            "a subset has no address",
            "addresses or notReadyAddresses",
            "the API server would refuse this object; the subset changes no rules",
        );
    }
    let lists = [("addresses", &subset.addresses), ("notReadyAddresses", &subset.not_ready_addresses)];
    for (field, addresses) in lists {
        let path = at.field(field);
        for (index, address) in addresses.iter().enumerate() {
            one_address(address, &path.item(index), report);
        }
    }
    let path = at.field("ports");
    for (index, port) in subset.ports.iter().enumerate() {
        subset_port(port, subset.ports.len() > 1, &path.item(index), report);
    }
}

fn one_address(address: &RawSubsetAddress, at: &Path<'_>, report: &mut Report<'_>) {
    let ip_path = at.field("ip");
    let ip = address::ip(report, &ip_path, or_empty(address.ip.as_ref()), &ENDPOINT_RULE);
    if let Some(ip) = ip {
        address::check_reachable(report, &ip_path, ip, &ENDPOINT_RULE);
    }
    if let Some(name) = &address.node_name {
        texts::name(report, &at.field("nodeName"), name.as_str(), &NODE_NAME);
    }
}

/// Unlike those of a slice, ports must have a number, and one of several must have a name.
fn subset_port(port: &RawSlicePort, is_named: bool, at: &Path<'_>, report: &mut Report<'_>) {
    if nonzero(port.port).is_none() {
        report.refuse(
            &at.field("port"),
            codes::SLICE_PORT_INVALID,
            "a port has no number",
            PORT_NUMBERS,
            PORT_LOST,
        );
    }
    if is_named && non_empty(port.name.as_ref()).is_none() {
        report.refuse(
            &at.field("name"),
            codes::SLICE_PORT_INVALID,
            "one of several ports has no name",
            DNS_LABEL.words,
            KEPT,
        );
    }
    one_port(port, at, report);
    if let Some(protocol) = non_empty(port.protocol.as_ref()) {
        slice_protocol(protocol, at, report);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn names_addresses_and_ports_can_be_written() {
        let object =
            |subset: &str| format!("kind: Endpoints\nmetadata: {{name: web}}\nsubsets: [{{{subset}}}]\n");
        check(&[
            (
                &object("addresses: [{ip: 10.1.0.1, nodeName: node-1}], ports: [{port: 80, protocol: ''}]"),
                &[],
            ),
            (&object("notReadyAddresses: [{ip: 10.1.0.1}]"), &[]),
            (&object("ports: [{port: 80}]"), &["EndpointAddresses subsets[0]"]),
            (
                &object("addresses: [{ip: x}, {}, {ip: 'fe80::1', nodeName: A}]"),
                &[
                    "EndpointAddressInvalid subsets[0].addresses[0].ip",
                    "EndpointAddressInvalid subsets[0].addresses[1].ip",
                    "EndpointAddressInvalid subsets[0].addresses[2].ip",
                    "EndpointNode subsets[0].addresses[2].nodeName",
                ],
            ),
            (
                &object("addresses: [{ip: 10.1.0.1}], ports: [{port: 1, name: a}, {protocol: tcp}]"),
                &[
                    "SlicePortInvalid subsets[0].ports[1].port",
                    "SlicePortInvalid subsets[0].ports[1].name",
                    "SlicePortInvalid subsets[0].ports[1].protocol",
                ],
            ),
        ]);
        let long = format!("kind: Endpoints\nmetadata: {{name: {}}}\n", "a".repeat(64));
        check(&[
            ("kind: Endpoints\nmetadata: {name: A}\n", &["SliceName metadata.name"]),
            (&long, &["SliceName metadata.name"]),
        ]);
    }
}
