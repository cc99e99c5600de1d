//! Settings given as flags.

use std::collections::BTreeMap;

use super::behavior::{Behavior, Change, FeatureGates};
use super::config::Config;
use super::loopback::{Loopback, NetworkPlugin};
use super::release::WindowsRelease;
use super::windows::NetworkType;

/// Settings given as flags; each wins over configuration and facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--node`, `--hostname-override`
    pub node: Option<String>,
    /// `--proxy-mode`
    pub mode: Option<String>,
    /// `--bind-address`
    pub bind_address: Option<String>,
    /// `--cluster-cidr`
    pub cluster_cidr: Option<String>,
    /// `--detect-local-mode`
    pub detect_local_mode: Option<String>,
    /// `--pod-bridge-interface`
    pub bridge_interface: Option<String>,
    /// `--pod-interface-name-prefix`
    pub interface_name_prefix: Option<String>,
    /// `--masquerade-all`
    pub masquerade_all: Option<bool>,
    /// `--iptables-masquerade-bit`
    pub masquerade_bit: Option<i64>,
    /// `--iptables-localhost-nodeports`
    pub localhost_node_ports: Option<bool>,
    /// `--nodeport-addresses`
    pub node_port_addresses: Option<Vec<String>>,
    /// `--conntrack-tcp-be-liberal`
    pub tcp_be_liberal: Option<bool>,
    /// `--feature-gates`; joined with those of the file.
    pub feature_gates: BTreeMap<String, bool>,
    /// `--nfacct`
    pub nfacct: Option<bool>,
    /// `--random-fully`
    pub random_fully: Option<bool>,
    /// `--interface-address`
    pub interface_addresses: Option<Vec<String>>,
    /// `--network-name`
    pub network_name: Option<String>,
    /// `--network-type`
    pub network_type: Option<NetworkType>,
    /// `--source-vip`
    pub source_vip: Option<String>,
    /// `--host-mac`
    pub host_mac: Option<String>,
    /// `--enable-dsr`
    pub enable_dsr: Option<bool>,
    /// `--root-hnsendpoint-name`
    pub root_endpoint_name: Option<String>,
    /// `--forward-healthcheck-vip`
    pub forward_health_check_vip: Option<bool>,
    /// `--hns-version`
    pub hns_version: Option<String>,
    /// `--windows-release`
    pub windows_release: Option<WindowsRelease>,
    /// `--loopback-dsr`
    pub loopback_dsr: Option<Loopback>,
    /// `--network-plugin`
    pub network_plugin: Option<NetworkPlugin>,
    /// Chains of `--existing-rules`.
    pub existing_nat_chains: Vec<String>,
    /// One change that is taken from the behaviour of another version, to find out what it does.
    pub taken: Option<(Behavior, &'static Change)>,
}

impl Overrides {
    /// The feature gates of a configuration, with those given as flags before them.
    #[must_use]
    pub fn feature_gates(&self, config: &Config) -> FeatureGates {
        let mut gates = config.feature_gates.clone();
        gates.extend(self.feature_gates.clone());
        FeatureGates(gates)
    }
}
