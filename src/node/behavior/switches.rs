//! What changed in which release of kube-proxy: one table, with the evidence of every row.
//!
//! The numbers V1 to V16 are those of the project's comparison of 1.30 to 1.37, and N1 to N20 those of its comparison in
//! nftables mode. What came after 1.36 was not recorded: it was read in its pull requests.

use super::version::Version;

/// A change of kube-proxy's behaviour.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Switch {
    /// Its number in the comparison of versions, where it has one.
    pub id: &'static str,
    /// What kube-proxy does since then.
    pub title: &'static str,
    /// The first release of each minor version that has it, as minor version and patch, oldest first. Every later minor
    /// version has it.
    pub since: &'static [(u8, u8)],
    /// How that is known.
    pub evidence: Evidence,
    /// The pull request of kubernetes/kubernetes, where it is known.
    pub pull_request: Option<u32>,
    /// Whether it changes the rules of a first sync. Other changes are about later syncs, starts, and what kube-proxy
    /// reports.
    pub changes_rules: bool,
}

/// How it is known that a release has a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Releases before and after it were recorded.
    Recorded,
    /// The sources of releases before and after it were read.
    Read,
    /// The pull request was read, and no release with it was recorded.
    NotRecorded,
}

impl Evidence {
    /// As it is written in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Read => "read",
            Self::NotRecorded => "read, not recorded",
        }
    }
}

impl Switch {
    /// Whether a version has the change.
    #[must_use]
    pub fn is_in(&self, version: Version) -> bool {
        reaches(self.since, version)
    }

    /// The first releases that have it: `1.34.8, 1.35.5, 1.36.1`.
    #[must_use]
    pub fn releases(&self) -> String {
        listed(self.since)
    }
}

impl Version {
    /// Whether it names a minor version alone, of which patch releases are known to have different rules.
    #[must_use]
    pub fn has_different_patches(self) -> bool {
        let patches = SWITCHES.iter().flat_map(|switch| switch.since);
        self.names_no_patch() && patches.into_iter().any(|(minor, patch)| *minor == self.minor && *patch > 0)
    }
}

/// Whether a version is as new as the first of these releases that has its minor version, or an older one.
pub(super) fn reaches(releases: &[(u8, u8)], version: Version) -> bool {
    let of_minor = releases.iter().rev().find(|(minor, _)| *minor <= version.minor);
    of_minor.is_some_and(|(minor, patch)| version.minor > *minor || version.patch() >= *patch)
}

/// `1.34.8, 1.35.5, 1.36.1`
pub(super) fn listed(releases: &[(u8, u8)]) -> String {
    let name = |(minor, patch): &(u8, u8)| match patch {
        0 => format!("1.{minor}"),
        _ => Version::release(*minor, *patch).to_string(),
    };
    releases.iter().map(name).collect::<Vec<_>>().join(", ")
}

const fn recorded(id: &'static str, since: &'static [(u8, u8)], title: &'static str) -> Switch {
    Switch { id, title, since, evidence: Evidence::Recorded, pull_request: None, changes_rules: true }
}

const fn read(id: &'static str, since: &'static [(u8, u8)], title: &'static str) -> Switch {
    Switch { id, title, since, evidence: Evidence::Read, pull_request: None, changes_rules: true }
}

/// A change that no rule of a first sync shows.
const fn besides(id: &'static str, since: &'static [(u8, u8)], title: &'static str) -> Switch {
    Switch { changes_rules: false, ..read(id, since, title) }
}

impl Switch {
    const fn not_recorded(self, pull_request: u32) -> Self {
        Self { evidence: Evidence::NotRecorded, ..self.by(pull_request) }
    }

    const fn by(self, pull_request: u32) -> Self {
        Self { pull_request: Some(pull_request), ..self }
    }
}

pub(super) const COUNTS_WITH_NFACCT: Switch = recorded(
    "V1",
    &[(31, 0)],
    "rules count packets in accounting objects of the kernel, where those can be made",
);
pub(super) const ZERO_RANGE_ALLOWS_ALL: Switch =
    recorded("V5", &[(34, 0)], "a source range of prefix length 0 lifts all restrictions");
pub(super) const CANONICAL_ENDPOINTS: Switch = recorded(
    "V6",
    &[(31, 0)],
    "addresses of endpoints are read and printed again, not passed on as they are spelled",
);
pub(super) const LAST_DUPLICATE: Switch = recorded(
    "V7",
    &[(36, 0)],
    "of endpoints with one address and port the last counts that is not terminating, not the first or a local one",
);
pub(super) const UNSORTED_ENDPOINTS: Switch = recorded(
    "V7, order",
    &[(31, 0)],
    "the order of endpoints with one address is that of the slice, not that of all their addresses as a text",
)
.by(124_626);
pub(super) const FAMILY_OF_SLICE: Switch =
    recorded("V8", &[(33, 0)], "the addressType of a slice alone decides about the family of its endpoints");
pub(super) const LABELS_APART: Switch = recorded(
    "V9",
    &[(36, 0)],
    "the label of headless Services hides slices only, and that of other proxies Services only",
);
pub(super) const PRIMARY_KEYWORD: Switch =
    read("V10", &[(31, 0)], "nodePortAddresses takes the word primary");
pub(super) const MIXED_KEYWORDS: Switch = read(
    "V10, words",
    &[(37, 0)],
    "nodePortAddresses takes the words primary, localhost and all, together and with CIDRs",
)
.not_recorded(138_427);
pub(super) const ZERO_CIDR_BY_LENGTH: Switch = recorded(
    "V10, zero CIDR",
    &[(34, 0)],
    "a CIDR of length 0 in nodePortAddresses means every address, however it is spelled",
);
pub(super) const EXTERNAL_IPS_GATE: Switch =
    recorded("V12", &[(36, 0)], "the gate AllowServiceExternalIPs decides whether external IPs are served");
pub(super) const KUBELET_PORT_IS_FREE: Switch =
    read("API, kubelet", &[(33, 0)], "a Service of type LoadBalancer may have the port 10250");
pub(super) const STRICT_ADDRESSES: Switch =
    read("API, addresses", &[(36, 0)], "new objects may not have addresses with leading zeros");

pub(super) const PRE_DNAT_CHAINS: Switch = recorded(
    "N1, N2",
    &[(33, 6), (34, 1)],
    "nftables: source ranges are checked in chains of their own before the translation, and the other checks hang at \
     priority 0",
)
.by(132_456);
pub(super) const INLINE_MARK: Switch = recorded(
    "N3",
    &[(36, 0)],
    "nftables: rules set the mark themselves, without the chain mark-for-masquerade",
)
.by(135_800);
pub(super) const ONE_MASQUERADE_RULE: Switch =
    recorded("N4", &[(36, 0)], "nftables: one rule masquerades what is marked").by(135_800);
pub(super) const ADDRESS_OF_CLUSTER_IP: Switch = recorded(
    "N5",
    &[(34, 0)],
    "nftables: the rule that masquerades traffic to a cluster IP compares the address, not protocol and port",
)
.by(131_492);
pub(super) const SET_OF_CLUSTER_IPS: Switch =
    recorded("N5, set", &[(36, 0)], "nftables: one rule masquerades traffic to the set of all cluster IPs");
pub(super) const SET_OF_HAIRPINS: Switch = recorded(
    "N6",
    &[(36, 0)],
    "nftables: packets of pods to themselves are found by a set, not by a rule for each endpoint",
)
.by(136_499);
pub(super) const MAPS_OF_ENDPOINTS: Switch = recorded(
    "N7",
    &[(36, 0)],
    "nftables: endpoints stand in a map, and only those that clients stay with have chains",
);
pub(super) const MASQUERADE_COMMENT: Switch =
    recorded("N8", &[(36, 0)], "nftables: the rule that masquerades external traffic has a comment");
pub(super) const UNCOMMENTED_FIREWALL: Switch =
    recorded("N9", &[(31, 0)], "nftables: elements of the map firewall-ips have no comment");
pub(super) const INTERFACES_BY_NAME: Switch = recorded(
    "N10",
    &[(33, 6), (34, 2)],
    "nftables: interfaces of pods are compared by name, so that they need not exist when rules are loaded",
)
.by(134_024);
pub(super) const PRIMARY_NODE_PORTS: Switch = read(
    "N11",
    &[(31, 0)],
    "nftables: without nodePortAddresses the primary addresses of the node serve node ports",
)
.by(122_724);
pub(super) const CUT_COMMENTS: Switch =
    read("N14", &[(37, 0)], "nftables: comments of more than 128 bytes are cut, where nft refused all rules")
        .not_recorded(139_516);
pub(super) const PLAIN_SINGLE_ENDPOINT: Switch =
    read("N15", &[(37, 0)], "nftables: a service port with one endpoint translates to it without a map")
        .not_recorded(140_723);

pub(super) const DELETES_LOAD_BALANCERS: Switch = recorded(
    "Windows, start",
    &[(31, 0)],
    "a start deletes load balancers of HNS, not policy lists through the old API",
);
pub(super) const MODIFIES_IN_PLACE: Switch =
    read("Windows, modify", &[(31, 0)], "load balancers are changed in place where HNS (15.4 and later) can")
        .by(124_092);
pub(super) const MODIFIES_FROM_15_5: Switch =
    read("Windows, modify 15.5", &[(32, 6)], "load balancers are changed in place on HNS 15.5 to 15.x only")
        .by(131_506);
pub(super) const MODIFIES_ON_16: Switch = read(
    "Windows, modify 16",
    &[(35, 0)],
    "load balancers are changed in place on HNS 16.0 and later as well",
);
pub(super) const REMOTE_ENDPOINT_WINS: Switch = recorded(
    "Windows, remote endpoint",
    &[(31, 10), (32, 5), (33, 0)],
    "of two HNS endpoints with one address the remote one is used, not the one that is listed last",
)
.by(131_138);
pub(super) const OWN_ADDRESSES: Switch = recorded(
    "Windows, own addresses",
    &[(33, 8), (34, 4), (35, 1)],
    "external IPs and addresses of load balancers are those of the own family, without ipMode Proxy; load balancers \
     are told apart by family",
)
.by(136_241);
pub(super) const PORT_OF_LAST_ENDPOINT: Switch = recorded(
    "Windows, internal port",
    &[(34, 0)],
    "the port of the pods is that of the last endpoint that is used, whatever targetPort says",
)
.by(132_647);
pub(super) const LOCAL_ENDPOINT_WINS: Switch = recorded(
    "Windows, local endpoint",
    &[(34, 8), (35, 5), (36, 1)],
    "of two HNS endpoints with one address the local one is used, and the remote one is deleted",
)
.by(138_000);

pub(super) const ZONE_FORCES_FULL_SYNC: Switch =
    besides("V14", &[(34, 0)], "labels of the Node lead to a full sync only if they are about its zone");
pub(super) const FULL_SYNC_EACH_HOUR: Switch =
    besides("V15", &[(33, 0)], "iptables and nftables: all rules are written anew once an hour");
pub(super) const LARGE_CLUSTERS_ARE_SPARED: Switch = besides(
    "V15, large",
    &[(34, 8), (35, 5), (36, 1)],
    "iptables: with more than 1,000 endpoints rules are not written anew once an hour",
)
.by(138_571);
pub(super) const PARTIAL_TRANSACTIONS: Switch =
    besides("N18", &[(31, 0)], "nftables: a sync writes only what changed").by(126_013);
pub(super) const READS_ELEMENTS_BACK: Switch = besides(
    "N18, start",
    &[(33, 0)],
    "nftables: a start reads the elements of the table and writes only those that differ, and leaves chains of \
         endpoints that are there",
);

pub(super) const FLOWS_ARE_COMPARED: Switch = besides(
    "Conntrack",
    &[(32, 0)],
    "entries of UDP are compared with what is served, not deleted one by one",
);

/// Every change that is known: those of all nodes by their numbers, then those of nftables and of Windows; and those that
/// no rule shows.
pub const SWITCHES: &[Switch] = &[
    COUNTS_WITH_NFACCT,
    ZERO_RANGE_ALLOWS_ALL,
    CANONICAL_ENDPOINTS,
    LAST_DUPLICATE,
    UNSORTED_ENDPOINTS,
    FAMILY_OF_SLICE,
    LABELS_APART,
    PRIMARY_KEYWORD,
    MIXED_KEYWORDS,
    ZERO_CIDR_BY_LENGTH,
    EXTERNAL_IPS_GATE,
    KUBELET_PORT_IS_FREE,
    STRICT_ADDRESSES,
    PRE_DNAT_CHAINS,
    INLINE_MARK,
    ONE_MASQUERADE_RULE,
    ADDRESS_OF_CLUSTER_IP,
    SET_OF_CLUSTER_IPS,
    SET_OF_HAIRPINS,
    MAPS_OF_ENDPOINTS,
    MASQUERADE_COMMENT,
    UNCOMMENTED_FIREWALL,
    INTERFACES_BY_NAME,
    PRIMARY_NODE_PORTS,
    CUT_COMMENTS,
    PLAIN_SINGLE_ENDPOINT,
    DELETES_LOAD_BALANCERS,
    MODIFIES_IN_PLACE,
    MODIFIES_FROM_15_5,
    MODIFIES_ON_16,
    REMOTE_ENDPOINT_WINS,
    OWN_ADDRESSES,
    PORT_OF_LAST_ENDPOINT,
    LOCAL_ENDPOINT_WINS,
    ZONE_FORCES_FULL_SYNC,
    FULL_SYNC_EACH_HOUR,
    LARGE_CLUSTERS_ARE_SPARED,
    besides("V16", &[(34, 0)], "--cleanup removes every chain of kube-proxy"),
    FLOWS_ARE_COMPARED,
    besides("Retry", &[(34, 0)], "a sync that failed is tried again by itself, not at the next change"),
    besides("Mode, unset", &[(37, 0)], "kube-proxy warns where no mode is set, as its default is to change")
        .not_recorded(139_957),
    besides(
        "Mode, ipvs",
        &[(37, 0)],
        "the gate KubeProxyIPVS, which is on by default, decides whether the mode ipvs can be used",
    )
    .not_recorded(139_397),
    besides(
        "Node",
        &[(37, 0)],
        "kube-proxy ends where the addresses of its Node change or the Node is deleted, so that it starts anew",
    )
    .not_recorded(138_183),
    besides(
        "N16",
        &[(37, 0)],
        "nftables: with the gate KubeProxyNFTablesLocalhostNodePorts, which is off by default, kube-proxy serves node \
         ports of TCP on loopback addresses, and others are rejected there",
    )
    .not_recorded(138_427),
    besides(
        "N17",
        &[(37, 0)],
        "nftables: kube-proxy reads and writes tables by netlink, not by the program nft (gate NFTablesNetlink, on by \
         default)",
    )
    .not_recorded(137_536),
    PARTIAL_TRANSACTIONS,
    READS_ELEMENTS_BACK,
    besides(
        "N18, listing",
        &[(33, 11), (34, 7), (35, 4), (36, 0)],
        "nftables: chains and sets of a table are listed in one call",
    ),
    besides("N20", &[(31, 0)], "nftables: kube-proxy does not start with nft before 1.0.1"),
    besides(
        "N20, kernel",
        &[(33, 0)],
        "nftables: kube-proxy does not start with Linux before 5.13, unless \
         KUBE_PROXY_NFTABLES_SKIP_KERNEL_VERSION_CHECK is set; before, only if it was set",
    ),
    besides("N21", &[(37, 0)], "nftables: the image of kube-proxy has nft 1.0.6.1, which works beside newer ones")
        .not_recorded(140_405),
    besides("Windows, pause", &[(35, 0)], "the longest time between two syncs is syncPeriod, not an hour"),
    besides(
        "Windows, metrics",
        &[(37, 0)],
        "failures to create, update and delete load balancers are counted in metrics \
         (kubeproxy_sync_proxy_rules_winkernel_lb_*_failures_total)",
    )
    .not_recorded(137_767),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_in_its_releases_and_all_later_ones() {
        let is_in = |text: &str| LOCAL_ENDPOINT_WINS.is_in(text.parse().expect("it is a version"));
        for old in ["1.30", "1.33", "1.33.13", "1.34.0", "1.34.7", "1.35.0", "1.35.4", "1.36.0"] {
            assert!(!is_in(old), "{old}");
        }
        for new in ["1.34", "1.34.8", "1.34.20", "1.35", "1.35.5", "1.36.1", "1.36", "1.37", "1.37.0"] {
            assert!(is_in(new), "{new}");
        }
        assert_eq!(LOCAL_ENDPOINT_WINS.releases(), "1.34.8, 1.35.5, 1.36.1");
    }

    #[test]
    fn every_change_differs_on_both_sides_of_each_of_its_releases() {
        for switch in SWITCHES {
            let minors: Vec<u8> = switch.since.iter().map(|(minor, _)| *minor).collect();
            assert!(
                minors.windows(2).all(|pair| pair[0] + 1 == pair[1]),
                "{}: a minor is left out",
                switch.id
            );
            for &(minor, patch) in switch.since {
                assert!(switch.is_in(Version::release(minor, patch)), "{}", switch.id);
                let before = match patch {
                    0 => Version::release(minor - 1, 0),
                    patch => Version::release(minor, patch - 1),
                };
                assert!(!switch.is_in(before), "{} in {before}", switch.id);
            }
        }
    }
}
