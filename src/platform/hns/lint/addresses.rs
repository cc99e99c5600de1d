//! Services that want the address of a node.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::WindowsNode;
use crate::diagnostics::Diagnostic;
use crate::ir::FrontendKind;
use crate::platform::hns::codes;

impl WindowsNode<'_> {
    /// A load balancer on a node's own address (k/k#75561: it became the management address).
    pub(super) fn vips_of_nodes(self) -> Vec<Diagnostic> {
        let nodes = self.cluster.nodes.iter();
        let nodes: FxHashMap<IpAddr, &str> =
            nodes.flat_map(|node| node.addresses.iter().map(|ip| (*ip, node.name.as_str()))).collect();
        let mut found = Vec::new();
        for port in &self.rules.services {
            for frontend in &port.frontends {
                let Some((ip, node)) = frontend.address.and_then(|ip| nodes.get(&ip).map(|node| (ip, *node)))
                else {
                    continue;
                };
                let (field, what) = match frontend.kind {
                    FrontendKind::ClusterIp => ("spec.clusterIP", "cluster IP"),
                    FrontendKind::ExternalIp => ("spec.externalIPs", "external IP"),
                    FrontendKind::LoadBalancerIp => ("status.loadBalancer.ingress", "load balancer address"),
                    FrontendKind::NodePort => continue,
                };
                let message = format!("{what} {ip} is an address of node {node}");
                found.push(
                    port.diagnostic(codes::VIP_IS_NODE_ADDRESS, field, message)
                        .help("give the Service an address that no node has"),
                );
            }
        }
        found
    }
}
