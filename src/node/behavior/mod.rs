//! What differs between versions of kube-proxy, as named switches.
//!
//! The numbers V1 to V16 are those of the project's comparison of 1.30 to 1.36; V14 to V16 do not act
//! on the text of a full sync. This folder is the only place that compares versions.

mod removed;
mod winkernel;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::manifest::ApiRules;

pub use winkernel::{InternalPort, SameAddress, WinkernelBehavior};
use winkernel::{WIN_DSR, WIN_OVERLAY};

/// A minor version of kube-proxy, 1.30 to 1.36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    minor: u8,
}

impl Version {
    /// The oldest version whose behaviour is known here.
    pub const OLDEST: Self = Self { minor: 30 };
    /// The newest one, and the default.
    pub const NEWEST: Self = Self { minor: 36 };

    /// All versions, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (Self::OLDEST.minor..=Self::NEWEST.minor).map(|minor| Self { minor })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// The version is not one of those whose behaviour is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "kube-proxy versions {} to {} are known, as in --kube-proxy-version 1.34",
    Version::OLDEST,
    Version::NEWEST
)]
pub struct UnknownVersion;

impl FromStr for Version {
    type Err = UnknownVersion;

    /// Reads `1.34`, `v1.34` or `v1.34.2`.
    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text.split('.');
        let (major, minor, patch) = (parts.next(), parts.next(), parts.next());
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if major != Some("1") || !patch.is_none_or(is_number) || parts.next().is_some() {
            return Err(UnknownVersion);
        }
        let minor = minor.filter(|minor| is_number(minor)).and_then(|minor| minor.parse().ok());
        let version = Self { minor: minor.ok_or(UnknownVersion)? };
        (Self::OLDEST..=Self::NEWEST).contains(&version).then_some(version).ok_or(UnknownVersion)
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^1\\.[0-9]+$" })
    }
}

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
    /// V7: which of two endpoints with one address and port counts.
    pub duplicates: Duplicates,
    /// V8: how the family of an endpoint is told.
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

/// V7: which of two endpoints with one address and port counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// The first one, unless a later one is local (to 1.35). Endpoints are sorted by address first.
    FirstUnlessLocal,
    /// The last one that is not terminating (1.36). Endpoints stay in the order of the slice.
    LastUnlessTerminating,
}

/// V8: how the family of an endpoint is told.
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

/// Feature gates as the configuration sets them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureGates(pub BTreeMap<String, bool>);

/// When a gate came, and when it could no longer be changed.
struct Gate {
    name: &'static str,
    /// First minor version that knows it.
    since: u8,
    /// First minor version in which it is on by default.
    on: u8,
    /// First minor version in which it cannot be switched off.
    locked: u8,
}

const NEVER: u8 = u8::MAX;

const TOPOLOGY_AWARE_HINTS: Gate = Gate { name: "TopologyAwareHints", since: 21, on: 24, locked: 33 };
const SERVICE_TRAFFIC_DISTRIBUTION: Gate =
    Gate { name: "ServiceTrafficDistribution", since: 30, on: 31, locked: 33 };
const PREFER_SAME_TRAFFIC_DISTRIBUTION: Gate =
    Gate { name: "PreferSameTrafficDistribution", since: 33, on: 34, locked: 35 };
const LOAD_BALANCER_IP_MODE: Gate = Gate { name: "LoadBalancerIPMode", since: 29, on: 30, locked: 32 };
const ALLOW_SERVICE_EXTERNAL_IPS: Gate =
    Gate { name: "AllowServiceExternalIPs", since: 36, on: 36, locked: NEVER };
const RELAXED_SERVICE_NAME_VALIDATION: Gate =
    Gate { name: "RelaxedServiceNameValidation", since: 34, on: 36, locked: NEVER };

/// The gates that act on rules or their validation.
const GATES: [&Gate; 8] = [
    &TOPOLOGY_AWARE_HINTS,
    &SERVICE_TRAFFIC_DISTRIBUTION,
    &PREFER_SAME_TRAFFIC_DISTRIBUTION,
    &LOAD_BALANCER_IP_MODE,
    &ALLOW_SERVICE_EXTERNAL_IPS,
    &RELAXED_SERVICE_NAME_VALIDATION,
    &WIN_DSR,
    &WIN_OVERLAY,
];

impl FeatureGates {
    fn is_on(&self, gate: &Gate, version: Version) -> bool {
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
    fn a_version_may_have_prefix_and_patch() {
        assert_eq!("v1.34.2".parse(), Ok(Version { minor: 34 }));
        for bad in ["1.29", "1.37", "1", "2.30", "1.x", "1.34.2.1", "", "1.34-rc1", "1.+34"] {
            assert_eq!(bad.parse::<Version>(), Err(UnknownVersion), "{bad}");
        }
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

    #[test]
    fn a_gate_that_cannot_be_set_is_named() {
        let gates =
            FeatureGates([("LoadBalancerIPMode".to_owned(), false), ("Other".to_owned(), true)].into());
        let named = |version: &str| gates.without_effect(version.parse().unwrap()).count();
        assert_eq!((named("1.30"), named("1.36")), (0, 1));
    }
}
