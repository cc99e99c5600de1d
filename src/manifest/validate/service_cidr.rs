//! A `ServiceCIDR`, as far as kube-proxy reads it.

use super::address::{self, AddressRule};
use super::metadata;
use super::report::{KEPT, Report};
use super::syntax::SUBDOMAIN;
use super::texts::{NameRule, fits_subdomain};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::object::raw::RawObject;
use crate::net::Family;

const NAME: NameRule = NameRule {
    what: "name of a ServiceCIDR",
    code: codes::SERVICE_CIDR_INVALID,
    syntax: SUBDOMAIN,
    writable: fits_subdomain,
    consequence: "the ServiceCIDR is left out",
};

const CIDR: AddressRule = AddressRule {
    what: "service network",
    code: codes::SERVICE_CIDR_INVALID,
    consequence: "the API server would refuse this object; rules are compiled without this network",
    strict: false,
};

/// Checks a `ServiceCIDR` as the API server would when it is created.
pub(in crate::manifest) fn service_cidr(raw: &RawObject, report: &mut Report<'_>) {
    metadata::name(raw, &NAME, report);
    let path = Path::root("spec.cidrs");
    if raw.spec.cidrs.is_empty() {
        let (message, allowed) = ("a ServiceCIDR has no network".to_owned(), "one CIDR, or one a family");
        report.refuse(&path, codes::SERVICE_CIDR_INVALID, message, allowed, "it has no effect");
    }
    let mut seen = [false; 2];
    for (index, text) in raw.spec.cidrs.iter().enumerate() {
        let Some(net) = address::cidr(report, &path.item(index), text.as_str(), &CIDR) else { continue };
        let family = Family::of_net(&net);
        if std::mem::replace(&mut seen[family as usize], true) {
            let message = format!("two service networks of family {family} in one ServiceCIDR");
            let code = codes::SERVICE_CIDR_INVALID;
            report.refuse(&path.item(index), code, message, "one CIDR a family", KEPT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn networks_can_be_read_and_are_one_a_family() {
        let object = |name: &str, cidrs: &str| {
            format!("kind: ServiceCIDR\nmetadata: {{name: {name}}}\nspec: {{cidrs: [{cidrs}]}}\n")
        };
        check(&[
            (&object("kubernetes", "10.96.0.0/12, 'fd00:96::/108'"), &[]),
            (&object("kubernetes", ""), &["ServiceCidrInvalid spec.cidrs"]),
            (&object("kubernetes", "10.96.0.0"), &["ServiceCidrInvalid spec.cidrs[0]"]),
            (&object("kubernetes", "10.96.0.0/12, 10.112.0.0/12"), &["ServiceCidrInvalid spec.cidrs[1]"]),
            (&object("kubernetes", "10.96.0.1/12"), &["AddressSpelling spec.cidrs[0]"]),
            (&object("Kubernetes", "10.96.0.0/12"), &["ServiceCidrInvalid metadata.name"]),
        ]);
    }
}
