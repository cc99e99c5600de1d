//! Rules in which other numbers stand for the assumed ones, so that texts of them do not change with the ranges.
//!
//! Names of chains are hashes of addresses, endpoints are in the order of their addresses, and MAC addresses are made of
//! them. So the numbers are replaced before a platform writes its text: by those that follow from what each is, and from
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::IpNet;
use sha2::{Digest, Sha256};

use super::{EndpointId, RuleSet, ServicePort, to_json};
use crate::fill::{Mark, Marks};
use crate::manifest::{Backend, EndpointAddress};
use crate::net::{push_host_port, push_ip};
use crate::node::{NodeContext, NodePortMatch};

/// Numbers that stand for others.
#[derive(Debug, Default)]
struct StandIns {
    addresses: BTreeMap<IpAddr, IpAddr>,
    ports: BTreeMap<u16, u16>,
    /// What each of them is.
    marks: Marks,
}

impl RuleSet {
    /// The same rules with numbers in the place of assumed ones that follow from what these are. What is assumed is then
    /// said of the new ones.
    #[must_use]
    pub fn with_stand_ins(&self) -> Self {
        let mut rules = self.clone();
        if self.assumed.is_empty() {
            return rules;
        }
        let mut stand_ins = StandIns::of(self);
        stand_ins.replace_in_node(&mut rules.node);
        rules.backends = self.backends.iter().map(|backend| stand_ins.backend(backend)).collect::<Arc<[_]>>();
        for port in &mut rules.services {
            stand_ins.replace_in_port(port, &self.backends);
        }
        rules.mark(stand_ins.marks);
        rules
    }
}

impl StandIns {
    fn of(rules: &RuleSet) -> Self {
        let mut taken = BTreeSet::new();
        let mut addresses = BTreeMap::new();
        let mut known = BTreeMap::new();
        let mut by_symbol: Vec<(IpAddr, &Mark)> = rules.assumed.addresses().collect();
        by_symbol.sort_by(|(a, one), (b, other)| (&one.symbol, a).cmp(&(&other.symbol, b)));
        for (ip, mark) in by_symbol {
            let stand_in = free(&mark.symbol, ip.is_ipv4(), &mut taken);
            addresses.insert(ip, stand_in);
            known.insert(stand_in, mark.clone());
        }
        let mut ports = BTreeMap::new();
        let mut known_ports = BTreeMap::new();
        let mut by_symbol: Vec<(u16, &Mark)> = rules.assumed.ports().collect();
        by_symbol.sort_by(|(_, one), (_, other)| one.symbol.cmp(&other.symbol));
        let mut unused = unused_ports(rules, !by_symbol.is_empty()).into_iter();
        for (port, mark) in by_symbol {
            let Some(stand_in) = unused.next() else { break };
            ports.insert(port, stand_in);
            known_ports.insert(stand_in, mark.clone());
        }
        Self { addresses, ports, marks: Marks::stand_in(known, known_ports) }
    }

    fn ip(&self, ip: IpAddr) -> IpAddr {
        self.addresses.get(&ip).copied().unwrap_or(ip)
    }

    fn port(&self, port: u16) -> u16 {
        self.ports.get(&port).copied().unwrap_or(port)
    }

    fn backend(&self, backend: &Backend) -> Backend {
        let address = match backend.address.ip().filter(|ip| self.addresses.contains_key(ip)) {
            Some(ip) => self.ip(ip).into(),
            None => backend.address.clone(),
        };
        Backend { address, ..backend.clone() }
    }

    fn replace_in_port(&self, port: &mut ServicePort, backends: &[Backend]) {
        for frontend in &mut port.frontends {
            match &mut frontend.address {
                Some(address) => *address = self.ip(*address),
                None => frontend.port = self.port(frontend.port),
            }
        }
        for passed_over in &mut port.passed_over {
            passed_over.address = self.ip(passed_over.address);
        }
        port.health_check_node_port = port.health_check_node_port.map(|port| self.port(port));
        for endpoint in &mut port.endpoints {
            let address: &EndpointAddress = &backends[endpoint.backend.0 as usize].address;
            if let Some(ip) = address.ip().filter(|ip| self.addresses.contains_key(ip)) {
                let mut text = String::new();
                push_host_port(&mut text, endpoint.port, |text| push_ip(text, self.ip(ip)));
                endpoint.text = text.into();
            }
        }
        sort_endpoints(port);
    }

    fn replace_in_node(&mut self, node: &mut NodeContext) {
        for ip in [&mut node.ips.ipv4, &mut node.ips.ipv6] {
            *ip = self.ip(*ip);
        }
        let lists = [&mut node.addresses.own, &mut node.addresses.of_other_nodes];
        for list in lists {
            for ip in list.iter_mut() {
                *ip = self.ip(*ip);
            }
            list.sort_unstable();
        }
        let usual = &mut node.node_port_addresses;
        let nftables = &mut node.nftables.node_port_addresses;
        let lists =
            [&mut usual.ipv4.serving, &mut usual.ipv6.serving, &mut nftables.ipv4, &mut nftables.ipv6];
        for serving in lists {
            if let NodePortMatch::Only(only) = serving {
                for ip in only.iter_mut() {
                    *ip = self.ip(*ip);
                }
                only.sort_unstable();
            }
        }
        for network in &mut node.windows.pod_networks {
            let stand_in = self.ip(network.node);
            if stand_in != network.node {
                let address =
                    of_symbol(&format!("pods of {stand_in}"), matches!(network.prefix, IpNet::V4(_)));
                network.prefix = IpNet::new(address, network.prefix.prefix_len()).unwrap_or(network.prefix);
                network.node = stand_in;
            }
        }
    }
}

/// Puts endpoints in the order of their texts, and the members of pools with them.
fn sort_endpoints(port: &mut ServicePort) {
    let mut order: Vec<usize> = (0..port.endpoints.len()).collect();
    order.sort_by(|a, b| port.endpoints[*a].text.cmp(&port.endpoints[*b].text));
    let mut now: Vec<u32> = vec![0; order.len()];
    for (at, before) in (0..).zip(&order) {
        now[*before] = at;
    }
    port.endpoints = order.into_iter().map(|at| port.endpoints[at].clone()).collect();
    for pool in [&mut port.cluster, &mut port.local] {
        for member in &mut pool.members {
            *member = EndpointId(now[member.0 as usize]);
        }
        pool.members.sort_unstable();
    }
}

/// The address of a symbol, or a free one behind it.
fn free(symbol: &str, is_ipv4: bool, taken: &mut BTreeSet<IpAddr>) -> IpAddr {
    let mut attempt = 0u32;
    loop {
        let key = if attempt == 0 { symbol.to_owned() } else { format!("{symbol}\0{attempt}") };
        let address = of_symbol(&key, is_ipv4);
        if taken.insert(address) {
            return address;
        }
        attempt += 1;
    }
}

/// An address that follows from a text, in ranges that no cluster has: class E of IPv4, and what IPv6 discards (RFC 6666).
fn of_symbol(symbol: &str, is_ipv4: bool) -> IpAddr {
    let digest = Sha256::digest(symbol);
    if is_ipv4 {
        return Ipv4Addr::new(240 + digest[0] % 15, digest[1], digest[2], digest[3]).into();
    }
    let group = |at: usize| u16::from_be_bytes([digest[at], digest[at + 1]]);
    Ipv6Addr::new(0x100, 0, 0, 0, group(0), group(2), group(4), group(6)).into()
}

/// Ports whose numbers are nowhere in the rules, from the last one down.
fn unused_ports(rules: &RuleSet, is_asked: bool) -> Vec<u16> {
    if !is_asked {
        return Vec::new();
    }
    let text = to_json(rules);
    let used: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
    (1024..=u16::MAX).rev().filter(|port| !used.contains(&*port.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_follow_from_what_they_stand_for() {
        let mut taken = BTreeSet::new();
        let first = free("pod:shop/web-0", true, &mut taken);
        assert_eq!(first, of_symbol("pod:shop/web-0", true));
        assert_ne!(free("pod:shop/web-0", true, &mut taken), first, "a taken one is given to no other");
        assert!(matches!(first, IpAddr::V4(ip) if ip.octets()[0] >= 240 && !ip.is_broadcast()));
        assert!(free("pod:shop/web-0", false, &mut taken).is_ipv6());
    }
}
