//! Whose connections a load balancer takes, by the rules that traces of packets follow, and what becomes of those that are
//! open when it goes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::answer::verdict::{Confidence, Host, Packet, Sender};
use crate::net::{Family, Protocol};
use crate::platform::hns::eval::{Evaluator, established};
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::model::{LoadBalancer, State, protocol_number};
use crate::platform::hns::sync::proxier::Setting;
use crate::platform::timeline::{Client, ClientReach, Established};

/// The clients of a node.
#[derive(Debug)]
pub(super) struct Clients<'s> {
    setting: Setting<'s>,
    host: Host,
    trusted: Confidence,
}

/// Addresses for documentation, which no client of a cluster has: whose they are decides nothing.
const SOMEBODY: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

impl<'s> Clients<'s> {
    pub(super) fn new(setting: Setting<'s>, trusted: Confidence) -> Self {
        let ips = Family::ALL.map(|family| *setting.node.ips.get(family));
        let host = Host::new(ips.into_iter().filter(|ip| !ip.is_unspecified()));
        Self { setting, host, trusted }
    }

    /// Whose packets a load balancer takes, or may take.
    pub(super) fn of(&self, balancer: &LoadBalancer, key: &FrontendKey) -> Vec<ClientReach> {
        let node = self.setting.node;
        let family = if key.ipv6 { Family::Ipv6 } else { Family::Ipv4 };
        let own = *node.ips.get(family);
        let vip = match &key.vip {
            None => Some(own),
            Some(vip) => vip.ip(),
        };
        let protocol = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
            .into_iter()
            .find(|protocol| protocol_number(*protocol) == key.protocol);
        let (Some(destination), Some(protocol)) = (vip, protocol) else { return Vec::new() };
        let version = Some(self.setting.features.version);
        let state =
            State { load_balancers: vec![balancer.clone()].into(), hns_version: version, ..State::default() };
        let told = node.windows.hns_version;
        let evaluator = Evaluator::new(&state, &self.host).on(node, told).trusting(self.trusted);
        let [ipv4, ipv6] = SOMEBODY;
        let somebody = if key.ipv6 { ipv6 } else { ipv4 };
        let senders = [
            (Client::Pod, Sender::Pod, somebody),
            (Client::Node, Sender::Node, own),
            (Client::Outside, Sender::Outside, somebody),
        ];
        let reach = |(client, sender, source): (Client, Sender, IpAddr)| {
            let port = key.port;
            let packet =
                Packet { sender, source, destination, protocol, port, interface: None, remembered: None };
            let (is_served, ground) = evaluator.is_taken(&packet);
            ClientReach { client, is_served, basis: ground.into() }
        };
        senders.into_iter().map(reach).filter(|reach| reach.is_served != Some(false)).collect()
    }

    /// What becomes of connections through a load balancer that are open when it goes.
    pub(super) fn established(&self, balancer: &LoadBalancer) -> Established {
        let (is_kept, ground) = established(balancer, self.trusted);
        Established { is_kept, basis: Some(ground).into() }
    }
}
