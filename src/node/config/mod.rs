//! `KubeProxyConfiguration`, as a file or inside the `ConfigMap` that kubeadm makes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::written::Written;
use crate::source::{Place, Sources};

mod fields;
mod read;
mod unknown_keys;
mod value;

pub(super) use fields::{LOCAL_MODES, MODES};
pub use unknown_keys::UnknownKey;
pub(super) use value::{NETWORKS, NODE_PORT_ADDRESSES, host_port, networks};

/// The fields of a `KubeProxyConfiguration` (`kubeproxy.config.k8s.io/v1alpha1`) that decide about rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    kind: Option<String>,
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
    /// The file that it is written in.
    #[serde(skip)]
    written: Option<Written>,
}

impl Config {
    /// The same with its file beside the texts of an input, so that places in it can be shown.
    #[must_use]
    pub fn within(&self, sources: &mut Sources) -> Self {
        Self { written: self.written.as_ref().map(|written| written.within(sources)), ..self.clone() }
    }

    /// The place of the value at a path, as in `iptables.masqueradeBit`; `None` where it is not written, or no text is
    /// beside the configuration.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<Place> {
        self.written.as_ref()?.place(path)
    }
}

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
        let parsed = |text: &str| Config { written: None, ..Config::parse(text).unwrap() };
        assert_eq!(parsed(&map), parsed(CONFIG));
    }

    #[test]
    fn a_config_map_in_a_config_map_is_no_configuration() {
        let wrapped = |text: &str| {
            let indented = text.replace('\n', "\n  ");
            format!("kind: ConfigMap\ndata:\n  a: |\n   {}\n", indented.trim_end().replace('\n', "\n "))
        };
        assert!(Config::parse(&wrapped(CONFIG)).is_ok());
        let deep = (0..300).fold(CONFIG.to_owned(), |text, _| wrapped(&text));
        let parse = move || {
            Config::parse(&deep)
                .is_err_and(|error| error.to_string().contains("is not a KubeProxyConfiguration"))
        };
        let small = std::thread::Builder::new().stack_size(1 << 20);
        assert!(small.spawn(parse).expect("a thread").join().expect("it does not overflow"));
    }

    #[test]
    fn another_object_is_refused() {
        for text in ["kind: Service", "- ["] {
            let error = Config::parse(text).unwrap_err().to_string();
            assert!(error.starts_with("configuration:1:"), "{error}");
        }
        let wrong = format!("{CONFIG}conntrack: {{tcpBeLiberal: sometimes}}");
        assert!(Config::parse(&wrong).unwrap_err().to_string().contains("tcpBeLiberal"));
    }
}
