//! What kube-proxy answers itself: health checks, on ports of the node that no rule forwards.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::verdict::{Fate, Host, Outcome, Owner, Packet, Verdict, unknown_owner};
use crate::ir::RuleSet;
use crate::net::{Family, Protocol};
use crate::node::NodePortMatch;

/// The ports on which kube-proxy listens.
#[derive(Debug)]
pub(super) struct Listeners {
    /// What is answered there, by family and port.
    answers: FxHashMap<(Family, u16), Box<str>>,
    /// Addresses of Services, which a provider has in front of the node unless the input tells otherwise.
    frontends: FxHashSet<IpAddr>,
    /// The port of its own health, and the only address for it if there is one.
    healthz: (u16, Option<IpAddr>),
}

impl Listeners {
    /// Its own health, and one for each Service with a health check node port (kube-proxy, all versions and platforms).
    pub(super) fn of(rules: &RuleSet) -> Self {
        let mut answers = FxHashMap::default();
        for port in &rules.services {
            let Some(number) = port.health_check_node_port else { continue };
            let text = format!("the health check of {}/{}", port.namespace, port.name).into();
            answers.entry((port.family, number)).or_insert(text);
        }
        let node = &rules.node;
        let healthz: Box<str> = "its own health (healthz)".into();
        for family in Family::ALL {
            answers.entry((family, node.windows.healthz_port)).or_insert_with(|| healthz.clone());
        }
        let frontends = rules.services.iter().flat_map(|port| &port.frontends);
        let frontends = frontends.filter_map(|frontend| frontend.address).collect();
        Self { answers, frontends, healthz: (node.windows.healthz_port, node.healthz_address) }
    }

    /// A verdict with what kube-proxy answers in the place of what no rule handles, where it listens for health checks
    /// of Services at `serving`.
    pub(super) fn answer(
        &self,
        packet: &Packet,
        host: &Host,
        serving: &NodePortMatch,
        verdict: Verdict,
    ) -> Verdict {
        let Some(what) = self.at(packet, serving) else { return verdict };
        let fate = match host.owner(packet.destination) {
            Owner::Node => Fate::Answered(what.into()),
            Owner::Unknown if self.frontends.contains(&packet.destination) => return verdict,
            Owner::Unknown => Fate::Undecided(unknown_owner(packet.destination)),
            Owner::Other => return verdict,
        };
        let outcomes = verdict.outcomes().iter().map(|outcome| match outcome.fate {
            Fate::Unhandled(_) => Outcome { fate: fate.clone(), ..outcome.clone() },
            _ => outcome.clone(),
        });
        Verdict::new(outcomes.collect())
    }

    fn at(&self, packet: &Packet, serving: &NodePortMatch) -> Option<&str> {
        let what = self.answers.get(&(packet.family(), packet.port))?;
        let (healthz, only) = self.healthz;
        let ip = packet.destination;
        let is_served =
            if packet.port == healthz { only.is_none_or(|only| only == ip) } else { serving.has(ip) };
        (packet.protocol == Protocol::Tcp && is_served).then_some(&**what)
    }
}
