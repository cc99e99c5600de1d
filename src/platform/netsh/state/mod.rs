//! A node in memory, with the rules that Windows has: an address must be there before anything listens on
//! it, an address cannot be added twice, a firewall rule can, what is not there cannot be deleted.
//!
//! What nobody could verify is a switch, so that a script can be shown to work either way.

mod firewall;
mod unverified;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use self::firewall::Firewall;
use self::unverified::Doubt;
use super::model::{
    Action, Address, AddressKey, Command, Connect, InterfaceSettings, Key, Listen, Listener, Object,
    PortProxy, Relay, Route, RouteKey, Store,
};
use super::plan::Plan;

pub use unverified::{OnExisting, OnFailure, Unverified};

/// What a node's netsh knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeState {
    /// Addresses that the node has for itself; no command is about them.
    own: BTreeSet<IpAddr>,
    /// By address, and by the interface as Windows compares it.
    addresses: BTreeMap<(IpAddr, String), Held>,
    listeners: BTreeMap<Listener, Relaying>,
    pub(super) firewall: Firewall,
    routes: BTreeMap<RouteKey, Route>,
    interfaces: Vec<InterfaceSettings>,
    /// What happens to incoming connections that no rule is about.
    pub inbound: Action,
    /// What is assumed where Windows was not seen.
    pub unverified: Unverified,
    in_doubt: Doubt,
}

/// An address, and in which stores it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    address: Address,
    active: bool,
    persistent: bool,
}

/// A listener's target, and whether it really listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relaying {
    pub(super) connect: Connect,
    pub(super) listens: bool,
}

/// Why a command failed; the exit code of netsh is 1 each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// The object is there already.
    #[error("the object already exists")]
    Exists,
    /// There is nothing to delete.
    #[error("there is no such object")]
    NotFound,
}

/// What became of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// How many commands were tried.
    pub tried: usize,
    /// Those that failed, by their position.
    pub failed: Vec<(usize, Failed)>,
}

impl NodeState {
    /// A node with addresses of its own and nothing else. It blocks incoming connections, as Windows does
    /// unless it is told otherwise.
    #[must_use]
    pub fn new(own: impl IntoIterator<Item = IpAddr>, unverified: Unverified) -> Self {
        Self {
            own: own.into_iter().collect(),
            addresses: BTreeMap::new(),
            listeners: BTreeMap::new(),
            firewall: Firewall::default(),
            routes: BTreeMap::new(),
            interfaces: Vec::new(),
            inbound: Action::Block,
            unverified,
            in_doubt: Doubt::default(),
        }
    }

    /// A node that a plan was made for, with everything the plan wants.
    #[must_use]
    pub fn after(plan: &Plan, unverified: Unverified) -> Self {
        let mut node = Self::new(plan.own_addresses.iter().copied(), unverified);
        for planned in &plan.objects {
            if node.create(&planned.object).is_err() && node.stops() {
                break;
            }
        }
        node
    }

    /// The nodes that a plan may lead to, by all that Windows might do; once its commands have run, what is
    /// there decides alone.
    #[must_use]
    pub fn all_after(plan: &Plan) -> Vec<Self> {
        let settled = |mut node: Self| {
            node.unverified = Unverified::default();
            node
        };
        let first = Self::after(plan, Unverified::default());
        if !first.in_doubt.0 {
            return vec![settled(first)];
        }
        let mut nodes: Vec<Self> = Vec::new();
        for unverified in Unverified::all() {
            let node = settled(Self::after(plan, unverified));
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        nodes
    }

    /// Whether a script ends where a command has failed.
    fn stops(&mut self) -> bool {
        self.in_doubt = Doubt(true);
        self.unverified.on_failure == OnFailure::Stop
    }

    /// Runs a script.
    pub fn apply<'c>(&mut self, commands: impl IntoIterator<Item = &'c Command>) -> Applied {
        let mut applied = Applied::default();
        for (at, command) in commands.into_iter().enumerate() {
            applied.tried += 1;
            if let Err(failed) = self.run(command) {
                applied.failed.push((at, failed));
                if self.stops() {
                    break;
                }
            }
        }
        applied
    }

    /// Runs one command.
    ///
    /// # Errors
    /// Where netsh would end with exit code 1; the node is as before.
    pub fn run(&mut self, command: &Command) -> Result<(), Failed> {
        match command {
            Command::Create(object) => self.create(object),
            Command::Delete(Key::Address(key, store)) => self.delete_address(&held_by(key), *store),
            Command::Delete(Key::PortProxy(listener)) => {
                self.listeners.remove(listener).map(drop).ok_or(Failed::NotFound)
            }
            Command::Delete(Key::Firewall(key)) => self.firewall.delete(key),
            Command::Delete(Key::Route(key)) => self.routes.remove(key).map(drop).ok_or(Failed::NotFound),
        }
    }

    fn create(&mut self, object: &Object) -> Result<(), Failed> {
        match object {
            Object::Address(address) => self.add_address(address),
            Object::PortProxy(proxy) => self.set_listener(proxy),
            Object::Firewall(rule) => {
                self.firewall.add(rule);
                Ok(())
            }
            Object::Route(route) => match self.routes.insert(route.key(), route.clone()) {
                None => Ok(()),
                Some(present) => {
                    self.routes.insert(route.key(), present);
                    Err(Failed::Exists)
                }
            },
            Object::Interface(settings) => {
                let same = |present: &InterfaceSettings| {
                    present.family == settings.family
                        && present.interface.folded() == settings.interface.folded()
                };
                self.interfaces.retain(|present| !same(present));
                self.interfaces.push(settings.clone());
                Ok(())
            }
        }
    }

    fn add_address(&mut self, address: &Address) -> Result<(), Failed> {
        let ip = address.address.ip();
        let key = held_by(&address.key());
        if self.addresses.get(&key).is_some_and(|held| held.active) || self.own.contains(&ip) {
            return Err(Failed::Exists);
        }
        let persistent = address.kept() == Store::Persistent;
        self.addresses.insert(key, Held { address: address.clone(), active: true, persistent });
        let silent = listeners_on(ip, &self.listeners);
        self.in_doubt.0 |= !silent.is_empty();
        if self.unverified.listens_later {
            self.listen(&silent);
        }
        Ok(())
    }

    /// Without a store, and with the persistent one, it goes from both.
    fn delete_address(&mut self, key: &(IpAddr, String), store: Option<Store>) -> Result<(), Failed> {
        let held = self.addresses.get_mut(key).ok_or(Failed::NotFound)?;
        if store == Some(Store::Active) {
            if !std::mem::take(&mut held.active) {
                return Err(Failed::NotFound);
            }
            if !held.persistent {
                self.addresses.remove(key);
            }
        } else {
            self.addresses.remove(key);
        }
        if !self.has(key.0) {
            for listener in listeners_on(key.0, &self.listeners) {
                self.listeners.entry(listener).and_modify(|relaying| relaying.listens = false);
            }
        }
        Ok(())
    }

    fn set_listener(&mut self, proxy: &PortProxy) -> Result<(), Failed> {
        let exists = self.listeners.contains_key(&proxy.listener);
        self.in_doubt.0 |= exists;
        if exists && self.unverified.on_existing == OnExisting::Fail {
            return Err(Failed::Exists);
        }
        let listens = self.can_listen(&proxy.listener);
        self.listeners.insert(proxy.listener.clone(), Relaying { connect: proxy.connect.clone(), listens });
        Ok(())
    }

    fn can_listen(&mut self, listener: &Listener) -> bool {
        let has_address = match &listener.address {
            Listen::Any => true,
            Listen::Ip(ip) => ip.is_unspecified() || self.has(*ip),
            // A name may stand for anything.
            Listen::Name(_) => false,
        };
        let is_free = self.is_free(listener);
        self.in_doubt.0 |= !is_free;
        has_address && (self.unverified.exact_beside_any || is_free)
    }

    /// Whether no listener on all addresses has the port of a listener on one.
    fn is_free(&self, listener: &Listener) -> bool {
        let Listener { relay, address, port } = listener;
        address.is_wildcard()
            || !Listener::taking(relay.from, None, *port)
                .any(|any| self.listeners.get(&any).is_some_and(|relaying| relaying.listens))
    }

    /// Lets those of the listeners listen that can.
    fn listen(&mut self, which: &[Listener]) {
        for listener in which {
            let can_listen = self.can_listen(listener);
            if let Some(relaying) = self.listeners.get_mut(listener) {
                relaying.listens |= can_listen;
            }
        }
    }

    /// Whether the node has an address.
    #[must_use]
    pub fn has(&self, ip: IpAddr) -> bool {
        let of_ip =
            self.addresses.range((ip, String::new())..).take_while(|((held_ip, _), _)| *held_ip == ip);
        let added = || of_ip.into_iter().any(|(_, held)| held.active);
        ip.is_loopback() || self.own.contains(&ip) || added()
    }

    /// Starts the node again: addresses of the active store are gone, everything else is there, and each
    /// listener listens if it can.
    pub fn restart(&mut self) {
        self.addresses.retain(|_, held| {
            held.active = held.persistent;
            held.persistent
        });
        for relaying in self.listeners.values_mut() {
            relaying.listens = false;
        }
        // Those on all addresses first, as they do not wait for one.
        let mut all: Vec<Listener> = self.listeners.keys().cloned().collect();
        all.sort_by_key(|listener| !listener.address.is_wildcard());
        self.listen(&all);
    }

    /// Whether an object is there as it is wanted.
    #[must_use]
    pub fn holds(&self, object: &Object) -> bool {
        match object {
            Object::Address(address) => {
                let held = self.addresses.get(&held_by(&address.key()));
                held.is_some_and(|held| held.active && held.address == *address)
            }
            Object::PortProxy(proxy) => {
                self.listeners.get(&proxy.listener).is_some_and(|relaying| relaying.connect == proxy.connect)
            }
            Object::Firewall(rule) => self.firewall.holds(rule),
            Object::Route(route) => self.routes.get(&route.key()) == Some(route),
            Object::Interface(settings) => self.interfaces.contains(settings),
        }
    }

    /// The node with each firewall rule once: a second equal rule changes nothing.
    #[must_use]
    pub fn in_effect(&self) -> Self {
        let mut same = self.clone();
        same.firewall.dedup();
        same
    }

    pub(super) fn listener(&self, listener: &Listener) -> Option<(&Listener, &Relaying)> {
        self.listeners.get_key_value(listener)
    }
}

fn held_by(key: &AddressKey) -> (IpAddr, String) {
    (key.ip, key.interface.folded())
}

/// The listeners on one address alone.
fn listeners_on(ip: IpAddr, listeners: &BTreeMap<Listener, Relaying>) -> Vec<Listener> {
    let of = |relay| {
        let at = |port| Listener { relay, address: Listen::Ip(ip), port };
        listeners.range(at(0)..=at(u16::MAX)).map(|(listener, _)| listener.clone())
    };
    Relay::ALL.into_iter().flat_map(of).collect()
}
