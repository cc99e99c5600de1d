//! Feature gates of kube-proxy: when each came, and when it could no longer be set.

use std::collections::BTreeMap;

use super::version::Version;

/// Feature gates as the configuration sets them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureGates(pub BTreeMap<String, bool>);

/// When a gate came, and when it could no longer be changed: read in the definitions of the gates of 1.33.5 and 1.36.2,
/// which agree with those of every release between them.
#[derive(Debug)]
#[non_exhaustive]
pub struct Gate {
    /// Its name.
    pub name: &'static str,
    /// First minor version that has it.
    pub since: u8,
    /// First minor version in which it is on by default.
    pub on: u8,
    /// First minor version in which it cannot be switched off.
    pub locked: u8,
}

impl Gate {
    /// Whether there is a minor version in which it cannot be switched off.
    #[must_use]
    pub fn is_ever_locked(&self) -> bool {
        self.locked != NEVER
    }
}

const NEVER: u8 = u8::MAX;

pub(super) const TOPOLOGY_AWARE_HINTS: Gate =
    Gate { name: "TopologyAwareHints", since: 21, on: 24, locked: 33 };
pub(super) const SERVICE_TRAFFIC_DISTRIBUTION: Gate =
    Gate { name: "ServiceTrafficDistribution", since: 30, on: 31, locked: 33 };
pub(super) const PREFER_SAME_TRAFFIC_DISTRIBUTION: Gate =
    Gate { name: "PreferSameTrafficDistribution", since: 33, on: 34, locked: 35 };
pub(super) const LOAD_BALANCER_IP_MODE: Gate =
    Gate { name: "LoadBalancerIPMode", since: 29, on: 30, locked: 32 };
pub(super) const ALLOW_SERVICE_EXTERNAL_IPS: Gate =
    Gate { name: "AllowServiceExternalIPs", since: 36, on: 36, locked: NEVER };
pub(super) const RELAXED_SERVICE_NAME_VALIDATION: Gate =
    Gate { name: "RelaxedServiceNameValidation", since: 34, on: 36, locked: NEVER };

pub(super) const MULTI_CIDR_SERVICE_ALLOCATOR: Gate =
    Gate { name: "MultiCIDRServiceAllocator", since: 27, on: 33, locked: 34 };

pub(super) const WIN_DSR: Gate = Gate { name: "WinDSR", since: 14, on: 33, locked: 34 };
pub(super) const WIN_OVERLAY: Gate = Gate { name: "WinOverlay", since: 14, on: 20, locked: 34 };

/// The gates that act on rules or their validation.
pub const GATES: &[&Gate] = &[
    &TOPOLOGY_AWARE_HINTS,
    &SERVICE_TRAFFIC_DISTRIBUTION,
    &PREFER_SAME_TRAFFIC_DISTRIBUTION,
    &LOAD_BALANCER_IP_MODE,
    &ALLOW_SERVICE_EXTERNAL_IPS,
    &RELAXED_SERVICE_NAME_VALIDATION,
    &MULTI_CIDR_SERVICE_ALLOCATOR,
    &WIN_DSR,
    &WIN_OVERLAY,
];

impl FeatureGates {
    pub(super) fn is_on(&self, gate: &Gate, version: Version) -> bool {
        let can_be_set = (gate.since..gate.locked).contains(&version.minor);
        let set = self.0.get(gate.name).filter(|_| can_be_set);
        set.copied().unwrap_or(version.minor >= gate.on)
    }

    /// Gates that are set to what this version cannot have, of those that act on rules.
    pub fn without_effect(&self, version: Version) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(move |(name, &on)| {
            let gate = GATES.iter().find(|gate| gate.name == name)?;
            (self.is_on(gate, version) != on).then_some(name.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_that_cannot_be_set_is_named() {
        let gates =
            FeatureGates([("LoadBalancerIPMode".to_owned(), false), ("Other".to_owned(), true)].into());
        let named = |version: &str| gates.without_effect(version.parse().unwrap()).count();
        assert_eq!((named("1.30"), named("1.36")), (0, 1));
    }
}
