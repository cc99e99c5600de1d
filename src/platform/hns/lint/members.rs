//! Members that Windows does not serve as it should: too many of them, and the node itself.

use super::WindowsNode;
use super::changes::translates;
use crate::diagnostics::Diagnostic;
use crate::ir::{EndpointId, FrontendKind, ServicePort};
use crate::platform::hns::codes;
use crate::platform::hns::model::{Address, LoadBalancer, protocol_number};

/// The most members of a load balancer without direct server return (microsoft/Windows-Containers#93).
const MEMBERS: usize = 64;

impl WindowsNode<'_> {
    pub(super) fn members(self) -> Vec<Diagnostic> {
        let host_network = self.rules.services.iter().filter_map(|port| self.only_the_node(port));
        self.too_many_members().into_iter().chain(host_network).collect()
    }

    /// HNS refuses them with "invalid number of destinations" and 0x57.
    fn too_many_members(self) -> Vec<Diagnostic> {
        let changes = self.changes();
        let balancers = changes.new.iter().chain(&changes.standing);
        let many = balancers.filter(|of| translates(of) && of.endpoints.len() > MEMBERS);
        let said = many.map(|balancer| {
            let (name, count) = (name(balancer), balancer.endpoints.len());
            let owner = self.rules.services.iter().find(|port| is_of(port, balancer));
            let whose = owner.map(|port| format!(" of {}", port.id)).unwrap_or_default();
            let message = format!("the load balancer {name}{whose} has {count} members and no DSR");
            let found = match owner {
                Some(port) => port.diagnostic(codes::TOO_MANY_MEMBERS, "metadata.name", message),
                None => Diagnostic::new(codes::TOO_MANY_MEMBERS, message),
            };
            found.allowed(format!("up to {MEMBERS}, or DSR")).help(
                "set winkernel.enableDSR for cluster IPs; for node ports, use externalTrafficPolicy Local with DSR, or \
                 split the Service",
            )
        });
        said.collect()
    }

    /// kubernetes/kubernetes#126795: pods of the node do not reach a Service whose only member is a pod on the host's
    /// network of the same node.
    fn only_the_node(self, port: &ServicePort) -> Option<Diagnostic> {
        let is_2019 = self.windows_build()? == 17_763;
        let [only] = *port.cluster.members else { return None };
        let ip = self.address_on_host(port, only).filter(|_| is_2019)?;
        let message = format!("the only endpoint of {} is {ip}, on the host network of this node", port.id);
        Some(
            port.diagnostic(codes::HOST_NETWORK_ONLY, "spec.selector", message)
                .help("run another endpoint on another node, or give the pod a network of its own"),
        )
    }

    /// The address of a pod of this node that has none of its own.
    fn address_on_host(self, port: &ServicePort, id: EndpointId) -> Option<std::net::IpAddr> {
        let endpoint = Some(port.endpoint(id)).filter(|endpoint| endpoint.local)?;
        let ip = self.rules.backend(endpoint.backend).address.ip()?;
        let node = self.rules.node.name.as_ref().and_then(|name| self.cluster.node(name.as_str()));
        let is_of_node = node.is_some_and(|node| node.addresses.contains(&ip));
        (is_of_node || [self.rules.node.ips.ipv4, self.rules.node.ips.ipv6].contains(&ip)).then_some(ip)
    }
}

/// `10.96.0.10:80/TCP`, or `node port 30080/TCP`.
fn name(balancer: &LoadBalancer) -> String {
    let key = super::super::FrontendKey::of(balancer);
    key.map_or_else(|| "without a port".to_owned(), |key| key.to_string())
}

/// Whether a load balancer answers at a frontend of a service port.
fn is_of(port: &ServicePort, balancer: &LoadBalancer) -> bool {
    let Some(mapping) = balancer.port_mappings.first() else { return false };
    let vip = balancer.frontend_vips.first().and_then(Address::ip);
    mapping.protocol == protocol_number(port.protocol)
        && port.frontends.iter().any(|frontend| {
            let is_node_port = frontend.kind == FrontendKind::NodePort;
            frontend.port == mapping.external_port
                && if is_node_port { balancer.frontend_vips.is_empty() } else { frontend.address == vip }
        })
}
