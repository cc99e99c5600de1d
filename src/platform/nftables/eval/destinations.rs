//! What loaded rules are about: the addresses and ports that they name, and whom they tell apart there.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::net::{Family, Protocol};
use crate::platform::nftables::model::{
    Address, AddressRange, Container, Destination, Key, Lookup, Rule, Side, Statement, Table,
};
use crate::platform::nftables::names::fixed;
use crate::platform::{Site, SiteAddress};

/// What the rules of a family are about, whoever made them.
#[derive(Debug, Default)]
pub(in crate::platform::nftables) struct Destinations {
    /// Addresses and ports of elements, with the chain that each leads to; no address stands for those of the node.
    elements: FxHashMap<At, Vec<String>>,
    /// What each chain says.
    chains: FxHashMap<String, Said>,
    /// Addresses that rules without a port are about.
    addresses: Vec<IpAddr>,
    /// Sources that chains of all Services compare with.
    shared: Vec<(IpAddr, IpAddr)>,
    /// Endpoints whose packets to themselves are not treated as kube-proxy does it.
    odd: FxHashSet<IpAddr>,
}

/// An address, protocol and port.
type At = (Option<IpAddr>, Protocol, u16);

#[derive(Debug, Default)]
struct Said {
    sources: Vec<(IpAddr, IpAddr)>,
    leads_to: Vec<String>,
}

impl Destinations {
    /// Reads them out of a table.
    #[must_use]
    pub(in crate::platform::nftables) fn of(table: &Table) -> Self {
        let mut all = Self::default();
        for chain in &table.chains {
            let mut said = Said::default();
            for rule in &chain.rules {
                said.sources.extend(sources(rule));
                said.leads_to.extend(rule.chains().map(ToString::to_string));
                all.addresses.extend(addresses(rule));
            }
            if chain.name.is_of_service() {
                all.chains.insert(chain.name.to_string(), said);
            } else {
                all.shared.extend(said.sources);
            }
        }
        for container in &table.containers {
            all.add_elements(container);
        }
        all.odd = odd(table);
        all
    }

    fn add_elements(&mut self, container: &Container) {
        if container.timeout.is_some() {
            return;
        }
        for element in &container.elements {
            let to = element.verdict.as_ref().and_then(|verdict| verdict.chain()).map(ToString::to_string);
            match &element.key {
                Key::Service(address, protocol, port) => {
                    if let Some(ip) = address.ip() {
                        self.elements.entry((Some(ip), *protocol, *port)).or_default().extend(to);
                    }
                }
                Key::NodePort(protocol, port) => {
                    self.elements.entry((None, *protocol, *port)).or_default().extend(to);
                }
                // Cluster IPs, and addresses of the node.
                Key::Address(address) => self.addresses.extend(address.ip()),
                Key::Pair(..) | Key::Other(_) => {}
            }
        }
    }

    /// All addresses and ports, in no order.
    pub(in crate::platform::nftables) fn sites(&self, family: Family) -> impl Iterator<Item = Site> + '_ {
        self.elements.keys().map(move |(address, protocol, port)| Site {
            at: address.map_or(SiteAddress::Node(Some(family)), SiteAddress::Address),
            port: *port,
            protocol: *protocol,
        })
    }

    /// Addresses that rules without a port are about.
    pub(in crate::platform::nftables) fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.addresses.iter().copied()
    }

    /// Whether an endpoint may get the packets that it sends to itself otherwise than its neighbours get theirs.
    #[must_use]
    pub(in crate::platform::nftables) fn is_odd(&self, endpoint: IpAddr) -> bool {
        self.odd.contains(&endpoint)
    }

    /// The sources that rules compare packets to an address and port with, in all chains behind the elements that name
    /// it, and in those of all Services.
    #[must_use]
    pub(in crate::platform::nftables) fn sources(
        &self,
        address: IpAddr,
        port: u16,
        protocol: Protocol,
    ) -> Vec<(IpAddr, IpAddr)> {
        let mut found = self.shared.clone();
        let named = [Some(address), None].map(|at| self.elements.get(&(at, protocol, port)));
        let mut open: Vec<&str> = named.into_iter().flatten().flatten().map(String::as_str).collect();
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        while let Some(chain) = open.pop() {
            if let Some(said) = self.chains.get(chain).filter(|_| seen.insert(chain)) {
                found.extend(&said.sources);
                open.extend(said.leads_to.iter().map(String::as_str));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The sources that a rule compares with.
fn sources(rule: &Rule) -> impl Iterator<Item = (IpAddr, IpAddr)> + '_ {
    // The rule of an endpoint for its own packets says nothing about others.
    let is_hairpin = matches!(
        &rule.statements[..],
        [Statement::Addresses { side: Side::Source, not: false, ranges, .. }, _]
            if matches!(ranges[..], [AddressRange::Ip(_)])
    );
    ranges(rule, Side::Source).filter(move |_| !is_hairpin)
}

fn ranges(rule: &Rule, of: Side) -> impl Iterator<Item = (IpAddr, IpAddr)> + '_ {
    let ranges = rule.statements.iter().filter_map(move |statement| match statement {
        Statement::Addresses { side, ranges, .. } if *side == of => Some(ranges),
        _ => None,
    });
    ranges.flatten().filter_map(|range| match range {
        AddressRange::Ip(ip) => Some((*ip, *ip)),
        AddressRange::Net(net) => Some((net.network(), net.broadcast())),
        AddressRange::Range(first, last) => Some((*first, *last)),
        AddressRange::Verbatim(word) => Address::Verbatim(word.clone()).ip().map(|ip| (ip, ip)),
    })
}

/// The single addresses that a rule is about whatever the port is.
fn addresses(rule: &Rule) -> Vec<IpAddr> {
    let has_port = rule.statements.iter().any(|statement| {
        matches!(
            statement,
            Statement::Port(..)
                | Statement::VerdictMap { lookup: Lookup::Service | Lookup::NodePort | Lookup::Pair, .. }
        )
    });
    if has_port {
        return Vec::new();
    }
    ranges(rule, Side::Destination).filter(|(first, last)| first == last).map(|(ip, _)| ip).collect()
}

/// Endpoints that the table may treat otherwise than kube-proxy does: up to 1.35 those whose chain does not begin with
/// the mark for their own packets, since then those with chains in which packets meet more than the translation.
fn odd(table: &Table) -> FxHashSet<IpAddr> {
    let mut found = FxHashSet::default();
    let marks = table.chain(fixed::MARK).is_some();
    for chain in table.chains.iter().filter(|chain| chain.name.is_of_service()) {
        let statements = || chain.rules.iter().flat_map(|rule| &rule.statements);
        let endpoint = statements().find_map(|statement| match statement {
            Statement::Translate(Destination::One(address, _)) => address.ip(),
            _ => None,
        });
        let Some(endpoint) = endpoint else { continue };
        let first = chain.rules.first().map(|rule| &rule.statements[..]);
        let is_usual = match first {
            Some([Statement::Addresses { side: Side::Source, not: false, ranges, .. }, _]) if marks => {
                matches!(ranges[..], [AddressRange::Ip(ip)] if ip == endpoint)
            }
            _ => !marks && ranges_of(chain.rules.iter()) == 0,
        };
        if !is_usual {
            found.insert(endpoint);
        }
    }
    // Whether a pod is in the set of packets to themselves is told for each endpoint by itself.
    if let Some(set) = table.container(fixed::HAIRPINS) {
        found.extend(set.elements.iter().filter_map(|element| match &element.key {
            Key::Pair([one, other], ..) if one != other => one.ip(),
            _ => None,
        }));
    }
    found
}

fn ranges_of<'r>(rules: impl Iterator<Item = &'r Rule>) -> usize {
    rules.map(|rule| ranges(rule, Side::Source).count()).sum()
}
