//! Cluster IPs and their families (Kubernetes, `ValidateServiceClusterIPsRelatedFields`, and what the
//! allocators of the registry require).

use std::slice;

use super::super::address::{self, AddressRule};
use super::super::report::KEPT;
use super::super::report::Report;
use super::super::rules::ApiRules;
use super::super::texts::{Choice, check_choice, non_empty};
use super::shape::{Shape, Type};
use crate::diagnostics::Diagnostic;
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::format::Text;
use crate::manifest::object::raw::RawSpec;
use crate::name::printable;
use crate::net::Family;

static CLUSTER_IP: Path<'static> = Path::root("spec.clusterIP");
static CLUSTER_IPS: Path<'static> = Path::root("spec.clusterIPs");
static FAMILIES: Path<'static> = Path::root("spec.ipFamilies");
static POLICY: Path<'static> = Path::root("spec.ipFamilyPolicy");

const CLUSTER_IP_RULE: AddressRule = AddressRule {
    what: "cluster IP",
    code: codes::CLUSTER_IP_INVALID,
    consequence: "the API server would refuse this object; it is compiled without this address",
    strict: false,
};

const FAMILY: Choice = Choice {
    field: "IP family",
    code: codes::IP_FAMILIES_INVALID,
    words: &["IPv4", "IPv6"],
    help: "the API server would refuse this object; the cluster IP at this position gets no rules",
};

const FAMILY_POLICY: Choice = Choice {
    field: "ipFamilyPolicy",
    code: codes::IP_FAMILIES_INVALID,
    words: &["SingleStack", "PreferDualStack", "RequireDualStack"],
    help: KEPT,
};

/// Checks cluster IPs, families and policy together. Not for `ExternalName`, which has none.
pub(super) fn check(spec: &RawSpec, shape: Shape, rules: ApiRules, report: &mut Report<'_>) {
    if shape.headless && matches!(shape.type_, Type::NodePort | Type::LoadBalancer) {
        let message = "a NodePort or LoadBalancer Service is headless";
        report.refuse(
            &CLUSTER_IP,
            codes::HEADLESS_TYPE,
            message,
            "an address",
            "the API server would refuse this object; it gets no rules",
        );
    }
    families(spec, report);
    if let Some(policy) = &spec.ip_family_policy {
        check_choice(report, &POLICY, policy.as_str(), &FAMILY_POLICY);
    }
    agreement(spec, report);
    let texts = texts(spec);
    addresses(texts, spec, shape, rules, report);
    dual_stack_policy(texts, spec, shape, report);
    allocation(texts, spec, shape, report);
}

/// The cluster IPs: the list, or the single one in its place.
fn texts(spec: &RawSpec) -> &[Text] {
    match &spec.cluster_ip {
        Some(ip) if spec.cluster_ips.is_empty() && !ip.as_str().is_empty() => slice::from_ref(ip),
        _ => &spec.cluster_ips,
    }
}

fn path(spec: &RawSpec, index: usize) -> Path<'static> {
    if spec.cluster_ips.is_empty() { CLUSTER_IP } else { CLUSTER_IPS.item(index) }
}

fn families(spec: &RawSpec, report: &mut Report<'_>) {
    for (index, family) in spec.ip_families.iter().enumerate() {
        check_choice(report, &FAMILIES.item(index), family.as_str(), &FAMILY);
    }
    // At the third entry at the latest, a family is repeated or unknown.
    if let [first, second, ..] = spec.ip_families.as_slice()
        && first == second
    {
        let message = format!("duplicate IP family `{}`", printable(first.as_str()));
        report.refuse(&FAMILIES.item(1), codes::IP_FAMILIES_INVALID, message, "each family once", KEPT);
    } else if spec.ip_families.len() > 2 {
        let message = format!("ipFamilies has {} entries", spec.ip_families.len());
        report.refuse(
            &FAMILIES.item(2),
            codes::IP_FAMILIES_INVALID,
            message,
            "IPv4 and IPv6, each once",
            KEPT,
        );
    }
}

/// `clusterIP` is the first of `clusterIPs`; the list alone is refused.
fn agreement(spec: &RawSpec, report: &mut Report<'_>) {
    let Some(first) = spec.cluster_ips.first().map(Text::as_str) else { return };
    match non_empty(spec.cluster_ip.as_ref()) {
        None => {
            let message = "clusterIPs is set, but clusterIP is not";
            report.refuse(&CLUSTER_IPS, codes::CLUSTER_IP_INVALID, message, "both or none", KEPT);
        }
        Some(ip) if ip != first => {
            let message = format!(
                "clusterIPs starts with `{}`, but clusterIP is `{}`",
                printable(first),
                printable(ip)
            );
            report.refuse(&CLUSTER_IPS.item(0), codes::CLUSTER_IP_INVALID, message, "equal values", KEPT);
        }
        Some(_) => {}
    }
}

fn addresses(texts: &[Text], spec: &RawSpec, shape: Shape, rules: ApiRules, report: &mut Report<'_>) {
    let rule = CLUSTER_IP_RULE.of(rules);
    let refuse = |report: &mut Report<'_>, index, message: String, allowed: &'static str| {
        report.refuse(&path(spec, index), codes::CLUSTER_IP_INVALID, message, allowed, KEPT);
    };
    if texts.len() > 2 {
        refuse(report, 2, format!("clusterIPs has {} entries", texts.len()), "one address a family");
    }
    let mut families_agree = true;
    let mut of_families = [None; 2];
    for (index, text) in texts.iter().enumerate() {
        if index == 0 && text.as_str() == "None" {
            if texts.len() > 1 {
                refuse(
                    report,
                    0,
                    "clusterIPs has `None` together with addresses".into(),
                    "None as the only entry",
                );
            }
            continue;
        }
        let ip = address::ip(report, &path(spec, index), text.as_str(), &rule);
        if let (Some(ip), Some(slot)) = (ip, of_families.get_mut(index)) {
            *slot = Some(Family::of(ip));
            if let Some(declared) = spec.ip_families.get(index).and_then(family)
                && !shape.headless
            {
                families_agree &= address::check_family(report, &path(spec, index), ip, declared, &rule);
            }
        }
    }
    if let [Some(first), Some(second)] = of_families
        && first == second
        && families_agree
    {
        refuse(report, 1, format!("two cluster IPs of family {first}"), "one address a family");
    }
}

fn family(text: &Text) -> Option<Family> {
    Family::parse(text.as_str())
}

/// Two families must be requested. Only a headless Service without selector gets them by default.
fn dual_stack_policy(texts: &[Text], spec: &RawSpec, shape: Shape, report: &mut Report<'_>) {
    let what = match (texts.len(), spec.ip_families.len()) {
        (2, _) => "two cluster IPs",
        (_, 2) => "two IP families",
        _ => return,
    };
    let is_single = spec.ip_family_policy.as_ref().is_none_or(|policy| policy.as_str() == "SingleStack");
    let gets_both = shape.headless && spec.selector.is_empty();
    if is_single && !gets_both {
        let policy = spec.ip_family_policy.as_ref().map_or("missing", Text::as_str);
        report.refuse(
            &POLICY,
            codes::DUAL_STACK_POLICY_MISSING,
            format!("{what}, but ipFamilyPolicy is {policy}"),
            "PreferDualStack or RequireDualStack",
            "the API server would refuse this object; both families are compiled",
        );
    }
}

/// What only the API server can allocate.
fn allocation(texts: &[Text], spec: &RawSpec, shape: Shape, report: &mut Report<'_>) {
    const FROM_CLUSTER: &str = "take the manifest from the cluster: kubectl get services -A -o yaml, or \
                                fill in what a cluster would decide: --assume";
    let policy = spec.ip_family_policy.as_ref().map(Text::as_str);
    let wanted = if policy == Some("RequireDualStack") { 2 } else { spec.ip_families.len().min(2) };
    let (message, help) = if texts.is_empty() {
        ("no cluster IP has been allocated", format!("without one the Service has no rules; {FROM_CLUSTER}"))
    } else if shape.allocated && texts.len() < wanted {
        let help = format!("without one the Service has no rules of that family; {FROM_CLUSTER}");
        ("no cluster IP has been allocated for the second IP family", help)
    } else {
        return;
    };
    report.push(&CLUSTER_IP, Diagnostic::new(codes::CLUSTER_IP_MISSING, message).help(help));
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::check_specs;

    #[test]
    fn one_address_may_stand_alone() {
        check_specs(&[
            ("clusterIP: 10.0.0.1", &[]),
            ("clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1]", &[]),
            ("clusterIP: fd00::1", &[]),
            ("clusterIP: ''", &["ClusterIpMissing spec.clusterIP"]),
            ("clusterIP: null, clusterIPs: null", &["ClusterIpMissing spec.clusterIP"]),
            ("clusterIP: 10.0.0.256", &["ClusterIpInvalid spec.clusterIP"]),
            ("clusterIP: 10.0.0.1, clusterIPs: [10.0.0.2]", &["ClusterIpInvalid spec.clusterIPs[0]"]),
            ("clusterIPs: [10.0.0.1]", &["ClusterIpInvalid spec.clusterIPs"]),
            ("clusterIP: 10.0.0.x, clusterIPs: [10.0.0.x]", &["ClusterIpInvalid spec.clusterIPs[0]"]),
        ]);
    }

    #[test]
    fn an_odd_spelling_is_a_warning() {
        check_specs(&[
            ("clusterIP: 10.96.0.010", &["AddressSpelling spec.clusterIP"]),
            ("clusterIP: '::ffff:10.96.0.1'", &["AddressSpelling spec.clusterIP"]),
        ]);
    }

    #[test]
    fn headless_is_a_choice_of_some_types() {
        check_specs(&[
            ("clusterIP: None", &[]),
            ("clusterIP: None, clusterIPs: [None], selector: {a: b}", &[]),
            ("clusterIP: None, clusterIPs: [None, 10.0.0.1]", &["ClusterIpInvalid spec.clusterIPs[0]"]),
            ("clusterIP: None, type: NodePort", &["HeadlessType spec.clusterIP"]),
            ("clusterIP: None, type: LoadBalancer", &["HeadlessType spec.clusterIP"]),
        ]);
    }

    #[test]
    fn two_families_are_asked_for() {
        let both = "clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 'fd00::1']";
        check_specs(&[
            (&format!("{both}, ipFamilyPolicy: PreferDualStack"), &[]),
            (both, &["DualStackPolicyMissing spec.ipFamilyPolicy"]),
            (
                &format!("{both}, ipFamilyPolicy: SingleStack"),
                &["DualStackPolicyMissing spec.ipFamilyPolicy"],
            ),
            ("clusterIP: None, ipFamilies: [IPv4, IPv6]", &[]),
            (
                "clusterIP: None, ipFamilies: [IPv4, IPv6], selector: {a: b}",
                &["DualStackPolicyMissing spec.ipFamilyPolicy"],
            ),
            ("ipFamilyPolicy: DualStack", &["IpFamiliesInvalid spec.ipFamilyPolicy"]),
        ]);
    }

    #[test]
    fn a_second_address_may_be_missed() {
        check_specs(&[
            ("ipFamilyPolicy: RequireDualStack", &["ClusterIpMissing spec.clusterIP"]),
            ("ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv4]", &[]),
            (
                "ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv4, IPv6]",
                &["ClusterIpMissing spec.clusterIP"],
            ),
        ]);
    }

    #[test]
    fn addresses_and_families_go_together() {
        let both = "ipFamilyPolicy: RequireDualStack, clusterIP: 10.0.0.1";
        check_specs(&[
            ("ipFamilies: [IPv6]", &["ClusterIpInvalid spec.clusterIP"]),
            ("ipFamilies: [IPv5]", &["IpFamiliesInvalid spec.ipFamilies[0]"]),
            (
                &format!("{both}, clusterIPs: [10.0.0.1, 'fd00::1'], ipFamilies: [IPv6, IPv4]"),
                &["ClusterIpInvalid spec.clusterIPs[0]", "ClusterIpInvalid spec.clusterIPs[1]"],
            ),
            (&format!("{both}, clusterIPs: [10.0.0.1, 10.0.0.2]"), &["ClusterIpInvalid spec.clusterIPs[1]"]),
            (
                &format!("{both}, clusterIPs: [10.0.0.1, 'fd00::1', 10.0.0.3]"),
                &["ClusterIpInvalid spec.clusterIPs[2]"],
            ),
            (
                &format!("{both}, clusterIPs: [10.0.0.1, 'fd00::1'], ipFamilies: [IPv4, IPv4]"),
                &["IpFamiliesInvalid spec.ipFamilies[1]", "ClusterIpInvalid spec.clusterIPs[1]"],
            ),
        ]);
    }
}
