//! What a proxier knows of its service ports from one sync to the next: which elements each asks for, and which chains and
//! sets are in use.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::net::Protocol;
use crate::platform::nftables::lower::{Claim, Port};
use crate::platform::nftables::model::Name;

/// The service ports, in their order.
#[derive(Debug, Default)]
pub(super) struct Ports {
    pub(super) all: Vec<KnownPort>,
    pub(super) chains: Uses,
    pub(super) sets: Uses,
}

/// A service port.
#[derive(Debug)]
pub(super) struct KnownPort {
    id: Box<str>,
    protocol: Protocol,
    pub(super) claims: Vec<Claim>,
    chains: Vec<Name>,
    sets: Vec<Name>,
}

impl KnownPort {
    pub(super) fn new(id: Box<str>, protocol: Protocol, port: &Port) -> Self {
        let (chains, sets) = (port.chains().cloned().collect(), port.sets().cloned().collect());
        Self { id, protocol, claims: port.claims().cloned().collect(), chains, sets }
    }

    pub(super) fn place(&self) -> (&str, Protocol) {
        (&self.id, self.protocol)
    }
}

impl Ports {
    /// Adds a service port behind all others.
    pub(super) fn push(&mut self, port: KnownPort) {
        self.all.push(port);
    }

    /// The chains and sets of a service port are in use.
    pub(super) fn take_in(&mut self, port: &KnownPort) {
        self.chains.add(&port.chains);
        self.sets.add(&port.sets);
    }

    /// A service port is gone, or another one.
    pub(super) fn give_up(&mut self, port: &KnownPort) {
        self.chains.remove(&port.chains);
        self.sets.remove(&port.sets);
    }
}

/// How many service ports use each chain or set.
#[derive(Debug, Default)]
pub(super) struct Uses {
    many: FxHashMap<Name, u32>,
    /// What nobody has used any more since this was last taken; others may use it again.
    freed: BTreeSet<Name>,
}

impl Uses {
    pub(super) fn has(&self, name: &Name) -> bool {
        self.many.contains_key(name)
    }

    fn add(&mut self, names: &[Name]) {
        for name in names {
            *self.many.entry(name.clone()).or_default() += 1;
        }
    }

    fn remove(&mut self, names: &[Name]) {
        for name in names {
            let Some(many) = self.many.get_mut(name) else { continue };
            *many -= 1;
            if *many == 0 {
                self.many.remove(name);
                self.freed.insert(name.clone());
            }
        }
    }

    /// What nobody has used any more since this was last asked, and uses now.
    pub(super) fn take_freed(&mut self) -> BTreeSet<Name> {
        let mut freed = std::mem::take(&mut self.freed);
        freed.retain(|name| !self.has(name));
        freed
    }
}
