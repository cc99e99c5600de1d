//! A Node, as far as kube-proxy reads it.

use super::address::{self, AddressRule};
use super::metadata;
use super::report::KEPT;
use super::report::Report;
use super::syntax::SUBDOMAIN;
use super::texts::{NameRule, fits_subdomain, or_empty};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::format::Text;
use crate::manifest::object::raw::RawObject;
use crate::net::Family;

const NAME: NameRule = NameRule {
    what: "node name",
    code: codes::NODE_INVALID,
    syntax: SUBDOMAIN,
    writable: fits_subdomain,
    consequence: "the node is left out",
};

const POD_CIDR: AddressRule = AddressRule {
    what: "pod CIDR",
    code: codes::NODE_INVALID,
    consequence: "the API server would refuse this object; the node is compiled without this network",
    strict: false,
};

const ADDRESS: AddressRule = AddressRule {
    what: "node address",
    code: codes::NODE_INVALID,
    consequence: "the node is compiled without this address",
    strict: false,
};

/// Checks a Node as the API server would when it is created, and that its addresses can be read.
pub(in crate::manifest) fn node(raw: &RawObject, report: &mut Report<'_>) {
    metadata::name(raw, &NAME, report);
    metadata::labels(raw, report);
    pod_cidrs(raw, report);
    addresses(raw, report);
}

fn pod_cidrs(raw: &RawObject, report: &mut Report<'_>) {
    let (list, single) = (Path::root("spec.podCIDRs"), Path::root("spec.podCIDR"));
    if let (Some(cidr), []) = (&raw.spec.pod_cidr, raw.spec.pod_cidrs.as_slice())
        && !cidr.as_str().is_empty()
    {
        address::cidr(report, &single, cidr.as_str(), &POD_CIDR);
    }
    let mut seen = [false; 2];
    for (index, text) in raw.spec.pod_cidrs.iter().enumerate() {
        let Some(net) = address::cidr(report, &list.item(index), text.as_str(), &POD_CIDR) else { continue };
        let family = Family::of_net(&net);
        if std::mem::replace(&mut seen[family as usize], true) {
            report.refuse(
                &list.item(index),
                codes::NODE_INVALID,
                format!("two pod CIDRs of family {family}"),
                "one CIDR a family",
                KEPT,
            );
        }
    }
}

/// Only the addresses by which kube-proxy identifies the node; the others are names.
fn addresses(raw: &RawObject, report: &mut Report<'_>) {
    let path = Path::root("status.addresses");
    for (index, address) in raw.status.addresses.iter().enumerate() {
        let type_ = address.type_.as_ref().map(Text::as_str);
        if matches!(type_, Some("InternalIP" | "ExternalIP")) {
            let at = path.item(index);
            address::ip(report, &at.field("address"), or_empty(address.address.as_ref()), &ADDRESS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn a_node_has_a_name_and_addresses_that_can_be_read() {
        let node = |fields: &str| format!("kind: Node\nmetadata: {{name: node-1}}\n{fields}\n");
        let zone = |zone: &str| {
            format!("kind: Node\nmetadata: {{name: a, labels: {{topology.kubernetes.io/zone: {zone}}}}}\n")
        };
        check(&[
            (&node("spec: {podCIDR: 10.1.0.0/24, podCIDRs: [10.1.0.0/24, 'fd00::/64']}"), &[]),
            (&node("spec: {podCIDR: 10.1.0.0}"), &["NodeInvalid spec.podCIDR"]),
            (&node("spec: {podCIDRs: [10.1.0.0/24, 10.2.0.0/24]}"), &["NodeInvalid spec.podCIDRs[1]"]),
            (&node("spec: {podCIDRs: [10.1.0.1/24]}"), &["AddressSpelling spec.podCIDRs[0]"]),
            (
                &node(
                    "status: {addresses: [{type: Hostname, address: web}, {type: InternalIP, address: 10.0.0.1}]}",
                ),
                &[],
            ),
            (
                &node("status: {addresses: [{type: InternalIP, address: web}, {type: ExternalIP}]}"),
                &["NodeInvalid status.addresses[0].address", "NodeInvalid status.addresses[1].address"],
            ),
            ("kind: Node\nmetadata: {name: Node}\n", &["NodeInvalid metadata.name"]),
            ("kind: Node\nmetadata: {name: n}\n", &["AmbiguousScalar metadata.name"]),
            (&zone("''"), &[]),
            (&zone("'a b'"), &["UnsafeText metadata.labels[\"topology.kubernetes.io/zone\"]"]),
            (&zone("a-"), &["LabelInvalid metadata.labels[\"topology.kubernetes.io/zone\"]"]),
        ]);
    }
}
