//! Rules of iptables in both families, ready to be asked about packets.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::eval::Evaluator;
use super::eval::destinations::Frontends;
use super::model::{Gaps, Ruleset};
use crate::answer::telling::Telling;
use crate::answer::verdict::{Host, Packet, Verdict};
use crate::ir::RuleSet;
use crate::net::{Family, PerFamily, Protocol};
use crate::platform::by_family::{ByFamily, Dumped, Rules};
use crate::platform::{Evaluate, Model, Site, SiteAddress};

/// The rules of a node.
pub enum RulesModel<'r> {
    /// Those that kube-proxy writes.
    Wanted(PerFamily<Ruleset>),
    /// Those of a dump, of one family or of both, and what it does not tell.
    Held(PerFamily<Option<Cow<'r, Ruleset>>>, PerFamily<Gaps>),
}

impl<'r> RulesModel<'r> {
    /// Those of a dump that tells all.
    #[must_use]
    pub fn held(rules: &'r PerFamily<Option<Ruleset>>) -> Self {
        Self::held_in_part(rules, PerFamily::default())
    }

    /// Those of a dump that does not tell all.
    #[must_use]
    pub fn held_in_part(rules: &'r PerFamily<Option<Ruleset>>, gaps: PerFamily<Gaps>) -> Self {
        let borrowed = |family| rules.get(family).as_ref().map(Cow::Borrowed);
        Self::Held(PerFamily::of(borrowed), gaps)
    }

    /// What of the rules of a family is not told, if that leaves open what becomes of its packets.
    fn untold(&self, family: Family) -> Option<String> {
        let (rules, gaps) = match self {
            Self::Wanted(_) => return None,
            Self::Held(rules, gaps) => (rules.get(family), gaps.get(family)),
        };
        if rules.is_none() {
            return Some(format!("the rules of {family} are in no dump that was given"));
        }
        let (table, telling) = gaps.of_services().next()?;
        let table = table.as_str();
        Some(match telling {
            Telling::NotTold => format!("the table {table} of {family} is in no dump that was given"),
            _ => format!("lines of the table {table} of {family} cannot be read"),
        })
    }

    fn get(&self, family: Family) -> Option<&Ruleset> {
        match self {
            Self::Wanted(rules) => Some(rules.get(family)),
            Self::Held(rules, _) => rules.get(family).as_deref(),
        }
    }
}

impl Model for RulesModel<'_> {
    fn evaluator<'m>(&'m self, host: &'m Host, rules: &'m RuleSet) -> Box<dyn Evaluate + 'm> {
        let origins = || rules.services.iter().map(|port| (&*port.id, port.origin));
        let evaluator =
            |family| self.get(family).map(|loaded| Evaluator::new(loaded, host).with_origins(origins()));
        // What kube-proxy writes is about what Services want and nothing else.
        let dumped = match self {
            Self::Wanted(_) => Vec::new(),
            Self::Held(..) => {
                let of = |family| Some((family, Frontends::of(self.get(family)?)));
                Family::ALL.into_iter().filter_map(of).collect()
            }
        };
        let untold = PerFamily::of(|family| self.untold(family));
        Box::new(ByFamily { rules: PerFamily::of(evaluator), untold, dumped })
    }
}

impl Rules for Evaluator<'_> {
    fn verdict(&self, packet: &Packet) -> Verdict {
        self.verdict(packet)
    }

    fn effect(&self, packet: &Packet) -> Verdict {
        self.effect(packet)
    }
}

impl Dumped for Frontends {
    fn sites(&self, family: Family) -> Vec<Site> {
        self.iter()
            .map(|of| Site {
                at: of.address.map_or(SiteAddress::Node(Some(family)), SiteAddress::Address),
                port: of.port,
                protocol: of.protocol,
            })
            .collect()
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.addresses().collect()
    }

    fn is_odd(&self, endpoint: IpAddr) -> bool {
        self.is_odd(endpoint)
    }

    fn sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<(IpAddr, IpAddr)> {
        let networks = self.sources(to.ip(), to.port(), protocol).into_iter();
        networks.map(|net| (net.network(), net.broadcast())).collect()
    }
}
