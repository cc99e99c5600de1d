//! What differs between versions of kube-proxy on Windows (mode kernelspace).
//!
//! Corrections were backported: patch releases of one minor version differ.

use super::gates::{FeatureGates, WIN_DSR, WIN_OVERLAY};
use super::switches::{
    DELETES_LOAD_BALANCERS, LOCAL_ENDPOINT_WINS, MODIFIES_FROM_15_5, MODIFIES_IN_PLACE, MODIFIES_ON_16,
    OWN_ADDRESSES, PORT_OF_LAST_ENDPOINT, REMOTE_ENDPOINT_WINS, Switch,
};
use super::version::Version;
use crate::node::HnsVersion;

/// How one version of kube-proxy behaves on Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WinkernelBehavior {
    /// External IPs and load balancer addresses are taken from what all proxiers share: of its own family
    /// and without `ipMode: Proxy`. Before, each family served all of them, and a load balancer of the
    /// other family with the same ports, address and endpoints was taken for one's own (#136241).
    pub own_addresses: bool,
    /// Where the port of the pods comes from.
    pub internal_port: InternalPort,
    /// Which of two HNS endpoints with one address is used.
    pub same_address: SameAddress,
    /// A start deletes load balancers through the old API of HNS.
    pub deletes_policy_lists: bool,
    /// On which HNS load balancers are changed in place.
    pub in_place: InPlace,
    /// The gate `WinDSR`: without it kube-proxy does not start with `enableDSR`.
    pub dsr_gate: bool,
    /// The gate `WinOverlay`: without it kube-proxy does not start on an overlay network.
    pub overlay_gate: bool,
}

/// On which versions of HNS kube-proxy changes load balancers in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InPlace {
    /// On none (1.30).
    Never,
    /// On 15.4 and later (#124092).
    From15p4,
    /// On 15.5 to 15.x: 15.4 takes the call and does nothing (#131506).
    Only15From5,
    /// On 15.5 to 15.x, and on 16.0 and later.
    From15p5AndOn16,
}

impl InPlace {
    /// Whether load balancers are changed in place on a version of HNS.
    #[must_use]
    pub fn is_on(self, hns: HnsVersion) -> bool {
        let version = (hns.major, hns.minor);
        match self {
            Self::Never => false,
            Self::From15p4 => version >= (15, 4),
            Self::Only15From5 => hns.major == 15 && hns.minor >= 5,
            Self::From15p5AndOn16 => version >= (15, 5),
        }
    }
}

/// Where the port of the pods comes from; a load balancer of HNS has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InternalPort {
    /// A number in the Service is used, whatever the slices contain; a name means the port of the first
    /// endpoint that is used (to 1.33).
    Service,
    /// The port of the last endpoint that is used (#132647).
    LastEndpoint,
}

/// Which of two HNS endpoints with one address is used, a local pod's or a remote one that was left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameAddress {
    /// The one that HNS lists last (1.30).
    LastListed,
    /// The remote one (#131138).
    Remote,
    /// The local one; the other is deleted at the end of the sync (#138000).
    Local,
}

impl WinkernelBehavior {
    pub(super) fn of(version: Version, gates: &FeatureGates) -> Self {
        let has = |switch: &Switch| switch.is_in(version);
        Self {
            own_addresses: has(&OWN_ADDRESSES),
            internal_port: if has(&PORT_OF_LAST_ENDPOINT) {
                InternalPort::LastEndpoint
            } else {
                InternalPort::Service
            },
            same_address: if has(&LOCAL_ENDPOINT_WINS) {
                SameAddress::Local
            } else if has(&REMOTE_ENDPOINT_WINS) {
                SameAddress::Remote
            } else {
                SameAddress::LastListed
            },
            deletes_policy_lists: !has(&DELETES_LOAD_BALANCERS),
            in_place: if has(&MODIFIES_ON_16) {
                InPlace::From15p5AndOn16
            } else if has(&MODIFIES_FROM_15_5) {
                InPlace::Only15From5
            } else if has(&MODIFIES_IN_PLACE) {
                InPlace::From15p4
            } else {
                InPlace::Never
            },
            dsr_gate: gates.is_on(&WIN_DSR, version),
            overlay_gate: gates.is_on(&WIN_OVERLAY, version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behavior(version: &str) -> WinkernelBehavior {
        WinkernelBehavior::of(version.parse().unwrap(), &FeatureGates::default())
    }

    #[test]
    fn each_switch_changes_in_its_release() {
        type Switch = fn(&WinkernelBehavior) -> bool;
        let switches: [(&str, Switch, &str, &str); 14] = [
            ("own addresses", |b| b.own_addresses, "1.32", "1.33"),
            ("own addresses", |b| b.own_addresses, "1.33.7", "1.33.8"),
            ("own addresses", |b| b.own_addresses, "1.34.3", "1.34.4"),
            ("own addresses", |b| b.own_addresses, "1.35.0", "1.35.1"),
            ("internal port", |b| b.internal_port == InternalPort::LastEndpoint, "1.33", "1.34"),
            ("remote wins", |b| b.same_address != SameAddress::LastListed, "1.30", "1.31"),
            ("remote wins", |b| b.same_address != SameAddress::LastListed, "1.32.4", "1.32.5"),
            ("local wins", |b| b.same_address == SameAddress::Local, "1.33", "1.34"),
            ("local wins", |b| b.same_address == SameAddress::Local, "1.34.7", "1.34.8"),
            ("local wins", |b| b.same_address == SameAddress::Local, "1.35.4", "1.35.5"),
            ("start", |b| !b.deletes_policy_lists, "1.30", "1.31"),
            ("in place", |b| b.in_place != InPlace::Never, "1.30", "1.31"),
            ("WinDSR", |b| b.dsr_gate, "1.32", "1.33"),
            ("since ever", |b| !b.overlay_gate, "1.36", "none"),
        ];
        for (name, is_new, before, after) in switches {
            assert!(!is_new(&behavior(before)), "{name} in {before}");
            if after != "none" {
                assert!(is_new(&behavior(after)), "{name} in {after}");
            }
        }
    }

    #[test]
    fn load_balancers_are_changed_in_place_by_release_and_version_of_hns() {
        let hns = |text: &str| text.parse::<HnsVersion>().expect("it is a version");
        let on = |version: &str| {
            ["15.3", "15.4", "15.5", "16.0"].map(|of_hns| behavior(version).in_place.is_on(hns(of_hns)))
        };
        assert_eq!(on("1.30"), [false; 4]);
        assert_eq!(on("1.32.5"), [false, true, true, true]);
        assert_eq!(on("1.32.6"), [false, false, true, false]);
        assert_eq!(on("1.34.9"), [false, false, true, false]);
        assert_eq!(on("1.35.2"), [false, false, true, true]);
    }

    #[test]
    fn the_gates_of_windows_can_be_set_up_to_their_locking() {
        let with = |version: &str, name: &str, on| {
            let gates = FeatureGates([(name.to_owned(), on)].into());
            WinkernelBehavior::of(version.parse().unwrap(), &gates)
        };
        assert!(with("1.30", "WinDSR", true).dsr_gate);
        assert!(!with("1.33", "WinDSR", false).dsr_gate);
        assert!(with("1.34", "WinDSR", false).dsr_gate);
        assert!(!with("1.33", "WinOverlay", false).overlay_gate);
    }
}
