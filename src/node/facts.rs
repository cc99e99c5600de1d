//! `NodeFacts`: facts about a node that no Kubernetes object has.

use serde::Deserialize;

use crate::name::printable;
use crate::net::PortRange;
use crate::source::{Hazard, hazard};

/// The `NodeFacts` file (`apiVersion: hnsplan/v1alpha1`); every field is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Facts {
    api_version: Option<String>,
    kind: Option<String>,
    /// MAC address of the interface with the node's address, as in `00:15:5d:0a:0b:0c`.
    pub host_mac: Option<String>,
    /// Version of HNS, as in `15.4`.
    pub hns_version: Option<String>,
    /// Build of Windows, as in `10.0.20348.2113`, where the Node object does not tell it.
    pub windows_build: Option<String>,
    /// The same by collected logs, which no facts file has.
    #[serde(skip)]
    pub collected_build: Option<String>,
    /// Whether the network plugin lets pods reach themselves with direct server return: `true`, `false`, `ipv4` or
    /// `ipv6`. It does by a policy `OutBoundNAT` with the pod's own address.
    #[serde(rename = "loopbackDSR", deserialize_with = "word_or_bool")]
    pub loopback_dsr: Option<String>,
    /// The network plugin, with or without its version, as in `azure-cni` and `calico:3.27`.
    pub network_plugin: Option<String>,
    /// Whether iptables supports `--random-fully` (1.6.2 and later). Default true.
    pub iptables_random_fully: Option<bool>,
    /// Whether the kernel has accounting objects (`nfnetlink_acct`). Default false.
    pub nfacct: Option<bool>,
    /// Addresses of the interfaces with their prefix lengths, as in `192.168.10.11/24`.
    pub interface_addresses: Option<Vec<String>>,
    /// Chains that exist in the nat table now.
    pub existing_nat_chains: Vec<String>,
    /// Networks that cluster IPs are allocated from, as in `10.96.0.0/12` (`spec.cidrs` of the `ServiceCIDR` objects),
    /// where the input has no such objects.
    #[serde(rename = "serviceCIDRs")]
    pub service_cidrs: Option<Vec<String>>,
    /// TCP ports that Windows gives to outgoing connections and to HNS, as in `49152-65535`, its default
    /// (`netsh interface ipv4 show dynamicport tcp` shows the first one and how many).
    pub dynamic_ports: Option<PortRange>,
    /// TCP ports that Windows has reserved, as in `50000-50059`
    /// (`netsh interface ipv4 show excludedportrange tcp`).
    pub excluded_ports: Vec<PortRange>,
    /// The same for UDP, which has ports of its own (`netsh interface ipv4 show dynamicport udp`).
    pub dynamic_udp_ports: Option<PortRange>,
    /// The same for UDP (`netsh interface ipv4 show excludedportrange udp`).
    pub excluded_udp_ports: Vec<PortRange>,
    /// How many blocks of 64 consecutive dynamic ports are free now, as Microsoft's log collector counts them.
    pub free_port_blocks: Option<u32>,
}

/// A word, or the words `true` and `false` as YAML reads them.
fn word_or_bool<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected true, false, ipv4 or ipv6")]
    enum Either {
        Bool(bool),
        Word(String),
    }
    Ok(Option::<Either>::deserialize(deserializer)?.map(|either| match either {
        Either::Bool(value) => value.to_string(),
        Either::Word(word) => word,
    }))
}

/// Why a text is not a facts file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// The parser gave up, or a field is unknown.
    #[error("{}", printable(&.0.to_string()))]
    Parse(#[from] serde_yaml::Error),
    /// It is not read, as it would cost far more than it is long.
    #[error("{0}")]
    Hazard(Hazard),
    /// Another object.
    #[error("this is not a facts file; expected apiVersion: hnsplan/v1alpha1 and kind: NodeFacts")]
    OtherKind,
}

impl FactsError {
    /// Line and column, from 1, where the parser gave up.
    #[must_use]
    pub fn spot(&self) -> Option<(usize, usize)> {
        match self {
            Self::Parse(error) => error.location().map(|at| (at.line(), at.column())),
            Self::Hazard(_) | Self::OtherKind => None,
        }
    }
}

impl Facts {
    /// Reads a facts file.
    ///
    /// # Errors
    /// When the text is not YAML, has an unknown field, or is of another kind.
    pub fn parse(text: &str) -> Result<Self, FactsError> {
        if let Some(hazard) = hazard(text) {
            return Err(FactsError::Hazard(hazard));
        }
        let facts: Self = serde_yaml::from_str(text)?;
        let is_ours = facts.api_version.as_deref() == Some("hnsplan/v1alpha1")
            && facts.kind.as_deref() == Some("NodeFacts");
        if is_ours { Ok(facts) } else { Err(FactsError::OtherKind) }
    }
}
