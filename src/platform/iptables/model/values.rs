//! Values that matches compare and targets set.

use std::net::IpAddr;

use ipnet::IpNet;

use super::text::{ChainName, Word};

/// An address as `-s` and `-d` take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// One address, written without prefix length.
    Ip(IpAddr),
    /// A network, always written with prefix length.
    Net(IpNet),
    /// An address whose spelling kube-proxy passes on without reading it.
    Verbatim(Word),
}

/// An address and a port to translate to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketAddress {
    /// The address; IPv6 is written in brackets.
    pub address: Address,
    /// The port.
    pub port: u16,
}

/// The interface a packet came in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Name or prefix.
    pub name: Word,
    /// Whether `name` is a prefix (`+`).
    pub prefix: bool,
}

/// States of a connection, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConntrackStates(pub(in crate::platform::iptables) u8);

impl ConntrackStates {
    /// The packet belongs to no connection and cannot start one.
    pub const INVALID: Self = Self(1);
    /// The packet starts a connection.
    pub const NEW: Self = Self(2);
    /// The connection is related to another one.
    pub const RELATED: Self = Self(4);
    /// The connection has seen packets in both directions.
    pub const ESTABLISHED: Self = Self(8);
    /// The packet is exempt from tracking.
    pub const UNTRACKED: Self = Self(16);
    /// The source was translated.
    pub const SNAT: Self = Self(32);
    /// The destination was translated.
    pub const DNAT: Self = Self(64);

    /// Every state with its name, in the order in which iptables prints them.
    pub const NAMES: [(Self, &'static str); 7] = [
        (Self::INVALID, "INVALID"),
        (Self::NEW, "NEW"),
        (Self::RELATED, "RELATED"),
        (Self::ESTABLISHED, "ESTABLISHED"),
        (Self::UNTRACKED, "UNTRACKED"),
        (Self::SNAT, "SNAT"),
        (Self::DNAT, "DNAT"),
    ];

    /// The union of two sets.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets have a state in common.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all states of `other` are in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A value and the bits of it that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Masked {
    /// The value.
    pub value: u32,
    /// The bits that are compared or changed.
    pub mask: u32,
}

/// `-m recent`: a list of source addresses with the time they were last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recent {
    /// Name of the list; kube-proxy names it like the endpoint's chain.
    pub list: ChainName,
    /// What is done with it.
    pub operation: RecentOperation,
}

/// An operation on a `recent` list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecentOperation {
    /// `--set`: remember the source now; always matches.
    Set,
    /// `--rcheck --seconds N --reap`: matches if the source was seen in the last N seconds.
    Check {
        /// Age in seconds.
        seconds: u32,
        /// Whether older entries are removed.
        reap: bool,
    },
}

/// The chance of a `statistic` match.
#[derive(Debug, Clone, Copy)]
pub enum Probability {
    /// 1/k, as kube-proxy writes it.
    OneIn(u32),
    /// Any other fraction, in units of 2⁻³¹ as the kernel keeps it.
    Raw(u32),
}

impl Probability {
    /// The kernel's unit, 2⁻³¹ (Linux, `xt_statistic`).
    pub const UNIT: f64 = 1.0 / 2_147_483_648.0;

    /// The fraction in the kernel's units of 2⁻³¹.
    #[must_use]
    pub fn raw(self) -> u32 {
        match self {
            // 2³¹/k rounded to nearest, as the kernel's user space does with the decimal text.
            Self::OneIn(k) => {
                u32::try_from(((1u64 << 32) / u64::from(k.max(1))).div_ceil(2)).unwrap_or(1 << 31)
            }
            Self::Raw(raw) => raw,
        }
    }
}

impl PartialEq for Probability {
    /// Equal within one unit, since texts of 10 and 11 decimals round differently.
    fn eq(&self, other: &Self) -> bool {
        self.raw().abs_diff(other.raw()) <= 1
    }
}

impl Eq for Probability {}
