//! Finds the rules of a long chain that a packet can match, without asking the others.
//!
//! `KUBE-SERVICES` has a rule for each address of each Service, nearly all of which are about another
//! address, protocol and port. A rule that names protocol and port is looked up by them; all others are
//! always asked. So the rules asked are those of the chain in their order, less some that cannot match.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::net::Protocol;
use crate::platform::iptables::model::{Address, Is, Match, Rule};

/// The part of a packet that rules are looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) destination: IpAddr,
    pub(super) protocol: Protocol,
    pub(super) port: u16,
}

/// The positions of rules, by what they name.
#[derive(Debug)]
pub(super) struct Index {
    /// Each list is sorted. Rules that name no single address have none here.
    named: FxHashMap<(Option<IpAddr>, Protocol, u16), Vec<usize>>,
    /// Rules that do not name protocol and port, sorted.
    others: Vec<usize>,
}

/// Shorter chains are faster asked than looked up.
const WORTHWHILE: usize = 16;

impl Index {
    /// The index of a chain; `None` if it is not worthwhile.
    pub(super) fn of(rules: &[&Rule]) -> Option<Self> {
        (rules.len() >= WORTHWHILE).then(|| Self::build(rules))
    }

    fn build(rules: &[&Rule]) -> Self {
        let mut index = Self { named: FxHashMap::default(), others: Vec::new() };
        for (position, rule) in rules.iter().enumerate() {
            match named_by(rule) {
                Some(key) => index.named.entry(key).or_default().push(position),
                None => index.others.push(position),
            }
        }
        index
    }

    /// The first rule from `position` on that a packet can match.
    pub(super) fn next(&self, position: usize, key: Key) -> Option<usize> {
        let Key { destination, protocol, port } = key;
        let named = |address| self.named.get(&(address, protocol, port)).map_or(&[][..], Vec::as_slice);
        let first = |list: &[usize]| list.get(list.partition_point(|&at| at < position)).copied();
        [named(Some(destination)), named(None), &self.others].into_iter().filter_map(first).min()
    }
}

/// What a rule names, if a packet that differs in it neither matches nor leaves a trace in a `recent` list.
pub(in crate::platform::iptables) fn named_by(rule: &Rule) -> Option<(Option<IpAddr>, Protocol, u16)> {
    let (mut address, mut protocol, mut port) = (None, None, None);
    for condition in &rule.matches {
        match condition {
            Match::Destination(Is { not: false, value }) => address = address.or(single(value)),
            Match::Protocol(Is { not: false, value }) => protocol = protocol.or(Some(*value)),
            Match::DestinationPort(Is { not: false, value }) => port = port.or(Some(*value)),
            Match::Recent(_) => return None,
            _ => {}
        }
    }
    Some((address, protocol?, port?))
}

fn single(address: &Address) -> Option<IpAddr> {
    match address {
        Address::Ip(ip) => Some(*ip),
        Address::Net(net) if net.prefix_len() == net.max_prefix_len() => Some(net.addr()),
        Address::Net(_) | Address::Verbatim(_) => None,
    }
}
