//! Fields of a Service whose default depends on the Service alone (recorded from Kubernetes 1.36).

use serde_json::{Map, Value, json};

/// Seconds of `ClientIP` affinity without `timeoutSeconds`.
const AFFINITY_SECONDS: u32 = 10_800;

/// Leaves out what storage leaves out: null, empty lists and mappings, and empty texts where empty means absent.
pub(super) fn prune(fields: &mut Map<String, Value>) {
    for part in ["metadata", "spec"] {
        if let Some(Value::Object(part)) = fields.get_mut(part) {
            part.retain(|_, value| !is_empty(value));
        }
    }
    if let Some(Value::Object(spec)) = fields.get_mut("spec") {
        for key in ["clusterIP", "loadBalancerIP", "externalName", "type", "sessionAffinity"] {
            if spec.get(key).and_then(Value::as_str) == Some("") {
                spec.remove(key);
            }
        }
        for port in ports_mut(spec) {
            port.retain(|_, value| !value.is_null());
            if port.get("name").and_then(Value::as_str) == Some("") {
                port.remove("name");
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Adds the defaults.
pub(super) fn add(spec: &mut Map<String, Value>) {
    let type_ = text(spec.entry("type").or_insert_with(|| "ClusterIP".into()));
    add_affinity(spec);
    ports_mut(spec).for_each(add_port);
    if type_ == "ExternalName" {
        spec.remove("internalTrafficPolicy");
        return;
    }
    spec.entry("internalTrafficPolicy").or_insert_with(|| "Cluster".into());
    let is_reached_from_outside =
        matches!(&*type_, "NodePort" | "LoadBalancer") || spec.contains_key("externalIPs");
    if is_reached_from_outside {
        spec.entry("externalTrafficPolicy").or_insert_with(|| "Cluster".into());
    }
    if type_ == "LoadBalancer" {
        spec.entry("allocateLoadBalancerNodePorts").or_insert(Value::Bool(true));
    }
}

fn add_affinity(spec: &mut Map<String, Value>) {
    let affinity = text(spec.entry("sessionAffinity").or_insert_with(|| "None".into()));
    if affinity != "ClientIP" {
        if affinity == "None" {
            spec.remove("sessionAffinityConfig");
        }
        return;
    }
    let config = object(spec.entry("sessionAffinityConfig").or_insert_with(|| json!({})));
    let client = config.map(|config| config.entry("clientIP").or_insert_with(|| json!({})));
    if let Some(client) = client.and_then(object) {
        let seconds = client.entry("timeoutSeconds").or_insert(Value::Null);
        if seconds.is_null() {
            *seconds = AFFINITY_SECONDS.into();
        }
    }
}

fn add_port(port: &mut Map<String, Value>) {
    let protocol = port.entry("protocol").or_insert(Value::Null);
    if protocol.is_null() || protocol.as_str() == Some("") {
        *protocol = "TCP".into();
    }
    let is_missing = match port.get("targetPort") {
        None | Some(Value::Null) => true,
        Some(Value::String(name)) => name.is_empty(),
        Some(number) => number.as_i64() == Some(0),
    };
    if let Some(number) = port.get("port").filter(|_| is_missing).cloned() {
        port.insert("targetPort".into(), number);
    }
}

/// The mappings in `spec.ports`.
pub(super) fn ports_mut(spec: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten().filter_map(object)
}

fn object(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if value.is_null() {
        *value = json!({});
    }
    value.as_object_mut()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
