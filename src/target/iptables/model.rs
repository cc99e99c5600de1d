//! iptables as typed objects: tables, chains, rules, matches, targets.
//!
//! The model holds what `iptables-restore` reads and `iptables-save` prints. Matches stay in the order
//! in which they were written; [`Rule::normalise`](super::normalise) brings both spellings together.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::net::{Family, Protocol};

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

/// The name of a chain: at most 28 bytes, printable, without blanks and quotes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainName {
    bytes: [u8; Self::LONGEST],
    length: u8,
}

impl ChainName {
    /// The longest name that the kernel takes.
    pub const LONGEST: usize = 28;

    /// Checks a name; `None` when it is empty, too long or could break out of its line.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\');
        let fits = (1..=Self::LONGEST).contains(&text.len()) && !text.starts_with(['-', '!']);
        (fits && text.bytes().all(safe)).then(|| Self::literal(text))
    }

    /// A name known to be valid.
    pub(super) const fn literal(text: &str) -> Self {
        let source = text.as_bytes();
        assert!(source.len() <= Self::LONGEST, "a chain name has at most 28 bytes");
        let mut bytes = [0; Self::LONGEST];
        let mut at = 0;
        while at < source.len() {
            bytes[at] = source[at];
            at += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 28")]
        Self { bytes, length: at as u8 }
    }

    /// A name put together from checked parts.
    pub(super) fn from_checked(prefix: &[u8], rest: &[u8]) -> Self {
        let mut bytes = [0; Self::LONGEST];
        bytes[..prefix.len()].copy_from_slice(prefix);
        bytes[prefix.len()..prefix.len() + rest.len()].copy_from_slice(rest);
        Self { bytes, length: u8::try_from(prefix.len() + rest.len()).expect("at most 28") }
    }

    /// The name.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "every constructor checks that it is ASCII")]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).expect("checked to be ASCII")
    }
}

impl fmt::Display for ChainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ChainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

/// The text of a comment: printable ASCII without quotes and backslashes, at most 255 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment(Box<str>);

impl Comment {
    /// Checks a text; `None` when it could not be written in double quotes as it is.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |b: u8| (b.is_ascii_graphic() || b == b' ') && !matches!(b, b'"' | b'\\');
        let fits = (1..=255).contains(&text.len()) && !text.starts_with('-');
        (fits && text.bytes().all(safe)).then(|| Self(text.into()))
    }

    /// A text put together from checked names.
    pub(super) fn from_checked(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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

/// One word: printable ASCII without blanks, quotes and backslashes, not starting with `-` or `!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(Box<str>);

impl Word {
    /// Checks a word; `None` when it could end its own place in the line.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\');
        let fits = !text.is_empty() && !text.starts_with(['-', '!']);
        (fits && text.bytes().all(safe)).then(|| Self(text.into()))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
pub struct ConntrackStates(pub(super) u8);

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

/// The name of a kernel accounting object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountName {
    bytes: [u8; Self::LONGEST],
    length: u8,
}

impl AccountName {
    /// The longest name that the kernel takes.
    pub const LONGEST: usize = 31;
    /// Packets of invalid connections that were dropped.
    pub const INVALID_DROPPED: Self = Self::literal("ct_state_invalid_dropped_pkts");
    /// Packets to node ports on a loopback address.
    pub const LOCALHOST_NODE_PORTS: Self = Self::literal("localhost_nps_accepted_pkts");

    const fn literal(text: &str) -> Self {
        let source = text.as_bytes();
        let mut bytes = [0; Self::LONGEST];
        let mut at = 0;
        while at < source.len() {
            bytes[at] = source[at];
            at += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 31")]
        Self { bytes, length: at as u8 }
    }

    /// Checks a name; `None` when it is too long or no single word.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (text.len() <= Self::LONGEST && Word::new(text).is_some()).then(|| Self::literal(text))
    }

    /// The name.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "every constructor checks that it is ASCII")]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).expect("checked to be ASCII")
    }
}

/// A match or a target that this program does not know: an option, and the options that belong to it.
///
/// **Invariant:** only the reader makes one, of the words of one line, so there is at least one option
/// and no word has a control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign(pub(super) Vec<ForeignOption>);

impl Foreign {
    /// The options: `-m set` and `--match-set x src`, or just `-o eth0`.
    #[must_use]
    pub fn options(&self) -> &[ForeignOption] {
        &self.0
    }

    /// Whether the match holds for every packet: a comment that is no [`Comment`].
    #[must_use]
    pub fn always_matches(&self) -> bool {
        match &self.0[..] {
            [module, comments @ ..] => {
                module.is("-m", "comment") && comments.iter().all(|option| &*option.name == "--comment")
            }
            [] => false,
        }
    }
}

/// An option with its values: `! --match-set x src`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignOption {
    /// Whether a `!` stands before it.
    pub(super) not: bool,
    /// The option itself, with its dashes.
    pub(super) name: Box<str>,
    /// The words after it, without quotes.
    pub(super) values: Vec<Box<str>>,
}

impl ForeignOption {
    /// Whether a `!` stands before it.
    #[must_use]
    pub fn not(&self) -> bool {
        self.not
    }

    /// The option itself, with its dashes; those that every rule knows in their short form.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The words after it.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(AsRef::as_ref)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        !self.not && &*self.name == name && self.values().eq([value])
    }
}
