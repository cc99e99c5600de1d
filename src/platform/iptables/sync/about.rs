//! The rules that packets to some addresses and ports can meet: of a dispatch of thousands of Services a few, so that a
//! look at those that changed need not make all rules ready.

use std::net::IpAddr;

use rustc_hash::FxHashSet;

use super::tables::{Chains, Loaded, Tables};
use crate::net::Protocol;
use crate::platform::iptables::eval::{loaded_socket, named_by};
use crate::platform::iptables::model::{Chain, ChainName, Command, Rule, Ruleset, Table, TableName, Target};

/// Addresses and ports of packets, also those that they are translated to.
#[derive(Debug, Default)]
pub(super) struct Sites {
    addresses: FxHashSet<IpAddr>,
    ports: FxHashSet<u16>,
}

impl Sites {
    pub(super) fn new(sites: impl IntoIterator<Item = (IpAddr, Protocol, u16)>) -> Self {
        let mut all = Self::default();
        for (address, _, port) in sites {
            all.add(address, port);
        }
        all
    }

    fn add(&mut self, address: IpAddr, port: u16) -> bool {
        let is_new = self.addresses.insert(address);
        self.ports.insert(port) || is_new
    }

    /// Whether a packet may match a rule. One with its address is kept whatever its port is: it may say whose the address
    /// is.
    fn can_meet(&self, rule: &Rule) -> bool {
        match named_by(rule) {
            None => true,
            Some((Some(address), ..)) => self.addresses.contains(&address),
            Some((None, _, port)) => self.ports.contains(&port),
        }
    }

    /// The part of a table that packets can meet.
    fn part(&self, name: TableName, of: &Chains) -> Table {
        table(name, reached(of, self))
    }

    /// The same of the nat table. The addresses that its rules translate packets to are added, and those that these are
    /// translated to then.
    fn part_of_nat(&mut self, nat: &Chains) -> Table {
        loop {
            let reached = reached(nat, self);
            let rules = reached.iter().flat_map(|(_, rules)| rules);
            let translated = rules.filter_map(|rule| match &rule.target {
                Some(Target::DestinationNat(to)) => loaded_socket(to),
                _ => None,
            });
            let mut is_new = false;
            for endpoint in translated {
                is_new |= self.add(endpoint.ip(), endpoint.port());
            }
            if !is_new {
                return table(TableName::Nat, reached);
            }
        }
    }
}

/// The rules that packets to some addresses and ports can meet.
pub(super) fn rules_about(mut sites: Sites, tables: &Tables) -> Ruleset {
    let nat = sites.part_of_nat(&tables.nat);
    let filter = sites.part(TableName::Filter, &tables.filter);
    Ruleset { family: tables.family, tables: vec![nat, filter] }
}

/// A chain that packets can come to, and its rules that they may match.
type Reached<'c> = (&'c Chain, Vec<&'c Rule>);

fn table(name: TableName, reached: Vec<Reached<'_>>) -> Table {
    let chains = reached.iter().map(|(chain, _)| (*chain).clone()).collect();
    let rules = reached.into_iter().flat_map(|(_, rules)| rules);
    Table { name, chains, commands: rules.cloned().map(Command::Append).collect() }
}

/// The chains that packets can come to, those of the kernel first.
fn reached<'c>(chains: &'c Chains, sites: &Sites) -> Vec<Reached<'c>> {
    let mut open: Vec<&Loaded> = chains.loaded_base().collect();
    let mut seen: FxHashSet<ChainName> = open.iter().map(|of| of.chain.name).collect();
    let mut reached = Vec::new();
    while let Some(Loaded { chain, rules }) = open.pop() {
        let rules: Vec<&Rule> = rules.iter().filter(|rule| sites.can_meet(rule)).collect();
        for rule in &rules {
            if let Some(Target::Jump(to) | Target::Goto(to)) = &rule.target
                && seen.insert(*to)
            {
                open.extend(chains.find(*to));
            }
        }
        reached.push((chain, rules));
    }
    reached
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::answer::verdict::{Host, Packet, Sender};
    use crate::net::Family;
    use crate::platform::iptables::eval::Evaluator;
    use crate::platform::iptables::read;

    /// Twenty Services, of which each leads to the address of the next one; the last two have no endpoints.
    fn tables() -> Tables {
        let dispatch = (0..18).map(|at| {
            format!("-A KUBE-SERVICES -d 10.96.0.{at}/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-{at}\n")
        });
        let chains = (0..18).map(|at| {
            let to = format!("--to-destination 10.96.0.{}:80", at + 1);
            format!("-A KUBE-SVC-{at} -p tcp -m tcp -j DNAT {to}\n")
        });
        let declared = (0..18).map(|at| format!(":KUBE-SVC-{at} - [0:0]\n"));
        let declared: String = declared.collect();
        let rules: String = dispatch.chain(chains).collect();
        let text = format!(
            "*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n{declared}-A PREROUTING -j KUBE-SERVICES\n{rules}COMMIT\n\
             *filter\n:FORWARD DROP [0:0]\n:KUBE-SERVICES - [0:0]\n-A FORWARD -j KUBE-SERVICES\n\
             -A KUBE-SERVICES -d 10.96.0.18/32 -p tcp -m tcp --dport 80 -j REJECT\n\
             -A KUBE-SERVICES -d 10.96.0.19/32 -p tcp -m tcp --dport 81 -j REJECT\n\
             -A FORWARD -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT\n"
        );
        let (rules, problems) = read(&text, Family::Ipv4);
        assert!(problems.is_empty(), "{problems:?}");
        Tables::holding(&rules)
    }

    #[test]
    fn packets_fare_with_a_part_of_the_rules_as_with_all() {
        let (tables, host) = (tables(), Host::new(["192.168.0.10".parse().unwrap()]));
        let whole = tables.rules();
        let commands = |rules: &Ruleset| rules.tables.iter().map(|of| of.commands.len()).sum::<usize>();
        for at in 0..20 {
            let destination = IpAddr::from(Ipv4Addr::new(10, 96, 0, at));
            let part = rules_about(Sites::new([(destination, Protocol::Tcp, 80)]), &tables);
            assert!(commands(&part) < commands(&whole) || at == 0);
            for sender in [Sender::Outside, Sender::Pod, Sender::Node] {
                let source = "192.0.2.1".parse().unwrap();
                let packet = Packet {
                    sender,
                    source,
                    destination,
                    protocol: Protocol::Tcp,
                    port: 80,
                    interface: None,
                    remembered: None,
                };
                let effect = |rules: &Ruleset| format!("{:?}", Evaluator::new(rules, &host).effect(&packet));
                assert_eq!(effect(&part), effect(&whole), "{packet:?}");
            }
        }
    }
}
