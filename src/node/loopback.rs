//! Whether the network plugin lets pods reach themselves through load balancers with direct server return.
//!
//! It does by a policy `OutBoundNAT` of the pod's endpoint that has the pod's own address among its destinations, one
//! for each family. Network plugins call it `loopbackDSR`.

use std::fmt;
use std::str::FromStr;

use crate::net::Family;

/// What is told about the policy; of a family of which nothing is told, `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loopback {
    ipv4: Option<bool>,
    ipv6: Option<bool>,
    by: LoopbackBasis,
}

/// Who tells whether a plugin writes the policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LoopbackBasis {
    /// A person, by `--loopback-dsr` or `loopbackDSR` of the facts file.
    #[default]
    Said,
    /// What is known of the plugin.
    Plugin,
}

impl Loopback {
    /// Whether pods have the policy in a family.
    #[must_use]
    pub fn of(self, family: Family) -> Option<bool> {
        match family {
            Family::Ipv4 => self.ipv4,
            Family::Ipv6 => self.ipv6,
        }
    }

    /// Who tells it.
    #[must_use]
    pub fn by(self) -> LoopbackBasis {
        self.by
    }
}

/// A text does not say for which families there is a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected true, false, ipv4 or ipv6")]
pub struct NotALoopback;

impl FromStr for Loopback {
    type Err = NotALoopback;

    fn from_str(text: &str) -> Result<Self, NotALoopback> {
        let of = |ipv4, ipv6| Self { ipv4: Some(ipv4), ipv6: Some(ipv6), by: LoopbackBasis::Said };
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(of(true, true)),
            "false" => Ok(of(false, false)),
            "ipv4" => Ok(of(true, false)),
            "ipv6" => Ok(of(false, true)),
            _ => Err(NotALoopback),
        }
    }
}

/// A network plugin of which it is known whether it writes the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkPlugin {
    kind: Kind,
    version: Option<[u32; 3]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    AzureCni,
    Calico,
    /// One of the plugins that do as `loopbackDSR` of their configuration says.
    Configured,
}

/// The plugins by name, and the first version that writes the policy for IPv4. For IPv6 nothing is known: Azure CNI
/// wrote none before Azure/azure-container-networking#2597.
const PLUGINS: [(&str, Kind, [u32; 3]); 6] = [
    ("azure-cni", Kind::AzureCni, [1, 4, 16]),
    ("calico", Kind::Calico, [3, 22, 0]),
    ("win-bridge", Kind::Configured, [0, 0, 0]),
    ("win-overlay", Kind::Configured, [0, 0, 0]),
    ("sdnbridge", Kind::Configured, [0, 0, 0]),
    ("sdnoverlay", Kind::Configured, [0, 0, 0]),
];

impl NetworkPlugin {
    /// What is known of the policies that it writes.
    #[must_use]
    pub fn loopback(self) -> Loopback {
        let known = PLUGINS.iter().find(|(_, kind, _)| *kind == self.kind && *kind != Kind::Configured);
        let ipv4 = known.map(|(_, _, first)| self.version.is_none_or(|version| version >= *first));
        Loopback { ipv4, ipv6: None, by: LoopbackBasis::Plugin }
    }
}

/// A text is no network plugin that something is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected azure-cni, calico, win-bridge, win-overlay, sdnbridge or sdnoverlay, with or without a version as in \
     calico:3.27"
)]
pub struct NotANetworkPlugin;

impl FromStr for NetworkPlugin {
    type Err = NotANetworkPlugin;

    fn from_str(text: &str) -> Result<Self, NotANetworkPlugin> {
        let (name, version) = text.split_once(':').map_or((text, None), |(name, of)| (name, Some(of)));
        let known = PLUGINS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        let (_, kind, _) = known.ok_or(NotANetworkPlugin)?;
        let version = version.map(|text| numbers(text).ok_or(NotANetworkPlugin)).transpose()?;
        Ok(Self { kind: *kind, version })
    }
}

/// `1.4`, `v1.4.16` or `1.4.16-rc.1`
fn numbers(text: &str) -> Option<[u32; 3]> {
    let text = text.strip_prefix('v').unwrap_or(text).split(['-', '+']).next()?;
    let mut numbers = [0; 3];
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() > numbers.len() {
        return None;
    }
    for (number, part) in numbers.iter_mut().zip(&parts) {
        *number = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()?;
    }
    Some(numbers)
}

impl fmt::Display for LoopbackBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Said => "loopbackDSR is given",
            Self::Plugin => "by the network plugin",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_known_by_its_version() {
        let ipv4 = |text: &str| text.parse::<NetworkPlugin>().map(|of| of.loopback().of(Family::Ipv4));
        for (text, known) in [
            ("azure-cni", Some(true)),
            ("azure-cni:1.4.16", Some(true)),
            ("Azure-CNI:v1.4.15", Some(false)),
            ("calico:3.22", Some(true)),
            ("calico:3.21.9", Some(false)),
            ("calico:v3.27.0-1", Some(true)),
            ("win-overlay", None),
            ("sdnbridge:1.0", None),
        ] {
            assert_eq!(ipv4(text), Ok(known), "{text}");
            assert_eq!(text.parse::<NetworkPlugin>().unwrap().loopback().of(Family::Ipv6), None);
        }
        for wrong in ["", "cilium", "calico:", "calico:3.x", "calico:1.2.3.4", "calico:+3"] {
            assert_eq!(wrong.parse::<NetworkPlugin>(), Err(NotANetworkPlugin), "{wrong}");
        }
    }

    #[test]
    fn a_person_says_it_for_both_families_or_for_one() {
        let of = |text: &str| text.parse().map(|of: Loopback| Family::ALL.map(|family| of.of(family)));
        assert_eq!(of("true"), Ok([Some(true); 2]));
        assert_eq!(of("IPv4"), Ok([Some(true), Some(false)]));
        assert_eq!(of("ipv6"), Ok([Some(false), Some(true)]));
        assert_eq!(of("false"), Ok([Some(false); 2]));
        assert_eq!(of("yes"), Err(NotALoopback));
    }
}
