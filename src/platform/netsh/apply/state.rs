//! What netsh shows of a node, whatever its language.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::answer::step::Fingerprint;
use crate::net::parse_ip;
use crate::platform::netsh::model::{Connect, ConnectionName, Listener, Object, PortProxy, RuleName};
use crate::platform::netsh::{Captured, read};

/// What is there, as far as plans of netsh can have to do with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetshState {
    /// With the interface, where a heading above them names it.
    addresses: BTreeMap<IpAddr, Option<ConnectionName>>,
    listeners: BTreeMap<Listener, Connect>,
    /// Names of firewall rules that plans of ours have.
    rules: BTreeSet<String>,
}

/// How an object is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// Not at all.
    Missing,
    /// As it is wanted, as far as netsh shows it.
    Same,
    /// Otherwise; the text says how.
    Other(String),
}

impl NetshState {
    /// What a text shows.
    #[must_use]
    pub fn of(captured: &Captured) -> Self {
        let mut state = Self::default();
        for object in captured.objects() {
            match object {
                Object::Address(address) => {
                    state.addresses.insert(address.address.ip(), Some(address.interface.clone()));
                }
                Object::PortProxy(PortProxy { listener, connect }) => {
                    state.listeners.insert(listener.clone(), connect.clone());
                }
                Object::Firewall(rule) if rule.name.is_ours() => {
                    state.rules.insert(rule.name.as_str().to_ascii_lowercase());
                }
                Object::Firewall(_) | Object::Route(_) | Object::Interface(_) => {}
            }
        }
        state
    }

    /// Takes in `interface ipv4|ipv6 show addresses`: every word that is an address.
    pub fn add_addresses(&mut self, text: &str) {
        let word = |word: &str| parse_ip(word.split(['%', '/']).next().unwrap_or_default());
        let words = text.split([' ', '\t', '\r', '\n', '(', ')']).filter_map(word);
        self.addresses.extend(words.map(|ip| (ip, None)));
        let captured = read(text);
        self.addresses.extend(captured.objects().filter_map(|object| match object {
            Object::Address(address) => Some((address.address.ip(), Some(address.interface.clone()))),
            _ => None,
        }));
    }

    /// Takes in `interface portproxy show all`.
    pub fn add_listeners(&mut self, text: &str) {
        let captured = read(text);
        self.listeners.extend(captured.objects().filter_map(|object| match object {
            Object::PortProxy(PortProxy { listener, connect }) => Some((listener.clone(), connect.clone())),
            _ => None,
        }));
    }

    /// Takes in `advfirewall firewall show rule name=all`: `label: value`, and some values are names of ours.
    pub fn add_rules(&mut self, text: &str) {
        let values = text.lines().filter_map(|line| line.split_once(':')).map(|(_, value)| value.trim());
        let ours = values.filter(|value| RuleName::new(value).is_ok_and(|name| name.is_ours()));
        self.rules.extend(ours.map(str::to_ascii_lowercase));
    }

    /// The listener as it is there.
    pub(super) fn listener(&self, listener: &Listener) -> Option<PortProxy> {
        let connect = self.listeners.get(listener)?.clone();
        Some(PortProxy { listener: listener.clone(), connect })
    }

    /// How an object is there. Of a firewall rule netsh tells no more than its name in every language.
    #[must_use]
    pub fn presence(&self, object: &Object) -> Presence {
        let is_there = match object {
            Object::Address(address) => match self.addresses.get(&address.address.ip()) {
                Some(Some(found)) if is_another(found, &address.interface) => {
                    return Presence::Other(format!("it is on interface {found}"));
                }
                found => found.is_some(),
            },
            Object::Firewall(rule) => self.rules.contains(&rule.name.as_str().to_ascii_lowercase()),
            Object::PortProxy(proxy) => match self.listeners.get(&proxy.listener) {
                Some(connect) if *connect != proxy.connect => {
                    return Presence::Other("the listener connects to another address".to_owned());
                }
                found => found.is_some(),
            },
            // Plans leave them alone.
            Object::Route(_) | Object::Interface(_) => true,
        };
        if is_there { Presence::Same } else { Presence::Missing }
    }

    /// What tells whether listeners and rules of ours are as they were. Addresses come and go by themselves, so steps
    /// alone tell of those.
    #[must_use]
    pub fn outline(&self) -> Fingerprint {
        let listeners = self.listeners.iter().map(|listener| format!("{listener:?}"));
        Fingerprint::of_lines(listeners.chain(self.rules.iter().cloned()).collect())
    }

    /// What tells whether it is still what a plan was made from.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let addresses = self.addresses.iter().map(|(ip, interface)| {
            let interface = interface.as_ref().map_or("", ConnectionName::as_str);
            format!("{ip} {interface}").trim_end().to_owned()
        });
        let listeners = self.listeners.iter().map(|listener| format!("{listener:?}"));
        Fingerprint::of_lines(addresses.chain(listeners).chain(self.rules.iter().cloned()).collect())
    }
}

/// Whether an interface is certainly not the wanted one, which may be given by its index. Letters outside of ASCII
/// are in the code page of a console, so they tell nothing.
fn is_another(found: &ConnectionName, wanted: &ConnectionName) -> bool {
    let (found, wanted) = (found.as_str(), wanted.as_str());
    let is_index = wanted.bytes().all(|byte| byte.is_ascii_digit());
    wanted.is_ascii() && !is_index && !found.eq_ignore_ascii_case(wanted)
}
