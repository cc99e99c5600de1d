//! Which objects of a node a text tells, by what it lists: `show` one kind or one interface, a dump its sections.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::answer::telling::Telling;
use crate::net::Family;
use crate::platform::netsh::model::{ConnectionName, Object, Relay, Store};

/// How much a text tells of each kind of object. By default it tells of none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tellings {
    /// Listeners, by the families that a table or a section is about.
    listeners: BTreeMap<Relay, Telling>,
    /// Addresses that are kept for good, of all interfaces: a section of a dump.
    sections: BTreeMap<Family, Telling>,
    /// Addresses of one interface, by its name as Windows compares it: `show addresses`.
    interfaces: BTreeMap<(Family, String), Telling>,
    /// Addresses whose network is not told, which are those of gateways or of the node.
    bare: BTreeSet<IpAddr>,
}

impl Tellings {
    /// How much is told of an object, if the node has it. No text of netsh that is read here lists firewall rules.
    #[must_use]
    pub fn of(&self, object: &Object) -> Telling {
        match object {
            Object::Address(address) => {
                let ip = address.address.ip();
                let family = Family::of(ip);
                let interface = self.interfaces.get(&(family, address.interface.folded())).copied();
                let section = self.sections.get(&family).copied();
                // A dump lists what outlives a start of Windows, whatever else there is.
                let section = section.filter(|_| address.kept() == Store::Persistent);
                match interface.max(section).unwrap_or(Telling::NotTold) {
                    Telling::Whole if self.bare.contains(&ip) => Telling::InPart,
                    telling => telling,
                }
            }
            Object::PortProxy(proxy) => self.of_listeners(proxy.listener.relay),
            Object::Firewall(_) | Object::Route(_) | Object::Interface(_) => Telling::NotTold,
        }
    }

    /// How much is told of listeners of two families.
    #[must_use]
    pub fn of_listeners(&self, relay: Relay) -> Telling {
        self.listeners.get(&relay).copied().unwrap_or(Telling::NotTold)
    }

    /// Whether anything is told of listeners.
    #[must_use]
    pub fn has_listeners(&self) -> bool {
        !self.listeners.is_empty()
    }

    /// Whether anything is told of addresses.
    #[must_use]
    pub fn has_addresses(&self) -> bool {
        !(self.sections.is_empty() && self.interfaces.is_empty())
    }

    /// Whether addresses of a family that do not outlive a start of Windows are told of some interface.
    #[must_use]
    pub fn has_active_addresses(&self, family: Family) -> bool {
        self.interfaces.iter().any(|((of, _), telling)| *of == family && *telling == Telling::Whole)
    }

    /// Whether the text tells of a node at all; a script says what is to be there.
    #[must_use]
    pub fn is_of_node(&self) -> bool {
        !(self.listeners.is_empty() && self.sections.is_empty() && self.interfaces.is_empty())
    }

    /// Adds what another text of the same node tells.
    pub fn add(&mut self, other: Self) {
        for (relay, telling) in other.listeners {
            self.hear_listeners(relay, telling);
        }
        for (family, telling) in other.sections {
            self.hear_section(family, telling);
        }
        for (key, telling) in other.interfaces {
            hear(self.interfaces.entry(key), telling);
        }
        self.bare.extend(other.bare);
    }

    /// Listeners of two families are listed.
    pub(super) fn hear_listeners(&mut self, relay: Relay, telling: Telling) {
        hear(self.listeners.entry(relay), telling);
    }

    /// Addresses are listed in a section of a dump.
    pub(super) fn hear_section(&mut self, family: Family, telling: Telling) {
        hear(self.sections.entry(family), telling);
    }

    /// The addresses of an interface are listed.
    pub(super) fn hear_interface(&mut self, family: Family, name: &ConnectionName, telling: Telling) {
        hear(self.interfaces.entry((family, name.folded())), telling);
    }

    /// An address is listed without its network.
    pub(super) fn hear_bare(&mut self, ip: IpAddr) {
        self.bare.insert(ip);
    }

    /// Of all that is listed so far something could not be read.
    pub(super) fn lose_listeners(&mut self) {
        for telling in self.listeners.values_mut() {
            *telling = Telling::InPart;
        }
    }
}

/// What one source tells in part stays so, whatever others tell.
fn hear<K: Ord>(entry: std::collections::btree_map::Entry<'_, K, Telling>, telling: Telling) {
    entry.and_modify(|known| *known = telling.min(*known)).or_insert(telling);
}
