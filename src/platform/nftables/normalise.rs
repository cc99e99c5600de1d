//! Brings the spellings of texts and listings together: what nft prints of a text is, normalised, the text normalised.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::model::{Address, AddressRange, Braces, Destination, Element, Key, Name, Rule, Statement, Table};

impl Table {
    /// The table in the form in which two of them can be compared: sorted, addresses as nft loads them, sets of addresses
    /// joined to ranges. Clients that are remembered are no rules, and not part of it.
    #[must_use]
    pub fn normalise(&self) -> Self {
        let mut table = self.clone();
        table.comment = None;
        // A counter decides nothing: one without rules is left out, and one that a listing left out is there.
        let rules = table.chains.iter().flat_map(|chain| &chain.rules);
        let counters: BTreeSet<&Name> = rules.flat_map(Rule::counters).collect();
        table.counters = counters.into_iter().cloned().collect();
        for chain in &mut table.chains {
            chain.comment = None;
            for rule in &mut chain.rules {
                normalise_rule(rule);
            }
        }
        for container in &mut table.containers {
            if container.timeout.is_some() {
                container.elements.clear();
            }
            for element in &mut container.elements {
                normalise_key(&mut element.key);
            }
            container.elements.sort_by(|a: &Element, b| a.key.cmp(&b.key));
            // Spelled in two ways it is one key: nft keeps what was there first.
            container.elements.dedup_by(|later, first| later.key == first.key);
        }
        table.sort();
        table
    }
}

fn normalise_rule(rule: &mut Rule) {
    rule.statements.retain(|statement| !matches!(statement, Statement::Counter(None)));
    for statement in &mut rule.statements {
        match statement {
            Statement::Addresses { ranges, braces, .. } => {
                *ranges = joined(ranges);
                *braces = if ranges.len() == 1 { Braces::Without } else { Braces::Spaced };
            }
            Statement::Translate(Destination::One(address, _)) => load(address),
            Statement::Translate(Destination::Choose(selected)) => {
                for (_, (address, _)) in &mut selected.values {
                    load(address);
                }
            }
            _ => {}
        }
    }
}

/// The address as nft loads it; what it refuses stays.
fn load(address: &mut Address) {
    if let Some(ip) = address.ip() {
        *address = Address::Ip(ip);
    }
}

fn normalise_key(key: &mut Key) {
    match key {
        Key::Address(address) | Key::Service(address, ..) => load(address),
        Key::Pair(addresses, ..) => addresses.iter_mut().for_each(load),
        Key::NodePort(..) | Key::Other(_) => {}
    }
}

/// Sorted ranges that do not touch each other; networks where they are some.
fn joined(ranges: &[AddressRange]) -> Vec<AddressRange> {
    let mut ends: Vec<(IpAddr, IpAddr)> = Vec::new();
    let mut refused = Vec::new();
    for range in ranges {
        match range {
            AddressRange::Ip(ip) => ends.push((*ip, *ip)),
            AddressRange::Net(net) => ends.push((net.network(), net.broadcast())),
            AddressRange::Range(first, last) => ends.push((*first, *last)),
            AddressRange::Verbatim(word) => match Address::Verbatim(word.clone()).ip() {
                Some(ip) => ends.push((ip, ip)),
                None => refused.push(range.clone()),
            },
        }
    }
    ends.sort_unstable();
    let mut all: Vec<(IpAddr, IpAddr)> = Vec::new();
    for (first, last) in ends {
        match all.last_mut() {
            Some((_, end)) if first <= *end || next(*end) == Some(first) => *end = last.max(*end),
            _ => all.push((first, last)),
        }
    }
    let mut joined: Vec<AddressRange> = all.into_iter().map(|(first, last)| spell(first, last)).collect();
    joined.append(&mut refused);
    joined
}

fn next(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).checked_add(1).map(|next| Ipv4Addr::from(next).into()),
        IpAddr::V6(ip) => u128::from(ip).checked_add(1).map(|next| Ipv6Addr::from(next).into()),
    }
}

/// One address, a network, or a range.
fn spell(first: IpAddr, last: IpAddr) -> AddressRange {
    if first == last {
        return AddressRange::Ip(first);
    }
    let length = match (first, last) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u32::from(a) ^ u32::from(b)).leading_zeros(),
        (IpAddr::V6(a), IpAddr::V6(b)) => (u128::from(a) ^ u128::from(b)).leading_zeros(),
        _ => return AddressRange::Range(first, last),
    };
    let net = u8::try_from(length).ok().and_then(|length| IpNet::new(first, length).ok());
    match net {
        Some(net) if net.network() == first && net.broadcast() == last => AddressRange::Net(net),
        _ => AddressRange::Range(first, last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined_text(words: &[&str]) -> Vec<String> {
        let ranges = words.iter().map(|word| match word.parse::<IpNet>() {
            Ok(net) => AddressRange::Net(net),
            Err(_) => AddressRange::Ip(word.parse().unwrap()),
        });
        let ranges: Vec<_> = ranges.collect();
        let text = |range: AddressRange| match range {
            AddressRange::Ip(ip) => ip.to_string(),
            AddressRange::Net(net) => net.to_string(),
            AddressRange::Range(a, b) => format!("{a}-{b}"),
            AddressRange::Verbatim(word) => word.as_str().to_owned(),
        };
        joined(&ranges).into_iter().map(text).collect()
    }

    #[test]
    fn ranges_that_touch_are_joined() {
        assert_eq!(joined_text(&["10.0.2.0/24", "10.0.1.0/24"]), ["10.0.1.0-10.0.2.255"]);
        assert_eq!(joined_text(&["10.0.2.0/24", "10.0.3.0/24"]), ["10.0.2.0/23"]);
        assert_eq!(joined_text(&["10.0.0.0/8", "10.1.0.0/16", "192.0.2.1"]), ["10.0.0.0/8", "192.0.2.1"]);
        assert_eq!(joined_text(&["0.0.0.0/0", "255.255.255.255"]), ["0.0.0.0/0"]);
        assert_eq!(joined_text(&["2001:db8::/64", "2001:db8:0:1::/64"]), ["2001:db8::/63"]);
    }
}
