//! Stable ids for objects that a plan makes: the same input gives the same plan.

use uuid::Uuid;

use super::model::{Address, EndpointRef, Guid, LoadBalancer, LoadBalancerFlags};

/// The namespace of all ids of hnsplan.
const NAMESPACE: Uuid = Uuid::from_u128(0x5d9e_3f0c_7a41_4b6e_9c28_8c1f_64d2_a0b7);

/// What a load balancer answers to. HNS keeps no two with the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrontendKey {
    /// The address; none means the node's own.
    pub vip: Option<Address>,
    /// Number of the protocol.
    pub protocol: u32,
    /// The port that clients connect to.
    pub port: u16,
    /// Whether it is for IPv6.
    pub ipv6: bool,
}

impl FrontendKey {
    /// What a load balancer answers to; `None` for one without a port.
    #[must_use]
    pub fn of(balancer: &LoadBalancer) -> Option<Self> {
        let mapping = balancer.port_mappings.first()?;
        Some(Self {
            vip: balancer.frontend_vips.first().cloned(),
            protocol: mapping.protocol,
            port: mapping.external_port,
            ipv6: balancer.flags.contains(LoadBalancerFlags::IPV6),
        })
    }
}

impl std::fmt::Display for FrontendKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.vip {
            Some(vip @ Address::Ip(std::net::IpAddr::V6(_))) => write!(f, "[{vip}]")?,
            Some(vip) => write!(f, "{}", crate::name::printable(&vip.to_string()))?,
            None => f.write_str("node port ")?,
        }
        let colon = if self.vip.is_some() { ":" } else { "" };
        write!(f, "{colon}{}/{}", self.port, super::model::protocol_name(self.protocol))?;
        // Of an address, the family is plain to see.
        if self.ipv6 && self.vip.is_none() { f.write_str(" (IPv6)") } else { Ok(()) }
    }
}

/// The id of the endpoint with an address on a network.
#[must_use]
pub(super) fn endpoint(network: &str, address: &Address) -> Guid {
    of(&format!("{network}\0endpoint\0{address}"))
}

/// The id of a network of which only the name is known.
#[must_use]
pub(super) fn network(name: &str) -> Guid {
    of(&format!("{name}\0network"))
}

/// The id of an endpoint that a plan takes to be there.
#[must_use]
pub(super) fn assumed_endpoint(network: &str, reference: &EndpointRef) -> Guid {
    of(&format!("{network}\0assumed\0{reference}"))
}

/// The id of the load balancer with a frontend.
#[must_use]
pub(super) fn load_balancer(network: &str, key: &FrontendKey) -> Guid {
    let FrontendKey { vip, protocol, port, ipv6 } = key;
    let vip = vip.as_ref().map_or_else(|| "node".to_owned(), ToString::to_string);
    of(&format!("{network}\0loadbalancer\0{protocol}\0{vip}\0{port}\0{ipv6}"))
}

fn of(name: &str) -> Guid {
    Uuid::new_v5(&NAMESPACE, name.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(vip: Option<&str>, ipv6: bool) -> FrontendKey {
        FrontendKey { vip: vip.map(Address::of), protocol: 6, port: 80, ipv6 }
    }

    #[test]
    fn ids_depend_on_network_and_identity() {
        let address = Address::of("10.244.2.5");
        assert_eq!(endpoint("cbr0", &address).to_string(), endpoint("cbr0", &address).to_string());
        assert_ne!(endpoint("cbr0", &address), endpoint("vxlan0", &address));
        let ids = [key(None, false), key(None, true), key(Some("10.96.0.1"), false)]
            .map(|key| load_balancer("cbr0", &key));
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    }

    #[test]
    fn a_frontend_reads_as_people_write_it() {
        assert_eq!(key(Some("10.96.0.1"), false).to_string(), "10.96.0.1:80/TCP");
        assert_eq!(key(Some("fd00::1"), true).to_string(), "[fd00::1]:80/TCP");
        assert_eq!(key(None, true).to_string(), "node port 80/TCP (IPv6)");
    }
}
