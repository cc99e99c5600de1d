//! What differs between versions of kube-proxy in nftables mode.
//!
//! The numbers N1 to N16 are those of the project's comparison of 1.30 to 1.37.

use super::gates::{FeatureGates, LOCALHOST_NODE_PORTS, MULTI_CIDR_SERVICE_ALLOCATOR};
use super::switches::{
    ADDRESS_OF_CLUSTER_IP, CUT_COMMENTS, INLINE_MARK, INTERFACES_BY_NAME, MAPS_OF_ENDPOINTS,
    MASQUERADE_COMMENT, ONE_MASQUERADE_RULE, PLAIN_SINGLE_ENDPOINT, PRE_DNAT_CHAINS, PRIMARY_NODE_PORTS,
    SET_OF_CLUSTER_IPS, SET_OF_HAIRPINS, Switch, UNCOMMENTED_FIREWALL,
};
use super::version::Version;

/// How one version of kube-proxy behaves in nftables mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NftablesBehavior {
    /// N1, N2: the checks hang in chains of their own before the translation, and filter at priority 0.
    pub pre_dnat_chains: bool,
    /// N3: rules set the mark themselves, without a chain for it.
    pub inline_mark: bool,
    /// N4: marked packets are masqueraded by one rule.
    pub one_masquerade_rule: bool,
    /// N5: what the rule for traffic to cluster IPs compares.
    pub cluster_ip_masquerade: ClusterIpMasquerade,
    /// N6: packets of pods to themselves are found by a set.
    pub set_of_hairpins: bool,
    /// N7: only endpoints that clients stay with have chains.
    pub maps_of_endpoints: bool,
    /// N8: the rule that masquerades external traffic has a comment.
    pub masquerade_comment: bool,
    /// N9: elements of the map of restricted addresses name their service port.
    pub firewall_comments: bool,
    /// N10: interfaces are compared by name, so that they need not exist.
    pub interfaces_by_name: bool,
    /// N11: without `nodePortAddresses` the primary addresses serve node ports, not one address of each family.
    pub primary_node_ports: bool,
    /// N13: packets to unallocated addresses of known service networks are dropped.
    pub drops_unallocated: bool,
    /// N14: comments that nft would refuse are cut.
    pub cut_comments: bool,
    /// N15: a service port with one endpoint translates without a map.
    pub plain_single_endpoint: bool,
    /// N16: node ports on loopback addresses are served by kube-proxy itself, or rejected.
    pub localhost_node_ports: bool,
}

/// N5: what the rule that masquerades traffic to cluster IPs compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterIpMasquerade {
    /// Address, protocol and port, in a rule for each service port.
    Port,
    /// The address, in a rule for each service port.
    Address,
    /// The set of all cluster IPs, in one rule.
    Set,
}

impl NftablesBehavior {
    pub(super) fn of(version: Version, gates: &FeatureGates) -> Self {
        let has = |switch: &Switch| switch.is_in(version);
        Self {
            pre_dnat_chains: has(&PRE_DNAT_CHAINS),
            inline_mark: has(&INLINE_MARK),
            one_masquerade_rule: has(&ONE_MASQUERADE_RULE),
            cluster_ip_masquerade: if has(&SET_OF_CLUSTER_IPS) {
                ClusterIpMasquerade::Set
            } else if has(&ADDRESS_OF_CLUSTER_IP) {
                ClusterIpMasquerade::Address
            } else {
                ClusterIpMasquerade::Port
            },
            set_of_hairpins: has(&SET_OF_HAIRPINS),
            maps_of_endpoints: has(&MAPS_OF_ENDPOINTS),
            masquerade_comment: has(&MASQUERADE_COMMENT),
            firewall_comments: !has(&UNCOMMENTED_FIREWALL),
            interfaces_by_name: has(&INTERFACES_BY_NAME),
            primary_node_ports: has(&PRIMARY_NODE_PORTS),
            drops_unallocated: gates.is_on(&MULTI_CIDR_SERVICE_ALLOCATOR, version),
            cut_comments: has(&CUT_COMMENTS),
            plain_single_endpoint: has(&PLAIN_SINGLE_ENDPOINT),
            localhost_node_ports: gates.is_on(&LOCALHOST_NODE_PORTS, version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behavior(version: &str) -> NftablesBehavior {
        NftablesBehavior::of(version.parse().unwrap(), &FeatureGates::default())
    }

    #[test]
    fn each_switch_changes_in_its_release() {
        type Switch = fn(&NftablesBehavior) -> bool;
        let switches: [(&str, Switch, &str, &str); 16] = [
            ("N1, N2", |b| b.pre_dnat_chains, "1.33.5", "1.33.6"),
            ("N1, N2", |b| b.pre_dnat_chains, "1.34.0", "1.34.1"),
            ("N3", |b| b.inline_mark, "1.35", "1.36"),
            ("N4", |b| b.one_masquerade_rule, "1.35", "1.36"),
            ("N5", |b| b.cluster_ip_masquerade != ClusterIpMasquerade::Port, "1.33", "1.34"),
            ("N5", |b| b.cluster_ip_masquerade == ClusterIpMasquerade::Set, "1.35", "1.36"),
            ("N6", |b| b.set_of_hairpins, "1.35", "1.36"),
            ("N7", |b| b.maps_of_endpoints, "1.35", "1.36"),
            ("N8", |b| b.masquerade_comment, "1.35", "1.36"),
            ("N9", |b| !b.firewall_comments, "1.30", "1.31"),
            ("N10", |b| b.interfaces_by_name, "1.33.5", "1.33.6"),
            ("N10", |b| b.interfaces_by_name, "1.34.1", "1.34.2"),
            ("N11", |b| b.primary_node_ports, "1.30", "1.31"),
            ("N13", |b| b.drops_unallocated, "1.32", "1.33"),
            ("N14", |b| b.cut_comments, "1.36", "1.37"),
            ("N15", |b| b.plain_single_endpoint, "1.36", "1.37"),
        ];
        for (name, is_new, before, after) in switches {
            assert!(!is_new(&behavior(before)), "{name} in {before}");
            assert!(is_new(&behavior(after)), "{name} in {after}");
        }
    }

    #[test]
    fn n16_needs_its_gate_and_a_version_that_has_it() {
        let with = |version: &str, on| {
            let gates = FeatureGates([("KubeProxyNFTablesLocalhostNodePorts".to_owned(), on)].into());
            NftablesBehavior::of(version.parse().unwrap(), &gates).localhost_node_ports
        };
        assert!(!behavior("1.37").localhost_node_ports);
        assert!(with("1.37", true) && !with("1.37", false) && !with("1.36", true));
    }
}
