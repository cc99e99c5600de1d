//! Node ports, and who else wants them.

use rustc_hash::FxHashMap;

use super::{WindowsNode, about};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Frontend, FrontendKind, RuleSet, ServicePort};
use crate::net::Protocol;

/// Ports on which every node listens (kubelet and kube-proxy, all versions).
const OF_NODE: [(u16, &str); 4] = [
    (10_248, "kubelet's health server"),
    (10_249, "kube-proxy's metrics"),
    (10_250, "kubelet"),
    (10_255, "kubelet's read-only server"),
];

/// Node ports that the node needs itself, or that answer health checks.
pub(super) fn of_node(rules: &RuleSet) -> Vec<Diagnostic> {
    let healthz = rules.node.windows.healthz_port;
    let mut taken: FxHashMap<u16, String> =
        OF_NODE.into_iter().map(|(port, whose)| (port, whose.to_owned())).collect();
    taken.insert(healthz, "kube-proxy's health server".to_owned());
    for port in &rules.services {
        let health_checks = || format!("the health checks of {}/{}", port.namespace, port.name);
        taken.extend(port.health_check_node_port.map(|number| (number, health_checks())));
    }
    let clash = |(port, frontend): (&ServicePort, &Frontend)| {
        let whose = taken.get(&frontend.port).filter(|_| port.protocol == Protocol::Tcp)?;
        let message = format!("node port {}/TCP of {} belongs to {whose}", frontend.port, port.id);
        Some(
            about(port, Code::PortOfNode, "spec.ports", message)
                .help("set another nodePort, inside of --service-node-port-range"),
        )
    };
    node_ports(rules).filter_map(clash).collect()
}

fn node_ports(rules: &RuleSet) -> impl Iterator<Item = (&ServicePort, &Frontend)> {
    let of_port = |port| ServicePort::frontends_of(port, FrontendKind::NodePort).map(move |of| (port, of));
    rules.services.iter().flat_map(of_port)
}

impl WindowsNode<'_> {
    pub(super) fn ports(self) -> Vec<Diagnostic> {
        let reserved = node_ports(self.rules).filter_map(|(port, of)| self.reserved(port, of.port));
        reserved.chain(self.shared_health_ports()).collect()
    }

    /// Windows gives the port to others: a reserved one for certain, a dynamic one perhaps.
    fn reserved(self, port: &ServicePort, number: u16) -> Option<Diagnostic> {
        let ports = &self.rules.node.windows.ports;
        let said = format!("node port {number}/{} of {}", port.protocol, port.id);
        if let Some(range) = ports.excluded.iter().find(|range| range.contains(number)) {
            let message = format!("{said} is reserved ({range})");
            return Some(
                about(port, Code::PortExcluded, "spec.ports", message)
                    .help("set another nodePort, or find out who reserved the range"),
            );
        }
        let dynamic = ports.dynamic();
        dynamic.contains(number).then(|| {
            let message = format!("{said} is a dynamic port ({dynamic})");
            about(port, Code::PortDynamic, "spec.ports", message)
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
            about(port, Code::HealthPortShared, "status.loadBalancer.ingress", message)
                .help("set winkernel.forwardHealthCheckVip to false on this node")
        });
        said.collect()
    }
}
