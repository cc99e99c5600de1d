//! netsh as typed objects: what a command creates, what identifies it, how it is deleted.
//!
//! **Invariant:** no value here can hold a quote, a line end or another character that would end or
//! extend a command; what has such characters cannot be made into a value.

mod address;
mod firewall;
mod portproxy;
mod route;
mod text;

pub use address::{Address, AddressKey, Assigned, Store};
pub use firewall::{Action, Endpoints, FirewallKey, FirewallRule, Remote, RuleName, Transport};
pub use portproxy::{Connect, Host, Listen, Listener, PortProxy, Relay};
pub use route::{InterfaceSettings, Route, RouteKey, Setting};
pub use text::{Comment, ConnectionName, Description, HostName, UnsafeText};

/// What a command of netsh can create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// Settings of an interface.
    Interface(InterfaceSettings),
    /// A route.
    Route(Route),
    /// An address of an interface.
    Address(Address),
    /// A listener of the port proxy.
    PortProxy(PortProxy),
    /// A rule of the firewall.
    Firewall(FirewallRule),
}

/// What identifies an object that can be deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Of a route.
    Route(RouteKey),
    /// Of an address, with the store it is deleted from.
    Address(AddressKey, Option<Store>),
    /// Of a listener.
    PortProxy(Listener),
    /// Of a firewall rule.
    Firewall(FirewallKey),
}

/// A command that changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Creates an object, or sets it where netsh can.
    Create(Object),
    /// Deletes what has a key.
    Delete(Key),
}

/// The step of a script that a command belongs to. Undoing goes through the steps backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Interfaces and routes, which plans leave alone.
    Interfaces,
    /// Addresses: nothing can listen on one before the node has it.
    Addresses,
    /// Firewall rules that block: they stand before there is anything to reach.
    Blocks,
    /// Listeners.
    PortProxy,
    /// Firewall rules that allow: until they stand, the firewall blocks, which is the safe direction.
    Firewall,
}

impl Phase {
    /// Its number and name, as scripts head it. Phase 3 is for what stands between addresses and listeners.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Interfaces => "phase 1 interfaces",
            Self::Addresses => "phase 2 addresses",
            Self::Blocks => "phase 3 firewall blocks",
            Self::PortProxy => "phase 4 portproxy",
            Self::Firewall => "phase 5 firewall",
        }
    }
}

impl Object {
    /// The key to delete it by; settings of an interface have none.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Interface(_) => None,
            Self::Route(route) => Some(Key::Route(route.key())),
            Self::Address(address) => Some(Key::Address(address.key(), address.store)),
            Self::PortProxy(proxy) => Some(Key::PortProxy(proxy.listener.clone())),
            Self::Firewall(rule) => Some(Key::Firewall(rule.key())),
        }
    }
}

impl Command {
    /// The step it belongs to.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let firewall = |name: &RuleName| if name.is_blocking() { Phase::Blocks } else { Phase::Firewall };
        match self {
            Self::Create(Object::Interface(_) | Object::Route(_)) | Self::Delete(Key::Route(_)) => {
                Phase::Interfaces
            }
            Self::Create(Object::Address(_)) | Self::Delete(Key::Address(..)) => Phase::Addresses,
            Self::Create(Object::PortProxy(_)) | Self::Delete(Key::PortProxy(_)) => Phase::PortProxy,
            Self::Create(Object::Firewall(rule)) => firewall(&rule.name),
            Self::Delete(Key::Firewall(key)) => firewall(&key.name),
        }
    }
}
