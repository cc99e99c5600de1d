//! What differs between versions of kube-proxy, as named switches.
//!
//! The numbers V1 to V16 are those of the project's comparison of 1.30 to 1.36; V14 to V16 do not act
//! on the text of a full sync. This folder is the only place that compares versions.

mod gates;
mod removed;
mod version;
mod winkernel;

use crate::manifest::ApiRules;

pub use gates::FeatureGates;
use gates::{
    ALLOW_SERVICE_EXTERNAL_IPS, LOAD_BALANCER_IP_MODE, PREFER_SAME_TRAFFIC_DISTRIBUTION,
    RELAXED_SERVICE_NAME_VALIDATION, SERVICE_TRAFFIC_DISTRIBUTION, TOPOLOGY_AWARE_HINTS,
};
pub use version::Version;
pub use winkernel::{InternalPort, SameAddress, WinkernelBehavior};

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
    /// V11: load balancer addresses with `ipMode: Proxy` get no rules.
    pub honours_ip_mode: bool,
    /// V12: rules lead from external IPs to Services.
    pub serves_external_ips: bool,
    /// V13 and what else the API server accepts.
    pub api: ApiRules,
    /// What differs on Windows.
    pub winkernel: WinkernelBehavior,
}

/// V7: which of two endpoints with one address and port is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// The first one, unless a later one is local (to 1.35). Endpoints are sorted by address first.
    FirstUnlessLocal,
    /// The last one that is not terminating (1.36). Endpoints stay in the order of the slice.
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
    /// CIDRs only, and match-all is the exact text of a zero CIDR (1.30).
    None,
    /// `primary` as the only entry (1.31).
    Primary,
}

impl Behavior {
    /// The behaviour of a version with these gates.
    #[must_use]
    pub fn of(version: Version, gates: &FeatureGates) -> Self {
        let since = |minor| version.minor >= minor;
        let is_on = |gate| gates.is_on(gate, version);
        Self {
            counts_with_nfacct: since(31),
            reads_hints: is_on(&TOPOLOGY_AWARE_HINTS),
            hints_need_annotation: !is_on(&SERVICE_TRAFFIC_DISTRIBUTION),
            reads_node_hints: is_on(&PREFER_SAME_TRAFFIC_DISTRIBUTION),
            zero_range_allows_all: since(34),
            // Seen in 1.36 and not in 1.30; the release in between is not known for certain.
            canonical_endpoints: since(33),
            duplicates: if since(36) {
                Duplicates::LastUnlessTerminating
            } else {
                Duplicates::FirstUnlessLocal
            },
            // As above.
            slice_family: if since(33) { SliceFamily::Slice } else { SliceFamily::Address },
            labels_hide_both: !since(36),
            node_port_keywords: if since(31) { NodePortKeywords::Primary } else { NodePortKeywords::None },
            honours_ip_mode: is_on(&LOAD_BALANCER_IP_MODE),
            serves_external_ips: !since(36) || is_on(&ALLOW_SERVICE_EXTERNAL_IPS),
            api: ApiRules {
                relaxed_service_names: is_on(&RELAXED_SERVICE_NAME_VALIDATION),
                same_zone_distribution: is_on(&PREFER_SAME_TRAFFIC_DISTRIBUTION),
                strict_addresses: since(36),
                reserves_kubelet_port: !since(33),
                slice_ports: if since(35) { 20_000 } else { 100 },
            },
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
        let switches: [(&str, Switch, &str, &str); 10] = [
            ("V1, V2", |b| b.counts_with_nfacct, "1.30", "1.31"),
            ("V3", |b| !b.hints_need_annotation, "1.30", "1.31"),
            ("V4", |b| b.reads_node_hints, "1.33", "1.34"),
            ("V5", |b| b.zero_range_allows_all, "1.33", "1.34"),
            ("V6", |b| b.canonical_endpoints, "1.32", "1.33"),
            ("V7", |b| b.duplicates == Duplicates::LastUnlessTerminating, "1.35", "1.36"),
            ("V8", |b| b.slice_family == SliceFamily::Slice, "1.32", "1.33"),
            ("V9", |b| !b.labels_hide_both, "1.35", "1.36"),
            ("V10", |b| b.node_port_keywords == NodePortKeywords::Primary, "1.30", "1.31"),
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
    }
}
