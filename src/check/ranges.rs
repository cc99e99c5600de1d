//! Addresses, cut apart where one of some sets begins or ends.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use rustc_hash::FxHashMap;

use crate::net::Family;

/// Addresses from the first to the last, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u128,
    pub(super) last: u128,
}

/// Addresses of one family that a rule treats alike: a network, or ranges that may overlap.
pub(super) type Set = Vec<Range>;

/// A range in which all addresses are in the same sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// Which sets these are, by a number: pieces that are in the same ones have the same.
    pub(super) within: Within,
    pub(super) range: Range,
}

/// A combination of sets, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Within(usize);

impl Within {
    /// What is in no set.
    pub(super) const NONE: Self = Self(0);
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

    pub(super) fn between(first: IpAddr, last: IpAddr) -> Self {
        Self { first: number(first), last: number(last) }
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

/// All addresses of a family, cut at the borders of sets, in ascending order.
pub(super) fn cut(sets: &[Set], family: Family) -> Vec<Piece> {
    let all = Range::all(family);
    let mut borders: Vec<Border> = Vec::new();
    for (at, range) in sets.iter().enumerate().flat_map(|(at, set)| set.iter().map(move |range| (at, range)))
    {
        borders.push(Border { before: range.first, set: at, change: Change::Begins });
        if let Some(after) = range.last.checked_add(1) {
            borders.push(Border { before: after, set: at, change: Change::Ends });
        }
    }
    borders.sort_unstable();
    let mut combinations = Combinations::default();
    let mut around = Around::default();
    let mut pieces = Vec::new();
    let mut first = all.first;
    for borders in borders.chunk_by(|one, other| one.before == other.before) {
        let before = borders[0].before;
        if let Some(last) = before.checked_sub(1).filter(|last| (first..=all.last).contains(last)) {
            pieces.push(Piece { within: combinations.number(&around), range: Range { first, last } });
            first = before;
        }
        for border in borders {
            around.pass(*border);
        }
    }
    if first <= all.last {
        let range = Range { first, last: all.last };
        pieces.push(Piece { within: combinations.number(&around), range });
    }
    pieces
}

/// Where a set begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Border {
    /// It is before this address.
    before: u128,
    set: usize,
    change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Begins,
    Ends,
}

/// The sets around a place, each as often as ranges of it are.
#[derive(Debug, Default)]
struct Around {
    sets: BTreeSet<usize>,
    /// How many ranges of a set are around the place, besides the first.
    more: FxHashMap<usize, usize>,
}

impl Around {
    fn pass(&mut self, Border { set, change, .. }: Border) {
        match change {
            Change::Begins if !self.sets.insert(set) => *self.more.entry(set).or_default() += 1,
            Change::Begins => {}
            Change::Ends => match self.more.get_mut(&set) {
                Some(more) if *more > 0 => *more -= 1,
                _ => drop(self.sets.remove(&set)),
            },
        }
    }
}

/// The combinations that were seen, in the order in which they were.
#[derive(Debug, Default)]
struct Combinations {
    seen: FxHashMap<Box<[usize]>, Within>,
}

impl Combinations {
    fn number(&mut self, around: &Around) -> Within {
        if around.sets.is_empty() {
            return Within::NONE;
        }
        let next = Within(self.seen.len() + 1);
        *self.seen.entry(around.sets.iter().copied().collect()).or_insert(next)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn net(text: &str) -> Set {
        vec![Range::of(&text.parse().unwrap())]
    }

    #[test]
    fn pieces_in_the_same_sets_have_the_same_number() {
        let sets = [net("10.0.0.0/8"), net("10.1.0.0/16"), net("255.255.255.255/32")];
        let within: Vec<usize> = cut(&sets, Family::Ipv4).iter().map(|piece| piece.within.0).collect();
        assert_eq!(within, [0, 1, 2, 1, 0, 3]);
    }

    #[test]
    fn the_whole_of_ipv6_can_be_one_set() {
        let pieces = cut(&[net("::/0")], Family::Ipv6);
        let whole = Range { first: 0, last: u128::MAX };
        assert_eq!(pieces, [Piece { within: Within(1), range: whole }]);
    }

    proptest! {
        #[test]
        fn pieces_are_all_addresses_and_each_is_in_the_same_sets(
            sets in prop::collection::vec(prop::collection::vec((0u32..64, 0u32..16), 0..4), 0..8),
            asked in prop::collection::vec(0u32..80, 2),
        ) {
            const FIRST: u32 = 0x0a00_0000;
            let range = |(low, more): (u32, u32)| {
                Range { first: (FIRST + low).into(), last: (FIRST + low + more).into() }
            };
            let sets: Vec<Set> = sets.into_iter().map(|set| set.into_iter().map(range).collect()).collect();
            let pieces = cut(&sets, Family::Ipv4);
            prop_assert_eq!(pieces[0].range.first, 0);
            prop_assert_eq!(pieces.last().unwrap().range.last, u128::from(u32::MAX));
            for pair in pieces.windows(2) {
                prop_assert_eq!(pair[0].range.last + 1, pair[1].range.first);
            }
            let around = |number: u128| -> Vec<bool> {
                sets.iter().map(|set| set.iter().any(|range| range.contains(number))).collect()
            };
            let piece = |number: u128| pieces.iter().find(|piece| piece.range.contains(number)).unwrap();
            let [one, other] = [asked[0], asked[1]].map(|low| u128::from(FIRST + low));
            prop_assert_eq!(piece(one).within == piece(other).within, around(one) == around(other));
            prop_assert_eq!(around(one), around(piece(one).range.first));
            prop_assert_eq!(piece(one).within == Within::NONE, !around(one).contains(&true));
        }
    }
}
