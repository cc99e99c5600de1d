//! What netsh shows of a node, whatever its language.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::net::parse_ip;
use crate::target::netsh::model::{Connect, Listener, Object, PortProxy, RuleName};
use crate::target::netsh::read;

/// What is there, as far as plans of netsh can have to do with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetshState {
    addresses: BTreeSet<IpAddr>,
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
    /// Takes in `interface ipv4|ipv6 show addresses`: every word that is an address.
    pub(super) fn add_addresses(&mut self, text: &str) {
        let word = |word: &str| parse_ip(word.split(['%', '/']).next().unwrap_or_default());
        self.addresses.extend(text.split([' ', '\t', '\r', '\n', '(', ')']).filter_map(word));
    }

    /// Takes in `interface portproxy show all`.
    pub(super) fn add_listeners(&mut self, text: &str) {
        let captured = read(text);
        self.listeners.extend(captured.objects().filter_map(|object| match object {
            Object::PortProxy(PortProxy { listener, connect }) => Some((listener.clone(), connect.clone())),
            _ => None,
        }));
    }

    /// Takes in `advfirewall firewall show rule name=all`: `label: value`, and some values are names of ours.
    pub(super) fn add_rules(&mut self, text: &str) {
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
            Object::Address(address) => self.addresses.contains(&address.address.ip()),
            Object::Firewall(rule) => self.rules.contains(&rule.name.as_str().to_ascii_lowercase()),
            Object::PortProxy(proxy) => match self.listeners.get(&proxy.listener) {
                Some(connect) if *connect != proxy.connect => {
                    return Presence::Other("the listener connects to something else".to_owned());
                }
                found => found.is_some(),
            },
            // Plans leave them alone.
            Object::Route(_) | Object::Interface(_) => true,
        };
        if is_there { Presence::Same } else { Presence::Missing }
    }

    /// One line for each thing, for fingerprints.
    pub(super) fn lines(&self) -> Vec<String> {
        let addresses = self.addresses.iter().map(ToString::to_string);
        let listeners = self.listeners.iter().map(|listener| format!("{listener:?}"));
        addresses.chain(listeners).chain(self.rules.iter().cloned()).collect()
    }
}
