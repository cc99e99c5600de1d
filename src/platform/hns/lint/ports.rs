//! Node ports, and who else on a Windows host wants them.

use super::WindowsNode;
use crate::diagnostics::Diagnostic;
use crate::ir::{FrontendKind, ServicePort};
use crate::platform::hns::codes;

impl WindowsNode<'_> {
    pub(super) fn ports(self) -> Vec<Diagnostic> {
        let reserved = self.rules.node_ports().filter_map(|(port, of)| self.reserved(port, of.port));
        reserved.chain(self.shared_health_ports()).collect()
    }

    /// Windows gives the port to others: a reserved one for certain, a dynamic one perhaps.
    fn reserved(self, port: &ServicePort, number: u16) -> Option<Diagnostic> {
        let ports = &self.rules.node.windows.ports;
        let said = format!("node port {number}/{} of {}", port.protocol, port.id);
        if let Some(range) = ports.excluded_of(port.protocol).iter().find(|range| range.contains(number)) {
            let message = format!("{said} is reserved ({range})");
            return Some(
                port.diagnostic(codes::PORT_EXCLUDED, "spec.ports", message)
                    .help("set another nodePort, or find out who reserved the range"),
            );
        }
        let dynamic = ports.dynamic_of(port.protocol)?;
        dynamic.contains(number).then(|| {
            let message = format!("{said} is a dynamic port ({dynamic})");
            port.diagnostic(codes::PORT_DYNAMIC, "spec.ports", message)
                .help("keep --service-node-port-range and the dynamic ports of Windows apart")
        })
    }

    /// kubernetes/community#8883: on Windows Server 2019 the health server has the port already.
    fn shared_health_ports(self) -> Vec<Diagnostic> {
        let windows = &self.rules.node.windows;
        if !windows.forward_health_check_vip || self.known_hns_major() != Some(9) {
            return Vec::new();
        }
        let shares = |port: &&ServicePort| {
            port.health_check_node_port.is_none()
                && port.frontends_of(FrontendKind::LoadBalancerIp).next().is_some()
        };
        let said = self.rules.services.iter().filter(shares).map(|port| {
            let number = windows.healthz_port;
            let message = format!("health checks of {} use {number}, which kube-proxy has", port.id);
            port.diagnostic(codes::HEALTH_PORT_SHARED, "status.loadBalancer.ingress", message)
                .help("set winkernel.forwardHealthCheckVip to false on this node")
        });
        said.collect()
    }
}
