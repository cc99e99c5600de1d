//! Routes and settings of interfaces. Dumps have them, plans do not: a route rewrites neither address nor
//! port and chooses no endpoint, so it cannot be a Service.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{ConnectionName, Store};
use crate::net::Family;

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where to.
    pub prefix: IpNet,
    /// By which interface; `route ADD` need not say one.
    pub interface: Option<ConnectionName>,
    /// By which neighbour; none is on the link.
    pub next_hop: Option<IpAddr>,
    /// How far it is.
    pub metric: Option<u32>,
    /// Whether it is told to others.
    pub publish: Option<bool>,
    /// Where it is kept; netsh means [`Store::Persistent`] when it is told nothing.
    pub store: Option<Store>,
}

/// What tells routes apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteKey {
    /// Where to.
    pub prefix: IpNet,
    /// By which interface.
    pub interface: Option<ConnectionName>,
    /// By which neighbour.
    pub next_hop: Option<IpAddr>,
}

/// Settings of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceSettings {
    /// Of which family.
    pub family: Family,
    /// The interface.
    pub interface: ConnectionName,
    /// What is set, as it stands in the command.
    pub settings: Vec<Setting>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    tag: Box<str>,
    value: Box<str>,
}

impl Route {
    /// What tells it from other routes.
    #[must_use]
    pub fn key(&self) -> RouteKey {
        RouteKey { prefix: self.prefix, interface: self.interface.clone(), next_hop: self.next_hop }
    }
}

impl Setting {
    /// A setting in lower case; `None` when tag or value are not made of letters and digits.
    #[must_use]
    pub fn new(tag: &str, value: &str) -> Option<Self> {
        let is_word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
        let word = |text: &str| text.to_ascii_lowercase().into();
        (is_word(tag) && is_word(value)).then(|| Self { tag: word(tag), value: word(value) })
    }

    /// What is set.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// To what.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}
