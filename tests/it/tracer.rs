//! A packet's way through the emitted text, told from nothing but the text.
//!
//! The text is walked as the kernel would, with these simplifications: balancing rules are all taken, so
//! that every endpoint of a pool shows; affinity, marks and states of connections never match; and each
//! filter chain is walked by itself, so that a verdict may be told twice.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hnsplan::net::Protocol;
use ipnet::IpNet;

use crate::restore_text::{Rule, Table, table};

/// A packet that starts a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    pub(crate) source: IpAddr,
    pub(crate) protocol: Protocol,
    pub(crate) destination: IpAddr,
    pub(crate) port: u16,
}

/// Where it goes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    /// Endpoints and verdicts, in the order in which they were met.
    pub(crate) results: Vec<String>,
    /// Whether its source address becomes the node's.
    pub(crate) masqueraded: bool,
}

/// Follows a packet through the tables of its family, on a node with these addresses.
pub(crate) fn trace(tables: &[Table], packet: Packet, node: &[IpAddr]) -> Way {
    let mut walk = Walk { table: table(tables, "nat"), packet, node, way: Way::default() };
    walk.chain("KUBE-SERVICES");
    let mut walk = Walk { table: table(tables, "filter"), packet: walk.translated(), ..walk };
    for chain in ["KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL"] {
        walk.chain(chain);
    }
    walk.way
}

struct Walk<'t> {
    table: &'t Table,
    packet: Packet,
    node: &'t [IpAddr],
    way: Way,
}

impl Walk<'_> {
    /// The packet as the filter table sees it.
    fn translated(&self) -> Packet {
        let address = |endpoint: &String| {
            let (host, _) = endpoint.rsplit_once(':').expect("an endpoint has a port");
            host.trim_matches(['[', ']']).parse().expect("an endpoint has an address")
        };
        Packet {
            destination: self.way.results.first().map_or(self.packet.destination, address),
            ..self.packet
        }
    }

    /// Walks a chain; says whether the packet's way ended in it.
    fn chain(&mut self, name: &str) -> bool {
        let table = self.table;
        for rule in table.rules_of(name) {
            let Some(target) = rule.target().filter(|_| self.matches(rule)) else { continue };
            match target {
                "KUBE-MARK-MASQ" => self.way.masqueraded = true,
                "ACCEPT" | "REJECT" | "DROP" => {
                    self.way.results.push(target.to_owned());
                    return true;
                }
                "DNAT" => {
                    let endpoint = rule.value("--to-destination").expect("DNAT has a destination");
                    self.way.results.push(endpoint.to_owned());
                    return true;
                }
                chain => {
                    if self.chain(chain) && !rule.has("--probability") {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn matches(&self, rule: &Rule) -> bool {
        if ["--rcheck", "--mark", "--ctstate"].iter().any(|option| rule.has(option)) {
            return false;
        }
        let holds = |option, test: &dyn Fn(&str) -> bool| {
            rule.value(option).is_none_or(|value| test(value) != rule.is_negated(option))
        };
        let Packet { source, protocol, destination, port } = self.packet;
        holds("-s", &|net| contains(net, source))
            && holds("-d", &|net| contains(net, destination))
            && holds("-p", &|name| name == protocol.lower())
            && holds("--dport", &|number| number == port.to_string())
            && holds("--src-type", &|kind| kind == "LOCAL" && self.is_local(source))
            && holds("--dst-type", &|kind| kind == "LOCAL" && self.is_local(destination))
    }

    fn is_local(&self, ip: IpAddr) -> bool {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        self.node.contains(&ip) || loopback.contains(&ip)
    }
}

fn contains(text: &str, ip: IpAddr) -> bool {
    match text.parse::<IpNet>() {
        Ok(net) => net.contains(&ip),
        Err(_) => text.parse() == Ok(ip),
    }
}
