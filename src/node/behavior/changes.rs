//! Changes between two versions of kube-proxy, each taken alone, so that it can be found out what it does to an input.

use std::fmt::Write;

use super::Behavior;
use super::switches::{
    ADDRESS_OF_CLUSTER_IP, CANONICAL_ENDPOINTS, COUNTS_WITH_NFACCT, CUT_COMMENTS, DELETES_LOAD_BALANCERS,
    EXTERNAL_IPS_GATE, FAMILY_OF_SLICE, INLINE_MARK, INTERFACES_BY_NAME, KUBELET_PORT_IS_FREE, LABELS_APART,
    LAST_DUPLICATE, LOCAL_ENDPOINT_WINS, MAPS_OF_ENDPOINTS, MASQUERADE_COMMENT, MIXED_KEYWORDS,
    MODIFIES_FROM_15_5, MODIFIES_IN_PLACE, MODIFIES_ON_16, ONE_MASQUERADE_RULE, OWN_ADDRESSES,
    PLAIN_SINGLE_ENDPOINT, PORT_OF_LAST_ENDPOINT, PRE_DNAT_CHAINS, PRIMARY_KEYWORD, PRIMARY_NODE_PORTS,
    REMOTE_ENDPOINT_WINS, SET_OF_CLUSTER_IPS, SET_OF_HAIRPINS, STRICT_ADDRESSES, Switch,
    UNCOMMENTED_FIREWALL, UNSORTED_ENDPOINTS, ZERO_CIDR_BY_LENGTH, ZERO_RANGE_ALLOWS_ALL,
};
use super::version::Version;

/// Something that versions of kube-proxy do differently.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// Takes it from another version, and leaves all else.
    take: fn(&mut Behavior, &Behavior),
    /// The rows of the table of changes that decide about it.
    switches: &'static [Switch],
    /// The feature gate that decides about it, and what it does; empty where there is none.
    gate: (&'static str, &'static str),
}

impl PartialEq for Change {
    fn eq(&self, other: &Self) -> bool {
        (self.switches, self.gate) == (other.switches, other.gate)
    }
}

impl Eq for Change {}

const fn switched(take: fn(&mut Behavior, &Behavior), switches: &'static [Switch]) -> Change {
    Change { take, switches, gate: ("", "") }
}

const fn gated(take: fn(&mut Behavior, &Behavior), gate: &'static str, effect: &'static str) -> Change {
    Change { take, switches: &[], gate: (gate, effect) }
}

/// All of them: together they make one version of another.
const CHANGES: &[Change] = &[
    switched(|to, of| to.counts_with_nfacct = of.counts_with_nfacct, &[COUNTS_WITH_NFACCT]),
    gated(|to, of| to.reads_hints = of.reads_hints, "TopologyAwareHints", "zone hints are used"),
    gated(
        |to, of| to.hints_need_annotation = of.hints_need_annotation,
        "ServiceTrafficDistribution",
        "zone hints are used without an annotation of the Service",
    ),
    gated(
        |to, of| to.reads_node_hints = of.reads_node_hints,
        "PreferSameTrafficDistribution",
        "hints for nodes are used, before those for zones",
    ),
    switched(|to, of| to.zero_range_allows_all = of.zero_range_allows_all, &[ZERO_RANGE_ALLOWS_ALL]),
    switched(|to, of| to.canonical_endpoints = of.canonical_endpoints, &[CANONICAL_ENDPOINTS]),
    switched(|to, of| to.duplicates = of.duplicates, &[LAST_DUPLICATE, UNSORTED_ENDPOINTS]),
    switched(|to, of| to.slice_family = of.slice_family, &[FAMILY_OF_SLICE]),
    switched(|to, of| to.labels_hide_both = of.labels_hide_both, &[LABELS_APART]),
    switched(|to, of| to.node_port_keywords = of.node_port_keywords, &[PRIMARY_KEYWORD, MIXED_KEYWORDS]),
    switched(|to, of| to.match_all = of.match_all, &[ZERO_CIDR_BY_LENGTH]),
    gated(
        |to, of| to.honours_ip_mode = of.honours_ip_mode,
        "LoadBalancerIPMode",
        "addresses of load balancers with ipMode Proxy get no rules",
    ),
    switched(
        |to, of| {
            to.serves_external_ips = of.serves_external_ips;
            to.deprecates_external_ips = of.deprecates_external_ips;
        },
        &[EXTERNAL_IPS_GATE],
    ),
    switched(|to, of| to.api = of.api, &[KUBELET_PORT_IS_FREE, STRICT_ADDRESSES]),
    switched(|to, of| to.nftables.pre_dnat_chains = of.nftables.pre_dnat_chains, &[PRE_DNAT_CHAINS]),
    switched(|to, of| to.nftables.inline_mark = of.nftables.inline_mark, &[INLINE_MARK]),
    switched(
        |to, of| to.nftables.one_masquerade_rule = of.nftables.one_masquerade_rule,
        &[ONE_MASQUERADE_RULE],
    ),
    switched(
        |to, of| to.nftables.cluster_ip_masquerade = of.nftables.cluster_ip_masquerade,
        &[ADDRESS_OF_CLUSTER_IP, SET_OF_CLUSTER_IPS],
    ),
    switched(|to, of| to.nftables.set_of_hairpins = of.nftables.set_of_hairpins, &[SET_OF_HAIRPINS]),
    switched(|to, of| to.nftables.maps_of_endpoints = of.nftables.maps_of_endpoints, &[MAPS_OF_ENDPOINTS]),
    switched(|to, of| to.nftables.masquerade_comment = of.nftables.masquerade_comment, &[MASQUERADE_COMMENT]),
    switched(|to, of| to.nftables.firewall_comments = of.nftables.firewall_comments, &[UNCOMMENTED_FIREWALL]),
    switched(|to, of| to.nftables.interfaces_by_name = of.nftables.interfaces_by_name, &[INTERFACES_BY_NAME]),
    switched(|to, of| to.nftables.primary_node_ports = of.nftables.primary_node_ports, &[PRIMARY_NODE_PORTS]),
    switched(|to, of| to.nftables.cut_comments = of.nftables.cut_comments, &[CUT_COMMENTS]),
    switched(
        |to, of| to.nftables.plain_single_endpoint = of.nftables.plain_single_endpoint,
        &[PLAIN_SINGLE_ENDPOINT],
    ),
    gated(
        |to, of| to.nftables.localhost_node_ports = of.nftables.localhost_node_ports,
        "KubeProxyNFTablesLocalhostNodePorts",
        "nftables: node ports on loopback addresses are served by kube-proxy itself, or rejected",
    ),
    gated(
        |to, of| to.nftables.drops_unallocated = of.nftables.drops_unallocated,
        "MultiCIDRServiceAllocator",
        "nftables: packets to unallocated addresses of known service networks are dropped",
    ),
    switched(|to, of| to.winkernel.own_addresses = of.winkernel.own_addresses, &[OWN_ADDRESSES]),
    switched(|to, of| to.winkernel.internal_port = of.winkernel.internal_port, &[PORT_OF_LAST_ENDPOINT]),
    switched(
        |to, of| to.winkernel.same_address = of.winkernel.same_address,
        &[REMOTE_ENDPOINT_WINS, LOCAL_ENDPOINT_WINS],
    ),
    switched(
        |to, of| to.winkernel.deletes_policy_lists = of.winkernel.deletes_policy_lists,
        &[DELETES_LOAD_BALANCERS],
    ),
    switched(
        |to, of| to.winkernel.in_place = of.winkernel.in_place,
        &[MODIFIES_IN_PLACE, MODIFIES_FROM_15_5, MODIFIES_ON_16],
    ),
    gated(
        |to, of| to.winkernel.dsr_gate = of.winkernel.dsr_gate,
        "WinDSR",
        "direct server return can be used",
    ),
    gated(
        |to, of| to.winkernel.overlay_gate = of.winkernel.overlay_gate,
        "WinOverlay",
        "overlay networks can be used",
    ),
];

impl Change {
    /// What two versions do differently.
    pub fn between(one: &Behavior, other: &Behavior) -> impl Iterator<Item = &'static Self> {
        CHANGES.iter().filter(move |change| change.taken(one, other) != *one)
    }

    /// One version with this of another.
    #[must_use]
    pub fn taken(&self, one: &Behavior, other: &Behavior) -> Behavior {
        let mut behavior = *one;
        (self.take)(&mut behavior, other);
        behavior
    }

    /// What it is between two versions, with its releases and where it is discussed.
    #[must_use]
    pub fn sentence(&self, one: Version, other: Version) -> String {
        let (gate, effect) = self.gate;
        if !gate.is_empty() {
            return format!("{effect} (feature gate {gate})");
        }
        let between: Vec<&Switch> =
            self.switches.iter().filter(|switch| switch.is_in(one) != switch.is_in(other)).collect();
        let mut text = String::new();
        // A gate that a configuration sets makes a difference where no release does.
        for switch in if between.is_empty() { self.switches.iter().collect() } else { between } {
            if !text.is_empty() {
                text.push_str("; ");
            }
            let _ = write!(text, "{} (since {}", switch.title, switch.releases());
            if let Some(number) = switch.pull_request {
                let _ = write!(text, ", kubernetes/kubernetes#{number}");
            }
            text.push(')');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FeatureGates, SWITCHES};
    use super::*;

    fn behavior(version: Version) -> Behavior {
        Behavior::of(version, &FeatureGates::default())
    }

    /// No field is forgotten, and none is taken twice.
    #[test]
    fn all_changes_together_make_one_version_of_another() {
        let versions: Vec<Version> = [
            "1.30", "1.31.9", "1.31.14", "1.32.4", "1.32.13", "1.33.5", "1.33.13", "1.34.2", "1.34.4",
            "1.34.9", "1.35.0", "1.35.6", "1.36.0", "1.36", "1.37",
        ]
        .map(|text| text.parse().expect("it is a version"))
        .into();
        for one in versions.iter().map(|version| behavior(*version)) {
            for other in versions.iter().map(|version| behavior(*version)) {
                let mut behavior = one;
                for change in Change::between(&one, &other) {
                    let before = behavior;
                    behavior = change.taken(&behavior, &other);
                    assert_ne!(behavior, before, "{change:?}");
                }
                assert_eq!(behavior, other, "a field of Behavior is missing in CHANGES");
            }
        }
    }

    #[test]
    fn every_switch_that_changes_rules_belongs_to_one_change() {
        for switch in SWITCHES {
            let of = CHANGES.iter().filter(|change| change.switches.contains(switch)).count();
            assert_eq!(of, usize::from(switch.changes_rules), "{}", switch.id);
        }
    }

    #[test]
    fn a_change_names_its_release_and_where_it_is_discussed() {
        let versions = ["1.34.2", "1.34.9"].map(|text| text.parse::<Version>().expect("it is a version"));
        let [one, other] = versions.map(behavior);
        let sentences: Vec<String> =
            Change::between(&one, &other).map(|change| change.sentence(versions[0], versions[1])).collect();
        assert!(
            sentences[0].ends_with("(since 1.33.8, 1.34.4, 1.35.1, kubernetes/kubernetes#136241)"),
            "{sentences:?}"
        );
        assert!(
            sentences[1].ends_with("(since 1.34.8, 1.35.5, 1.36.1, kubernetes/kubernetes#138000)"),
            "{sentences:?}"
        );
        assert_eq!(sentences.len(), 2);
    }
}
