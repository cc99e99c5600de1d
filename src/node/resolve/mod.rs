//! From configuration, facts, Node object and flags to one [`NodeContext`].

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::behavior::{Behavior, FeatureGates, NodePortKeywords, Version};
use super::config::Config;
use super::context::{IptablesSettings, LocalDetector, NodeContext, NodeIps};
use super::facts::Facts;
use super::windows::NetworkType;
use super::winkernel;
use crate::diagnostics::{Code, Diagnostic};
use crate::manifest::{Cluster, Node};
use crate::name::{InterfaceName, Subdomain, printable};
use crate::net::{Family, PerFamily, parse_cidr, parse_ip};

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
    /// Chains of `--existing-rules`.
    pub existing_nat_chains: Vec<String>,
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

/// Decides every setting of the node. Wrong values are reported, and the default is used in their place.
#[must_use]
pub fn resolve(
    version: Version,
    config: &Config,
    facts: &Facts,
    overrides: &Overrides,
    cluster: &Cluster,
) -> (NodeContext, Vec<Diagnostic>) {
    let mut resolver = Resolver { config, facts, overrides, found: Vec::new() };
    let context = resolver.context(version, cluster);
    (context, resolver.found)
}

pub(super) struct Resolver<'r> {
    pub(super) config: &'r Config,
    pub(super) facts: &'r Facts,
    pub(super) overrides: &'r Overrides,
    pub(super) found: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn context(&mut self, version: Version, cluster: &Cluster) -> NodeContext {
        let gates = self.overrides.feature_gates(self.config);
        for gate in gates.without_effect(version) {
            let message = format!("feature gate {} cannot be set in {version}", printable(gate));
            self.found.push(Diagnostic::new(Code::GateLocked, message).help("the setting has no effect"));
        }
        self.check_mode();
        let behavior = Behavior::of(version, &gates);
        let (name, node) = self.node(cluster);
        let (ips, primary_family) = self.ips(node);
        NodeContext {
            name,
            zone: node.and_then(|node| node.zone.clone()),
            runs_windows: node.is_some_and(|node| node.runs_windows),
            ips,
            primary_family,
            version,
            behavior,
            iptables: self.iptables(node, &ips, behavior.node_port_keywords),
            windows: self.windows(winkernel::pod_networks(cluster, node, primary_family)),
        }
    }

    pub(super) fn invalid(&mut self, field: &str, value: &str, allowed: &str) {
        let message = format!("{field} is `{}`", printable(value));
        self.found.push(
            Diagnostic::new(Code::ConfigInvalid, message)
                .allowed(allowed)
                .help("kube-proxy would not start; the default is used here"),
        );
    }

    fn check_mode(&mut self) {
        let mode = self.overrides.mode.as_ref().unwrap_or(&self.config.mode);
        if !matches!(mode.as_str(), "" | "iptables" | "kernelspace") {
            let message = format!("the proxy mode is `{}`", printable(mode));
            self.found.push(
                Diagnostic::new(Code::ConfigMode, message)
                    .allowed("iptables, kernelspace")
                    .help("a node in this mode has other rules than those shown"),
            );
        }
    }

    /// The node's name, in lower case (kube-proxy, all versions), and its object.
    fn node<'c>(&mut self, cluster: &'c Cluster) -> (Option<Subdomain>, Option<&'c Node>) {
        let said = self.overrides.node.as_deref().unwrap_or(&self.config.hostname_override);
        let said = said.trim().to_lowercase();
        if said.is_empty() {
            let [only] = cluster.nodes.as_slice() else {
                let help = match cluster.nodes.first() {
                    Some(node) => format!("for example --node {}", node.name),
                    None => "name it with --node".to_owned(),
                };
                let message = "no node is named, so no endpoint counts as local";
                self.found.push(Diagnostic::new(Code::NodeNotNamed, message).help(help));
                return (None, None);
            };
            let message = format!("compiled for node {}, the only one in the input", only.name);
            self.found.push(Diagnostic::new(Code::NodeChosen, message));
            return (Some(only.name.clone()), Some(only));
        }
        let Ok(name) = Subdomain::new(&said) else {
            self.invalid("the node's name", &said, "lower-case letters, digits, `-` and `.`");
            return (None, None);
        };
        let node = cluster.node(name.as_str());
        if node.is_none() {
            let message = format!("node {name} is not in the input");
            self.found.push(
                Diagnostic::new(Code::NodeNotFound, message)
                    .help("its zone and addresses are unknown; add the output of kubectl get nodes -o yaml"),
            );
        }
        (Some(name), node)
    }

    /// The first address of each family, internal ones before external ones; then the bind address. The
    /// family of a specific bind address, or else of the first address, is the primary one.
    fn ips(&mut self, node: Option<&Node>) -> (NodeIps, Family) {
        let addresses = node.map_or(&[][..], |node| &node.addresses);
        let first = |family| addresses.iter().copied().find(|ip| Family::of(*ip) == family);
        let mut ips = NodeIps {
            ipv4: first(Family::Ipv4).unwrap_or(Ipv4Addr::LOCALHOST.into()),
            ipv6: first(Family::Ipv6).unwrap_or(Ipv6Addr::LOCALHOST.into()),
        };
        let bind = self.overrides.bind_address.as_ref().unwrap_or(&self.config.bind_address);
        let mut primary = addresses.first().copied().map_or(Family::Ipv4, Family::of);
        match parse_ip(bind) {
            _ if bind.is_empty() => {}
            None => self.invalid("bindAddress", &bind.clone(), "an IP address"),
            Some(ip) if ip.is_unspecified() => {}
            Some(ip) => {
                primary = Family::of(ip);
                match ip {
                    IpAddr::V4(_) => ips.ipv4 = ip,
                    IpAddr::V6(_) => ips.ipv6 = ip,
                }
            }
        }
        (ips, primary)
    }

    fn iptables(
        &mut self,
        node: Option<&Node>,
        ips: &NodeIps,
        keywords: NodePortKeywords,
    ) -> IptablesSettings {
        let (config, facts, overrides) = (self.config, self.facts, self.overrides);
        let existing = facts.existing_nat_chains.iter().chain(&overrides.existing_nat_chains);
        IptablesSettings {
            masquerade_all: overrides.masquerade_all.or(config.iptables.masquerade_all).unwrap_or(false),
            masquerade_bit: self.masquerade_bit(),
            localhost_node_ports: overrides
                .localhost_node_ports
                .or(config.iptables.localhost_node_ports)
                .unwrap_or(true),
            random_fully: overrides.random_fully.or(facts.iptables_random_fully).unwrap_or(true),
            tcp_be_liberal: overrides.tcp_be_liberal.or(config.conntrack.tcp_be_liberal).unwrap_or(false),
            nfacct: overrides.nfacct.or(facts.nfacct).unwrap_or(false),
            local_traffic: self.local_traffic(node),
            node_port_addresses: self.node_port_addresses(ips, keywords),
            existing_nat_chains: existing.cloned().collect(),
        }
    }

    fn masquerade_bit(&mut self) -> u8 {
        const DEFAULT: u8 = 14;
        let bit = self.overrides.masquerade_bit.or(self.config.iptables.masquerade_bit);
        let Some(bit) = bit else { return DEFAULT };
        let valid = u8::try_from(bit).ok().filter(|bit| *bit < 32);
        if valid.is_none() {
            self.invalid("masqueradeBit", &bit.to_string(), "0 to 31");
        }
        valid.unwrap_or(DEFAULT)
    }

    /// How traffic of local pods is told, by the detection mode.
    fn local_traffic(&mut self, node: Option<&Node>) -> PerFamily<LocalDetector> {
        let (config, overrides) = (self.config, self.overrides);
        let mode = overrides.detect_local_mode.as_ref().or(config.detect_local_mode.as_ref());
        match mode.map_or("", String::as_str) {
            "" if mode.is_none() && overrides.cluster_cidr.is_none() => {
                self.note_undetected();
                PerFamily::default()
            }
            "" | "ClusterCIDR" => {
                let cidrs = self.cluster_cidrs();
                PerFamily::of(|family| source_in(&cidrs, family))
            }
            "NodeCIDR" => {
                let cidrs = node.map_or(&[][..], |node| &node.pod_cidrs);
                PerFamily::of(|family| source_in(cidrs, family))
            }
            "BridgeInterface" => {
                let name =
                    overrides.bridge_interface.as_ref().unwrap_or(&config.detect_local.bridge_interface);
                let name = self.interface("detectLocal.bridgeInterface", name);
                PerFamily::of(|_| name.clone().map_or(LocalDetector::None, LocalDetector::Interface))
            }
            "InterfaceNamePrefix" => {
                let prefix = overrides
                    .interface_name_prefix
                    .as_ref()
                    .unwrap_or(&config.detect_local.interface_name_prefix);
                let prefix = self.interface("detectLocal.interfaceNamePrefix", prefix);
                PerFamily::of(|_| prefix.clone().map_or(LocalDetector::None, LocalDetector::InterfacePrefix))
            }
            other => {
                self.invalid(
                    "detectLocalMode",
                    other,
                    "ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix",
                );
                PerFamily::default()
            }
        }
    }

    /// A configuration without `detectLocalMode` detects no local traffic, even with a `clusterCIDR`: the
    /// recorded proxiers of 1.30 and 1.36 do so (an empty text means `ClusterCIDR`, as kubeadm writes it).
    fn note_undetected(&mut self) {
        if !self.config.cluster_cidr.is_empty() {
            let message = "clusterCIDR is set, but detectLocalMode is not, so local traffic is not detected";
            self.found
                .push(Diagnostic::new(Code::LocalModeMissing, message).help(
                    "to use clusterCIDR, add detectLocalMode: ClusterCIDR or give --detect-local-mode",
                ));
        }
    }

    fn interface(&mut self, field: &str, name: &str) -> Option<InterfaceName> {
        let checked = InterfaceName::new(name).ok();
        if checked.is_none() {
            self.invalid(field, name, "1 to 15 letters, digits, `-`, `_` and `.`");
        }
        checked
    }

    /// `clusterCIDR`: at most one network for each family.
    fn cluster_cidrs(&mut self) -> Vec<IpNet> {
        let said = self.overrides.cluster_cidr.as_ref().unwrap_or(&self.config.cluster_cidr);
        if said.is_empty() {
            return Vec::new();
        }
        let parsed: Vec<Option<IpNet>> = said.split(',').map(|cidr| parse_cidr(cidr.trim())).collect();
        let cidrs: Vec<IpNet> = parsed.iter().flatten().copied().collect();
        let one_family_twice = cidrs.len() == 2 && Family::of_net(&cidrs[0]) == Family::of_net(&cidrs[1]);
        if cidrs.len() < parsed.len() || cidrs.len() > 2 || one_family_twice {
            self.invalid("clusterCIDR", &said.clone(), "a CIDR, or one of each family joined by a comma");
        }
        cidrs
    }
}

fn source_in(cidrs: &[IpNet], family: Family) -> LocalDetector {
    let first = cidrs.iter().find(|cidr| Family::of_net(cidr) == family);
    first.map_or(LocalDetector::None, |cidr| LocalDetector::Source(*cidr))
}
