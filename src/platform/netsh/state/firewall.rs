//! The firewall rules of a node: found by what a connection is to, deleted by name.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::Failed;
use crate::platform::netsh::model::{FirewallKey, FirewallRule, Transport};

/// The rules of a node. Names need not be unique: the same rule twice is two rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::platform::netsh) struct Firewall {
    /// By what they are about, then by name.
    rules: BTreeMap<(Gate, Name), Vec<FirewallRule>>,
    /// The local addresses that the rules of one key name: what is deleted is told by the key alone.
    addresses: BTreeMap<Key, BTreeSet<Option<IpAddr>>>,
}

/// What a rule is about: a port, and an address of the node or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Gate {
    port: u16,
    protocol: Transport,
    local_ip: Option<IpAddr>,
}

/// A name as Windows compares it: without case.
type Name = Box<str>;

/// What a rule is deleted by.
type Key = (u16, Transport, Name);

impl Firewall {
    /// Adds a rule.
    pub(super) fn add(&mut self, rule: &FirewallRule) {
        self.addresses.entry(key(&rule.key())).or_default().insert(rule.local_ip);
        self.rules.entry(place(rule)).or_default().push(rule.clone());
    }

    /// Deletes all rules of a key.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn delete(&mut self, key_of_rules: &FirewallKey) -> Result<(), Failed> {
        let key = key(key_of_rules);
        let addresses = self.addresses.remove(&key).ok_or(Failed::NotFound)?;
        let (port, protocol, name) = key;
        for local_ip in addresses {
            self.rules.remove(&(Gate { port, protocol, local_ip }, name.clone()));
        }
        Ok(())
    }

    /// Whether an equal rule is there.
    pub(super) fn holds(&self, rule: &FirewallRule) -> bool {
        self.rules.get(&place(rule)).is_some_and(|rules| rules.contains(rule))
    }

    /// The rules about a port of one of the node's addresses, those about all of them first.
    pub(in crate::platform::netsh) fn rules_of(
        &self,
        ip: IpAddr,
        port: u16,
        protocol: Transport,
    ) -> impl Iterator<Item = &FirewallRule> {
        [None, Some(ip)].into_iter().flat_map(move |local_ip| {
            let gate = Gate { port, protocol, local_ip };
            let from = self.rules.range((gate, Name::default())..);
            from.take_while(move |((of, _), _)| *of == gate).flat_map(|(_, rules)| rules)
        })
    }

    /// Leaves each rule once: a second equal one changes nothing.
    pub(super) fn dedup(&mut self) {
        for rules in self.rules.values_mut() {
            rules.sort();
            rules.dedup();
        }
    }
}

fn key(of: &FirewallKey) -> Key {
    (of.local_port, of.protocol, of.name.as_str().to_ascii_lowercase().into())
}

fn place(rule: &FirewallRule) -> (Gate, Name) {
    let gate = Gate { port: rule.local_port, protocol: rule.protocol, local_ip: rule.local_ip };
    (gate, key(&rule.key()).2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::netsh::model::{Action, Description, Remote, RuleName};

    fn rule(name: &str, local_ip: Option<[u8; 4]>, protocol: Transport) -> FirewallRule {
        FirewallRule {
            name: RuleName::new(name).unwrap(),
            action: Action::Allow,
            protocol,
            local_ip: local_ip.map(IpAddr::from),
            local_port: 80,
            remote: Remote::Any,
            description: Description::of(name),
        }
    }

    fn names(firewall: &Firewall, ip: [u8; 4]) -> Vec<&str> {
        firewall.rules_of(ip.into(), 80, Transport::Tcp).map(|rule| rule.name.as_str()).collect()
    }

    #[test]
    fn rules_are_found_by_address_port_and_protocol() {
        let mut firewall = Firewall::default();
        for rule in [
            rule("one", Some([10, 0, 0, 1]), Transport::Tcp),
            rule("other", Some([10, 0, 0, 2]), Transport::Tcp),
            rule("udp", Some([10, 0, 0, 1]), Transport::Udp),
            rule("any", None, Transport::Tcp),
        ] {
            firewall.add(&rule);
        }
        assert_eq!(names(&firewall, [10, 0, 0, 1]), ["any", "one"]);
        assert_eq!(names(&firewall, [10, 0, 0, 3]), ["any"]);
        assert_eq!(firewall.rules_of([10, 0, 0, 1].into(), 81, Transport::Tcp).count(), 0);
    }

    #[test]
    fn a_name_deletes_all_rules_that_have_it_whatever_their_address_and_case() {
        let mut firewall = Firewall::default();
        let (one, other) = (
            rule("Web", Some([10, 0, 0, 1]), Transport::Tcp),
            rule("web", Some([10, 0, 0, 2]), Transport::Tcp),
        );
        let udp = rule("web", Some([10, 0, 0, 1]), Transport::Udp);
        for rule in [&one, &one, &other, &udp] {
            firewall.add(rule);
        }
        assert_eq!(names(&firewall, [10, 0, 0, 1]), ["Web", "Web"]);
        firewall.dedup();
        assert_eq!(names(&firewall, [10, 0, 0, 1]), ["Web"]);
        assert_eq!(firewall.delete(&other.key()), Ok(()));
        assert_eq!(firewall.delete(&one.key()), Err(Failed::NotFound));
        assert!(!firewall.holds(&one) && !firewall.holds(&other) && firewall.holds(&udp));
    }
}
