//! Rules of iptables in both families, ready to be asked about packets.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::eval::Evaluator;
use super::eval::destinations::Frontends;
use super::model::Ruleset;
use crate::answer::verdict::{Fate, Host, Packet, Verdict};
use crate::ir::RuleSet;
use crate::net::{Family, PerFamily, Protocol};
use crate::platform::{Evaluate, Model, Site, SiteAddress};

/// The rules of a node.
pub enum RulesModel<'r> {
    /// Those that kube-proxy writes.
    Wanted(PerFamily<Ruleset>),
    /// Those of a dump, of one family or of both.
    Held(PerFamily<Option<Cow<'r, Ruleset>>>),
}

/// The same, made ready.
struct Evaluators<'m> {
    by_family: PerFamily<Option<Evaluator<'m>>>,
    /// What the rules of each family are about, where they are of a dump.
    dumped: Vec<(Family, Frontends)>,
}

impl<'r> RulesModel<'r> {
    /// Those of a dump.
    #[must_use]
    pub fn held(rules: &'r PerFamily<Option<Ruleset>>) -> Self {
        let borrowed = |family| rules.get(family).as_ref().map(Cow::Borrowed);
        Self::Held(PerFamily::of(borrowed))
    }

    fn get(&self, family: Family) -> Option<&Ruleset> {
        match self {
            Self::Wanted(rules) => Some(rules.get(family)),
            Self::Held(rules) => rules.get(family).as_deref(),
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
            Self::Held(_) => {
                let of = |family| Some((family, Frontends::of(self.get(family)?)));
                Family::ALL.into_iter().filter_map(of).collect()
            }
        };
        Box::new(Evaluators { by_family: PerFamily::of(evaluator), dumped })
    }
}

impl Evaluators<'_> {
    fn answer(&self, packet: &Packet, answer: impl Fn(&Evaluator<'_>) -> Verdict) -> Verdict {
        let family = packet.family();
        self.by_family.get(family).as_ref().map_or_else(|| not_dumped(family), answer)
    }
}

fn not_dumped(family: Family) -> Verdict {
    let reason = format!("the rules of {family} are in no dump that was given");
    Verdict::certain(Fate::Undecided(reason.into()), Vec::new())
}

impl Evaluate for Evaluators<'_> {
    fn verdict(&self, packet: &Packet) -> Verdict {
        self.answer(packet, |evaluator| evaluator.verdict(packet))
    }

    fn effect(&self, packet: &Packet) -> Verdict {
        self.answer(packet, |evaluator| evaluator.effect(packet))
    }

    fn sites(&self) -> Vec<Site> {
        let sites = self.dumped.iter().flat_map(|(family, dumped)| {
            dumped.iter().map(|of| Site {
                at: of.address.map_or(SiteAddress::Node(Some(*family)), SiteAddress::Address),
                port: of.port,
                protocol: of.protocol,
            })
        });
        sites.collect()
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.dumped.iter().flat_map(|(_, dumped)| dumped.addresses()).collect()
    }

    fn is_odd(&self, endpoint: IpAddr) -> bool {
        self.dumped.iter().any(|(_, dumped)| dumped.is_odd(endpoint))
    }

    fn compared_sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<Vec<(IpAddr, IpAddr)>> {
        let dumped = self.dumped.iter().filter(|(family, _)| *family == Family::of(to.ip()));
        let networks = dumped.flat_map(|(_, dumped)| dumped.sources(to.ip(), to.port(), protocol));
        networks.map(|net| vec![(net.network(), net.broadcast())]).collect()
    }
}
