//! iptables as typed objects: tables, chains, rules, matches, targets.
//!
//! The model holds what `iptables-restore` reads and `iptables-save` prints. Matches stay in the order
//! in which they were written; [`Rule::normalise`] brings both spellings together.

mod foreign;
mod telling;
mod text;
mod values;

use crate::net::{Family, Protocol};

pub use foreign::{Foreign, ForeignOption};
pub use telling::Gaps;
pub use text::{AccountName, ChainName, Comment, Word};
pub use values::{
    Address, ConntrackStates, Interface, Masked, Probability, Recent, RecentOperation, SocketAddress,
};

/// The tables of one family, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruleset {
    /// `iptables` or `ip6tables`.
    pub family: Family,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// One table: chain declarations first, then commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// `filter`, `nat`, ….
    pub name: TableName,
    /// Declared chains. With `--noflush`, a declared chain is emptied, all others are kept.
    pub chains: Vec<Chain>,
    /// What is done to the chains, in order.
    pub commands: Vec<Command>,
}

/// The name of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableName {
    /// Accept, drop, reject.
    Filter,
    /// Change of packets' headers.
    Mangle,
    /// Address translation.
    Nat,
    /// Before connection tracking.
    Raw,
    /// Mandatory access control.
    Security,
}

impl TableName {
    /// All tables of the kernel.
    pub const ALL: [Self; 5] = [Self::Filter, Self::Mangle, Self::Nat, Self::Raw, Self::Security];

    /// The name as iptables writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Mangle => "mangle",
            Self::Nat => "nat",
            Self::Raw => "raw",
            Self::Security => "security",
        }
    }
}

/// A chain declaration, `:NAME POLICY [packets:bytes]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Its name.
    pub name: ChainName,
    /// What happens at the end of a built-in chain; `None` (`-`) for all others.
    pub policy: Option<Policy>,
}

/// The policy of a built-in chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Packets pass.
    Accept,
    /// Packets are dropped.
    Drop,
}

/// A command line of the restore text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `-A`: a rule at the end of its chain.
    Append(Rule),
    /// `-I`: a rule at the top of its chain.
    Insert(Rule),
    /// `-X`: removal of an empty chain.
    DeleteChain(ChainName),
}

impl Command {
    /// The chain that it is about.
    #[must_use]
    pub fn chain(&self) -> ChainName {
        match self {
            Self::Append(rule) | Self::Insert(rule) => rule.chain,
            Self::DeleteChain(chain) => *chain,
        }
    }
}

/// A rule: what it matches and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The chain it belongs to.
    pub chain: ChainName,
    /// All must match.
    pub matches: Vec<Match>,
    /// What is done then; `None` for a rule that only counts or comments.
    pub target: Option<Target>,
}

/// A match, or its negation (`! -s …`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Is<T> {
    /// Whether the match is negated.
    pub not: bool,
    /// What is compared.
    pub value: T,
}

impl<T> Is<T> {
    /// The plain match.
    pub fn a(value: T) -> Self {
        Self { not: false, value }
    }

    /// The negated match.
    pub fn not(value: T) -> Self {
        Self { not: true, value }
    }
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// `-m comment --comment …`
    Comment(Comment),
    /// `-p`, with the protocol's own match module.
    Protocol(Is<Protocol>),
    /// `-s`
    Source(Is<Address>),
    /// `-d`
    Destination(Is<Address>),
    /// `-i`; a trailing `+` matches every interface with that prefix.
    InInterface(Is<Interface>),
    /// `--dport`
    DestinationPort(Is<u16>),
    /// `-m conntrack --ctstate`
    ConntrackState(Is<ConntrackStates>),
    /// `-m addrtype --src-type LOCAL`
    SourceIsLocal(Is<()>),
    /// `-m addrtype --dst-type LOCAL`
    DestinationIsLocal(Is<()>),
    /// `-m mark --mark value/mask`
    Mark(Is<Masked>),
    /// `-m recent`: the memory of session affinity.
    Recent(Recent),
    /// `-m statistic --mode random --probability`
    Statistic(Probability),
    /// `-m nfacct --nfacct-name`
    Accounting(AccountName),
    /// A match that this program does not know, as it stood in a foreign dump.
    Unknown(Foreign),
}

/// What a rule does with a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `-j CHAIN`
    Jump(ChainName),
    /// `-g CHAIN`
    Goto(ChainName),
    /// `-j ACCEPT`
    Accept,
    /// `-j DROP`
    Drop,
    /// `-j RETURN`
    Return,
    /// `-j REJECT`, answered as the family's port-unreachable unless said otherwise.
    Reject(Option<Word>),
    /// `-j DNAT --to-destination`
    DestinationNat(SocketAddress),
    /// `-j MASQUERADE`
    Masquerade {
        /// `--random-fully`: fully random source ports.
        random_fully: bool,
    },
    /// `-j MARK --set-xmark value/mask`; `--or-mark v` is v/v, `--xor-mark v` is v/0.
    SetMark(Masked),
    /// A target that this program does not know, as it stood in a foreign dump.
    Unknown(Foreign),
}
