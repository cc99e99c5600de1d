//! What nodes have to have in common so that Services which name none of them mean the same on each: all but their names,
//! addresses and networks.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::services::Services;
use crate::manifest::Node;
use crate::net::{Family, PerFamily};
use crate::node::{LocalDetector, NodeAddresses, NodeContext, NodePortMatch};

/// A text that is the same for nodes that are set up alike.
pub(super) fn setup_of(node: &NodeContext, object: &Node, services: &Services) -> String {
    let mut like = node.clone();
    let own = &node.addresses.own;
    like.name = None;
    like.ips = PerFamily::of(|family| standing_for(*node.ips.get(family), own));
    like.addresses = NodeAddresses { is_complete: node.addresses.is_complete, ..NodeAddresses::default() };
    like.local_traffic = PerFamily::of(|family| match node.local_traffic.get(family) {
        LocalDetector::Source(net) => LocalDetector::Source(network_for(net, object)),
        other => other.clone(),
    });
    for matched in [&mut like.node_port_addresses.ipv4.serving, &mut like.node_port_addresses.ipv6.serving]
        .into_iter()
        .chain([&mut like.nftables.node_port_addresses.ipv4, &mut like.nftables.node_port_addresses.ipv6])
    {
        if let NodePortMatch::Only(ips) = matched {
            for ip in ips {
                *ip = standing_for(*ip, own);
            }
        }
    }
    like.healthz_address = node.healthz_address.map(|ip| standing_for(ip, own));
    like.windows.host_mac = None;
    like.windows.pod_networks.clear();
    let mut text = format!("{like:?}, MAC {}", node.windows.host_mac.is_some());
    // Packets are asked about in the order of their destinations, some of which are the node's own.
    for ip in own {
        let rank = services.addresses.partition_point(|address| address < ip);
        let _ = write!(text, ", address {:?} after {rank}", Family::of(*ip));
    }
    for net in &object.pod_cidrs {
        let _ = write!(text, ", pods {:?}/{}", Family::of_net(net), net.prefix_len());
    }
    for family in Family::ALL {
        let _ = write!(text, ", pods of Services {}", services.has_pods(object.name.as_str(), family));
    }
    text
}

/// An address of the node by its position among those that it has; any other as it is.
fn standing_for(ip: IpAddr, own: &[IpAddr]) -> IpAddr {
    let Some(at) = own.iter().position(|own| *own == ip) else { return ip };
    let at = u8::try_from(at).unwrap_or(u8::MAX);
    match ip {
        IpAddr::V4(_) => Ipv4Addr::new(0, 0, 0, at).into(),
        IpAddr::V6(_) => Ipv6Addr::from(u128::from(at)).into(),
    }
}

/// The network of the node's own pods by its length; any other as it is.
fn network_for(net: &IpNet, object: &Node) -> IpNet {
    if !object.pod_cidrs.contains(net) {
        return *net;
    }
    let first: IpAddr = match net {
        IpNet::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpNet::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    IpNet::new(first, net.prefix_len()).unwrap_or(*net)
}
