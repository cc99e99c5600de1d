//! How HCN objects refer to others: by id, or by what is known of them before the id is.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::{Address, Guid, NotAGuid};

/// A member of a load balancer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndpointRef {
    /// The endpoint with this id.
    Id(Guid),
    /// The endpoint of the pod with this address on this node, whose id is looked up when the plan is
    /// applied: `local:10.244.1.5`.
    Local(Address),
    /// The endpoint with this name: `name:cbr0`.
    Named(Box<str>),
}

/// The network of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NetworkRef {
    /// The network with this id.
    Id(Guid),
    /// The network with this name, whose id is looked up when the plan is applied: `network:cbr0`.
    Named(Box<str>),
}

impl EndpointRef {
    /// The id, where it is known.
    #[must_use]
    pub fn id(&self) -> Option<Guid> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Local(_) | Self::Named(_) => None,
        }
    }
}

impl fmt::Display for EndpointRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Local(address) => write!(f, "local:{address}"),
            Self::Named(name) => write!(f, "name:{name}"),
        }
    }
}

impl fmt::Display for NetworkRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Named(name) => write!(f, "network:{name}"),
        }
    }
}

impl FromStr for EndpointRef {
    type Err = NotAGuid;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        if let Some(address) = text.strip_prefix("local:") {
            return Ok(Self::Local(Address::of(address)));
        }
        match text.strip_prefix("name:") {
            Some(name) => Ok(Self::Named(name.into())),
            None => text.parse().map(Self::Id),
        }
    }
}

impl FromStr for NetworkRef {
    type Err = NotAGuid;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        match text.strip_prefix("network:") {
            Some(name) => Ok(Self::Named(name.into())),
            None => text.parse().map(Self::Id),
        }
    }
}

impl Serialize for EndpointRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Id(id) => id.serialize(serializer),
            Self::Local(_) | Self::Named(_) => serializer.collect_str(self),
        }
    }
}

impl Serialize for NetworkRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Id(id) => id.serialize(serializer),
            Self::Named(_) => serializer.collect_str(self),
        }
    }
}
