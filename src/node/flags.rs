//! The flags that say what the node is, with kube-proxy's own names, and what they mean.
//!
//! A value on the command line is checked as soon as it is read, and a wrong one is refused: what a person typed
//! and what is compiled must not differ.

use super::config::{self, LOCAL_MODES, MODES, NETWORKS, networks};
use super::overrides::Overrides;
use super::windows::{HnsVersion, MacAddress, NetworkType};
use crate::flag::{Flag, FlagError, Given, Takes};
use crate::name::{InterfaceName, Subdomain};
use crate::net::{parse_cidr, parse_ip};

const NODE: &str = "Node";
const WINDOWS: &str = "Windows node";

/// The flag that names the node.
pub const NAME: Flag = Flag::new("node", Takes::Value("NAME"), NODE, "Name of the node to compile for")
    .alias(&["hostname-override"]);
const MODE: Flag = Flag::new(
    "proxy-mode",
    Takes::Value("MODE"),
    NODE,
    "Mode of kube-proxy; modes without rules of their own here give a warning",
)
.often(&["iptables", "ipvs", "nftables", "kernelspace"])
.for_experts();
const BIND_ADDRESS: Flag = Flag::new(
    "bind-address",
    Takes::Value("IP"),
    NODE,
    "Address that kube-proxy binds to; a specific one is the node's address",
)
.for_experts();
const CLUSTER_CIDR: Flag = Flag::new(
    "cluster-cidr",
    Takes::Value("CIDR[,CIDR]"),
    NODE,
    "Networks of all pods, at most one for each family, joined by a comma",
);
const DETECT_LOCAL_MODE: Flag = Flag::new(
    "detect-local-mode",
    Takes::Value("MODE"),
    NODE,
    "How kube-proxy detects traffic of local pods: ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix",
)
.often(&LOCAL_MODES)
.for_experts();
const BRIDGE_INTERFACE: Flag =
    Flag::new("pod-bridge-interface", Takes::Value("NAME"), NODE, "Bridge of the pods, for BridgeInterface")
        .for_experts();
const INTERFACE_PREFIX: Flag = Flag::new(
    "pod-interface-name-prefix",
    Takes::Value("PREFIX"),
    NODE,
    "First letters of the pods' interfaces, for InterfaceNamePrefix",
)
.for_experts();
const MASQUERADE_ALL: Flag =
    Flag::new("masquerade-all", Takes::Bool, NODE, "Masquerade all traffic to cluster IPs").for_experts();
const MASQUERADE_BIT: Flag = Flag::new(
    "iptables-masquerade-bit",
    Takes::Value("BIT"),
    NODE,
    "Bit of the packet mark that requests masquerading, 0 to 31",
)
.for_experts();
const LOCALHOST_NODE_PORTS: Flag =
    Flag::new("iptables-localhost-nodeports", Takes::Bool, NODE, "Serve node ports on loopback addresses")
        .for_experts();
const NODE_PORT_ADDRESSES: Flag = Flag::new(
    "nodeport-addresses",
    Takes::Values("CIDR"),
    NODE,
    "CIDRs of the addresses that serve node ports, or the words primary (1.31 and later), localhost and all (1.37 and later)",
)
.for_experts();
const INTERFACE_ADDRESS: Flag = Flag::new(
    "interface-address",
    Takes::Values("IP"),
    NODE,
    "Address of an interface of the node, for --nodeport-addresses; may be repeated",
)
.for_experts();
const TCP_BE_LIBERAL: Flag = Flag::new(
    "conntrack-tcp-be-liberal",
    Takes::Bool,
    NODE,
    "The node's connection tracking accepts packets outside of the TCP window",
)
.for_experts();
const FEATURE_GATES: Flag = Flag::new(
    "feature-gates",
    Takes::Values("NAME=BOOL"),
    NODE,
    "Feature gates, as in Name=true,Other=false",
)
.for_experts();
const NFACCT: Flag =
    Flag::new("nfacct", Takes::Bool, NODE, "The kernel has the accounting objects of kube-proxy (nfacct)")
        .for_experts();
const RANDOM_FULLY: Flag =
    Flag::new("random-fully", Takes::Bool, NODE, "iptables supports --random-fully (1.6.2 and later)")
        .for_experts();
const NETWORK_NAME: Flag =
    Flag::new("network-name", Takes::Value("NAME"), WINDOWS, "Name of the HNS network of the pods");
const NETWORK_TYPE: Flag = Flag::new(
    "network-type",
    Takes::Value("TYPE"),
    WINDOWS,
    "Type of the HNS network: L2Bridge, L2Tunnel, Overlay, Transparent or NAT",
)
.often(&["L2Bridge", "L2Tunnel", "Overlay", "Transparent", "NAT"]);
const SOURCE_VIP: Flag = Flag::new(
    "source-vip",
    Takes::Value("IP"),
    WINDOWS,
    "Source address of translated traffic on overlay networks",
);
const HOST_MAC: Flag = Flag::new(
    "host-mac",
    Takes::Value("MAC"),
    WINDOWS,
    "MAC address of the interface with the node's address, for overlay networks",
)
.for_experts();
const ENABLE_DSR: Flag =
    Flag::new("enable-dsr", Takes::Bool, WINDOWS, "Direct server return (DSR) for cluster IPs").for_experts();
const ROOT_ENDPOINT: Flag = Flag::new(
    "root-hnsendpoint-name",
    Takes::Value("NAME"),
    WINDOWS,
    "Name of the host's HNS endpoint, for --forward-healthcheck-vip",
)
.for_experts();
const FORWARD_HEALTH_CHECK: Flag = Flag::new(
    "forward-healthcheck-vip",
    Takes::Bool,
    WINDOWS,
    "Create load balancers for the health checks of load balancer addresses",
)
.for_experts();
const HNS_VERSION: Flag =
    Flag::new("hns-version", Takes::Value("VERSION"), WINDOWS, "Version of HNS, as in 15.4").for_experts();

const WINDOWS_RELEASE: Flag = Flag::new(
    "windows-release",
    Takes::Value("RELEASE"),
    WINDOWS,
    "Release of Windows: ltsc2019, ltsc2022 or ltsc2025, with its update as in ltsc2022:2113",
)
.for_experts()
.saying(
    "By default it is read from nodeInfo of the Node, the facts file, collected logs or the version of HNS.",
);
const LOOPBACK_DSR: Flag = Flag::new(
    "loopback-dsr",
    Takes::Value("FAMILIES"),
    WINDOWS,
    "Whether pods reach themselves with DSR: true, false, or for one family, ipv4 or ipv6",
)
.for_experts()
.saying(
    "The network plugin decides it, by loopbackDSR of its configuration or by itself. Where a dump tells the policies \
     of an endpoint, they decide.",
);
const NETWORK_PLUGIN: Flag = Flag::new(
    "network-plugin",
    Takes::Value("NAME[:VERSION]"),
    WINDOWS,
    "Network plugin, in place of --loopback-dsr: azure-cni, calico, win-bridge, win-overlay, sdnbridge, sdnoverlay",
)
.for_experts();

/// The flags, in the order in which help lists them.
pub const FLAGS: &[Flag] = &[
    NAME,
    MODE,
    BIND_ADDRESS,
    CLUSTER_CIDR,
    DETECT_LOCAL_MODE,
    BRIDGE_INTERFACE,
    INTERFACE_PREFIX,
    MASQUERADE_ALL,
    MASQUERADE_BIT,
    LOCALHOST_NODE_PORTS,
    NODE_PORT_ADDRESSES,
    INTERFACE_ADDRESS,
    TCP_BE_LIBERAL,
    FEATURE_GATES,
    NFACCT,
    RANDOM_FULLY,
    NETWORK_NAME,
    NETWORK_TYPE,
    SOURCE_VIP,
    HOST_MAC,
    ENABLE_DSR,
    ROOT_ENDPOINT,
    FORWARD_HEALTH_CHECK,
    HNS_VERSION,
    WINDOWS_RELEASE,
    LOOPBACK_DSR,
    NETWORK_PLUGIN,
];

impl Overrides {
    /// What the flags of [`FLAGS`] say.
    ///
    /// # Errors
    /// When a value is not one that kube-proxy would take.
    pub fn of(given: &Given) -> Result<Self, FlagError> {
        let checked = |flag: &'static Flag, is_valid: fn(&str) -> bool, allowed: &str| {
            let values = given.all(flag);
            // kube-proxy takes an empty text for a value that is not set.
            match values.iter().find(|value| !value.is_empty() && !is_valid(value)) {
                Some(wrong) => Err(flag.error(wrong, format!("expected {allowed}"))),
                None => Ok(values),
            }
        };
        let one = |values: &[String]| values.last().cloned();
        let some = |values: &[String]| (!values.is_empty()).then(|| values.to_vec());
        let is_ip = |text: &str| parse_ip(text).is_some();
        let is_interface = |text: &str| InterfaceName::new(text).is_ok();
        Ok(Self {
            node: one(checked(&NAME, is_node_name, "lower-case letters, digits, `-` and `.`")?),
            mode: one(checked(&MODE, |text| MODES.contains(&text), &format!("one of {}", MODES.join(", ")))?),
            bind_address: one(checked(&BIND_ADDRESS, is_ip, "an IP address")?),
            cluster_cidr: one(checked(&CLUSTER_CIDR, |text| networks(text).is_some(), NETWORKS)?),
            detect_local_mode: one(checked(
                &DETECT_LOCAL_MODE,
                |text| LOCAL_MODES.contains(&text),
                &format!("one of {}", LOCAL_MODES.join(", ")),
            )?),
            bridge_interface: one(checked(&BRIDGE_INTERFACE, is_interface, INTERFACE)?),
            interface_name_prefix: one(checked(&INTERFACE_PREFIX, is_interface, INTERFACE)?),
            masquerade_all: given.bool(&MASQUERADE_ALL)?,
            masquerade_bit: one(checked(&MASQUERADE_BIT, is_bit, "a number from 0 to 31")?)
                .and_then(|bit| bit.parse().ok()),
            localhost_node_ports: given.bool(&LOCALHOST_NODE_PORTS)?,
            node_port_addresses: some(checked(
                &NODE_PORT_ADDRESSES,
                |text| matches!(text, "primary" | "localhost" | "all") || parse_cidr(text).is_some(),
                config::NODE_PORT_ADDRESSES,
            )?),
            tcp_be_liberal: given.bool(&TCP_BE_LIBERAL)?,
            feature_gates: given
                .all(&FEATURE_GATES)
                .iter()
                .map(|text| gate(text))
                .collect::<Result<_, _>>()?,
            nfacct: given.bool(&NFACCT)?,
            random_fully: given.bool(&RANDOM_FULLY)?,
            interface_addresses: some(checked(
                &INTERFACE_ADDRESS,
                is_address,
                "an IP address, with or without its prefix length",
            )?),
            network_name: one(given.all(&NETWORK_NAME)),
            network_type: given.parse::<NetworkType>(&NETWORK_TYPE)?,
            source_vip: one(checked(&SOURCE_VIP, is_ip, "an IP address")?),
            host_mac: given.parse::<MacAddress>(&HOST_MAC)?.map(|mac| mac.to_string()),
            enable_dsr: given.bool(&ENABLE_DSR)?,
            root_endpoint_name: one(given.all(&ROOT_ENDPOINT)),
            forward_health_check_vip: given.bool(&FORWARD_HEALTH_CHECK)?,
            hns_version: given.parse::<HnsVersion>(&HNS_VERSION)?.map(|version| version.to_string()),
            windows_release: given.parse(&WINDOWS_RELEASE)?,
            loopback_dsr: given.parse(&LOOPBACK_DSR)?,
            network_plugin: given.parse(&NETWORK_PLUGIN)?,
            existing_nat_chains: Vec::new(),
            taken: None,
        })
    }
}

const INTERFACE: &str = "1 to 15 letters, digits, `-`, `_` and `.`";

fn is_node_name(text: &str) -> bool {
    Subdomain::new(&text.trim().to_lowercase()).is_ok()
}

fn is_bit(text: &str) -> bool {
    text.parse::<u8>().is_ok_and(|bit| bit < 32)
}

fn is_address(text: &str) -> bool {
    parse_ip(text).is_some() || parse_cidr(text).is_some()
}

fn gate(text: &str) -> Result<(String, bool), FlagError> {
    let gate = text.split_once('=').and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
    gate.ok_or_else(|| FEATURE_GATES.error(text, "expected NAME=true or NAME=false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_is_refused() {
        for (flag, wrong) in [
            (&NAME, "win 1"),
            (&MODE, "nftable"),
            (&MODE, "userspace"),
            (&BIND_ADDRESS, "here"),
            (&CLUSTER_CIDR, "10.244.0.0"),
            (&CLUSTER_CIDR, "10.0.0.0/8,10.1.0.0/16"),
            (&DETECT_LOCAL_MODE, "clustercidr"),
            (&MASQUERADE_BIT, "32"),
            (&NODE_PORT_ADDRESSES, "everything"),
            (&INTERFACE_ADDRESS, "hello"),
            (&INTERFACE_ADDRESS, "1.2.3.4/99"),
            (&SOURCE_VIP, "10.0.0"),
            (&HOST_MAC, "00:15"),
            (&HNS_VERSION, "ltsc2022"),
            (&WINDOWS_RELEASE, "13.2"),
            (&LOOPBACK_DSR, "yes"),
            (&NETWORK_PLUGIN, "cilium"),
            (&FEATURE_GATES, "Gate"),
            (&NETWORK_TYPE, "vxlan"),
            (&ENABLE_DSR, "yes"),
        ] {
            let error = Overrides::of(&Given::default().with(flag, wrong)).unwrap_err();
            assert_eq!((error.flag, &*error.value), (flag.name, wrong));
        }
    }

    #[test]
    fn words_that_are_offered_are_taken() {
        let mut seen = 0;
        for flag in FLAGS {
            for word in flag.words {
                assert!(Overrides::of(&Given::default().with(flag, *word)).is_ok(), "--{} {word}", flag.name);
                seen += 1;
            }
        }
        assert!(seen > 10, "{seen}");
    }

    #[test]
    fn a_right_value_is_kept_as_it_was_typed() {
        let given = Given::default().with(&INTERFACE_ADDRESS, "192.168.10.11/24").with(&NAME, "Win-1");
        let overrides = Overrides::of(&given).unwrap();
        assert_eq!(overrides.interface_addresses, Some(vec!["192.168.10.11/24".to_owned()]));
        assert_eq!(overrides.node.as_deref(), Some("Win-1"));
    }
}
