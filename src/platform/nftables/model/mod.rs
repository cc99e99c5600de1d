//! The table `kube-proxy` of one family as typed objects: chains, rules, sets and maps.
//!
//! The model holds what `nft -f` reads and `nft list` prints. Conditions and statements of a rule stay in the order in
//! which they were written; [`Table::normalise`] brings the spellings together.

mod address;
mod command;
mod element;
mod rule;
mod telling;
mod text;

use crate::net::Family;

pub use crate::platform::netfilter::Hook;
pub use address::Address;
pub use command::Command;
pub use element::{Element, Key, KeyShape};
pub use rule::{
    AddressRange, Braces, Destination, Foreign, Interface, Lookup, Operation, Rule, Selected, Side,
    Statement, States, Verdict,
};
pub use telling::{Gaps, OtherChain};
pub use text::{Comment, Name, Word};

/// The name of kube-proxy's tables.
pub const TABLE: &str = "kube-proxy";

/// The table of one family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// `ip` or `ip6`.
    pub family: Family,
    /// Its comment.
    pub comment: Option<Comment>,
    /// Its chains, by name.
    pub chains: Vec<Chain>,
    /// Its sets and maps: sets by name, then maps by name.
    pub containers: Vec<Container>,
    /// Its named counters, by name. What they have counted is not kept.
    pub counters: Vec<Name>,
}

/// A chain and its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Its name.
    pub name: Name,
    /// Where packets come into it by themselves, if they do.
    pub base: Option<Base>,
    /// Its comment.
    pub comment: Option<Comment>,
    /// Its rules, in their order.
    pub rules: Vec<Rule>,
}

/// Where packets come into a base chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// What it may do.
    pub kind: ChainKind,
    /// Which packets come by.
    pub hook: Hook,
    /// When, among the chains of this hook: lower ones come first.
    pub priority: i32,
    /// Whether packets are dropped at its end.
    pub drops: bool,
}

/// The type of a base chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChainKind {
    /// Accept, drop, reject.
    Filter,
    /// Translation of addresses, of the first packet of a connection.
    Nat,
    /// Routing anew what was changed.
    Route,
}

/// A set, or a map to verdicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: Name,
    /// What is looked up in it.
    pub shape: KeyShape,
    /// Whether it leads to verdicts.
    pub is_map: bool,
    /// How long elements that rules add stay, in seconds; with it, rules may add elements.
    pub timeout: Option<u64>,
    /// Its comment.
    pub comment: Option<Comment>,
    /// Its elements, in the order in which they were added. No two have one key.
    pub elements: Vec<Element>,
}

impl ChainKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Filter, Self::Nat, Self::Route];

    /// As nft writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Nat => "nat",
            Self::Route => "route",
        }
    }
}

/// The word for a family in front of tables and addresses.
#[must_use]
pub fn family_word(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "ip",
        Family::Ipv6 => "ip6",
    }
}

impl Table {
    /// A table without anything in it.
    #[must_use]
    pub fn empty(family: Family) -> Self {
        Self { family, comment: None, chains: Vec::new(), containers: Vec::new(), counters: Vec::new() }
    }

    /// The chain of a name.
    #[must_use]
    pub fn chain(&self, name: &str) -> Option<&Chain> {
        let found = self.chains.binary_search_by(|chain| chain.name.as_str().cmp(name));
        found.ok().map(|at| &self.chains[at])
    }

    /// The set or map of a name; both share their names.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&Container> {
        [false, true].into_iter().find_map(|is_map| {
            let found =
                self.containers.binary_search_by(|of| (of.is_map, of.name.as_str()).cmp(&(is_map, name)));
            found.ok().map(|at| &self.containers[at])
        })
    }

    /// Puts chains, containers and counters in the order of their names.
    pub(super) fn sort(&mut self) {
        self.chains.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        self.containers.sort_unstable_by(|a, b| (a.is_map, &a.name).cmp(&(b.is_map, &b.name)));
        self.counters.sort_unstable();
    }
}
