//! What surrounds load balancers on an overlay network: routes to the pods of other nodes, and what pods translate.

use std::net::IpAddr;

use ipnet::IpNet;

use super::WindowsNode;
use crate::diagnostics::Diagnostic;
use crate::name::printable;
use crate::net::Family;
use crate::platform::hns::codes;
use crate::platform::hns::model::{Endpoint, Network, Parts};

/// How many networks a message lists.
const LISTED: usize = 3;

impl WindowsNode<'_> {
    pub(super) fn overlay(self) -> Vec<Diagnostic> {
        let networks = self.hns.state.map_or(&[][..], |state| &state.networks);
        let own = networks.iter().find(|network| network.name == self.host.network.name);
        let own = own.filter(|network| self.host.is_overlay() && network.gaps.tells(Parts::POLICIES));
        let Some(network) = own else { return Vec::new() };
        let mut found = self.routes(network);
        found.extend(self.translated_networks(network));
        found
    }

    /// Packets to pods of another node go to the provider address of the route that has them (`RemoteSubnetRoute`);
    /// without one they leave the node as they are. containerd#5729, calico#8569: half of the connections are lost.
    fn routes(self, network: &Network) -> Vec<Diagnostic> {
        let name = printable(&network.name);
        let mut found = Vec::new();
        for pods in &self.rules.node.windows.pod_networks {
            let prefix = pods.prefix.trunc();
            let same = network.remote_subnets.iter().rev().find(|of| of.prefix.contains(&prefix));
            let (node, help) = (pods.node, "restart the network plugin, which makes the routes");
            let message = match same {
                None => format!("the network {name} has no route to the pods {prefix} of the node {node}"),
                Some(route) if route.provider_address != node => format!(
                    "the network {name} sends packets to the pods {prefix} to {}, and their node is {node}",
                    route.provider_address
                ),
                Some(_) => continue,
            };
            found.push(Diagnostic::new(codes::ROUTE_WRONG, message).help(help));
        }
        found
    }

    /// What a policy `OutBoundNAT` does not except gets the address of the node (Microsoft, common problems of Windows
    /// containers: pods, Services and the node's network belong to the exceptions).
    fn translated_networks(self, network: &Network) -> Option<Diagnostic> {
        let endpoints = self.host.endpoints.iter().flatten().copied();
        let local = endpoints.filter(|endpoint| endpoint.place() == Some(false));
        let remote = network.remote_subnets.iter().map(|subnet| subnet.prefix);
        let vips = self.rules.services.iter().filter_map(|port| port.cluster_ip().address).map(IpNet::from);
        let wanted: Vec<IpNet> = network.subnets.iter().copied().chain(remote).chain(vips).collect();
        let lacking: Vec<(&Endpoint, Vec<IpNet>)> =
            local.filter_map(|endpoint| Some((endpoint, lacks(endpoint, &wanted)?))).collect();
        let (first, lacks) = lacking.first()?;
        let ip: Option<IpAddr> = first.addresses().find_map(super::super::model::Address::ip);
        let who = ip.map_or_else(|| "a pod".to_owned(), |ip| format!("the pod {ip}"));
        let more = match lacking.len() - 1 {
            0 => String::new(),
            1 => " and one more".to_owned(),
            many => format!(" and {many} more"),
        };
        let shown: Vec<String> = lacks.iter().take(LISTED).map(ToString::to_string).collect();
        let rest =
            if lacks.len() > LISTED { format!(" and {} more", lacks.len() - LISTED) } else { String::new() };
        let message = format!(
            "OutBoundNAT of {who}{more} translates packets to {}{rest}, which are in the cluster",
            shown.join(", ")
        );
        Some(
            Diagnostic::new(codes::NAT_EXCEPTION_MISSING, message)
                .help("add the networks of pods and Services to the exceptions in the configuration of the network plugin"),
        )
    }
}

/// The networks that an endpoint translates and should not; `None` where it has no such policy, or excepts them all.
fn lacks(endpoint: &Endpoint, wanted: &[IpNet]) -> Option<Vec<IpNet>> {
    let exceptions = endpoint.nat_exceptions()?;
    let families: Vec<Family> =
        endpoint.addresses().filter_map(super::super::model::Address::ip).map(Family::of).collect();
    let is_lacking = |net: &&IpNet| {
        families.contains(&Family::of_net(net)) && !exceptions.iter().any(|of| of.contains(*net))
    };
    let lacking: Vec<IpNet> = wanted.iter().filter(is_lacking).copied().collect();
    (!lacking.is_empty()).then_some(lacking)
}
