//! One packet: the load balancer that takes it, or why none does, with the steps and the rules on the way.

use std::cell::Cell;
use std::fmt;
use std::net::SocketAddr;

use super::Evaluator;
use super::frontends::Found;
use super::rules::Rule;
use crate::answer::verdict::{
    Delivery, Fate, Ground, Locality, Packet, Rewrite, SourceAddress, Telling, TraceStep, Verdict,
};
use crate::name::printable;
use crate::net::Family;
use crate::platform::hns::model::{Address, Endpoint, LoadBalancer, NodePort, protocol_number};

/// A packet that is asked about.
#[derive(Clone, Copy)]
pub(super) struct Asked<'e, 's> {
    pub(super) evaluator: &'e Evaluator<'s>,
    pub(super) packet: &'e Packet,
    pub(super) locality: &'e Locality<'e>,
    pub(super) telling: Telling,
    /// The least sure rule on the way so far.
    pub(super) weakest: &'e Cell<Option<Rule>>,
}

impl<'s> Asked<'_, 's> {
    pub(super) fn verdict(self) -> Verdict {
        match self.taker() {
            Ok((at, steps)) => self.deliver(at, &steps),
            Err(verdict) => verdict,
        }
    }

    /// The load balancer that takes the packet and the steps to it, or what becomes of the packet otherwise.
    pub(super) fn taker(self) -> Result<(usize, Vec<TraceStep>), Verdict> {
        let Self { evaluator, packet, .. } = self;
        if let Some(why) = &evaluator.other_proxy {
            return Err(self.served_by_others(why));
        }
        let at = match evaluator.frontends.find(packet, self.locality, evaluator.balancers) {
            Found::One(at) => at,
            Found::Nothing => {
                let by_switch = self.only_in_switch("HNS has no load balancer for it");
                let otherwise = || self.owned().unwrap_or_else(|| self.unhandled(Rule::NothingThere, None));
                return Err(by_switch.unwrap_or_else(otherwise));
            }
            Found::NotTold => {
                let by_switch = self.only_in_switch("the dump does not contain all load balancers");
                let by_switch = by_switch.or_else(|| self.unknown_to_switch());
                return Err(by_switch.unwrap_or_else(|| self.not_told()));
            }
            Found::OtherFamily(at) => {
                return Err(self.undecided(Rule::OtherFamily, at, "its flags are for the other family"));
            }
            Found::Vague(at) => {
                return Err(self.undecided(Rule::NoPorts, at, "the dump does not tell its ports"));
            }
            Found::Several(several) => {
                let text = format!("{} more answer to {}", several.len() - 1, Frontend(packet));
                let what = format!("HNS has {} load balancers for it", several.len());
                if let Some(by_switch) = self.only_in_switch(&what) {
                    return Err(by_switch);
                }
                return Err(self.undecided(Rule::Twice, several[0], &text));
            }
        };
        Ok((at, self.reach(at)?))
    }

    /// What becomes of a packet to a port of the node that an endpoint takes.
    fn owned(self) -> Option<Verdict> {
        let packet = self.packet;
        let protocol = protocol_number(packet.protocol);
        let is_it = |port: &NodePort| {
            (port.protocol, port.external) == (protocol, packet.port)
                && port.address.is_none_or(|ip| ip == packet.destination)
        };
        let (port, endpoint) = self.evaluator.owners.iter().find(|(port, _)| is_it(port))?;
        if packet.destination.is_loopback() || !self.locality.is_local(packet.destination) {
            return None;
        }
        let family = packet.family();
        let ip = endpoint.addresses().filter_map(Address::ip).find(|ip| Family::of(*ip) == family)?;
        let to = SocketAddr::new(ip, port.internal);
        let ground = self.rest_on(Rule::PortOfEndpoint);
        let step = self.told(|| TraceStep {
            within: owner_name(endpoint).into(),
            number: None,
            rule: format!("PortMapping {} to {to}", Frontend(packet)).into(),
            origin: None,
            rewrite: Some(Rewrite::Destination(to)),
            ground: Some(ground),
        });
        let delivery = Delivery { endpoint: to, source: SourceAddress::Kept, affinity: None };
        Some(Verdict::certain(Fate::Endpoint(delivery), step.into_iter().collect()))
    }

    pub(super) fn balancer(self, at: usize) -> &'s LoadBalancer {
        &self.evaluator.balancers[at]
    }

    /// No load balancer takes the packet.
    pub(super) fn unhandled(self, rule: Rule, at: Option<usize>) -> Verdict {
        let frontend = Frontend(self.packet);
        // It rests on nothing else: what led to a load balancer does not matter if this one does not take the packet.
        self.weakest.set(None);
        let ground = self.rest_on(rule);
        let nothing = || TraceStep {
            within: "HNS".into(),
            number: None,
            rule: format!("no load balancer for {frontend}").into(),
            origin: None,
            rewrite: None,
            ground: Some(ground),
        };
        let step = at.map_or_else(
            || self.told(nothing),
            |at| self.step(at, rule, format_args!("does not take {frontend}")),
        );
        Verdict::certain(Fate::Unhandled(SourceAddress::Kept), step.into_iter().collect())
    }

    /// It depends on an open question what the load balancer does.
    pub(super) fn undecided(self, rule: Rule, at: usize, what: &str) -> Verdict {
        let step = self.step(at, rule, format_args!("{what}"));
        Verdict::certain(self.open(at, what), step.into_iter().collect())
    }

    /// Somebody else serves Services, by rules that HNS does not have.
    fn served_by_others(self, why: &str) -> Verdict {
        let step = self.told(|| TraceStep {
            within: "HNS".into(),
            number: None,
            rule: why.into(),
            origin: None,
            rewrite: None,
            ground: Some(Rule::OtherProxy.ground()),
        });
        Verdict::certain(Fate::Undecided(why.into()), step.into_iter().collect())
    }

    /// It depends on load balancers that the dump does not contain.
    fn not_told(self) -> Verdict {
        let what = "the dump does not contain all load balancers";
        let step = self.told(|| TraceStep {
            within: "HNS".into(),
            number: None,
            rule: what.into(),
            origin: None,
            rewrite: None,
            ground: Some(Rule::NotTold.ground()),
        });
        let help = "add the output of Get-HnsPolicyList | ConvertTo-Json -Depth 20";
        Verdict::certain(Fate::Undecided(format!("{what}; {help}").into()), step.into_iter().collect())
    }

    pub(super) fn open(self, at: usize, what: &str) -> Fate {
        Fate::Undecided(format!("{}: {what}", name(self.balancer(at))).into())
    }

    pub(super) fn step(self, at: usize, rule: Rule, text: fmt::Arguments<'_>) -> Option<TraceStep> {
        let ground = self.rest_on(rule);
        self.told(|| {
            let balancer = self.balancer(at);
            TraceStep {
                within: name(balancer).into(),
                number: None,
                rule: text.to_string().into(),
                origin: balancer.id.and_then(|id| self.evaluator.origins.get(&id).copied()),
                rewrite: None,
                ground: Some(ground),
            }
        })
    }

    pub(super) fn rewriting(
        self,
        at: usize,
        rule: Rule,
        text: fmt::Arguments<'_>,
        rewrite: Rewrite,
    ) -> Option<TraceStep> {
        self.step(at, rule, text).map(|step| TraceStep { rewrite: Some(rewrite), ..step })
    }

    /// Notes that the verdict rests on a rule.
    pub(super) fn rest_on(self, rule: Rule) -> &'static Ground {
        let weakest = self.weakest.get().filter(|weakest| weakest.confidence() >= rule.confidence());
        if rule.decides() {
            self.weakest.set(Some(weakest.unwrap_or(rule)));
        }
        rule.ground()
    }

    /// A step, if steps are told.
    pub(super) fn told(self, step: impl FnOnce() -> TraceStep) -> Option<TraceStep> {
        (self.telling == Telling::Steps).then(step)
    }
}

/// `endpoint 3f2c81d0`
fn owner_name(endpoint: &Endpoint) -> String {
    match endpoint.id {
        Some(id) => format!("endpoint {}", &id.to_string()[..8]),
        None => "an endpoint without id".to_owned(),
    }
}

/// `load balancer 3f2c81d0`, which is enough of the id to find it.
pub(super) fn name(balancer: &LoadBalancer) -> String {
    match balancer.id {
        Some(id) => format!("load balancer {}", &id.to_string()[..8]),
        None => "a load balancer without id".to_owned(),
    }
}

/// The address that a packet goes to: `10.96.0.10:53/UDP`.
pub(super) struct Frontend<'p>(pub(super) &'p Packet);

impl fmt::Display for Frontend<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Packet { destination, port, protocol, .. } = self.0;
        write!(f, "{}/{protocol}", std::net::SocketAddr::new(*destination, *port))
    }
}

pub(super) fn shown(address: &Address) -> String {
    printable(&address.to_string())
}
