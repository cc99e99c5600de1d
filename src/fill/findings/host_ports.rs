//! Host ports of pods that are node ports of Services: kube-proxy takes their connections.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::names::Makers;
use crate::diagnostics::Diagnostic;
use crate::fill::pod::Pod;
use crate::fill::{Assumed, codes};
use crate::manifest::AnyObject;
use crate::name::printable;

/// One finding for each port of a workload that is also a node port. Node ports that are assumed do not count: a
/// cluster would give others.
pub(super) fn collisions(
    objects: &[AnyObject],
    pods: &[Pod],
    makers: &Makers<'_>,
    assumed: &Assumed,
) -> Vec<Diagnostic> {
    let node_ports = node_ports(objects, assumed);
    if node_ports.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for pod in pods {
        let is_on_host = pod.spec.host_network == Some(true);
        for port in pod.ports() {
            let taken = port.host_port.or(port.number.filter(|_| is_on_host));
            let Some(number) = taken else { continue };
            let Some(service) = node_ports.get(&(number, port.protocol)) else { continue };
            if !seen.insert((pod.origin, number, port.protocol)) {
                continue;
            }
            let whose = makers.name(pod);
            let message = format!(
                "{} port {number} of the host, which {whose} uses, is the node port of {}",
                printable(port.protocol),
                service.reference("Service")
            );
            let place = makers.place(pod, &port).unwrap_or_else(|| service.origin.field("spec.ports"));
            found.push(
                Diagnostic::new(codes::HOST_PORT_IS_NODE_PORT, message)
                    .about(service.reference("Service"))
                    .at(place),
            );
        }
    }
    found
}

/// The node ports that the input names, with their Services.
fn node_ports<'o>(objects: &'o [AnyObject], assumed: &Assumed) -> BTreeMap<(u16, &'o str), &'o AnyObject> {
    let is_assumed: BTreeSet<(&str, u16)> =
        assumed.node_ports.iter().map(|port| (&*port.service, port.number)).collect();
    let mut node_ports = BTreeMap::new();
    for service in objects.iter().filter(|object| object.kind() == ("v1", "Service")) {
        let name = format!("{}/{}", service.namespace(), service.name());
        let ports = service.get(&["spec", "ports"]).and_then(Value::as_array);
        for port in ports.into_iter().flatten() {
            let number = port["nodePort"].as_u64().and_then(|number| u16::try_from(number).ok());
            let Some(number) = number.filter(|number| !is_assumed.contains(&(&*name, *number))) else {
                continue;
            };
            node_ports.insert((number, port["protocol"].as_str().unwrap_or("TCP")), service);
        }
    }
    node_ports
}
