//! The ports of a slice: what the ports of a Service are at one pod.

use serde_json::{Map, Value, json};

use crate::fill::pod::Pod;
use crate::manifest::AnyObject;

/// The ports of a Service.
pub(in crate::fill) struct ServicePorts(Vec<ServicePort>);

/// A port of a Service.
pub(in crate::fill) struct ServicePort {
    /// Its place in the list.
    pub(in crate::fill) at: usize,
    name: String,
    pub(in crate::fill) protocol: String,
    app_protocol: Option<String>,
    pub(in crate::fill) target: Target,
}

/// `targetPort`
pub(in crate::fill) enum Target {
    Number(u16),
    Name(String),
}

/// A port of a slice; ordered as slices are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SlicePort {
    name: String,
    protocol: String,
    number: u16,
    app_protocol: Option<String>,
}

impl ServicePorts {
    pub(in crate::fill) fn of(service: &AnyObject) -> Self {
        let ports = service.get(&["spec", "ports"]).and_then(Value::as_array).into_iter().flatten();
        Self(ports.enumerate().filter_map(|(at, port)| ServicePort::of(at, port.as_object()?)).collect())
    }

    /// Each of them.
    pub(in crate::fill) fn iter(&self) -> impl Iterator<Item = &ServicePort> {
        self.0.iter()
    }

    /// The ports at a pod: a name that no container of it has is left out.
    pub(super) fn of_pod(&self, pod: &Pod) -> Vec<SlicePort> {
        let ports = self.0.iter().filter_map(|port| {
            let number = match &port.target {
                Target::Number(number) => *number,
                Target::Name(name) => pod.port(name, &port.protocol)?,
            };
            Some(SlicePort {
                name: port.name.clone(),
                protocol: port.protocol.clone(),
                number,
                app_protocol: port.app_protocol.clone(),
            })
        });
        let mut ports: Vec<SlicePort> = ports.collect();
        ports.sort_unstable();
        ports
    }
}

impl ServicePort {
    fn of(at: usize, port: &Map<String, Value>) -> Option<Self> {
        let text = |key: &str| port.get(key).and_then(Value::as_str).unwrap_or_default();
        let number = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok());
        let own = port.get("port").and_then(number)?;
        let target = match port.get("targetPort") {
            Some(Value::String(name)) if !name.is_empty() => Target::Name(name.clone()),
            Some(target) => Target::Number(number(target).filter(|number| *number > 0).unwrap_or(own)),
            None => Target::Number(own),
        };
        let protocol = match text("protocol") {
            "" => "TCP",
            protocol => protocol,
        };
        Some(Self {
            at,
            name: text("name").to_owned(),
            protocol: protocol.to_owned(),
            app_protocol: port.get("appProtocol").and_then(Value::as_str).map(str::to_owned),
            target,
        })
    }
}

impl SlicePort {
    fn of(port: &Value) -> Option<Self> {
        let text = |key: &str| port.get(key).and_then(Value::as_str);
        Some(Self {
            name: text("name").unwrap_or_default().to_owned(),
            protocol: text("protocol").unwrap_or("TCP").to_owned(),
            number: port.get("port").and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok())?,
            app_protocol: text("appProtocol").map(str::to_owned),
        })
    }

    pub(super) fn json(&self) -> Value {
        let mut port = json!({"name": self.name, "port": self.number, "protocol": self.protocol});
        if let Some(app_protocol) = &self.app_protocol {
            port["appProtocol"] = app_protocol.as_str().into();
        }
        port
    }
}

/// The ports of a slice that is written.
pub(super) fn slice_ports(slice: &AnyObject) -> Vec<SlicePort> {
    let ports = slice.get(&["ports"]).and_then(Value::as_array).into_iter().flatten();
    let mut ports: Vec<SlicePort> = ports.filter_map(SlicePort::of).collect();
    ports.sort_unstable();
    ports
}
