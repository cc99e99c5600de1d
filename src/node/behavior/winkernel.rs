//! What differs between versions of kube-proxy on Windows (mode kernelspace).
//!
//! A minor version means its newest patch release: corrections that were backported to older releases count
//! from the oldest of them.

use super::gates::{FeatureGates, WIN_DSR, WIN_OVERLAY};
use super::version::Version;

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
    /// Load balancers are changed in place where HNS can (#124092).
    pub modifies_in_place: bool,
    /// The gate `WinDSR`: without it kube-proxy does not start with `enableDSR`.
    pub dsr_gate: bool,
    /// The gate `WinOverlay`: without it kube-proxy does not start on an overlay network.
    pub overlay_gate: bool,
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
    /// The one that HNS lists last (to 1.32).
    LastListed,
    /// The remote one (#131138).
    Remote,
    /// The local one; the other is deleted at the end of the sync (#138000).
    Local,
}

impl WinkernelBehavior {
    pub(super) fn of(version: Version, gates: &FeatureGates) -> Self {
        let since = |minor| version.minor >= minor;
        Self {
            own_addresses: since(33),
            internal_port: if since(34) { InternalPort::LastEndpoint } else { InternalPort::Service },
            same_address: match version.minor {
                ..=32 => SameAddress::LastListed,
                33 => SameAddress::Remote,
                34.. => SameAddress::Local,
            },
            // Seen in 1.30 and not in 1.36; the release in between is not known.
            deletes_policy_lists: !since(31),
            modifies_in_place: since(31),
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
        let switches: [(&str, Switch, &str, &str); 8] = [
            ("own addresses", |b| b.own_addresses, "1.32", "1.33"),
            ("internal port", |b| b.internal_port == InternalPort::LastEndpoint, "1.33", "1.34"),
            ("remote wins", |b| b.same_address != SameAddress::LastListed, "1.32", "1.33"),
            ("local wins", |b| b.same_address == SameAddress::Local, "1.33", "1.34"),
            ("start", |b| !b.deletes_policy_lists, "1.30", "1.31"),
            ("in place", |b| b.modifies_in_place, "1.30", "1.31"),
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
