//! What policies of an endpoint that kube-proxy does not make say about the ports and packets of the node.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::{Detail, Endpoint, EndpointPolicy};
use crate::net::{parse_cidr, parse_ip};

/// A port of the node that leads to an endpoint (`PortMapping`, before HCN `NAT`): container runtimes and the CNI
/// plugin `portmap` make them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodePort {
    /// Number of the protocol: 6 TCP, 17 UDP.
    pub protocol: u32,
    /// The port of the node.
    pub external: u16,
    /// The port of the endpoint.
    pub internal: u16,
    /// The only address of the node where it is taken, if there is one.
    pub address: Option<IpAddr>,
}

impl Endpoint {
    /// The ports of the node that lead to it.
    pub fn node_ports(&self) -> impl Iterator<Item = NodePort> {
        let policies = self.policies.iter().filter_map(other);
        policies
            .filter(|(type_, _)| ["PortMapping", "NAT"].iter().any(|of| type_.eq_ignore_ascii_case(of)))
            .filter_map(|(_, settings)| node_port(settings))
    }

    /// The networks whose packets its policy `OutBoundNAT` does not translate; `None` where it has none, or nothing tells
    /// its policies. One that translates single destinations only has no exceptions.
    #[must_use]
    pub fn nat_exceptions(&self) -> Option<Vec<IpNet>> {
        let translations = self.policies.iter().filter_map(other);
        let mut translations = translations.filter(|(type_, settings)| {
            type_.eq_ignore_ascii_case("OutBoundNAT") && destinations(settings).next().is_none()
        });
        let (_, settings) = translations.next()?;
        let listed =
            ["Exceptions", "ExceptionList"].iter().find_map(|name| member(settings, name)?.as_array());
        let nets = listed.into_iter().flatten().filter_map(Value::as_str);
        Some(nets.filter_map(|net| parse_cidr(net).or_else(|| parse_ip(net).map(IpNet::from))).collect())
    }

    /// Whether its packets to a Service whose member it is itself come back to it with direct server return: a
    /// policy `OutBoundNAT` translates what is sent to its own address (what network plugins call loopbackDSR).
    /// `None` where nothing tells its policies.
    #[must_use]
    pub fn loops_back(&self, ip: IpAddr) -> Option<bool> {
        if self.detail == Detail::Table || self.policies.is_empty() {
            return None;
        }
        let translations = self.policies.iter().filter_map(other);
        let mut translations = translations.filter(|(type_, _)| type_.eq_ignore_ascii_case("OutBoundNAT"));
        Some(translations.any(|(_, settings)| destinations(settings).any(|of| covers(of, ip))))
    }
}

/// Type and settings of a policy; of the old schema, the settings stand beside the type.
fn other(policy: &EndpointPolicy) -> Option<(&str, &Map<String, Value>)> {
    let EndpointPolicy::Other(value) = policy else { return None };
    let all = value.as_object()?;
    let settings = member(all, "Settings").and_then(Value::as_object).unwrap_or(all);
    Some((member(all, "Type")?.as_str()?, settings))
}

fn node_port(settings: &Map<String, Value>) -> Option<NodePort> {
    let port =
        |name| member(settings, name).and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
    let protocol = match member(settings, "Protocol") {
        Some(Value::Number(number)) => u32::try_from(number.as_u64()?).ok()?,
        Some(Value::String(name)) if name.eq_ignore_ascii_case("udp") => 17,
        _ => 6,
    };
    let address = member(settings, "VIP").and_then(Value::as_str).and_then(parse_ip);
    let external = port("ExternalPort").filter(|port| *port != 0)?;
    Some(NodePort {
        protocol,
        external,
        internal: port("InternalPort").unwrap_or(external),
        address: address.filter(|ip| !ip.is_unspecified()),
    })
}

fn destinations(settings: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let listed = member(settings, "Destinations").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str)
}

fn covers(destination: &str, ip: IpAddr) -> bool {
    parse_ip(destination) == Some(ip) || parse_cidr(destination).is_some_and(|net| net.contains(&ip))
}

/// A member; HNS ignores the case of names.
fn member<'m>(all: &'m Map<String, Value>, name: &str) -> Option<&'m Value> {
    all.get(name).or_else(|| all.iter().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn endpoint(policies: &[Value]) -> Endpoint {
        let policies = policies.iter().cloned().map(EndpointPolicy::Other).collect();
        Endpoint { policies, ..Endpoint::default() }
    }

    #[test]
    fn only_a_translation_of_its_own_address_loops_back() {
        let ip: IpAddr = "10.60.3.21".parse().unwrap();
        let translates =
            |destinations: Value| json!({"Type": "OutBoundNAT", "Settings": {"Destinations": destinations}});
        let exceptions = json!({"Type": "OutBoundNAT", "Settings": {"Exceptions": ["10.60.3.21"]}});
        let flat = json!({"type": "OUTBOUNDNAT", "destinations": ["10.60.3.21"]});
        let route = json!({"Type": "SDNRoute", "Settings": {"Destinations": ["10.60.3.21"]}});
        for (policies, loops) in [
            (vec![], None),
            (vec![exceptions.clone()], Some(false)),
            (vec![route], Some(false)),
            (vec![translates(json!(["169.254.169.254"]))], Some(false)),
            (vec![translates(json!("10.60.3.21"))], Some(false)),
            (vec![exceptions, translates(json!(["169.254.169.254", "10.60.3.21"]))], Some(true)),
            (vec![translates(json!(["10.60.3.0/24"]))], Some(true)),
            (vec![flat], Some(true)),
        ] {
            assert_eq!(endpoint(&policies).loops_back(ip), loops, "{policies:?}");
        }
        let untold = Endpoint { detail: Detail::Table, ..endpoint(&[translates(json!(["10.60.3.21"]))]) };
        assert_eq!(untold.loops_back(ip), None);
    }

    proptest! {
        #[test]
        fn ports_of_the_node_are_read_in_both_schemas(
            external in 1u16.., internal in 1u16.., udp: bool, old: bool, vip: bool,
        ) {
            let address = vip.then(|| IpAddr::from([192, 168, 10, 21]));
            let shown = address.map(|ip| ip.to_string()).unwrap_or_default();
            let number = if udp { 17 } else { 6 };
            let policy = if old {
                let protocol = if udp { "UDP" } else { "TCP" };
                json!({"Type": "NAT", "Protocol": protocol, "ExternalPort": external, "InternalPort": internal, "VIP": shown})
            } else {
                let settings =
                    json!({"Protocol": number, "ExternalPort": external, "InternalPort": internal, "VIP": shown});
                json!({"Type": "PortMapping", "Settings": settings})
            };
            let expected = NodePort { protocol: number, external, internal, address };
            prop_assert_eq!(endpoint(&[policy]).node_ports().collect::<Vec<_>>(), [expected]);
        }
    }
}
