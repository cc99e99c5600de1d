//! The source VIP: the source address of translated connections on overlay networks.

use std::net::IpAddr;

use ipnet::IpNet;

use super::WindowsNode;
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::net::Family;
use crate::node::NetworkType;
use crate::platform::hns::codes;

impl WindowsNode<'_> {
    /// Whether the source VIP can be what it has to be. That an overlay needs one at all is said where the
    /// plan is made, as kube-proxy does not start without.
    pub(super) fn source_vip(self) -> Vec<Diagnostic> {
        let found = match self.rules.node.windows.source_vip {
            Some(ip) if self.host.is_overlay() => [self.no_endpoint(ip), self.of_a_pod(ip)],
            // Advice for a type that is only assumed may break a network of another type.
            _ if self.host.network.is_assumed => [None, None],
            Some(ip) => [Some(self.unused(ip)), self.hairpin()],
            None => [self.hairpin(), None],
        };
        found.into_iter().flatten().collect()
    }

    /// HNS refuses addresses outside of the subnet and reserved ones (k/k#100962: 0x803B002F). The address
    /// after the gateway is what the scripts for flannel reserve for the source VIP, so it is not refused.
    fn no_endpoint(self, ip: IpAddr) -> Option<Diagnostic> {
        let subnets = self.pod_subnets(Family::of(ip));
        let listed: Vec<String> = subnets.iter().map(ToString::to_string).collect();
        let Some(subnet) = subnets.iter().find(|subnet| subnet.contains(&ip)) else {
            let message = format!("the source VIP {ip} is in no pod network of this node");
            let outside = Diagnostic::new(codes::SOURCE_VIP_OUTSIDE, message).allowed(listed.join(", "));
            return (!subnets.is_empty())
                .then(|| outside.help("set winkernel.sourceVip or --source-vip of this node"));
        };
        let reserved = [
            (Some(subnet.network()), "the name"),
            (subnet.hosts().next(), "the gateway"),
            (Some(subnet.broadcast()), "the broadcast address"),
        ];
        let (_, what) = reserved.into_iter().find(|(address, _)| *address == Some(ip))?;
        let message = format!("the source VIP {ip} is {what} of the subnet {subnet}");
        Some(
            Diagnostic::new(codes::SOURCE_VIP_RESERVED, message)
                .help("reserve another address of the subnet for it"),
        )
    }

    /// Nothing keeps a network plugin from giving the address away (k/k#96996, #123014).
    fn of_a_pod(self, ip: IpAddr) -> Option<Diagnostic> {
        let has_it = |backend: &crate::manifest::Backend| backend.address.ip() == Some(ip);
        let slices = self.cluster.slices.iter();
        let slice = slices.into_iter().find(|slice| self.cluster.backends_of(slice).iter().any(has_it))?;
        let message = format!("the source VIP {ip} is an endpoint of {}/{}", slice.namespace, slice.service);
        Some(
            Diagnostic::new(codes::SOURCE_VIP_TAKEN, message)
                .about(ObjectRef::new("EndpointSlice", slice.namespace.as_str(), slice.name.as_str()))
                .at(slice.origin.field("endpoints"))
                .help("take the address out of the range of the network plugin"),
        )
    }

    fn unused(self, ip: IpAddr) -> Diagnostic {
        let type_ = self.host.network.type_.as_str();
        let message = format!("the source VIP {ip} is not used, as the network is {type_}");
        Diagnostic::new(codes::SOURCE_VIP_UNUSED, message).help("it can be left out of the configuration")
    }

    /// kubernetes/community#8890, rke2#5661: seen on Windows Server 2019 only.
    fn hairpin(self) -> Option<Diagnostic> {
        let is_bridge = self.host.network.type_ == NetworkType::L2Bridge;
        let applies = is_bridge && self.known_hns_major() == Some(9) && !self.rules.node.windows.enable_dsr;
        applies.then(|| {
            let version = self.host.features.version;
            let message = format!("HNS {version}, L2Bridge, no DSR: a pod may not reach itself");
            Diagnostic::new(codes::HAIRPIN_BROKEN, message)
                .help("set winkernel.enableDSR, if the network plugin sets loopbackDSR")
        })
    }

    /// The networks of the node's pods, as HNS says, or else as its Node object does.
    fn pod_subnets(self, family: Family) -> Vec<IpNet> {
        let networks = self.hns.state.map_or(&[][..], |state| &state.networks);
        let own = networks.iter().find(|network| network.name == self.host.network.name);
        let of_hns = own.map_or(&[][..], |network| &network.subnets);
        let name = self.rules.node.name.as_ref();
        let node = name.and_then(|name| self.cluster.node(name.as_str()));
        let of_node = node.map_or(&[][..], |node| &node.pod_cidrs);
        let subnets = if of_hns.is_empty() { of_node } else { of_hns };
        subnets.iter().copied().filter(|subnet| Family::of_net(subnet) == family).collect()
    }
}
