//! `KubeProxyConfiguration`, as a file or inside the `ConfigMap` that kubeadm makes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::keys::{self, UnknownKey};
use crate::name::printable;
use crate::source::{Hazard, hazard};

/// The fields of a `KubeProxyConfiguration` (`kubeproxy.config.k8s.io/v1alpha1`) that decide about rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    kind: Option<String>,
    /// The texts in a `ConfigMap`; values of other kinds are ignored.
    #[serde(deserialize_with = "null_as_default")]
    data: BTreeMap<String, serde_yaml::Value>,
    /// `iptables` when empty.
    #[serde(deserialize_with = "null_as_default")]
    pub mode: String,
    /// The address to listen on; a specific one is the node's address.
    #[serde(deserialize_with = "null_as_default")]
    pub bind_address: String,
    /// Where kube-proxy's own health server listens.
    #[serde(deserialize_with = "null_as_default")]
    pub healthz_bind_address: String,
    /// The node's name.
    #[serde(deserialize_with = "null_as_default")]
    pub hostname_override: String,
    /// Networks of all pods, at most one for each family, joined by commas.
    #[serde(rename = "clusterCIDR", deserialize_with = "null_as_default")]
    pub cluster_cidr: String,
    /// `ClusterCIDR` when empty.
    #[serde(deserialize_with = "null_as_default")]
    pub detect_local_mode: String,
    /// Interfaces of the other modes.
    #[serde(deserialize_with = "null_as_default")]
    pub detect_local: DetectLocal,
    /// The iptables mode.
    #[serde(deserialize_with = "null_as_default")]
    pub iptables: Iptables,
    /// The nftables mode.
    #[serde(deserialize_with = "null_as_default")]
    pub nftables: Nftables,
    /// CIDRs of addresses that serve node ports.
    #[serde(deserialize_with = "null_as_default")]
    pub node_port_addresses: Vec<String>,
    /// Connection tracking.
    #[serde(deserialize_with = "null_as_default")]
    pub conntrack: Conntrack,
    /// Feature gates.
    #[serde(deserialize_with = "null_as_default")]
    pub feature_gates: BTreeMap<String, bool>,
    /// The Windows mode.
    #[serde(deserialize_with = "null_as_default")]
    pub winkernel: Winkernel,
    /// Keys that kube-proxy does not know, and ignores.
    #[serde(skip)]
    pub unknown_keys: Vec<UnknownKey>,
}

/// The modes of `detectLocalMode` (all versions).
pub(super) const LOCAL_MODES: [&str; 4] =
    ["ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"];

/// `detectLocal`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DetectLocal {
    /// For `BridgeInterface`.
    #[serde(deserialize_with = "null_as_default")]
    pub bridge_interface: String,
    /// For `InterfaceNamePrefix`.
    #[serde(deserialize_with = "null_as_default")]
    pub interface_name_prefix: String,
}

/// `iptables`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Iptables {
    /// Default false.
    pub masquerade_all: Option<bool>,
    /// Default 14.
    pub masquerade_bit: Option<i64>,
    /// Default true.
    pub localhost_node_ports: Option<bool>,
}

/// `nftables`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Nftables {
    /// Default false.
    pub masquerade_all: Option<bool>,
    /// Default 14.
    pub masquerade_bit: Option<i64>,
}

/// `conntrack`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Conntrack {
    /// Default false.
    pub tcp_be_liberal: Option<bool>,
}

/// `winkernel`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Winkernel {
    /// Name of the HNS network.
    #[serde(deserialize_with = "null_as_default")]
    pub network_name: String,
    /// Source address on overlay networks.
    #[serde(deserialize_with = "null_as_default")]
    pub source_vip: String,
    /// Direct server return.
    #[serde(rename = "enableDSR")]
    pub enable_dsr: Option<bool>,
    /// Name of the host's HNS endpoint, default `cbr0`.
    #[serde(deserialize_with = "null_as_default")]
    pub root_hns_endpoint_name: String,
    /// Health check load balancers.
    pub forward_health_check_vip: Option<bool>,
}

/// Why a text is not a configuration of kube-proxy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The parser gave up.
    #[error("{}", printable(&.0.to_string()))]
    Parse(#[from] serde_yaml::Error),
    /// The parser gave up on the text in a `ConfigMap`, whose lines it counts.
    #[error("in the text of the ConfigMap: {}", printable(&.0.to_string()))]
    ParseInside(serde_yaml::Error),
    /// It is not read, as it would cost far more than it is long.
    #[error("{0}")]
    Hazard(Hazard),
    /// Another object.
    #[error(
        "this is not a KubeProxyConfiguration; expected the file of kube-proxy --config, or the ConfigMap \
         from kubectl get configmap -n kube-system kube-proxy -o yaml"
    )]
    NoConfiguration,
}

impl ConfigError {
    /// Line and column, from 1, where the parser gave up.
    #[must_use]
    pub fn spot(&self) -> Option<(usize, usize)> {
        match self {
            Self::Parse(error) => error.location().map(|at| (at.line(), at.column())),
            Self::ParseInside(_) | Self::Hazard(_) | Self::NoConfiguration => None,
        }
    }
}

impl Config {
    /// Reads a configuration file, or a `ConfigMap` that contains one.
    ///
    /// # Errors
    /// When the text is not YAML, has a value of the wrong type, or contains no configuration.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        if let Some(hazard) = hazard(text) {
            return Err(ConfigError::Hazard(hazard));
        }
        Self::parse_in(text, true)
    }

    /// Reads a configuration, or a `ConfigMap` if one may be there: none is inside of another, so that the depth of the
    /// text does not decide about the stack.
    fn parse_in(text: &str, allows_map: bool) -> Result<Self, ConfigError> {
        for document in serde_yaml::Deserializer::from_str(text) {
            let Some(config) = Option::<Self>::deserialize(document)? else { continue };
            match config.kind.as_deref() {
                Some("KubeProxyConfiguration") => {
                    return Ok(Self { unknown_keys: keys::unknown(text), ..config });
                }
                Some("ConfigMap") if allows_map => {
                    let mut texts = config.data.values().filter_map(serde_yaml::Value::as_str);
                    if let Some(text) = texts.find(|text| text.contains("kind: KubeProxyConfiguration")) {
                        if let Some(hazard) = hazard(text) {
                            return Err(ConfigError::Hazard(hazard));
                        }
                        return Self::parse_in(text, false).map_err(|error| match error {
                            ConfigError::Parse(error) => ConfigError::ParseInside(error),
                            other => other,
                        });
                    }
                }
                _ => {}
            }
        }
        Err(ConfigError::NoConfiguration)
    }
}

fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n\
                          hostnameOverride: node-a\nmode: null\niptables: {masqueradeBit: 20}\n";

    #[test]
    fn a_config_map_contains_a_configuration() {
        let indented = CONFIG.replace('\n', "\n    ");
        let map = format!("kind: ConfigMap\ndata:\n  kubeconfig.conf: x\n  config.conf: |\n    {indented}\n");
        assert_eq!(Config::parse(&map).unwrap(), Config::parse(CONFIG).unwrap());
    }

    #[test]
    fn a_config_map_in_a_config_map_is_no_configuration() {
        let wrapped = |text: &str| {
            let indented = text.replace('\n', "\n  ");
            format!("kind: ConfigMap\ndata:\n  a: |\n   {}\n", indented.trim_end().replace('\n', "\n "))
        };
        assert!(Config::parse(&wrapped(CONFIG)).is_ok());
        let deep = (0..300).fold(CONFIG.to_owned(), |text, _| wrapped(&text));
        let parse = move || matches!(Config::parse(&deep), Err(ConfigError::NoConfiguration));
        let small = std::thread::Builder::new().stack_size(1 << 20);
        assert!(small.spawn(parse).expect("a thread").join().expect("it does not overflow"));
    }

    #[test]
    fn another_object_is_refused() {
        assert!(matches!(Config::parse("kind: Service"), Err(ConfigError::NoConfiguration)));
        assert!(matches!(Config::parse("- ["), Err(ConfigError::Parse(_))));
        let wrong = format!("{CONFIG}conntrack: {{tcpBeLiberal: sometimes}}");
        assert!(Config::parse(&wrong).unwrap_err().to_string().contains("tcpBeLiberal"));
    }
}
