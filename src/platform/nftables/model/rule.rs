//! Rules: conditions and statements.

use std::net::IpAddr;

use ipnet::IpNet;

use super::address::Address;
use super::text::{Comment, Name, Word};
use crate::net::Protocol;

/// A rule: conditions and statements, from the first to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it asks and does.
    pub statements: Vec<Statement>,
    /// Its comment.
    pub comment: Option<Comment>,
}

/// One condition or statement of a rule. A condition that does not hold ends the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `ip saddr 10.0.0.0/8`, `ip daddr != { … }`
    Addresses {
        /// Of which end.
        side: Side,
        /// Whether it must be none of them.
        not: bool,
        /// The addresses; more than one stand in braces.
        ranges: Vec<AddressRange>,
        /// Whether they stand in braces.
        braces: Braces,
    },
    /// `ip daddr @SET`
    InSet {
        /// What is looked up.
        lookup: Lookup,
        /// Whether it must not be in it.
        not: bool,
        /// The set.
        set: Name,
    },
    /// `fib daddr type local`
    IsLocal(Side),
    /// `iifname NAME`, `iif NAME`
    InInterface(Interface),
    /// `meta l4proto tcp`
    Protocol(Protocol),
    /// `tcp dport 80`
    Port(Protocol, u16),
    /// `ct state new`
    State(States),
    /// `ct status dnat`
    IsTranslated,
    /// `mark and M != 0`, `mark and M == 0`
    Mark {
        /// The bits that are looked at.
        mask: u32,
        /// Whether any of them must be set, or none.
        is_set: bool,
    },
    /// `mark set mark or M`
    SetMark(Operation, u32),
    /// `… vmap @MAP`: its verdict is that of the element, and without one the rule does nothing.
    VerdictMap {
        /// What is looked up.
        lookup: Lookup,
        /// The map.
        map: Name,
    },
    /// `numgen random mod N vmap { 0 : … }`
    Choose(Selected<Verdict>),
    /// `dnat to …`
    Translate(Destination),
    /// `update @SET { ip saddr }`
    Remember(Name),
    /// `masquerade fully-random`
    Masquerade {
        /// Whether source ports are fully random.
        fully_random: bool,
    },
    /// `reject`
    Reject,
    /// `goto CHAIN`, `drop`, …
    Verdict(Verdict),
    /// A counter, which changes nothing; of the table, where it has a name.
    Counter(Option<Name>),
    /// What this program does not know, as it was written.
    Foreign(Foreign),
}

/// How addresses are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Braces {
    /// One, without braces.
    Without,
    /// In braces, separated by ` , `.
    Spaced,
    /// In braces, separated by commas.
    Tight,
}

/// Which end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Who sent the packet.
    Source,
    /// Where it is to go.
    Destination,
}

/// Addresses that a rule compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressRange {
    /// One.
    Ip(IpAddr),
    /// A network.
    Net(IpNet),
    /// From the first to the last.
    Range(IpAddr, IpAddr),
    /// One that kube-proxy passes on as it is spelled.
    Verbatim(Word),
}

/// What is looked up in sets and maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lookup {
    /// `ip saddr`
    Source,
    /// `ip daddr`
    Destination,
    /// `ip daddr . meta l4proto . th dport`
    Service,
    /// `meta l4proto . th dport`
    NodePort,
    /// `ip saddr . ip daddr . meta l4proto . th dport`
    Pair,
}

/// An interface that a packet came in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Whether it is compared by number, which the name stands for when rules are loaded.
    pub by_number: bool,
    /// Whether it must be another one.
    pub not: bool,
    /// Its name, or the first letters of it.
    pub name: Word,
    /// Whether `name` is the first letters only.
    pub is_prefix: bool,
}

/// States of a connection, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct States(pub(in crate::platform::nftables) u8);

/// How a mark is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Bits are set.
    Or,
    /// Bits are turned.
    Xor,
}

/// Values of which one is chosen by chance, each as often as the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected<T> {
    /// `numgen random mod N`
    pub of: u32,
    /// The values by their numbers.
    pub values: Vec<(u32, T)>,
}

/// Where packets are sent instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// One endpoint.
    One(Address, u16),
    /// One of several.
    Choose(Selected<(Address, u16)>),
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// To a chain, and back behind it.
    Jump(Name),
    /// To a chain, and back to where the chain of the rule was called.
    Goto(Name),
    /// It passes this base chain.
    Accept,
    /// It is gone.
    Drop,
    /// Back to where the chain was called.
    Return,
    /// On to the next rule.
    Continue,
}

/// What this program does not know, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The text, in one line; safe to write.
    pub(in crate::platform::nftables) text: Box<str>,
}

impl Foreign {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl States {
    /// The packet starts a connection.
    pub const NEW: Self = Self(1);
    /// The connection has seen packets in both directions.
    pub const ESTABLISHED: Self = Self(2);
    /// The packet is related to another connection.
    pub const RELATED: Self = Self(4);
    /// The packet belongs to no connection and cannot start one.
    pub const INVALID: Self = Self(8);
    /// The packet is exempt from tracking.
    pub const UNTRACKED: Self = Self(16);

    /// Every state with its name.
    pub const NAMES: [(Self, &'static str); 5] = [
        (Self::INVALID, "invalid"),
        (Self::ESTABLISHED, "established"),
        (Self::RELATED, "related"),
        (Self::NEW, "new"),
        (Self::UNTRACKED, "untracked"),
    ];

    /// The union of two sets.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all states of `other` are in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl<T> Selected<T> {
    /// Each of these as often as the others.
    #[must_use]
    pub fn evenly(values: Vec<T>) -> Self {
        let of = u32::try_from(values.len()).unwrap_or(u32::MAX);
        Self { of, values: (0..).zip(values).collect() }
    }
}

impl Verdict {
    /// The chain that it leads to.
    #[must_use]
    pub fn chain(&self) -> Option<&Name> {
        match self {
            Self::Jump(chain) | Self::Goto(chain) => Some(chain),
            Self::Accept | Self::Drop | Self::Return | Self::Continue => None,
        }
    }
}

impl Rule {
    /// A rule without a comment.
    #[must_use]
    pub fn of(statements: Vec<Statement>) -> Self {
        Self { statements, comment: None }
    }

    /// The chains that it may lead to by itself.
    pub fn chains(&self) -> impl Iterator<Item = &Name> {
        self.statements.iter().flat_map(|statement| {
            let chosen = match statement {
                Statement::Choose(selected) => &selected.values[..],
                _ => &[],
            };
            let own = match statement {
                Statement::Verdict(verdict) => verdict.chain(),
                _ => None,
            };
            own.into_iter().chain(chosen.iter().filter_map(|(_, verdict)| verdict.chain()))
        })
    }

    /// The counters of the table that it counts in.
    pub fn counters(&self) -> impl Iterator<Item = &Name> {
        self.statements.iter().filter_map(|statement| match statement {
            Statement::Counter(name) => name.as_ref(),
            _ => None,
        })
    }

    /// The sets and maps that it looks into or adds to.
    pub fn containers(&self) -> impl Iterator<Item = &Name> {
        self.statements.iter().filter_map(|statement| match statement {
            Statement::InSet { set, .. } | Statement::Remember(set) => Some(set),
            Statement::VerdictMap { map, .. } => Some(map),
            _ => None,
        })
    }
}
