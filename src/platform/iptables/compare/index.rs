//! The chains of a family, ready to be compared: each with its rules, those that all Services share rule by
//! rule.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::platform::iptables::model::{
    Address, ChainName, Command, Match, Policy, Rule, Ruleset, TableName, Target,
};
use crate::platform::iptables::names::fixed::{EXTERNAL_SERVICES, NODE_PORTS, PROXY_FIREWALL, SERVICES};
use crate::platform::iptables::names::{HASHED_PREFIXES, base};

/// A chain of a table.
pub(super) type Place = (TableName, ChainName);

/// All chains of a family.
pub(super) struct Chains<'r> {
    pub(super) own: Vec<ChainRules<'r>>,
    /// Rules of chains that all Services share, and of the kernel's chains.
    pub(super) shared: Vec<SharedRule<'r>>,
    /// Where each chain stands in `own`.
    places: FxHashMap<Place, usize>,
    /// Whether the kernel's chains are told.
    pub(super) tells_base: bool,
}

/// A chain with its rules, in their order.
pub(super) struct ChainRules<'r> {
    pub(super) place: Place,
    pub(super) policy: Option<Policy>,
    pub(super) rules: Vec<&'r Rule>,
}

/// A rule among those of all Services.
pub(super) struct SharedRule<'r> {
    pub(super) key: RuleKey<'r>,
    pub(super) rule: &'r Rule,
}

/// What tells a rule among those of all Services from the others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RuleKey<'r> {
    pub(super) table: TableName,
    pub(super) chain: ChainName,
    /// The service port that its comment names.
    pub(super) service: Option<&'r str>,
    pub(super) destination: Option<IpAddr>,
    pub(super) port: Option<u16>,
    pub(super) protocol: Option<crate::net::Protocol>,
    /// The chain that a rule of the kernel's chain leads to.
    pub(super) to: Option<ChainName>,
    /// How many that stand before it are told by the same.
    pub(super) number: u32,
}

impl<'r> Chains<'r> {
    /// The chains as they are after all commands.
    pub(super) fn new(rules: &'r Ruleset) -> Self {
        let mut chains =
            Self { own: Vec::new(), shared: Vec::new(), places: FxHashMap::default(), tells_base: false };
        let mut numbers: FxHashMap<RuleKey<'r>, u32> = FxHashMap::default();
        for table in &rules.tables {
            chains.own.reserve(table.chains.len());
            chains.places.reserve(table.chains.len());
            for chain in &table.chains {
                chains.tells_base |= base::is_base(chain.name);
                chains.at((table.name, chain.name)).policy = chain.policy;
            }
            for command in &table.commands {
                match command {
                    Command::Append(rule) | Command::Insert(rule) if is_shared(rule.chain) => {
                        let mut key = RuleKey::of(table.name, rule);
                        let number = numbers.entry(key.clone()).or_default();
                        key.number = *number;
                        *number += 1;
                        chains.tells_base |= base::is_base(rule.chain);
                        chains.shared.push(SharedRule { key, rule });
                    }
                    Command::Append(rule) => chains.at((table.name, rule.chain)).rules.push(rule),
                    Command::Insert(rule) => chains.at((table.name, rule.chain)).rules.insert(0, rule),
                    Command::DeleteChain(chain) => chains.delete((table.name, *chain)),
                }
            }
        }
        chains.own.retain(|chain| !is_shared(chain.place.1) || chain.policy.is_some());
        chains.places = chains.own.iter().enumerate().map(|(at, chain)| (chain.place, at)).collect();
        chains
    }

    fn at(&mut self, place: Place) -> &mut ChainRules<'r> {
        let own = &mut self.own;
        let at = *self.places.entry(place).or_insert_with(|| {
            own.push(ChainRules { place, policy: None, rules: Vec::new() });
            own.len() - 1
        });
        &mut self.own[at]
    }

    fn delete(&mut self, place: Place) {
        if let Some(at) = self.places.remove(&place) {
            self.own.swap_remove(at);
            if let Some(moved) = self.own.get(at) {
                self.places.insert(moved.place, at);
            }
        }
    }

    /// Whether a table has any chain or rule.
    pub(super) fn has_table(&self, table: TableName) -> bool {
        self.own.iter().any(|chain| chain.place.0 == table)
            || self.shared.iter().any(|of| of.key.table == table)
    }

    /// A chain of its own, by its name.
    pub(super) fn get(&self, place: Place) -> Option<&ChainRules<'r>> {
        self.places.get(&place).map(|&at| &self.own[at])
    }
}

/// Whether the rules of a chain are told one by one.
pub(super) fn is_shared(chain: ChainName) -> bool {
    [SERVICES, NODE_PORTS, EXTERNAL_SERVICES, PROXY_FIREWALL].contains(&chain) || base::is_base(chain)
}

/// Whether a chain belongs to a service port or an endpoint.
pub(super) fn is_hashed(chain: ChainName) -> bool {
    HASHED_PREFIXES.iter().any(|prefix| chain.as_str().starts_with(prefix))
}

impl<'r> RuleKey<'r> {
    fn of(table: TableName, rule: &'r Rule) -> Self {
        let mut key = Self {
            table,
            chain: rule.chain,
            service: service_of(rule),
            destination: None,
            port: None,
            protocol: None,
            to: None,
            number: 0,
        };
        for condition in &rule.matches {
            match condition {
                Match::Destination(is) => key.destination = ip(&is.value),
                Match::DestinationPort(is) => key.port = Some(is.value),
                Match::Protocol(is) => key.protocol = Some(is.value),
                _ => {}
            }
        }
        if base::is_base(rule.chain) {
            key.to = jump(rule);
        }
        key
    }
}

fn ip(address: &Address) -> Option<IpAddr> {
    match address {
        Address::Ip(ip) => Some(*ip),
        Address::Net(net) => Some(net.addr()),
        Address::Verbatim(_) => None,
    }
}

/// The chain that a rule leads to.
pub(super) fn jump(rule: &Rule) -> Option<ChainName> {
    match &rule.target {
        Some(Target::Jump(to) | Target::Goto(to)) => Some(*to),
        _ => None,
    }
}

/// The text of a rule's comment.
pub(super) fn comment(rule: &Rule) -> Option<&str> {
    rule.matches.iter().find_map(|condition| match condition {
        Match::Comment(comment) => Some(comment.as_str()),
        _ => None,
    })
}

/// The service port that a rule's comment names: the only word with a slash in it.
pub(super) fn service_of(rule: &Rule) -> Option<&str> {
    comment(rule)?.split(' ').find(|word| word.contains('/'))
}
