//! Faults of kube-proxy that are known, those of Windows first: which releases have each, and which are without it.
//!
//! Seen in the project's recordings of 1.30.5 and 1.36.2 over sequences of events, or read in the sources of the releases
//! on both sides, or, for 1.37, in the pull request; the pull request or issue is the public one.

use super::switches::{Evidence, listed, reaches};
use super::version::Version;

/// A fault of kube-proxy that some releases have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// Its number.
    pub id: &'static str,
    /// What goes wrong.
    pub title: &'static str,
    /// Whether only kube-proxy on Windows has it.
    pub is_of_windows: bool,
    /// The first release of each minor version that has it, as minor version and patch, oldest first.
    pub since: &'static [(u8, u8)],
    /// The first release of each minor version that is without it again; none where every later release has it.
    pub mended: &'static [(u8, u8)],
    /// How that is known.
    pub evidence: Evidence,
    /// The pull request or issue of kubernetes/kubernetes, where it is known.
    pub issue: Option<u32>,
    /// Which inputs meet it.
    pub meets: Meets,
}

/// Which inputs meet a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meets {
    /// Those of which no input tells: what others do to the node, or what fails there.
    NothingTold,
    /// Services with endpoints.
    Endpoints,
    /// Services whose traffic stays on the node by policy.
    LocalPolicy,
    /// Services that have a pod of another node in common with another Service.
    SharedPods,
    /// Services that name an address which Kubernetes does not serve in the family of their cluster IP.
    OtherAddresses,
    /// Services with a number for the port of the pods that is not the port of their endpoints.
    OtherPorts,
    /// Services with a pod that HNS has both as a local and as a remote endpoint.
    TwinEndpoints,
    /// Services with endpoints, where HNS has a load balancer without port mappings.
    UnmappedLoadBalancers,
    /// Services with endpoints, on a node with HNS 15.4.
    Hns15p4,
    /// Endpoints whose address is not spelled as usual.
    OddSpelling,
}

impl Fault {
    /// Whether a version has it.
    #[must_use]
    pub fn is_in(&self, version: Version) -> bool {
        reaches(self.since, version) && !reaches(self.mended, version)
    }

    /// The oldest later release that is without it, for a version that has it.
    #[must_use]
    pub fn first_without(&self, version: Version) -> Option<Version> {
        let mut later = self.mended.iter().filter(|(minor, _)| *minor >= version.minor);
        later.next().map(|(minor, patch)| Version::release(*minor, *patch)).filter(|_| self.is_in(version))
    }

    /// The first releases that have it: `1.31.10, 1.32.5, 1.33`.
    #[must_use]
    pub fn releases(&self) -> String {
        listed(self.since)
    }

    /// The first releases without it; `None` where every later release has it.
    #[must_use]
    pub fn mended_releases(&self) -> Option<String> {
        (!self.mended.is_empty()).then(|| listed(self.mended))
    }
}

/// All that are known: those of Windows first.
pub const FAULTS: &[Fault] = &[
    Fault {
        id: "W1",
        title: "a load balancer is lost when endpoints change and those in use stay the same, as in each rolling update: \
                kube-proxy looks for it under a wrong address, deletes it, and does not create it again",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[(31, 0)],
        evidence: Evidence::Recorded,
        issue: Some(124_092),
        meets: Meets::Endpoints,
    },
    Fault {
        id: "W2",
        title: "the load balancer of a cluster IP with traffic policy Local is deleted and not created again when an \
                endpoint changes: kube-proxy compares it with the endpoints of all nodes",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[(31, 14), (32, 10), (33, 6), (34, 2), (35, 0)],
        evidence: Evidence::Read,
        issue: Some(133_953),
        meets: Meets::LocalPolicy,
    },
    Fault {
        id: "W3",
        title: "remote endpoints of pods that several Services use are never deleted from HNS",
        is_of_windows: true,
        since: &[(31, 0)],
        mended: &[(32, 10), (33, 6), (34, 2), (35, 0)],
        evidence: Evidence::Read,
        issue: Some(135_146),
        meets: Meets::SharedPods,
    },
    Fault {
        id: "W4",
        title: "external IPs and addresses of load balancers are served in the wrong family and with ipMode Proxy, and of a \
                node port in two families only one is created",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[(33, 8), (34, 4), (35, 1)],
        evidence: Evidence::Recorded,
        issue: Some(136_241),
        meets: Meets::OtherAddresses,
    },
    Fault {
        id: "W5",
        title: "connections go to the number in targetPort, although the pods listen on another port",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[(34, 0)],
        evidence: Evidence::Recorded,
        issue: Some(132_647),
        meets: Meets::OtherPorts,
    },
    Fault {
        id: "W6",
        title: "a pod of the node is reached through the remote endpoint that is left over of another pod with its address, \
                so that it is not reached",
        is_of_windows: true,
        since: &[(31, 10), (32, 5), (33, 0)],
        mended: &[(34, 8), (35, 5), (36, 1)],
        evidence: Evidence::Recorded,
        issue: Some(138_000),
        meets: Meets::TwinEndpoints,
    },
    Fault {
        id: "W7",
        title: "load balancers keep endpoints that are gone: kube-proxy changes them in place, which HNS 15.4 accepts and \
                does not do",
        is_of_windows: true,
        since: &[(31, 0)],
        mended: &[(32, 6), (33, 0)],
        evidence: Evidence::Read,
        issue: Some(131_506),
        meets: Meets::Hns15p4,
    },
    Fault {
        id: "W8",
        title: "where load balancers are changed in place, one that HNS has lost is changed in vain in every sync, until its \
                Service changes or kube-proxy restarts",
        is_of_windows: true,
        since: &[(31, 0)],
        mended: &[],
        evidence: Evidence::Recorded,
        issue: Some(137_530),
        meets: Meets::NothingTold,
    },
    Fault {
        id: "W9",
        title: "load balancers that something else deletes are not created again before their Service changes",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[],
        evidence: Evidence::Recorded,
        issue: Some(135_802),
        meets: Meets::NothingTold,
    },
    Fault {
        id: "W10",
        title: "each failed creation of a load balancer leaves its remote endpoints in HNS for ever",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[],
        evidence: Evidence::Recorded,
        issue: None,
        meets: Meets::NothingTold,
    },
    Fault {
        id: "W11",
        title: "remote endpoints of pods and Services that go while kube-proxy is stopped stay in HNS for ever",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[],
        evidence: Evidence::Recorded,
        issue: None,
        meets: Meets::NothingTold,
    },
    Fault {
        id: "W12",
        title: "a pod of the node whose HNS endpoint comes after its slice is left out until the next change of the Service",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[],
        evidence: Evidence::Recorded,
        issue: None,
        meets: Meets::NothingTold,
    },
    Fault {
        id: "W13",
        title: "while HNS cannot be reached, kube-proxy takes its load balancers for deleted; HNS restores them, and each \
                creation fails with 0xB7 from then on, as they are there",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[(37, 0)],
        evidence: Evidence::NotRecorded,
        issue: Some(139_503),
        meets: Meets::NothingTold,
    },
    Fault {
        id: "W14",
        title: "kube-proxy ends with a panic while HNS has a load balancer without port mappings, as failed creations \
                leave them; a patch release of 1.36 after 1.36.3 is without it as well",
        is_of_windows: true,
        since: &[(30, 0)],
        mended: &[(37, 1)],
        evidence: Evidence::NotRecorded,
        issue: Some(141_489),
        meets: Meets::UnmappedLoadBalancers,
    },
    Fault {
        id: "L1",
        title: "an address of an endpoint with leading zeros makes iptables-restore refuse every rule of the node",
        is_of_windows: false,
        since: &[(30, 0)],
        mended: &[(31, 0)],
        evidence: Evidence::Recorded,
        issue: None,
        meets: Meets::OddSpelling,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect("it is a version")
    }

    /// Both sides of each release in which a fault came or went.
    #[test]
    fn a_fault_is_in_its_releases_only() {
        for fault in FAULTS {
            for &(minor, patch) in fault.mended {
                let without = Version::release(minor, patch);
                assert!(!fault.is_in(without), "{} in {without}", fault.id);
                assert_eq!(fault.first_without(without), None, "{}", fault.id);
                let Some(before) = patch.checked_sub(1).map(|patch| Version::release(minor, patch)) else {
                    continue;
                };
                assert!(fault.is_in(before), "{} in {before}", fault.id);
                assert_eq!(fault.first_without(before), Some(without), "{}", fault.id);
            }
            for &(minor, patch) in fault.since {
                assert!(fault.is_in(Version::release(minor, patch)), "{}", fault.id);
                let before = patch.checked_sub(1).map(|patch| Version::release(minor, patch));
                assert!(!before.is_some_and(|before| fault.is_in(before)), "{}", fault.id);
            }
            let minors = fault.mended.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0);
            assert!(minors, "{}: a minor version is left out", fault.id);
        }
    }

    #[test]
    fn the_first_release_without_a_fault_is_of_the_same_minor_version_where_there_is_one() {
        let own_addresses = FAULTS.iter().find(|fault| fault.id == "W4").expect("it is known");
        for (has, without) in [
            ("1.30", Some("1.33.8")),
            ("1.32.13", Some("1.33.8")),
            ("1.33.5", Some("1.33.8")),
            ("1.34.2", Some("1.34.4")),
            ("1.35.0", Some("1.35.1")),
            ("1.34.4", None),
            ("1.34", None),
            ("1.36", None),
        ] {
            let found = own_addresses.first_without(version(has)).map(|of| of.to_string());
            assert_eq!(found.as_deref(), without, "{has}");
        }
    }

    /// Nothing can be said of an input where no release is without the fault, and every fault says how it is known.
    #[test]
    fn faults_are_in_order_and_have_numbers_of_their_own() {
        let windows = FAULTS.iter().take_while(|fault| fault.is_of_windows).count();
        assert!(FAULTS[windows..].iter().all(|fault| !fault.is_of_windows));
        let ids: std::collections::BTreeSet<&str> = FAULTS.iter().map(|fault| fault.id).collect();
        assert_eq!(ids.len(), FAULTS.len());
        for fault in FAULTS {
            assert!(!fault.mended.is_empty() || fault.meets == Meets::NothingTold, "{}", fault.id);
            assert!(
                fault.evidence == Evidence::Recorded || fault.issue.is_some(),
                "{}: no evidence",
                fault.id
            );
        }
    }
}
