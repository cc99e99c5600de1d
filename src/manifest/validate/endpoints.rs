//! A legacy Endpoints object (Kubernetes, `ValidateEndpoints`).

use super::super::raw::{RawObject, RawSlicePort, RawSubset, RawSubsetAddress};
use super::address;
use super::endpoint_slice::{ENDPOINT_RULE, NODE_NAME, one_port, slice_protocol};
use super::metadata;
use super::metadata::text_or_empty;
use super::numbers::{PORT_NUMBERS, given as given_number};
use super::path::Path;
use super::report::Report;
use super::syntax::{DNS_LABEL, SUBDOMAIN};
use super::texts::{self, NameRule, fits_label, given};
use super::{KEPT, PORT_LOST};
use crate::diagnostics::{Code, Diagnostic};

static SUBSETS: Path<'static> = Path::root("subsets");

/// Endpoints have the name of their Service, but the API server takes longer ones.
const NAME: NameRule = NameRule {
    what: "Endpoints name",
    code: Code::SliceName,
    syntax: SUBDOMAIN,
    writable: fits_label,
    lost: "no Service can have this name; the object is left out",
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
        let diagnostic = Diagnostic::new(Code::EndpointAddresses, "a subset has no address")
            .allowed("addresses or notReadyAddresses")
            .help("the API server would refuse this object; the subset changes no rules");
        report.push(at, diagnostic);
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
    let ip = address::ip(report, &ip_path, text_or_empty(address.ip.as_ref()), &ENDPOINT_RULE);
    if let Some(ip) = ip {
        address::reachable(report, &ip_path, ip, &ENDPOINT_RULE);
    }
    if let Some(name) = &address.node_name {
        texts::name(report, &at.field("nodeName"), name.as_str(), &NODE_NAME);
    }
}

/// Unlike those of a slice, ports must have a number, and one of several must have a name.
fn subset_port(port: &RawSlicePort, is_named: bool, at: &Path<'_>, report: &mut Report<'_>) {
    if given_number(port.port).is_none() {
        let diagnostic = Diagnostic::new(Code::SlicePortInvalid, "a port has no number");
        report.push(&at.field("port"), diagnostic.allowed(PORT_NUMBERS).help(PORT_LOST));
    }
    if is_named && given(port.name.as_ref()).is_none() {
        let diagnostic = Diagnostic::new(Code::SlicePortInvalid, "one of several ports has no name");
        report.push(&at.field("name"), diagnostic.allowed(DNS_LABEL.words).help(KEPT));
    }
    one_port(port, at, report);
    if let Some(protocol) = given(port.protocol.as_ref()) {
        slice_protocol(protocol, at, report);
    }
}
