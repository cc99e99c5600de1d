//! The part of a table that packets to some addresses and ports can meet: of the chains and elements of thousands of
//! Services a few, so that a look at those that changed need not make the whole table ready.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use rustc_hash::FxHashSet;

use super::node::{Contents, Node, Stored};
use crate::net::{Family, Protocol};
use crate::platform::nftables::model::{
    Address, Chain, Container, Destination, Key, Name, Statement, Table, Verdict,
};
use crate::platform::nftables::names::fixed::CLUSTER_IPS;

/// Where packets go, also when they are translated, and where they come from.
#[derive(Debug, Default)]
pub(super) struct Sites {
    sources: Vec<IpAddr>,
    to: FxHashSet<(IpAddr, Protocol, u16)>,
}

impl Sites {
    pub(super) fn new(sources: Vec<IpAddr>, to: impl Iterator<Item = (IpAddr, Protocol, u16)>) -> Self {
        Self { sources, to: to.collect() }
    }

    /// All that packets can be looked up by.
    fn keys(&self) -> FxHashSet<Key> {
        let mut keys: FxHashSet<Key> = self.sources.iter().map(|ip| Key::Address(Address::Ip(*ip))).collect();
        for (ip, protocol, port) in self.to.iter().copied() {
            let address = Address::Ip(ip);
            let pair = |source: &IpAddr| Key::Pair([Address::Ip(*source), address.clone()], protocol, port);
            keys.extend(self.sources.iter().map(pair));
            keys.insert(Key::Address(address.clone()));
            keys.insert(Key::NodePort(protocol, port));
            keys.insert(Key::Service(address, protocol, port));
        }
        keys
    }

    /// Adds what a chain translates packets to.
    fn follow(&mut self, chain: &Chain) {
        let protocols: BTreeSet<Protocol> = self.to.iter().map(|(_, protocol, _)| *protocol).collect();
        let mut add = |address: &Address, port: u16| {
            if let Some(ip) = address.ip() {
                self.to.extend(protocols.iter().map(|protocol| (ip, *protocol, port)));
            }
        };
        for statement in chain.rules.iter().flat_map(|rule| &rule.statements) {
            match statement {
                Statement::Translate(Destination::One(address, port)) => add(address, *port),
                Statement::Translate(Destination::Choose(selected)) => {
                    selected.values.iter().for_each(|(_, (address, port))| add(address, *port));
                }
                _ => {}
            }
        }
    }
}

/// What packets can come to.
struct Part<'c> {
    contents: &'c Contents,
    chains: BTreeMap<&'c Name, &'c Chain>,
    containers: BTreeMap<&'c Name, (&'c Stored, BTreeSet<usize>)>,
}

impl Part<'_> {
    fn add_chain(&mut self, name: &Name) {
        if let Some((name, chain)) = self.contents.chains.get_key_value(name) {
            self.chains.insert(name, chain);
        }
    }

    fn add_container(&mut self, name: &str) {
        if let Some((name, stored)) = self.contents.containers.get_key_value(name) {
            self.containers.entry(name).or_insert_with(|| (stored, stored.odd.clone()));
        }
    }

    /// Adds what the chains and elements so far lead to.
    fn follow(&mut self, sites: &mut Sites) {
        for chain in self.chains.values().copied().collect::<Vec<_>>() {
            for rule in &chain.rules {
                rule.chains().for_each(|to| self.add_chain(to));
                rule.containers().for_each(|of| self.add_container(of.as_str()));
            }
            sites.follow(chain);
        }
        let keys = sites.keys();
        let mut leads_to = Vec::new();
        for (stored, places) in self.containers.values_mut() {
            places.extend(keys.iter().filter_map(|key| stored.places.get(key)));
            let elements = places.iter().filter_map(|place| stored.elements[*place].as_ref());
            let verdicts = elements.filter_map(|element| element.verdict.as_ref());
            leads_to.extend(verdicts.filter_map(Verdict::chain));
        }
        for to in leads_to {
            self.add_chain(to);
        }
    }

    fn size(&self) -> (usize, usize, usize) {
        let elements = self.containers.values().map(|(_, places)| places.len()).sum();
        (self.chains.len(), self.containers.len(), elements)
    }

    fn table(self, family: Family) -> Table {
        let container = |(stored, places): (&Stored, BTreeSet<usize>)| {
            let elements = places.iter().filter_map(|place| stored.elements[*place].clone()).collect();
            Container { elements, ..stored.container.clone() }
        };
        let mut table = Table {
            chains: self.chains.into_values().cloned().collect(),
            containers: self.containers.into_values().map(container).collect(),
            ..Table::empty(family)
        };
        table.sort();
        table
    }
}

/// The part of a node's table that packets can meet: what all of them meet, and what that leads to.
pub(super) fn part_about(mut sites: Sites, node: &Node) -> Table {
    let Node { family, table: Some(contents) } = node else { return Table::empty(node.family) };
    let mut part = Part { contents, chains: BTreeMap::new(), containers: BTreeMap::new() };
    contents.of_all.iter().for_each(|name| part.add_chain(name));
    part.add_container(CLUSTER_IPS);
    loop {
        let before = (part.size(), sites.to.len());
        part.follow(&mut sites);
        if (part.size(), sites.to.len()) == before {
            return part.table(*family);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::answer::verdict::{Host, Packet, Sender};
    use crate::platform::nftables::eval::Evaluator;
    use crate::platform::nftables::read;

    /// Eight Services, of which each leads to the address of the next one, and one that is spelled in its own way; the
    /// last one has no endpoints.
    fn node() -> Node {
        let places: Vec<u8> = (1..9).collect();
        let address = |at: u8| if at == 4 { "10.96.0.004".to_owned() } else { format!("10.96.0.{at}") };
        let joined = |one: &dyn Fn(u8) -> String| places.iter().map(|at| one(*at)).collect::<Vec<_>>();
        let ips = joined(&|at| format!("10.96.0.{at}")).join(", ");
        let services = joined(&|at| format!("{} . tcp . 80 : goto service-X{at}-a/b/tcp/c", address(at)));
        let chains = joined(&|at| {
            format!(
                "chain service-X{at}-a/b/tcp/c {{\n meta l4proto tcp dnat ip to 10.96.0.{} : 80\n }}\n",
                at + 1
            )
            .replace(" : 80", ":80")
        });
        let text = format!(
            "table ip kube-proxy {{\n set cluster-ips {{\n type ipv4_addr\n elements = {{ {ips} }}\n }}\n\
             map no-endpoint-services {{\n type ipv4_addr . inet_proto . inet_service : verdict\n \
             elements = {{ 10.96.0.9 . tcp . 80 : goto reject-chain }}\n }}\n\
             map service-ips {{\n type ipv4_addr . inet_proto . inet_service : verdict\n elements = {{ {} }}\n }}\n\
             chain nat-prerouting {{\n type nat hook prerouting priority dstnat; policy accept;\n \
             ip daddr . meta l4proto . th dport vmap @service-ips\n }}\n\
             chain filter-forward {{\n type filter hook forward priority filter; policy accept;\n \
             ip daddr . meta l4proto . th dport vmap @no-endpoint-services\n \
             ip daddr @cluster-ips drop\n }}\n\
             chain reject-chain {{\n reject\n }}\n{}}}\n",
            services.join(", "),
            chains.concat()
        );
        let reading = read(&text);
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        Node::new(Family::Ipv4, reading.tables.ipv4.as_ref())
    }

    #[test]
    fn packets_fare_with_a_part_of_the_table_as_with_all() {
        let (node, host) = (node(), Host::new(["192.168.0.10".parse().unwrap()]));
        let whole = node.table();
        for at in 1..12 {
            let destination = IpAddr::from(Ipv4Addr::new(10, 96, 0, at));
            let source: IpAddr = "192.0.2.1".parse().unwrap();
            let site = (destination, Protocol::Tcp, 80);
            let part = part_about(Sites::new(vec![source], [site].into_iter()), &node);
            assert!(part.chains.len() < whole.chains.len() || at == 1);
            for sender in [Sender::Outside, Sender::Pod, Sender::Node] {
                let packet = Packet {
                    sender,
                    source,
                    destination,
                    protocol: Protocol::Tcp,
                    port: 80,
                    interface: None,
                    remembered: None,
                };
                let effect = |table: &Table| format!("{:?}", Evaluator::new(table, &host).effect(&packet));
                assert_eq!(effect(&part), effect(&whole), "{packet:?}");
            }
        }
    }
}
