//! An endpoint: one pod in one family.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::owner::Owner;
use crate::fill::pod::{Nodes, Pod};
use crate::net::Family;

/// A pod as an endpoint of a Service.
pub(super) struct Endpoint<'p> {
    pub(super) pod: &'p Pod,
    /// Its addresses in the family, at least one.
    pub(super) addresses: Vec<IpAddr>,
    pub(super) is_ready: bool,
    is_serving: bool,
    is_terminating: bool,
    pub(super) zone: Option<String>,
    /// Its host name, where DNS knows it by the Service.
    hostname: Option<String>,
    /// The zone from which it is to be used.
    pub(super) for_zone: Option<String>,
    /// The node from which it is to be used.
    pub(super) for_node: Option<String>,
}

impl<'p> Endpoint<'p> {
    /// The pod as an endpoint; `None` for one that is over, has no address, or whose node is not known.
    pub(super) fn of(pod: &'p Pod, owner: &Owner<'_>, family: Family, nodes: &Nodes) -> Option<Self> {
        let addresses: Vec<IpAddr> = pod.ips.iter().copied().filter(|ip| Family::of(*ip) == family).collect();
        let node = pod.spec.node_name.as_ref().and_then(|name| nodes.get(name));
        if pod.is_finished || addresses.is_empty() || (node.is_none() && !owner.publishes_not_ready) {
            return None;
        }
        let names_service = pod.spec.subdomain.as_deref() == Some(owner.object.name());
        Some(Self {
            pod,
            addresses,
            is_ready: owner.publishes_not_ready || (pod.is_ready && !pod.is_deleted),
            is_serving: pod.is_ready,
            is_terminating: pod.is_deleted,
            zone: node.and_then(|node| node.zone.clone()),
            hostname: pod.spec.hostname.clone().filter(|name| names_service && !name.is_empty()),
            for_zone: None,
            for_node: None,
        })
    }

    pub(super) fn json(&self) -> Value {
        let mut endpoint = Map::new();
        let addresses: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        endpoint.insert("addresses".into(), addresses.into());
        endpoint.insert(
            "conditions".into(),
            json!({
                "ready": self.is_ready,
                "serving": self.is_serving,
                "terminating": self.is_terminating,
            }),
        );
        let mut hints = Map::new();
        if let Some(zone) = &self.for_zone {
            hints.insert("forZones".into(), json!([{"name": zone}]));
        }
        if let Some(node) = &self.for_node {
            hints.insert("forNodes".into(), json!([{"name": node}]));
        }
        let mut target = json!({"kind": "Pod", "namespace": self.pod.namespace, "name": self.pod.name});
        if let Some(uid) = &self.pod.uid {
            target["uid"] = uid.as_str().into();
        }
        let optional = [
            ("hints", (!hints.is_empty()).then_some(Value::Object(hints))),
            ("hostname", self.hostname.clone().map(Value::from)),
            ("nodeName", self.pod.spec.node_name.clone().map(Value::from)),
            ("targetRef", Some(target)),
            ("zone", self.zone.clone().map(Value::from)),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                endpoint.insert(key.into(), value);
            }
        }
        Value::Object(endpoint)
    }
}
