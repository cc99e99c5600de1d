//! What differs between versions of kube-proxy, as named switches.
//!
//! The numbers V1 to V16 are those of the project's comparison of 1.30 to 1.37; V14 to V16 do not act
//! on the text of a full sync. This folder is the only place that compares versions; [`SWITCHES`] has the releases.

mod changes;
mod faults;
mod gates;
mod nftables;
mod removed;
mod switches;
mod sync;
mod version;
mod winkernel;

use crate::manifest::ApiRules;

pub use changes::Change;
pub use faults::{FAULTS, Fault, Meets};
use gates::{
    ALLOW_SERVICE_EXTERNAL_IPS, LOAD_BALANCER_IP_MODE, PREFER_SAME_TRAFFIC_DISTRIBUTION,
    RELAXED_SERVICE_NAME_VALIDATION, SERVICE_TRAFFIC_DISTRIBUTION, STRICT_IP_CIDR_VALIDATION,
    TOPOLOGY_AWARE_HINTS,
};
pub use gates::{FeatureGates, GATES, Gate, GateState};
pub use nftables::{ClusterIpMasquerade, NftablesBehavior};
use switches::{
    CANONICAL_ENDPOINTS, COUNTS_WITH_NFACCT, EXTERNAL_IPS_GATE, FAMILY_OF_SLICE, KUBELET_PORT_IS_FREE,
    LABELS_APART, LAST_DUPLICATE, MIXED_KEYWORDS, PRIMARY_KEYWORD, UNSORTED_ENDPOINTS, ZERO_CIDR_BY_LENGTH,
    ZERO_RANGE_ALLOWS_ALL,
};
pub use switches::{Evidence, SWITCHES, Switch};
pub use sync::SyncBehavior;
pub use version::{UnknownVersion, Version};
pub use winkernel::{InPlace, InternalPort, SameAddress, WinkernelBehavior};

/// How one version of kube-proxy, with its feature gates, behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behavior {
    /// V1, V2: rules count packets in kernel accounting objects where those could be made.
    pub counts_with_nfacct: bool,
    /// V3: zone hints are used at all.
    pub reads_hints: bool,
    /// V3: hints count only for Services with the topology annotation.
    pub hints_need_annotation: bool,
    /// V4: hints name nodes as well as zones.
    pub reads_node_hints: bool,
    /// V5: a source range of prefix length 0 lifts all restrictions.
    pub zero_range_allows_all: bool,
    /// V6: endpoint addresses are read and printed canonically, not passed on as they are spelled.
    pub canonical_endpoints: bool,
    /// V7: which of two endpoints with one address and port is used.
    pub duplicates: Duplicates,
    /// V8: what decides about the family of an endpoint.
    pub slice_family: SliceFamily,
    /// V9: each of the labels for other proxies and headless Services hides both kinds of objects.
    pub labels_hide_both: bool,
    /// V10: which words `nodePortAddresses` takes besides CIDRs.
    pub node_port_keywords: NodePortKeywords,
    /// V10: what in `nodePortAddresses` means every address.
    pub match_all: MatchAll,
    /// V11: load balancer addresses with `ipMode: Proxy` get no rules.
    pub honours_ip_mode: bool,
    /// V12: rules lead from external IPs to Services.
    pub serves_external_ips: bool,
    /// V12: external IPs are deprecated, which is when their gate came.
    pub deprecates_external_ips: bool,
    /// V13 and what else the API server accepts.
    pub api: ApiRules,
    /// What differs in nftables mode.
    pub nftables: NftablesBehavior,
    /// What differs on Windows.
    pub winkernel: WinkernelBehavior,
}

/// V7: which of two endpoints with one address and port is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// The first one, unless a later one is local. Endpoints are sorted by their addresses first (1.30).
    SortedFirstUnlessLocal,
    /// The same, in the order of the slice (1.31 to 1.35).
    FirstUnlessLocal,
    /// The last one that is not terminating, in the order of the slice (1.36).
    LastUnlessTerminating,
}

/// V8: what decides about the family of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SliceFamily {
    /// By its address, in slices of either family.
    Address,
    /// By `addressType` of its slice; the address is not looked at.
    Slice,
}

/// V10: the words that `nodePortAddresses` takes besides CIDRs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodePortKeywords {
    /// CIDRs only (1.30).
    None,
    /// `primary` as the only entry (1.31).
    Primary,
    /// `primary`, `localhost` and `all`, with each other and with CIDRs (1.37).
    Mixed,
}

/// V10: what in `nodePortAddresses` means every address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchAll {
    /// The usual text of a zero CIDR: `0.0.0.0/0` or `::/0` (to 1.33).
    Text,
    /// A CIDR of prefix length 0 (1.34).
    Length,
}

impl Behavior {
    /// The behaviour of a version with these gates.
    #[must_use]
    pub fn of(version: Version, gates: &FeatureGates) -> Self {
        let has = |switch: &Switch| switch.is_in(version);
        let is_on = |gate| gates.is_on(gate, version);
        Self {
            counts_with_nfacct: has(&COUNTS_WITH_NFACCT),
            reads_hints: is_on(&TOPOLOGY_AWARE_HINTS),
            hints_need_annotation: !is_on(&SERVICE_TRAFFIC_DISTRIBUTION),
            reads_node_hints: is_on(&PREFER_SAME_TRAFFIC_DISTRIBUTION),
            zero_range_allows_all: has(&ZERO_RANGE_ALLOWS_ALL),
            canonical_endpoints: has(&CANONICAL_ENDPOINTS),
            duplicates: if has(&LAST_DUPLICATE) {
                Duplicates::LastUnlessTerminating
            } else if has(&UNSORTED_ENDPOINTS) {
                Duplicates::FirstUnlessLocal
            } else {
                Duplicates::SortedFirstUnlessLocal
            },
            slice_family: if has(&FAMILY_OF_SLICE) { SliceFamily::Slice } else { SliceFamily::Address },
            labels_hide_both: !has(&LABELS_APART),
            node_port_keywords: if has(&MIXED_KEYWORDS) {
                NodePortKeywords::Mixed
            } else if has(&PRIMARY_KEYWORD) {
                NodePortKeywords::Primary
            } else {
                NodePortKeywords::None
            },
            match_all: if has(&ZERO_CIDR_BY_LENGTH) { MatchAll::Length } else { MatchAll::Text },
            honours_ip_mode: is_on(&LOAD_BALANCER_IP_MODE),
            serves_external_ips: !has(&EXTERNAL_IPS_GATE) || is_on(&ALLOW_SERVICE_EXTERNAL_IPS),
            deprecates_external_ips: has(&EXTERNAL_IPS_GATE),
            api: ApiRules {
                relaxed_service_names: is_on(&RELAXED_SERVICE_NAME_VALIDATION),
                same_zone_distribution: is_on(&PREFER_SAME_TRAFFIC_DISTRIBUTION),
                strict_addresses: is_on(&STRICT_IP_CIDR_VALIDATION),
                reserves_kubelet_port: !has(&KUBELET_PORT_IS_FREE),
            },
            nftables: NftablesBehavior::of(version, gates),
            winkernel: WinkernelBehavior::of(version, gates),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behavior(version: &str, gates: &[(&str, bool)]) -> Behavior {
        let gates = gates.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect();
        Behavior::of(version.parse().unwrap(), &FeatureGates(gates))
    }

    #[test]
    fn each_switch_changes_in_its_release() {
        type Switch = fn(&Behavior) -> bool;
        let switches: [(&str, Switch, &str, &str); 14] = [
            ("V1, V2", |b| b.counts_with_nfacct, "1.30", "1.31"),
            ("V3", |b| !b.hints_need_annotation, "1.30", "1.31"),
            ("V4", |b| b.reads_node_hints, "1.33", "1.34"),
            ("V5", |b| b.zero_range_allows_all, "1.33", "1.34"),
            ("V6", |b| b.canonical_endpoints, "1.30", "1.31"),
            ("V7", |b| b.duplicates == Duplicates::LastUnlessTerminating, "1.35", "1.36"),
            ("V7, order", |b| b.duplicates != Duplicates::SortedFirstUnlessLocal, "1.30", "1.31"),
            ("V8", |b| b.slice_family == SliceFamily::Slice, "1.32", "1.33"),
            ("V9", |b| !b.labels_hide_both, "1.35", "1.36"),
            ("V10", |b| b.node_port_keywords == NodePortKeywords::Primary, "1.30", "1.31"),
            ("V10, words", |b| b.node_port_keywords == NodePortKeywords::Mixed, "1.36", "1.37"),
            ("V10, zero CIDR", |b| b.match_all == MatchAll::Length, "1.33", "1.34"),
            ("API, addresses", |b| b.api.strict_addresses, "1.35", "1.36"),
            ("V13", |b| b.api.relaxed_service_names, "1.35", "1.36"),
        ];
        for (name, is_new, before, after) in switches {
            assert!(!is_new(&behavior(before, &[])), "{name} in {before}");
            assert!(is_new(&behavior(after, &[])), "{name} in {after}");
        }
    }

    #[test]
    fn a_gate_acts_between_its_first_and_its_locked_release() {
        let on = |version| !behavior(version, &[("ServiceTrafficDistribution", true)]).hints_need_annotation;
        let off =
            |version| !behavior(version, &[("ServiceTrafficDistribution", false)]).hints_need_annotation;
        assert!(on("1.30") && !off("1.32") && off("1.33"));
        assert!(behavior("1.33", &[("PreferSameTrafficDistribution", true)]).reads_node_hints);
        assert!(!behavior("1.32", &[("PreferSameTrafficDistribution", true)]).reads_node_hints);
        assert!(!behavior("1.30", &[("LoadBalancerIPMode", false)]).honours_ip_mode);
        assert!(behavior("1.32", &[("LoadBalancerIPMode", false)]).honours_ip_mode);
        assert!(!behavior("1.36", &[("AllowServiceExternalIPs", false)]).serves_external_ips);
        assert!(behavior("1.35", &[("AllowServiceExternalIPs", false)]).serves_external_ips);
        assert!(!behavior("1.30", &[("TopologyAwareHints", false)]).reads_hints);
        let strict = |version, on| behavior(version, &[("StrictIPCIDRValidation", on)]).api.strict_addresses;
        assert!(
            !strict("1.32", true) && strict("1.33", true) && !strict("1.36", false) && !strict("1.37", false)
        );
        let names =
            |version| behavior(version, &[("RelaxedServiceNameValidation", false)]).api.relaxed_service_names;
        assert!(!names("1.36") && names("1.37"), "V13 is locked in 1.37");
    }
}
