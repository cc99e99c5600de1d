//! [`NodeContext`]: everything about the node, with nothing left to decide.

use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Serialize;

use super::addresses::NodeAddresses;
use super::behavior::{Behavior, Version};
use super::loopback::Loopback;
use super::release::ToldBuild;
use super::windows::{HnsVersion, MacAddress, NetworkType};
use crate::name::{InterfaceName, Subdomain};
use crate::net::{Family, PerFamily, PortRange, Protocol};

/// The node that rules are compiled for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeContext {
    /// Its name, in lower case as kube-proxy makes it; without a name no endpoint is local.
    pub name: Option<Subdomain>,
    /// Its zone.
    pub zone: Option<Subdomain>,
    /// Whether it runs Windows, where kube-proxy makes HNS load balancers.
    pub runs_windows: bool,
    /// Whether its label says that it runs Linux; without the label, neither is known.
    #[serde(skip)]
    pub runs_linux: bool,
    /// Its address in each family.
    pub ips: NodeIps,
    /// All addresses that the input tells. They change no rule, only what becomes of packets.
    #[serde(skip)]
    pub addresses: NodeAddresses,
    /// Where kube-proxy's own health server listens; `None` is on all addresses. It changes no rule.
    #[serde(skip)]
    pub healthz_address: Option<IpAddr>,
    /// The family of its first address, which a proxier without dual stack serves.
    pub primary_family: Family,
    /// The kube-proxy version.
    pub version: Version,
    /// What that version does.
    #[serde(skip)]
    pub behavior: Behavior,
    /// Its mode, where a flag or the configuration names one; empty where none does. It changes no rule of a platform.
    #[serde(skip)]
    pub mode: Box<str>,
    /// Every packet to a cluster IP is masqueraded.
    pub masquerade_all: bool,
    /// How traffic of local pods is recognised.
    pub local_traffic: PerFamily<LocalDetector>,
    /// Whether that is only the default of kube-proxy, as nothing of its configuration is given.
    #[serde(skip)]
    pub local_traffic_is_assumed: bool,
    /// Whether a flag decides how it is recognised, so that none given is none wanted.
    #[serde(skip)]
    pub local_traffic_is_chosen: bool,
    /// Which addresses serve node ports.
    pub node_port_addresses: PerFamily<NodePortAddresses>,
    /// Settings of the iptables mode.
    pub iptables: IptablesSettings,
    /// Settings of the nftables mode.
    pub nftables: NftablesSettings,
    /// Settings of the Windows mode.
    pub windows: WindowsSettings,
}

/// The node's address in each family; loopback where it has none, as for kube-proxy.
pub type NodeIps = PerFamily<IpAddr>;

/// Settings of the iptables mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IptablesSettings {
    /// The bit of the packet mark that requests masquerading, 0 to 31.
    pub masquerade_bit: u8,
    /// Node ports answer on loopback addresses (IPv4).
    pub localhost_node_ports: bool,
    /// MASQUERADE takes `--random-fully` (iptables 1.6.2 and later).
    pub random_fully: bool,
    /// `nf_conntrack_tcp_be_liberal` is set, so invalid packets are not dropped.
    pub tcp_be_liberal: bool,
    /// The kernel accounting objects of kube-proxy could be made.
    pub nfacct: bool,
    /// Chains that exist in the nat table now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub existing_nat_chains: Vec<String>,
}

/// Settings of the nftables mode. It has a block of its own in the configuration, and its own default of node port
/// addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NftablesSettings {
    /// Every packet to a cluster IP is masqueraded.
    pub masquerade_all: bool,
    /// The bit of the packet mark that requests masquerading, 0 to 31.
    pub masquerade_bit: u8,
    /// Which addresses serve node ports. Loopback addresses are not among single ones.
    pub node_port_addresses: PerFamily<NodePortMatch>,
    /// What becomes of packets to node ports on loopback addresses (N16).
    pub localhost_node_ports: PerFamily<LocalhostNodePorts>,
    /// The networks that cluster IPs are allocated from, sorted by their texts; none where they are not known.
    #[serde(rename = "serviceCIDRs")]
    #[schemars(with = "Vec<String>")]
    pub service_cidrs: Vec<IpNet>,
}

/// What becomes of packets to node ports on loopback addresses, in nftables mode (N16).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LocalhostNodePorts {
    /// No rule is about them.
    #[default]
    Unhandled,
    /// They are rejected.
    Rejected,
    /// kube-proxy listens to those of TCP itself; others are rejected.
    ServedByProxy,
}

impl LocalhostNodePorts {
    /// The protocols that rules reject.
    #[must_use]
    pub fn rejected(self) -> &'static [Protocol] {
        match self {
            Self::Unhandled => &[],
            Self::Rejected => &[Protocol::Tcp, Protocol::Udp, Protocol::Sctp],
            Self::ServedByProxy => &[Protocol::Udp, Protocol::Sctp],
        }
    }
}

/// How traffic of pods on this node is distinguished from other traffic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LocalDetector {
    /// It is not distinguished.
    #[default]
    None,
    /// By its source address.
    #[schemars(with = "String")]
    Source(IpNet),
    /// By the interface it comes in by.
    Interface(InterfaceName),
    /// By the first letters of the interface it comes in by.
    InterfacePrefix(InterfaceName),
}

/// Which addresses of the node serve node ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePortAddresses {
    /// The addresses.
    pub serving: NodePortMatch,
    /// Whether they include a loopback address of IPv4.
    pub includes_loopback: bool,
}

/// The addresses of the node that serve node ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NodePortMatch {
    /// Every local address.
    All,
    /// These, sorted.
    Only(Vec<IpAddr>),
}

impl NodePortMatch {
    /// Whether an address of the node is among them.
    #[must_use]
    pub fn has(&self, ip: IpAddr) -> bool {
        match self {
            Self::All => true,
            Self::Only(ips) => ips.contains(&ip),
        }
    }
}

/// Settings of the Windows mode, and facts about the Windows host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WindowsSettings {
    /// Name of the HNS network, empty where it is not configured.
    pub network_name: String,
    /// Type of the HNS network, where a flag sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_type: Option<NetworkType>,
    /// Source address of translated traffic on overlay networks.
    pub source_vip: Option<IpAddr>,
    /// Direct server return for cluster IPs.
    pub enable_dsr: bool,
    /// Name of the host's HNS endpoint.
    pub root_endpoint_name: String,
    /// Health checks of load balancers get load balancers of their own.
    pub forward_health_check_vip: bool,
    /// Port of kube-proxy's own health server.
    pub healthz_port: u16,
    /// MAC address of the interface with the node's address.
    pub host_mac: Option<MacAddress>,
    /// Version of HNS, as in `15.4`.
    pub hns_version: Option<HnsVersion>,
    /// The build of Windows. It changes no rule, only what becomes of packets.
    #[serde(skip)]
    pub build: Option<ToldBuild>,
    /// The eBPF data plane that the Node names, which serves Services in place of kube-proxy.
    #[serde(skip)]
    pub data_plane: Option<Box<str>>,
    /// Whether pods reach themselves with direct server return. It changes no rule either.
    #[serde(skip)]
    pub loopback: Loopback,
    /// The pods of other nodes, by their Node objects, for an overlay network whose state is not given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pod_networks: Vec<PodNetwork>,
    /// The ports that the host can allocate. They change no rule, only the warnings about rules.
    #[serde(skip)]
    pub ports: HostPorts,
}

/// Ports of a Windows host that outgoing connections and load balancers share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostPorts {
    /// The dynamic ports of TCP; `None` where they are not given, and Windows uses its default.
    pub dynamic: Option<PortRange>,
    /// Ports of TCP that Windows has reserved.
    pub excluded: Vec<PortRange>,
    /// The dynamic ports of UDP, which has settings of its own.
    pub dynamic_udp: Option<PortRange>,
    /// Ports of UDP that Windows has reserved.
    pub excluded_udp: Vec<PortRange>,
    /// How many blocks of 64 dynamic ports are free now.
    pub free_blocks: Option<u32>,
}

impl HostPorts {
    /// The dynamic ports of TCP, by default those of Windows.
    #[must_use]
    pub fn dynamic(&self) -> PortRange {
        self.dynamic.unwrap_or(PortRange::DYNAMIC)
    }

    /// The dynamic ports of a protocol, by default those of Windows; SCTP has none.
    #[must_use]
    pub fn dynamic_of(&self, protocol: Protocol) -> Option<PortRange> {
        match protocol {
            Protocol::Tcp => Some(self.dynamic()),
            Protocol::Udp => Some(self.dynamic_udp.unwrap_or(PortRange::DYNAMIC)),
            Protocol::Sctp => None,
        }
    }

    /// The reserved ports of a protocol. A list is about one protocol, and says nothing about another one.
    #[must_use]
    pub fn excluded_of(&self, protocol: Protocol) -> &[PortRange] {
        match protocol {
            Protocol::Tcp => &self.excluded,
            Protocol::Udp => &self.excluded_udp,
            Protocol::Sctp => &[],
        }
    }
}

/// The pods of another node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodNetwork {
    /// Their addresses.
    #[schemars(with = "String")]
    pub prefix: IpNet,
    /// The address of their node.
    pub node: IpAddr,
}

impl NodeContext {
    /// Whether kube-proxy may recognise traffic of local pods by something that is not given: its command line and its
    /// configuration say it, and a node whose network of pods nobody told looks like one that has none.
    #[must_use]
    pub fn may_recognize_pods(&self, family: Family) -> bool {
        *self.local_traffic.get(family) == LocalDetector::None && !self.local_traffic_is_chosen
    }

    /// Whether a node of this name is the node itself. Names are compared exactly.
    #[must_use]
    pub fn is_this_node(&self, node: Option<&Subdomain>) -> bool {
        self.name.is_some() && self.name.as_ref() == node
    }
}
