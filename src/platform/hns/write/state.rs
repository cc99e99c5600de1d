//! Writes what HNS holds, in the shapes of schema 2.0: one object on a line, members in alphabetical
//! order, so that two states can be compared line by line.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::model::{Endpoint, Extra, Gaps, LoadBalancer, Network, Parts, State};

type Object = Map<String, Value>;

/// The text of a state; [`read`](super::super::read::read) reads it back. What was read from the old
/// schema or from a table is written as far as it is known, and looks complete afterwards.
#[must_use]
pub fn state(state: &State) -> String {
    let mut text = String::from("{\"Endpoints\":");
    push_list(&mut text, state.endpoints.iter().map(endpoint));
    text.push_str(",\"LoadBalancers\":");
    push_list(&mut text, state.load_balancers.iter().map(load_balancer));
    text.push_str(",\"Networks\":");
    push_list(&mut text, state.networks.iter().map(network));
    if let Some(version) = state.hns_version {
        write!(text, ",\"Version\":{{\"Major\":{},\"Minor\":{}}}", version.major, version.minor)
            .expect("a String takes all text");
    }
    text.push_str("}\n");
    text
}

/// One endpoint, as it stands in a state.
#[must_use]
pub fn state_endpoint(of: &Endpoint) -> Value {
    Value::Object(endpoint(of))
}

/// One load balancer, as it stands in a state.
#[must_use]
pub fn state_load_balancer(of: &LoadBalancer) -> Value {
    Value::Object(load_balancer(of))
}

fn push_list(text: &mut String, objects: impl Iterator<Item = Object>) {
    text.push('[');
    for (at, object) in objects.enumerate() {
        text.push_str(if at == 0 { "\n" } else { ",\n" });
        text.push_str(&Value::Object(object).to_string());
    }
    text.push_str(if text.ends_with('[') { "]" } else { "\n]" });
}

/// Unlike what kube-proxy sends, what HNS answers has `Dns` and `Health` only where they say something, and members
/// that are zero or empty as well. What was not told is left out, so that it is not told to the next reader either.
fn endpoint(endpoint: &Endpoint) -> Object {
    let mut members = members(endpoint);
    members.remove("Dns");
    members.remove("Health");
    complete(
        &mut members,
        endpoint.gaps,
        &[
            (Parts::PLACE, "Flags", json!(0)),
            (Parts::POLICIES, "Policies", json!([])),
            (Parts::ADDRESSES, "IpConfigurations", json!([])),
        ],
    );
    with_extra(members, &endpoint.extra)
}

fn load_balancer(balancer: &LoadBalancer) -> Object {
    let mut members = members(balancer);
    complete(
        &mut members,
        balancer.gaps,
        &[
            (Parts::FAMILY | Parts::DSR, "Flags", json!(0)),
            (Parts::VIPS, "FrontendVIPs", json!([])),
            (Parts::MEMBERS, "HostComputeEndpoints", json!([])),
            (Parts::PORTS, "PortMappings", json!([])),
            (Parts::SOURCE_VIP, "SourceVIP", json!("")),
        ],
    );
    if let Some(Value::Array(mappings)) = members.get_mut("PortMappings") {
        for mapping in mappings.iter_mut().filter_map(Value::as_object_mut) {
            complete(
                mapping,
                balancer.gaps,
                &[
                    (Parts::PORTS, "Protocol", json!(0)),
                    (Parts::PORTS, "ExternalPort", json!(0)),
                    (Parts::INTERNAL_PORT, "InternalPort", json!(0)),
                    (Parts::DISTRIBUTION, "DistributionType", json!(0)),
                    (Parts::PORT_FLAGS, "Flags", json!(0)),
                ],
            );
        }
    }
    with_extra(members, &balancer.extra)
}

/// Adds members that are zero or empty, if that was told.
fn complete(members: &mut Object, gaps: Gaps, usual: &[(Parts, &str, Value)]) {
    for (parts, name, value) in usual {
        if gaps.tells(*parts) && !members.contains_key(*name) {
            members.insert((*name).to_owned(), value.clone());
        }
    }
}

/// A network says in its other members what its fields say too; where they do not, the fields are written.
fn network(network: &Network) -> Object {
    let mut members = Object::new();
    members.insert("ID".to_owned(), json!(network.id));
    members.insert("Name".to_owned(), json!(network.name));
    members.insert("Type".to_owned(), json!(network.type_));
    if !network.subnets.is_empty() {
        members.insert("Ipams".to_owned(), ipams(network));
    }
    if !network.remote_subnets.is_empty() || network.gaps.tells(Parts::POLICIES) {
        members.insert("Policies".to_owned(), remote_subnet_routes(network));
    }
    if !network.gaps.tells(Parts::TYPE) {
        members.remove("Type");
    }
    with_extra(members, &network.extra)
}

fn ipams(network: &Network) -> Value {
    let subnets = network.subnets.iter().map(|subnet| json!({ "IpAddressPrefix": subnet }));
    json!([{ "Type": "Static", "Subnets": subnets.collect::<Value>() }])
}

fn remote_subnet_routes(network: &Network) -> Value {
    let route = |subnet: &super::super::model::RemoteSubnet| {
        let settings =
            json!({ "DestinationPrefix": subnet.prefix, "ProviderAddress": subnet.provider_address });
        json!({ "Type": "RemoteSubnetRoute", "Settings": settings })
    };
    network.remote_subnets.iter().map(route).collect()
}

fn members(object: &impl Serialize) -> Object {
    match serde_json::to_value(object) {
        Ok(Value::Object(members)) => members,
        other => unreachable!("an HCN object is a JSON object, not {other:?}"),
    }
}

fn with_extra(mut members: Object, extra: &Extra) -> Object {
    members.extend(extra.iter().map(|(name, value)| (name.to_string(), value.clone())));
    members
}
