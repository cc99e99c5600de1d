//! Feature gates of kube-proxy: when each came, and when it could no longer be set.

use std::collections::BTreeMap;

use super::version::Version;

/// Feature gates as the configuration sets them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureGates(pub BTreeMap<String, bool>);

/// When a gate came, and when it could no longer be changed: read in the definitions of the gates of 1.33.5 and 1.36.2,
/// which agree with those of every release between them, and for 1.37 in the documentation of Kubernetes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Gate {
    /// Its name.
    pub name: &'static str,
    /// First minor version that has it.
    pub since: u8,
    /// First minor version in which it is on by default, if there is one yet.
    pub on: u8,
    /// First minor version in which it cannot be switched off.
    pub locked: u8,
}

/// What a version makes of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateState {
    /// It does not have it: not yet, or no longer.
    Unknown,
    /// It is off unless a configuration sets it.
    Off,
    /// It is on unless a configuration sets it.
    On,
    /// It is on, and no configuration can change that.
    Locked,
}

impl GateState {
    /// As it is written in sentences.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "not known",
            Self::Off => "off by default",
            Self::On => "on by default",
            Self::Locked => "locked on",
        }
    }
}

impl Gate {
    /// What a version makes of it.
    #[must_use]
    pub fn state(&self, version: Version) -> GateState {
        let is_gone = FeatureGates::last_known(self.name).is_some_and(|last| version.minor > last);
        match version.minor {
            minor if minor < self.since || is_gone => GateState::Unknown,
            minor if minor >= self.locked => GateState::Locked,
            minor if minor >= self.on => GateState::On,
            _ => GateState::Off,
        }
    }

    /// Whether there is a minor version in which it cannot be switched off.
    #[must_use]
    pub fn is_ever_locked(&self) -> bool {
        self.locked != NEVER
    }

    /// Whether there is a minor version in which it is on by default.
    #[must_use]
    pub fn is_ever_on(&self) -> bool {
        self.on != NEVER
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
    Gate { name: "RelaxedServiceNameValidation", since: 34, on: 36, locked: 37 };
pub(super) const STRICT_IP_CIDR_VALIDATION: Gate =
    Gate { name: "StrictIPCIDRValidation", since: 33, on: 36, locked: NEVER };
pub(super) const LOCALHOST_NODE_PORTS: Gate =
    Gate { name: "KubeProxyNFTablesLocalhostNodePorts", since: 37, on: NEVER, locked: NEVER };
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
    &STRICT_IP_CIDR_VALIDATION,
    &LOCALHOST_NODE_PORTS,
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

    /// Gates that a version does not have yet, of those that act on rules, each with the first minor version that has it.
    pub fn not_yet(&self, version: Version) -> impl Iterator<Item = (&'static str, u8)> {
        let gates = GATES.iter().filter(move |gate| self.0.contains_key(gate.name));
        gates.filter(move |gate| version.minor < gate.since).map(|gate| (gate.name, gate.since))
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
        let gates = FeatureGates([("RelaxedServiceNameValidation".to_owned(), false)].into());
        let named = |version: &str| gates.without_effect(version.parse().unwrap()).count();
        assert_eq!((named("1.36"), named("1.37")), (0, 1), "V13 is locked since 1.37");
    }

    #[test]
    fn a_gate_goes_through_its_states() {
        use GateState::{Locked, Off, On, Unknown};
        let states = |gate: &Gate| {
            ["1.30", "1.33", "1.34", "1.35", "1.36", "1.37"].map(|text| gate.state(text.parse().unwrap()))
        };
        assert_eq!(states(&SERVICE_TRAFFIC_DISTRIBUTION), [Off, Locked, Locked, Locked, Unknown, Unknown]);
        assert_eq!(states(&RELAXED_SERVICE_NAME_VALIDATION), [Unknown, Unknown, Off, Off, On, Locked]);
        assert_eq!(states(&LOCALHOST_NODE_PORTS), [Unknown, Unknown, Unknown, Unknown, Unknown, Off]);
    }

    #[test]
    fn a_gate_that_is_still_to_come_is_named() {
        let gates = FeatureGates([("KubeProxyNFTablesLocalhostNodePorts".to_owned(), true)].into());
        let named = |version: &str| gates.not_yet(version.parse().unwrap()).collect::<Vec<_>>();
        assert_eq!(named("1.36"), [("KubeProxyNFTablesLocalhostNodePorts", 37)]);
        assert_eq!(named("1.37"), []);
    }
}
