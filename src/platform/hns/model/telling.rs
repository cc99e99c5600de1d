//! How much a source tells: everything, part of it, or nothing. What is not told is never taken for "none".

use std::ops::{Deref, DerefMut};

use bitflags::bitflags;

/// How much a source tells of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Telling {
    /// Nothing: it may be there or not, and be anything.
    NotTold,
    /// Part of it: what is told is so, and there may be more.
    InPart,
    /// All of it: what is not told is not there.
    Whole,
}

/// All objects of a kind, as far as a source tells them.
///
/// A list that is made from objects is whole; only readers of dumps make others.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    objects: Vec<T>,
    telling: Telling,
}

/// What a search in a list finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It is there.
    Found(T),
    /// The list is whole, and it is not there.
    Absent,
    /// The list is not whole, and nothing in it is what was looked for.
    NotTold,
}

bitflags! {
    /// Parts of an object that a source may leave out.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
    pub struct Parts: u16 {
        /// Of an endpoint: its network.
        const NETWORK = 1;
        /// Of an endpoint: whether it is remote.
        const PLACE = 1 << 1;
        /// Of an endpoint: its addresses.
        const ADDRESSES = 1 << 2;
        /// Of an endpoint or a network: its policies, the provider address and remote subnets among them.
        const POLICIES = 1 << 3;
        /// Of a load balancer: its addresses.
        const VIPS = 1 << 4;
        /// Of a load balancer: protocol and external port.
        const PORTS = 1 << 5;
        /// Of a load balancer: the port of its members.
        const INTERNAL_PORT = 1 << 6;
        /// Of a load balancer: the flags of its port mapping. In part: `ILB` and `LocalRoutedVip` alone.
        const PORT_FLAGS = 1 << 7;
        /// Of a load balancer: its family.
        const FAMILY = 1 << 8;
        /// Of a load balancer: whether it has direct server return.
        const DSR = 1 << 9;
        /// Of a load balancer: how connections are distributed.
        const DISTRIBUTION = 1 << 10;
        /// Of a load balancer: its members.
        const MEMBERS = 1 << 11;
        /// Of a load balancer: its source VIP.
        const SOURCE_VIP = 1 << 12;
        /// Of a network: its type.
        const TYPE = 1 << 13;
    }
}

/// Which parts of an object a source does not tell, or tells only in part. By default it tells all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gaps {
    not_told: Parts,
    in_part: Parts,
}

impl Gaps {
    /// Whether the source is a table, which tells addresses and members of load balancers only.
    const TABLE: Parts = Parts::PORTS
        .union(Parts::INTERNAL_PORT)
        .union(Parts::PORT_FLAGS)
        .union(Parts::FAMILY)
        .union(Parts::DSR)
        .union(Parts::DISTRIBUTION)
        .union(Parts::SOURCE_VIP);

    /// Of a load balancer in a table of `hnsdiag`.
    #[must_use]
    pub fn of_balancer_in_table() -> Self {
        Self { not_told: Self::TABLE, in_part: Parts::empty() }
    }

    /// Of an endpoint in a table of `hnsdiag`.
    #[must_use]
    pub fn of_endpoint_in_table() -> Self {
        let not_told = Parts::ADDRESSES | Parts::PLACE | Parts::POLICIES | Parts::NETWORK;
        Self { not_told, in_part: Parts::empty() }
    }

    /// How much is told of some parts: as much as of the one that is told least.
    #[must_use]
    pub fn telling(self, parts: Parts) -> Telling {
        if self.not_told.intersects(parts) {
            Telling::NotTold
        } else if self.in_part.intersects(parts) {
            Telling::InPart
        } else {
            Telling::Whole
        }
    }

    /// Whether some parts are told, all of them.
    #[must_use]
    pub fn tells(self, parts: Parts) -> bool {
        self.telling(parts) == Telling::Whole
    }

    /// Notes how much is told of some parts.
    pub fn note(&mut self, parts: Parts, telling: Telling) {
        self.not_told.set(parts, telling == Telling::NotTold);
        self.in_part.set(parts, telling == Telling::InPart);
    }

    /// Notes that some parts are not told, unless they are.
    pub fn lacks(&mut self, parts: Parts, is_lacking: bool) {
        if is_lacking {
            self.note(parts, Telling::NotTold);
        }
    }

    /// The parts that are not told in full, by either.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let not_told = self.not_told | other.not_told;
        Self { not_told, in_part: (self.in_part | other.in_part) - not_told }
    }

    /// How much is missing, as a number to compare descriptions of one object by.
    #[must_use]
    pub fn weight(self) -> u32 {
        2 * self.not_told.bits().count_ones() + self.in_part.bits().count_ones()
    }
}

impl<T> Listed<T> {
    /// A list of which nothing is told.
    #[must_use]
    pub fn not_told() -> Self {
        Self { objects: Vec::new(), telling: Telling::NotTold }
    }

    /// How much is told of the list.
    #[must_use]
    pub fn telling(&self) -> Telling {
        self.telling
    }

    /// Whether what is not in the list is not there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.telling == Telling::Whole
    }

    /// Adds what a source tells of the list. What one source tells in part stays so, whatever others tell.
    pub fn hear(&mut self, telling: Telling) {
        self.telling = match (self.telling, telling) {
            (Telling::NotTold, new) => new,
            (old, Telling::NotTold) => old,
            (old, new) => old.min(new),
        };
    }

    /// The list with another telling.
    #[must_use]
    pub fn heard(self, telling: Telling) -> Self {
        Self { telling, ..self }
    }

    /// The first object of a kind.
    pub fn lookup(&self, is_meant: impl FnMut(&&T) -> bool) -> Lookup<&T> {
        match self.objects.iter().find(is_meant) {
            Some(found) => Lookup::Found(found),
            None if self.is_whole() => Lookup::Absent,
            None => Lookup::NotTold,
        }
    }

    /// The objects.
    #[must_use]
    pub fn into_objects(self) -> Vec<T> {
        self.objects
    }
}

impl<T> Default for Listed<T> {
    /// None, and that is all.
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T> From<Vec<T>> for Listed<T> {
    fn from(objects: Vec<T>) -> Self {
        Self { objects, telling: Telling::Whole }
    }
}

impl<T, const N: usize> From<[T; N]> for Listed<T> {
    fn from(objects: [T; N]) -> Self {
        Self::from(Vec::from(objects))
    }
}

impl<T> FromIterator<T> for Listed<T> {
    fn from_iter<I: IntoIterator<Item = T>>(objects: I) -> Self {
        Self::from(Vec::from_iter(objects))
    }
}

impl<T> Deref for Listed<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.objects
    }
}

impl<T> DerefMut for Listed<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.objects
    }
}

impl<T> IntoIterator for Listed<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.objects.into_iter()
    }
}

impl<'l, T> IntoIterator for &'l Listed<T> {
    type Item = &'l T;
    type IntoIter = std::slice::Iter<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.objects.iter()
    }
}

impl<'l, T> IntoIterator for &'l mut Listed<T> {
    type Item = &'l mut T;
    type IntoIter = std::slice::IterMut<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.objects.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_is_not_absent() {
        let whole: Listed<u8> = vec![1].into();
        assert_eq!(whole.lookup(|of| **of == 1), Lookup::Found(&1));
        assert_eq!(whole.lookup(|of| **of == 2), Lookup::Absent);
        for telling in [Telling::NotTold, Telling::InPart] {
            assert_eq!(whole.clone().heard(telling).lookup(|of| **of == 2), Lookup::NotTold);
        }
    }

    #[test]
    fn a_part_of_a_list_stays_a_part() {
        use Telling::{InPart, NotTold, Whole};
        for (told, more, all) in [
            (NotTold, Whole, Whole),
            (Whole, NotTold, Whole),
            (NotTold, InPart, InPart),
            (InPart, Whole, InPart),
            (Whole, InPart, InPart),
            (NotTold, NotTold, NotTold),
        ] {
            let mut list: Listed<u8> = Listed::not_told().heard(told);
            list.hear(more);
            assert_eq!(list.telling(), all, "{told:?} {more:?}");
        }
    }

    #[test]
    fn parts_are_told_as_much_as_the_least_of_them() {
        let mut gaps = Gaps::default();
        assert!(gaps.tells(Parts::all()));
        gaps.note(Parts::MEMBERS, Telling::InPart);
        gaps.lacks(Parts::PORTS, true);
        gaps.lacks(Parts::VIPS, false);
        assert_eq!(gaps.telling(Parts::MEMBERS | Parts::VIPS), Telling::InPart);
        assert_eq!(gaps.telling(Parts::MEMBERS | Parts::PORTS), Telling::NotTold);
        assert!(gaps.tells(Parts::VIPS) && gaps.weight() == 3);
        let other = Gaps { not_told: Parts::MEMBERS, in_part: Parts::VIPS };
        assert_eq!(gaps.with(other), Gaps { not_told: Parts::MEMBERS | Parts::PORTS, in_part: Parts::VIPS });
    }
}
