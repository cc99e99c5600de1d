//! What loaded rules are about: the addresses and ports that they name, and whom they tell apart there.

use std::net::IpAddr;

use ipnet::IpNet;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::net::Protocol;
use crate::platform::iptables::model::{Address, ChainName, Command, Is, Match, Rule, Ruleset, Target};
use crate::platform::iptables::names::fixed;

/// An address and port that a rule is about; no address stands for those of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frontend {
    /// The address.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Its protocol.
    pub protocol: Protocol,
}

/// What the rules of a family are about, whoever made them.
#[derive(Debug, Default)]
pub struct Frontends {
    /// What the rules of each say themselves, and where they jump to.
    of: FxHashMap<Frontend, Said>,
    /// The same of each chain, whose name may stand for one in each table.
    chains: FxHashMap<ChainName, Said>,
    /// Addresses that rules without a port are about.
    addresses: Vec<IpAddr>,
    /// Endpoints whose chain is not the usual one somewhere.
    odd: FxHashSet<IpAddr>,
}

/// What rules compare sources with, and the chains that they jump to.
#[derive(Debug, Default)]
struct Said {
    sources: Vec<IpNet>,
    jumps: Vec<ChainName>,
    /// The endpoints that they choose.
    endpoints: FxHashSet<IpNet>,
    /// Whose own packets they mark for masquerading, before they choose an endpoint.
    marked: Option<IpNet>,
}

impl Frontends {
    /// Reads them out of rules.
    #[must_use]
    pub fn of(rules: &Ruleset) -> Self {
        let mut all = Self::default();
        for command in rules.tables.iter().flat_map(|table| &table.commands) {
            if let Command::Append(rule) | Command::Insert(rule) = command {
                all.chains.entry(rule.chain).or_default().add(rule);
                let is_about = IsAbout::of(rule);
                if let Some(frontend) = is_about.frontend() {
                    all.of.entry(frontend).or_default().add(rule);
                } else if is_about.port.is_none() {
                    all.addresses.extend(is_about.address);
                }
            }
        }
        let odd = all.chains.values().filter(|said| !said.is_usual());
        all.odd = odd.flat_map(|said| &said.endpoints).map(IpNet::addr).collect();
        all
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = Frontend> + '_ {
        self.of.keys().copied()
    }

    /// Addresses that rules without a port are about.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.addresses.iter().copied()
    }

    /// Whether an endpoint may get the packets that it sends to itself otherwise than its neighbours get
    /// theirs: some chain that chooses it is not the usual one.
    #[must_use]
    pub fn is_odd(&self, endpoint: IpAddr) -> bool {
        self.odd.contains(&endpoint)
    }

    /// The networks that rules compare the sources of packets to an address and port with, in the rules that
    /// name it and in all chains behind them. An endpoint in its own chain is none: that is how the packets
    /// that it sends to itself are told.
    #[must_use]
    pub fn sources(&self, address: IpAddr, port: u16, protocol: Protocol) -> Vec<IpNet> {
        let mut sources = Vec::new();
        let mut seen: FxHashSet<ChainName> = FxHashSet::default();
        let named = [Some(address), None].map(|address| Frontend { address, port, protocol });
        let mut open: Vec<&Said> = named.iter().filter_map(|frontend| self.of.get(frontend)).collect();
        while let Some(said) = open.pop() {
            let others = said.sources.iter().filter(|net| !said.chooses(net));
            sources.extend(others.copied());
            let next = said.jumps.iter().filter(|chain| seen.insert(**chain));
            open.extend(next.filter_map(|chain| self.chains.get(chain)));
        }
        sources.sort_unstable();
        sources.dedup();
        sources
    }
}

impl Said {
    fn add(&mut self, rule: &Rule) {
        self.sources.extend(rule.matches.iter().filter_map(|of| match of {
            Match::Source(Is { value: Address::Net(net), .. }) => Some(net.trunc()),
            Match::Source(Is { value: Address::Ip(ip), .. }) => Some(IpNet::from(*ip)),
            _ => None,
        }));
        if self.endpoints.is_empty() {
            self.marked = self.marked.or_else(|| marked(rule));
        }
        match &rule.target {
            Some(Target::Jump(chain) | Target::Goto(chain)) => self.jumps.push(*chain),
            Some(Target::DestinationNat(to)) => {
                if let Address::Ip(ip) = to.address {
                    self.endpoints.insert(IpNet::from(ip));
                }
            }
            _ => {}
        }
    }

    /// Whether they are the chain of one endpoint as kube-proxy writes it, or of none.
    fn is_usual(&self) -> bool {
        let own: Vec<IpNet> = self.endpoints.iter().copied().collect();
        own.is_empty() || own.len() == 1 && self.sources == own && self.marked == Some(own[0])
    }

    fn chooses(&self, net: &IpNet) -> bool {
        self.endpoints.contains(net)
    }
}

/// The endpoint whose packets to itself a rule marks for masquerading, and nothing else.
fn marked(rule: &Rule) -> Option<IpNet> {
    let mut matches = rule.matches.iter().filter(|of| !matches!(of, Match::Comment(_)));
    let (Some(Match::Source(Is { not: false, value })), None) = (matches.next(), matches.next()) else {
        return None;
    };
    let is_mark = matches!(rule.target, Some(Target::Jump(fixed::MARK_MASQ)));
    host(value).filter(|_| is_mark).map(IpNet::from)
}

/// The one address that is meant; iptables-save prints it as a network.
fn host(address: &Address) -> Option<IpAddr> {
    match address {
        Address::Ip(ip) => Some(*ip),
        Address::Net(net) => (net.prefix_len() == net.max_prefix_len()).then(|| net.addr()),
        Address::Verbatim(_) => None,
    }
}

/// What one rule is about.
#[derive(Default)]
struct IsAbout {
    address: Option<IpAddr>,
    port: Option<u16>,
    protocol: Option<Protocol>,
}

impl IsAbout {
    fn of(rule: &Rule) -> Self {
        let mut about = Self::default();
        for of in &rule.matches {
            match of {
                Match::Destination(Is { not: false, value }) => about.address = host(value),
                Match::DestinationPort(Is { not: false, value }) => about.port = Some(*value),
                Match::Protocol(Is { not: false, value }) => about.protocol = Some(*value),
                _ => {}
            }
        }
        about
    }

    fn frontend(&self) -> Option<Frontend> {
        Some(Frontend { address: self.address, port: self.port?, protocol: self.protocol? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Family;
    use crate::platform::iptables::read;

    const DUMP: &str = "*nat
:KUBE-SERVICES - [0:0]
:KUBE-FW-A - [0:0]
:KUBE-EXT-A - [0:0]
:KUBE-SVC-A - [0:0]
:KUBE-SEP-A - [0:0]
:KUBE-NODEPORTS - [0:0]
-A KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m tcp --dport 443 -j KUBE-FW-A
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-A
-A KUBE-SERVICES -d 10.96.0.9/32 -j RETURN
-A KUBE-NODEPORTS -p tcp -m tcp --dport 30443 -j KUBE-EXT-A
-A KUBE-FW-A -s 203.0.113.0/24 -j KUBE-EXT-A
-A KUBE-EXT-A -j KUBE-SVC-A
-A KUBE-SVC-A ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ
-A KUBE-SVC-A -j KUBE-SEP-A
-A KUBE-SEP-A -s 10.244.1.2/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-A -s 10.244.1.3/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.2:8443
COMMIT
";

    #[test]
    fn an_endpoint_whose_own_packets_are_not_marked_is_odd() {
        let of = |chain: &str| {
            let text = format!("*nat\n:KUBE-SEP-A - [0:0]\n{chain}\nCOMMIT\n");
            let (rules, problems) = read(&text, Family::Ipv4);
            assert!(problems.is_empty(), "{problems:?}");
            Frontends::of(&rules).is_odd("10.244.1.2".parse().unwrap())
        };
        let mark = "-A KUBE-SEP-A -s 10.244.1.2/32 -m comment --comment shop/web -j KUBE-MARK-MASQ";
        let choose = "-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.2:80";
        assert!(!of(&format!("{mark}\n{choose}")));
        for odd in [
            choose.to_owned(),
            format!("{choose}\n{mark}"),
            format!("{}\n{choose}", mark.replace("1.2/32", "1.3/32")),
            format!("{}\n{choose}", mark.replace("-s", "! -s")),
            format!("{}\n{choose}", mark.replace("-m comment", "-p tcp -m comment")),
            format!("{}\n{choose}", mark.replace("KUBE-MARK-MASQ", "KUBE-MARK-DROP")),
            format!("{mark}\n-A KUBE-SEP-A -s 10.244.1.0/24 -j RETURN\n{choose}"),
            format!("{mark}\n{choose}\n{}", choose.replace("1.2", "1.3")),
        ] {
            assert!(of(&odd), "{odd}");
        }
    }

    #[test]
    fn what_rules_name_is_told_with_the_sources_behind_it() {
        let (rules, problems) = read(DUMP, Family::Ipv4);
        assert!(problems.is_empty(), "{problems:?}");
        let frontends = Frontends::of(&rules);
        let mut named: Vec<_> = frontends.iter().map(|of| (of.address, of.port)).collect();
        named.sort_unstable();
        let ip = |text: &str| -> IpAddr { text.parse().unwrap() };
        let vips = [(Some(ip("10.96.0.1")), 443), (Some(ip("198.51.100.7")), 443)];
        assert_eq!(named, [(None, 30443), vips[0], vips[1]]);
        assert_eq!(frontends.addresses().collect::<Vec<_>>(), [ip("10.96.0.9")]);
        let sources = |address: &str, port| -> Vec<String> {
            let sources = frontends.sources(ip(address), port, Protocol::Tcp);
            sources.iter().map(ToString::to_string).collect()
        };
        // An endpoint's own address is not among them, another one in its chain is.
        assert_eq!(sources("10.96.0.1", 443), ["10.244.0.0/16", "10.244.1.3/32"]);
        assert_eq!(sources("198.51.100.7", 443), ["10.244.0.0/16", "10.244.1.3/32", "203.0.113.0/24"]);
        assert_eq!(sources("192.168.1.1", 30443), ["10.244.0.0/16", "10.244.1.3/32"]);
        assert_eq!(sources("192.168.1.1", 443), [""; 0]);
    }
}
