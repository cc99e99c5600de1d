//! Elements of sets and maps, and what they are looked up by.

use super::address::Address;
use super::rule::Verdict;
use super::text::{Comment, Word};
use crate::net::Protocol;

/// An element of a set or map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// What it is found by.
    pub key: Key,
    /// What is done then, in a map.
    pub verdict: Option<Verdict>,
    /// Its comment.
    pub comment: Option<Comment>,
}

/// What an element is found by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An address.
    Address(Address),
    /// An address, a protocol and a port.
    Service(Address, Protocol, u16),
    /// A protocol and a port.
    NodePort(Protocol, u16),
    /// Two addresses, a protocol and a port.
    Pair([Address; 2], Protocol, u16),
    /// What this program does not know, as it was written, in parts.
    Other(Vec<Word>),
}

/// The type of the keys of a set or map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyShape {
    /// An address.
    Address,
    /// An address, a protocol and a port.
    Service,
    /// A protocol and a port.
    NodePort,
    /// Two addresses, a protocol and a port.
    Pair,
    /// What this program does not know: datatypes joined by dots.
    Other(Vec<Word>),
}
