//! A plan for netsh, ready to be asked about packets.

use std::net::{IpAddr, SocketAddr};

use super::{Evaluator, Lowered, Options, Plan, lower};
use crate::answer::verdict::{Fate, Host, Packet, Verdict};
use crate::ir::RuleSet;
use crate::net::Protocol;
use crate::platform::{Context, Evaluate, Model, Site, SiteAddress};

/// What a node does that holds a plan.
pub struct PlanModel(pub Plan);

impl Model for PlanModel {
    fn evaluator<'m>(&'m self, _: &'m Host, rules: &'m RuleSet) -> Box<dyn Evaluate + 'm> {
        let origins = rules.services.iter().map(|port| (&*port.id, port.origin));
        Box::new(Evaluator::new(&self.0).with_origins(origins))
    }
}

/// What a node does of which a dump does not tell all.
pub(super) struct HeldModel {
    /// With all that is wanted and not told.
    pub(super) with_untold: Plan,
    /// Without it, where there is any.
    pub(super) without_untold: Option<Plan>,
}

impl Model for HeldModel {
    fn evaluator<'m>(&'m self, _: &'m Host, rules: &'m RuleSet) -> Box<dyn Evaluate + 'm> {
        let of = |plan| {
            let origins = rules.services.iter().map(|port| (&*port.id, port.origin));
            Evaluator::new(plan).with_origins(origins)
        };
        let with_untold = of(&self.with_untold);
        match &self.without_untold {
            None => Box::new(with_untold),
            Some(without) => Box::new(Both { with_untold, without_untold: of(without) }),
        }
    }
}

/// A node with and without what a dump does not tell.
struct Both<'m> {
    with_untold: Evaluator<'m>,
    without_untold: Evaluator<'m>,
}

impl Both<'_> {
    fn decide(&self, packet: &Packet, verdict: Verdict) -> Verdict {
        if self.without_untold.effect(packet).effect() == verdict.effect() {
            return verdict;
        }
        let why = "it depends on listeners or addresses that the dump does not tell; add `netsh interface portproxy \
                   show all` and `netsh interface ipv4 show addresses`";
        Verdict::certain(Fate::Undecided(why.into()), Vec::new())
    }
}

impl Evaluate for Both<'_> {
    fn verdict(&self, packet: &Packet) -> Verdict {
        self.decide(packet, self.with_untold.verdict(packet))
    }

    fn effect(&self, packet: &Packet) -> Verdict {
        self.decide(packet, self.with_untold.effect(packet))
    }

    fn sites(&self) -> Vec<Site> {
        Evaluate::sites(&self.with_untold)
    }

    fn addresses(&self) -> Vec<IpAddr> {
        Evaluate::addresses(&self.with_untold)
    }

    fn compared_sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<Vec<(IpAddr, IpAddr)>> {
        self.with_untold.compared_sources(to, protocol)
    }

    fn forwards(&self, protocol: Protocol) -> bool {
        self.with_untold.forwards(protocol)
    }
}

impl Evaluate for Evaluator<'_> {
    fn verdict(&self, packet: &Packet) -> Verdict {
        self.verdict(packet)
    }

    fn effect(&self, packet: &Packet) -> Verdict {
        self.effect(packet)
    }

    fn sites(&self) -> Vec<Site> {
        let sites = self.frontends().map(|(address, family, port)| Site {
            at: address.map_or(SiteAddress::Node(family), SiteAddress::Address),
            port,
            protocol: Protocol::Tcp,
        });
        sites.collect()
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.addresses().collect()
    }

    fn compared_sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<Vec<(IpAddr, IpAddr)>> {
        if protocol == Protocol::Tcp { self.sources(to.ip(), to.port()) } else { Vec::new() }
    }

    /// The port proxy of Windows takes TCP only.
    fn forwards(&self, protocol: Protocol) -> bool {
        protocol == Protocol::Tcp
    }
}

/// What netsh is to do for the Services.
pub(super) fn planned(context: Context<'_>) -> Lowered {
    let options = context.options.get::<Options>();
    lower(context.rules, &Options { families: context.families.to_vec(), ..options.clone() })
}
