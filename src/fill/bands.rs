//! The bands of the API server's allocators: which number it draws, and which it keeps for those who ask for one.
//!
//! The lower part of a range is static: it is drawn from only when the rest is full, so that an address that
//! somebody writes into a manifest is likely to be free. Sizes are those that Kubernetes 1.36 showed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::assumptions::AddressRange;
use crate::net::Family;

/// The numbers of a range, those in use marked.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    first: u128,
    last: u128,
    /// How many of the first numbers are drawn last.
    reserved: u128,
    /// For each number in use, one behind it that may be free.
    taken: FxHashMap<u128, u128>,
    /// The keys that got another number than their own, as that was taken.
    pub(super) displaced: Vec<String>,
}

impl Pool {
    /// The addresses of a service range: without the network's own, and without the broadcast address of IPv4.
    pub(super) fn of_addresses(range: &IpNet) -> Self {
        let (network, end) = (number(range.network()), number(range.broadcast()));
        let size = (end - network).saturating_add(1);
        let last = if range.addr().is_ipv4() { end.saturating_sub(1) } else { end };
        Self {
            first: network + 1,
            last,
            reserved: reserved(size, 16, 256),
            taken: FxHashMap::default(),
            displaced: Vec::new(),
        }
    }

    /// The node ports of a range, ends included.
    pub(super) fn of_ports(first: u16, last: u16) -> Self {
        let size = u128::from(last - first) + 1;
        Self {
            first: first.into(),
            last: last.into(),
            reserved: reserved(size, 32, 128),
            taken: FxHashMap::default(),
            displaced: Vec::new(),
        }
    }

    /// The addresses of pods in a network: all but the first two, which are the network's and its gateway's, and the last.
    pub(super) fn of_hosts(network: &IpNet) -> Self {
        let (first, last) = (number(network.network()), number(network.broadcast()));
        Self {
            first: first + 2,
            last: last.saturating_sub(1),
            reserved: 0,
            taken: FxHashMap::default(),
            displaced: Vec::new(),
        }
    }

    /// The addresses that a load balancer may give.
    pub(super) fn of_range(range: AddressRange) -> Self {
        Self {
            first: number(range.first()),
            last: number(range.last()),
            reserved: 0,
            taken: FxHashMap::default(),
            displaced: Vec::new(),
        }
    }

    /// The numbers from 0, so many.
    pub(super) fn of_numbers(count: u128) -> Self {
        Self {
            first: 0,
            last: count.saturating_sub(1),
            reserved: 0,
            taken: FxHashMap::default(),
            displaced: Vec::new(),
        }
    }

    /// Whether a number may be asked for.
    pub(super) fn contains(&self, number: u128) -> bool {
        (self.first..=self.last).contains(&number)
    }

    /// Takes a number that is asked for; `false` if it is taken.
    pub(super) fn take(&mut self, number: u128) -> bool {
        let is_free = !self.taken.contains_key(&number);
        if is_free {
            self.taken.insert(number, number + 1);
        }
        is_free
    }

    /// Draws a number by a key: the same for the same key, whatever else is drawn, unless it is taken. `None` when
    /// all are taken.
    pub(super) fn draw(&mut self, key: &str) -> Option<u128> {
        let middle = self.first.saturating_add(self.reserved);
        let bands = [(middle, self.last), (self.first, middle.saturating_sub(1))];
        let (own, number) = bands.into_iter().filter(|(from, to)| from <= to).find_map(|(from, to)| {
            let own = from + hash(key) % (to - from).saturating_add(1);
            let mut free = [own, from].into_iter().map(|start| self.free_from(start));
            Some((own, free.find(|number| *number <= to)?))
        })?;
        if number != own {
            self.displaced.push(key.to_owned());
        }
        self.take(number);
        Some(number)
    }

    /// The first number from `start` on that is free, also behind the range. What was passed is not searched again.
    fn free_from(&mut self, start: u128) -> u128 {
        let mut free = start;
        while let Some(next) = self.taken.get(&free) {
            free = *next;
        }
        let mut passed = start;
        while passed != free {
            let Some(next) = self.taken.insert(passed, free) else { break };
            passed = next;
        }
        free
    }
}

/// A number for a key that is the same on every machine.
pub(super) fn hash(key: &str) -> u128 {
    let digest = Sha256::digest(key);
    digest[..16].iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// The size of the static band of a range.
fn reserved(size: u128, part: u128, most: u128) -> u128 {
    if size <= 16 { 0 } else { (size / part).clamp(16, most) }
}

/// An address as a number.
pub(super) fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

/// A number as an address of the family of a network.
pub(super) fn address(number: u128, network: &IpNet) -> IpAddr {
    address_of(number, Family::of_net(network))
}

/// A number as an address.
pub(super) fn address_of(number: u128, family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).into(),
        Family::Ipv6 => Ipv6Addr::from(number).into(),
    }
}
