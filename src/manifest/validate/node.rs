//! A Node, as far as kube-proxy reads it.

use super::super::raw::RawObject;
use super::super::scalar::Text;
use super::address::{self, AddressRule};
use super::metadata;
use super::metadata::text_or_empty;
use super::path::Path;
use super::report::Report;
use super::syntax::SUBDOMAIN;
use super::texts::{NameRule, fits_subdomain};
use super::KEPT;
use crate::diagnostics::{Code, Diagnostic};
use crate::net::Family;

const NAME: NameRule = NameRule {
    what: "node name",
    code: Code::NodeInvalid,
    syntax: SUBDOMAIN,
    writable: fits_subdomain,
    lost: "the node is left out",
};

const POD_CIDR: AddressRule = AddressRule {
    what: "pod CIDR",
    code: Code::NodeInvalid,
    lost: "the API server would refuse this object; the node counts as one without this network",
    strict: false,
};

const ADDRESS: AddressRule = AddressRule {
    what: "node address",
    code: Code::NodeInvalid,
    lost: "the node counts as one without this address",
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
            let diagnostic = Diagnostic::new(Code::NodeInvalid, format!("two pod CIDRs of family {family}"));
            report.push(&list.item(index), diagnostic.allowed("one CIDR a family").help(KEPT));
        }
    }
}

/// Only the addresses that kube-proxy knows the node by; the others are names.
fn addresses(raw: &RawObject, report: &mut Report<'_>) {
    let path = Path::root("status.addresses");
    for (index, address) in raw.status.addresses.iter().enumerate() {
        let type_ = address.type_.as_ref().map(Text::as_str);
        if matches!(type_, Some("InternalIP" | "ExternalIP")) {
            let at = path.item(index);
            address::ip(report, &at.field("address"), text_or_empty(address.address.as_ref()), &ADDRESS);
        }
    }
}
