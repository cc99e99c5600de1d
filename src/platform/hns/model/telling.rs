//! Which parts of an object a source does not tell.

use bitflags::bitflags;

pub use crate::answer::telling::{Listed, Lookup, Telling};

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

#[cfg(test)]
mod tests {
    use super::*;

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
