//! A plan for netsh, ready to be asked about packets.

use std::net::{IpAddr, SocketAddr};

use super::{Evaluator, Lowered, Options, Plan, lower};
use crate::answer::verdict::{Host, Packet, Verdict};
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
