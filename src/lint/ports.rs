//! Node ports, and who else wants them.

use rustc_hash::FxHashMap;

use crate::diagnostics::Diagnostic;
use crate::ir::{Frontend, RuleSet, ServicePort};
use crate::lint::codes;
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
            port.diagnostic(codes::PORT_OF_NODE, "spec.ports", message)
                .help("set another nodePort, inside of --service-node-port-range"),
        )
    };
    rules.node_ports().filter_map(clash).collect()
}
