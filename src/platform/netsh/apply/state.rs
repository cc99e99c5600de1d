//! What netsh shows of a node, whatever its language.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::shown_rule::ShownRule;
use crate::answer::step::Fingerprint;
use crate::answer::telling::Telling;
use crate::net::parse_ip;
use crate::platform::netsh::model::{Connect, ConnectionName, FirewallRule, Listener, Object, PortProxy};
use crate::platform::netsh::{Captured, Tellings, read};

/// What is there, as far as plans of netsh can have to do with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetshState {
    /// With the interface, where a heading above them names it.
    addresses: BTreeMap<IpAddr, Option<ConnectionName>>,
    listeners: BTreeMap<Listener, Connect>,
    /// Firewall rules with names that plans of ours have.
    rules: BTreeSet<ShownRule>,
    /// How much of it a dump tells; `None` where all was read on the node.
    tellings: Option<Tellings>,
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
        let tellings = captured.is_of_node().then(|| captured.tellings.clone());
        let mut state = Self { tellings, ..Self::default() };
        for object in captured.objects() {
            match object {
                Object::Address(address) => {
                    state.addresses.insert(address.address.ip(), Some(address.interface.clone()));
                }
                Object::PortProxy(PortProxy { listener, connect }) => {
                    state.listeners.insert(listener.clone(), connect.clone());
                }
                Object::Firewall(rule) if rule.name.is_ours() => {
                    state.rules.insert(ShownRule::of(rule));
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

    /// Takes in `advfirewall firewall show rule name=all`.
    pub fn add_rules(&mut self, text: &str) {
        self.rules.extend(ShownRule::all(text));
    }

    /// Whether an object may be there although it was not found: a dump does not tell it. No dump tells firewall rules,
    /// and whoever carries a plan out looks for them.
    #[must_use]
    pub fn is_untold(&self, object: &Object) -> bool {
        let may_be_told = matches!(object, Object::Address(_) | Object::PortProxy(_));
        let tellings = self.tellings.as_ref().filter(|_| may_be_told);
        tellings.is_some_and(|tellings| tellings.of(object) != Telling::Whole)
            && self.presence(object) == Presence::Missing
    }

    /// The firewall rules that have the name of another one and do something else.
    pub(super) fn other_rules(&self, rule: &FirewallRule) -> impl Iterator<Item = FirewallRule> {
        self.named(rule).filter(|of| !of.does_as(rule)).filter_map(ShownRule::rule)
    }

    fn named(&self, rule: &FirewallRule) -> impl Iterator<Item = &ShownRule> {
        let name = rule.name.as_str().to_ascii_lowercase();
        self.rules.iter().filter(move |of| of.name == name)
    }

    /// The listener as it is there.
    pub(super) fn listener(&self, listener: &Listener) -> Option<PortProxy> {
        let connect = self.listeners.get(listener)?.clone();
        Some(PortProxy { listener: listener.clone(), connect })
    }

    /// How an object is there.
    #[must_use]
    pub fn presence(&self, object: &Object) -> Presence {
        let is_there = match object {
            Object::Address(address) => match self.addresses.get(&address.address.ip()) {
                Some(Some(found)) if is_another(found, &address.interface) => {
                    return Presence::Other(format!("it is on interface {found}"));
                }
                found => found.is_some(),
            },
            Object::Firewall(rule) => {
                let mut named = self.named(rule).peekable();
                match named.peek().copied() {
                    Some(first) if !named.any(|of| of.does_as(rule)) => {
                        return Presence::Other(first.describe());
                    }
                    found => found.is_some(),
                }
            }
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

    /// Whether an object that is to be deleted is not there. A rule of its name that does something else is another one.
    #[must_use]
    pub fn is_gone(&self, object: &Object) -> bool {
        match self.presence(object) {
            Presence::Missing => true,
            Presence::Same => false,
            Presence::Other(_) => matches!(object, Object::Firewall(_)),
        }
    }

    /// What tells whether listeners and rules of ours are as they were. Addresses come and go by themselves, so steps
    /// alone tell of those.
    #[must_use]
    pub fn outline(&self) -> Fingerprint {
        let listeners = self.listeners.iter().map(|listener| format!("{listener:?}"));
        Fingerprint::of_lines(listeners.chain(self.rules.iter().map(|rule| format!("{rule:?}"))).collect())
    }

    /// What tells whether it is still what a plan was made from.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let addresses = self.addresses.iter().map(|(ip, interface)| {
            let interface = interface.as_ref().map_or("", ConnectionName::as_str);
            format!("{ip} {interface}").trim_end().to_owned()
        });
        let listeners = self.listeners.iter().map(|listener| format!("{listener:?}"));
        Fingerprint::of_lines(
            addresses.chain(listeners).chain(self.rules.iter().map(|rule| format!("{rule:?}"))).collect(),
        )
    }
}

/// Whether an interface is certainly not the wanted one, which may be given by its index. Letters outside of ASCII
/// are in the code page of a console, so they tell nothing.
fn is_another(found: &ConnectionName, wanted: &ConnectionName) -> bool {
    let (found, wanted) = (found.as_str(), wanted.as_str());
    let is_index = wanted.bytes().all(|byte| byte.is_ascii_digit());
    wanted.is_ascii() && !is_index && !found.eq_ignore_ascii_case(wanted)
}
