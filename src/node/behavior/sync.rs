//! What differs between versions of kube-proxy in later syncs on Linux. Nothing of it is in the text of a first sync, so it
//! is no part of [`Behavior`](super::Behavior).

use super::switches::{
    FLOWS_ARE_COMPARED, FULL_SYNC_EACH_HOUR, LARGE_CLUSTERS_ARE_SPARED, PARTIAL_TRANSACTIONS,
    READS_ELEMENTS_BACK, Switch, ZONE_FORCES_FULL_SYNC,
};
use super::version::Version;

/// How one version of kube-proxy syncs after the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncBehavior {
    /// V14: of the labels of the node only its zone forces a full sync, not any of them.
    pub zone_forces_full_sync: bool,
    /// V15: the first sync of an hour is a full one.
    pub full_each_hour: bool,
    /// V15: but not with more than 1000 endpoints, in iptables mode.
    pub spares_large_clusters: bool,
    /// N18: a transaction of nftables has only what changed.
    pub partial_transactions: bool,
    /// A full sync of nftables reads elements back and writes what differs, and the first one of a process leaves chains
    /// of endpoints alone that are there.
    pub reads_elements_back: bool,
    /// Flows of UDP are listed and compared with what serves; before, those that have to go are named.
    pub compares_flows: bool,
}

impl SyncBehavior {
    /// That of a version.
    #[must_use]
    pub fn of(version: Version) -> Self {
        let has = |switch: &Switch| switch.is_in(version);
        Self {
            zone_forces_full_sync: has(&ZONE_FORCES_FULL_SYNC),
            full_each_hour: has(&FULL_SYNC_EACH_HOUR),
            spares_large_clusters: has(&LARGE_CLUSTERS_ARE_SPARED),
            partial_transactions: has(&PARTIAL_TRANSACTIONS),
            reads_elements_back: has(&READS_ELEMENTS_BACK),
            compares_flows: has(&FLOWS_ARE_COMPARED),
        }
    }

    /// Whether these labels of the node, which have changed, force a full sync.
    #[must_use]
    pub fn is_forced_by(&self, labels: &[String]) -> bool {
        if self.zone_forces_full_sync {
            labels.iter().any(|label| label == "topology.kubernetes.io/zone")
        } else {
            !labels.is_empty()
        }
    }
}
