//! Sets of addresses, cut apart at the borders of networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::net::Family;

/// Addresses from the first to the last, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u128,
    pub(super) last: u128,
}

/// A range in which all addresses are in the same networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// The smallest network around it, by its position; none for what is in no network.
    pub(super) innermost: Option<usize>,
    pub(super) range: Range,
}

/// The number of an address.
pub(super) fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

/// The address with a number.
pub(super) fn address(number: u128, family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).into(),
        Family::Ipv6 => Ipv6Addr::from(number).into(),
    }
}

impl Range {
    pub(super) fn of(net: &IpNet) -> Self {
        Self { first: number(net.network()), last: number(net.broadcast()) }
    }

    fn all(family: Family) -> Self {
        let last = if family == Family::Ipv4 { u32::MAX.into() } else { u128::MAX };
        Self { first: 0, last }
    }

    /// What two ranges share.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        let shared = Self { first: self.first.max(other.first), last: self.last.min(other.last) };
        (shared.first <= shared.last).then_some(shared)
    }

    pub(super) fn contains(self, number: u128) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

/// All addresses of a family, cut at the borders of networks, in ascending order.
///
/// Networks are nested or apart, so what decides about an address is the smallest one around it.
pub(super) fn cut(networks: &[IpNet], family: Family) -> Vec<Piece> {
    let of_family = networks.iter().enumerate().filter(|(_, net)| Family::of_net(net) == family);
    let mut sorted: Vec<(usize, Range)> = of_family.map(|(at, net)| (at, Range::of(net))).collect();
    sorted.sort_by_key(|(_, range)| (range.first, std::cmp::Reverse(range.last)));
    let all = Range::all(family);
    let mut cutting = Cutting { pieces: Vec::new(), around: Vec::new(), next: Some(all.first) };
    for (at, range) in sorted {
        cutting.leave_before(range.first);
        if let Some(before) = range.first.checked_sub(1) {
            cutting.piece_to(before);
        }
        cutting.around.push((at, range));
    }
    cutting.leave_all();
    cutting.piece_to(all.last);
    cutting.pieces
}

/// A sweep over all addresses.
struct Cutting {
    pieces: Vec<Piece>,
    /// The networks around the place of the sweep, the smallest last.
    around: Vec<(usize, Range)>,
    /// The first address that is in no piece yet; none after the last of all.
    next: Option<u128>,
}

impl Cutting {
    fn piece_to(&mut self, last: u128) {
        let Some(first) = self.next.filter(|first| *first <= last) else { return };
        let innermost = self.around.last().map(|(at, _)| *at);
        self.pieces.push(Piece { innermost, range: Range { first, last } });
        self.next = last.checked_add(1);
    }

    /// Leaves the networks that end before an address.
    fn leave_before(&mut self, first: u128) {
        while let Some((_, range)) = self.around.last().copied().filter(|(_, range)| range.last < first) {
            self.piece_to(range.last);
            self.around.pop();
        }
    }

    fn leave_all(&mut self) {
        while let Some((_, range)) = self.around.last().copied() {
            self.piece_to(range.last);
            self.around.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_smallest_network_decides() {
        let pieces = cut(&nets(&["10.0.0.0/8", "10.1.0.0/16", "255.255.255.255/32"]), Family::Ipv4);
        let innermost: Vec<_> = pieces.iter().map(|piece| piece.innermost).collect();
        assert_eq!(innermost, [None, Some(0), Some(1), Some(0), None, Some(2)]);
    }

    #[test]
    fn the_whole_of_ipv6_can_be_one_network() {
        let pieces = cut(&nets(&["::/0", "10.0.0.0/8"]), Family::Ipv6);
        let whole = Range { first: 0, last: u128::MAX };
        assert_eq!(pieces, [Piece { innermost: Some(0), range: whole }]);
    }

    proptest! {
        #[test]
        fn pieces_are_all_addresses_and_each_is_in_the_same_networks(
            nets in prop::collection::vec((0u32..64, 26u8..=32), 0..12),
            asked in 0u32..80,
        ) {
            let nets: Vec<IpNet> = nets
                .into_iter()
                .map(|(low, length)| IpNet::new(Ipv4Addr::from(0x0a00_0000 + low).into(), length).unwrap().trunc())
                .collect();
            let pieces = cut(&nets, Family::Ipv4);
            prop_assert_eq!(pieces[0].range.first, 0);
            prop_assert_eq!(pieces.last().unwrap().range.last, u128::from(u32::MAX));
            for pair in pieces.windows(2) {
                prop_assert_eq!(pair[0].range.last + 1, pair[1].range.first);
            }
            let ip = address(u128::from(0x0a00_0000 + asked), Family::Ipv4);
            let around = |ip: IpAddr| nets.iter().map(|net| net.contains(&ip)).collect::<Vec<_>>();
            let piece = pieces.iter().find(|piece| piece.range.contains(number(ip))).unwrap();
            prop_assert_eq!(around(ip), around(address(piece.range.first, Family::Ipv4)));
            let smallest = nets.iter().filter(|net| net.contains(&ip)).map(IpNet::prefix_len).max();
            prop_assert_eq!(piece.innermost.map(|at| nets[at].prefix_len()), smallest);
        }
    }
}
