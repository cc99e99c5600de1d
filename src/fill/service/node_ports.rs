//! Node ports and health check ports: those asked for are taken, those missing are drawn.

use serde_json::{Map, Value};

use super::defaults;
use super::refused::Refused;
use crate::fill::bands::Pool;
use crate::fill::{AssumedPort, PortPurpose, codes};
use crate::net::PortRange;

/// The range of node ports and those in use.
pub(super) struct NodePorts {
    range: PortRange,
    pool: Pool,
}

/// A port of a Service, as far as its node port is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Port {
    name: String,
    number: i64,
    protocol: String,
    on_nodes: Option<u16>,
}

impl NodePorts {
    pub(super) fn new(range: PortRange) -> Self {
        Self { range, pool: Pool::of_ports(range.first(), range.last()) }
    }

    /// Takes the numbers that are written. Ports of one number and two protocols may share one.
    pub(super) fn take(&mut self, spec: &Map<String, Value>) -> Result<(), Vec<Refused>> {
        let mut refused = Vec::new();
        let ports = ports(spec);
        for (index, port) in ports.iter().enumerate() {
            let Some(node_port) = port.on_nodes else { continue };
            let earlier = ports[..index].iter().find(|earlier| earlier.on_nodes == Some(node_port));
            let shares = earlier
                .is_some_and(|earlier| earlier.number == port.number && earlier.protocol != port.protocol);
            if !shares {
                refused.extend(self.take_one(node_port, &format!("spec.ports[{index}].nodePort")).err());
            }
        }
        if let Some(node_port) = health_check_port(spec) {
            refused.extend(self.take_one(node_port, "spec.healthCheckNodePort").err());
        }
        if refused.is_empty() { Ok(()) } else { Err(refused) }
    }

    fn take_one(&mut self, port: u16, path: &str) -> Result<(), Refused> {
        let refuse = |why: &str| {
            Err(Refused::new(
                codes::NODE_PORT_REFUSED,
                path,
                format!("node port {port} {why}"),
                format!("a free port of {}", self.range),
            ))
        };
        if !self.pool.contains(port.into()) {
            return refuse("is outside the range of node ports");
        }
        if !self.pool.take(port.into()) {
            return refuse("is already in use");
        }
        Ok(())
    }

    /// What got another number than its own.
    pub(super) fn displaced(&self) -> &[String] {
        &self.pool.displaced
    }

    /// Draws the numbers that are missing. The answer is those drawn.
    pub(super) fn draw(
        &mut self,
        service: &str,
        spec: &mut Map<String, Value>,
    ) -> Result<Vec<AssumedPort>, Vec<Refused>> {
        let mut drawn = Vec::new();
        let of_service = |number, purpose| AssumedPort { service: service.to_owned(), number, purpose };
        if needs_node_ports(spec) {
            let mut known = ports(spec);
            for index in 0..known.len() {
                if known[index].on_nodes.is_some() {
                    continue;
                }
                let twin = known.iter().find(|other| {
                    other.number == known[index].number
                        && other.protocol != known[index].protocol
                        && other.on_nodes.is_some()
                });
                let number = if let Some(twin) = twin {
                    twin.on_nodes
                } else {
                    let number = self.draw_one(&format!("{service}/{}", known[index].number))?;
                    drawn.push(of_service(number, PortPurpose::Traffic(known[index].name.clone())));
                    Some(number)
                };
                known[index].on_nodes = number;
            }
            for (port, known) in defaults::ports_mut(spec).zip(known) {
                port.insert("nodePort".into(), known.on_nodes.into());
            }
        }
        if needs_health_check_port(spec) && health_check_port(spec).is_none() {
            let number = self.draw_one(&format!("{service}/health"))?;
            spec.insert("healthCheckNodePort".into(), number.into());
            drawn.push(of_service(number, PortPurpose::HealthCheck));
        }
        Ok(drawn)
    }

    fn draw_one(&mut self, key: &str) -> Result<u16, Vec<Refused>> {
        let drawn = self.pool.draw(key).and_then(|number| u16::try_from(number).ok());
        drawn.ok_or_else(|| {
            vec![Refused::new(
                codes::RANGE_FULL,
                "spec.ports",
                format!("no node port is free in {}", self.range),
                "a larger range of node ports",
            )]
        })
    }
}

fn needs_node_ports(spec: &Map<String, Value>) -> bool {
    match spec.get("type").and_then(Value::as_str) {
        Some("NodePort") => true,
        Some("LoadBalancer") => spec.get("allocateLoadBalancerNodePorts") != Some(&Value::Bool(false)),
        _ => false,
    }
}

fn needs_health_check_port(spec: &Map<String, Value>) -> bool {
    let is = |key: &str, value: &str| spec.get(key).and_then(Value::as_str) == Some(value);
    is("type", "LoadBalancer") && is("externalTrafficPolicy", "Local")
}

fn health_check_port(spec: &Map<String, Value>) -> Option<u16> {
    let port = spec.get("healthCheckNodePort").filter(|_| needs_health_check_port(spec))?;
    port.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0)
}

fn ports(spec: &Map<String, Value>) -> Vec<Port> {
    let ports = spec.get("ports").and_then(Value::as_array).into_iter().flatten();
    let ports = ports.filter_map(Value::as_object);
    ports
        .map(|port| Port {
            name: port.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            number: port.get("port").and_then(Value::as_i64).unwrap_or_default(),
            protocol: port.get("protocol").and_then(Value::as_str).unwrap_or("TCP").to_owned(),
            on_nodes: port
                .get("nodePort")
                .and_then(Value::as_u64)
                .and_then(|port| u16::try_from(port).ok())
                .filter(|port| *port > 0),
        })
        .collect()
}
