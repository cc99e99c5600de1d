//! Which member of a load balancer gets a packet, and whom it sees.

use std::net::SocketAddr;

use super::asked::{Asked, shown};
use super::by_switch::is_same;
use super::reach::mapping;
use super::rules::Rule;
use crate::answer::verdict::{
    Affinity, Chance, Delivery, Fate, Outcome, Rewrite, SourceAddress, TraceStep, Verdict,
};
use crate::net::Family;
use crate::node::LoopbackBasis;
use crate::platform::hns::model::{
    Address, Distribution, Endpoint, EndpointRef, LoadBalancer, LoadBalancerFlags, NetworkRef, Parts,
    PortFlags, PortMapping,
};

/// The first version of HNS that keeps clients with their endpoints.
const SESSION_AFFINITY: u32 = 12;

/// The last version some builds of which take the address of a load balancer for the source of packets.
const VIP_AS_SOURCE: u32 = 9;

/// The first release of Windows with a later one.
const AFTER_VIP_AS_SOURCE: u32 = 17_764;

const NO_LOOPBACK_RULE: &str =
    "the pod does not reach itself: the switch has no rule OUTBOUNDNAT for its own address at its port";

const NO_LOOPBACK: &str = "the pod does not reach itself: its endpoint has no loopbackDSR policy";

/// A packet at the load balancer that takes it.
struct Arrival<'e> {
    at: usize,
    balancer: &'e LoadBalancer,
    mapping: &'e PortMapping,
    affinity: Option<Affinity>,
}

impl<'s> Asked<'_, 's> {
    /// What becomes of a packet that a load balancer takes; `steps` led to it.
    pub(super) fn deliver(self, at: usize, steps: &[TraceStep]) -> Verdict {
        let balancer = self.balancer(at);
        let Some(mapping) = mapping(balancer, self.packet) else {
            unreachable!("only a load balancer with the packet's port takes it")
        };
        let affinity = match self.affinity(mapping.distribution) {
            Ok(affinity) => affinity,
            Err((rule, what)) => return self.undecided(rule, at, what),
        };
        let arrival = Arrival { at, balancer, mapping, affinity };
        let members = self.met_members(&arrival);
        if members.is_empty() {
            return self.undecided(Rule::UnknownMember, at, "the dump does not tell its members");
        }
        self.share_out(&arrival, members, steps)
    }

    /// Whether clients keep their endpoint.
    fn affinity(self, distribution: Distribution) -> Result<Option<Affinity>, (Rule, &'static str)> {
        match distribution {
            Distribution::TUPLE => Ok(None),
            Distribution::SOURCE_IP | Distribution::SOURCE_IP_PROTOCOL => match self.evaluator.version {
                Some(version) if version.major >= SESSION_AFFINITY => {
                    Ok(Some(Affinity { timeout_seconds: None }))
                }
                Some(_) => Err((Rule::AffinityUnsupported, "HNS before 12.0 has no session affinity")),
                None => Err((
                    Rule::AffinityUnsupported,
                    "it distributes by source address, and the version of HNS is not told",
                )),
            },
            _ => Err((Rule::OtherDistribution, "its distribution is not known")),
        }
    }

    /// Where each member gets packets, as far as that is known.
    fn members(self, arrival: &Arrival<'_>) -> Vec<Result<Member<'s>, String>> {
        let family = self.packet.family();
        let members = arrival.balancer.endpoints.iter();
        members.map(|member| self.member(member, family, arrival.mapping.internal_port)).collect()
    }

    /// Where HNS says that packets to a load balancer go; `None` where it does not say so of each member.
    pub(super) fn sockets(self, at: usize) -> Option<Vec<SocketAddr>> {
        let balancer = self.balancer(at);
        let port = mapping(balancer, self.packet)?.internal_port;
        let is_told = balancer.gaps.tells(Parts::MEMBERS | Parts::INTERNAL_PORT);
        let family = self.packet.family();
        let of = |member: &EndpointRef| Some(self.member(member, family, port).ok()?.socket);
        balancer.endpoints.iter().map(of).collect::<Option<Vec<_>>>().filter(|_| is_told)
    }

    /// The members of the rule that the packet meets in the switch, where that has others, or else those of HNS.
    fn met_members(self, arrival: &Arrival<'_>) -> Vec<Result<Member<'s>, String>> {
        match self.members_in_switch(arrival.at) {
            Some(met) if !self.sockets(arrival.at).is_some_and(|hns| is_same(&hns, met)) => {
                met.iter().map(|socket| self.member_at(*socket)).collect()
            }
            _ => self.members(arrival),
        }
    }

    /// A member that the switch has: the endpoint with its address, or none.
    pub(super) fn member_at(self, socket: SocketAddr) -> Result<Member<'s>, String> {
        let mut endpoints = self.evaluator.state.endpoints.iter();
        let endpoint = endpoints.find(|of| of.addresses().any(|ip| ip.ip() == Some(socket.ip())));
        match endpoint {
            Some(endpoint) => self.placed(endpoint, socket),
            None if self.evaluator.overlays.is_empty() => {
                Ok(Member { endpoint: None, socket, carrier: None })
            }
            None => Err(format!("member {socket} of the switch's rule has no endpoint in the dump")),
        }
    }

    fn member(self, reference: &EndpointRef, family: Family, port: u16) -> Result<Member<'s>, String> {
        let known = reference.id().and_then(|id| self.evaluator.endpoints.get(&id).copied());
        let shown_reference = || crate::name::printable(&reference.to_string());
        let endpoint = known.ok_or_else(|| format!("member {} is no known endpoint", shown_reference()))?;
        if self.evaluator.state.has_lost_network_of(endpoint) {
            return Err(format!("member {} is on a network that does not exist", shown_reference()));
        }
        let condition = endpoint.condition;
        if let Some(what) = condition.fault().or(condition.last_error.map(|_| "faulty")) {
            return Err(format!("HNS reports member {} as {what}", shown_reference()));
        }
        let mut ips = endpoint.addresses().filter_map(Address::ip).filter(|ip| Family::of(*ip) == family);
        let ip = ips
            .next()
            .ok_or_else(|| format!("member {} has no usable {family} address", shown_reference()))?;
        self.placed(endpoint, SocketAddr::new(ip, port))
    }

    /// An endpoint with the node that packets to it are carried to, if there is one.
    fn placed(self, endpoint: &'s Endpoint, socket: SocketAddr) -> Result<Member<'s>, String> {
        let ip = socket.ip();
        let carrier = if self.is_on_overlay(endpoint) && endpoint.is_remote() {
            Some(endpoint.provider_address().ok_or_else(|| {
                format!("member {ip} is remote on an overlay network and has no provider address")
            })?)
        } else {
            None
        };
        if let (Some(carrier), Some(node)) = (carrier, self.evaluator.carriers.of(ip))
            && carrier.ip() != Some(node)
        {
            return Err(format!(
                "member {ip} is on node {node}, and packets to it are carried to {}",
                shown(carrier)
            ));
        }
        Ok(Member { endpoint: Some(endpoint), socket, carrier })
    }

    fn is_on_overlay(self, endpoint: &Endpoint) -> bool {
        matches!(&endpoint.network, Some(NetworkRef::Id(id)) if self.evaluator.overlays.contains(id))
    }

    /// The outcomes of all members; those of one fate are one.
    fn share_out(
        self,
        arrival: &Arrival<'_>,
        members: Vec<Result<Member<'_>, String>>,
        steps: &[TraceStep],
    ) -> Verdict {
        let (rule, text) = choice(arrival, members.len());
        let remembered = self.packet.remembered.filter(|_| arrival.affinity.is_some());
        let is_remembered = |member: &Result<Member<'_>, String>| {
            member.as_ref().is_ok_and(|member| Some(member.socket) == remembered)
        };
        let (rule, text, members) = match members.iter().find(|member| is_remembered(member)) {
            Some(same) => (Rule::Remembered, "the member that the client had".to_owned(), vec![same.clone()]),
            None => (rule, text, members),
        };
        let share = Chance::one_in(u32::try_from(members.len()).unwrap_or(u32::MAX));
        let mut outcomes: Vec<Outcome> = Vec::new();
        let so_far = self.weakest.get();
        let mut known: rustc_hash::FxHashMap<Fate, usize> = rustc_hash::FxHashMap::default();
        for member in members {
            self.weakest.set(so_far);
            let (fate, last) = match member {
                Ok(member) => self.fate(arrival, &member),
                Err(what) => {
                    let step = self.step(arrival.at, Rule::UnknownMember, format_args!("{what}"));
                    (self.open(arrival.at, &what), step.into_iter().collect())
                }
            };
            if let Some(outcome) = known.get(&fate).map(|at| &mut outcomes[*at])
                && let Some(chance) = outcome.chance.or(share)
            {
                outcome.chance = chance;
                continue;
            }
            known.insert(fate.clone(), outcomes.len());
            let chosen = self.step(arrival.at, rule, format_args!("{text}"));
            let steps = steps.iter().cloned().chain(chosen).chain(last).collect();
            let rests_on = self.weakest.get().map(Rule::ground);
            outcomes.push(Outcome { chance: share, fate, steps, rests_on });
        }
        Verdict::new(outcomes)
    }

    /// What becomes of a packet for this member, and the last steps to there.
    fn fate(self, arrival: &Arrival<'_>, member: &Member<'_>) -> (Fate, Vec<TraceStep>) {
        let at = arrival.at;
        let (source, rule) = match self.source(arrival, member) {
            Ok(known) => known,
            Err((rule @ (Rule::NoLoopback | Rule::LoopbackOfPlugin | Rule::LoopbackBySwitch), what)) => {
                let step = self.step(at, rule, format_args!("{what}"));
                return (Fate::Dropped, step.into_iter().collect());
            }
            Err((rule, what)) => {
                let step = self.step(at, rule, format_args!("{what}"));
                return (self.open(at, what), step.into_iter().collect());
            }
        };
        let rewrite = Rewrite::Source(source);
        let sees = match source {
            SourceAddress::Kept | SourceAddress::DirectReturn => {
                self.step(at, rule, format_args!("direct server return"))
            }
            SourceAddress::SourceVip(ip) => self.rewriting(at, rule, format_args!("SourceVIP {ip}"), rewrite),
            SourceAddress::Masqueraded => {
                self.rewriting(at, rule, format_args!("neither direct server return nor SourceVIP"), rewrite)
            }
        };
        let socket = member.socket;
        let gets = if arrival.mapping.flags.contains(PortFlags::PRESERVE_DIP) {
            let text = format_args!("to {socket}, which sees the address connected to");
            self.step(at, Rule::PreserveDip, text)
        } else {
            self.rewriting(at, Rule::Member, format_args!("to {socket}"), Rewrite::Destination(socket))
        };
        let carried = member.carrier.and_then(|carrier| {
            self.step(at, Rule::Carried, format_args!("carried to node {}", shown(carrier)))
        });
        let steps = sees.into_iter().chain(gets).chain(carried).collect();
        let delivery = Delivery { endpoint: member.socket, source, affinity: arrival.affinity };
        (Fate::Endpoint(delivery), steps)
    }

    /// Whom the endpoint sees.
    fn source(
        self,
        arrival: &Arrival<'_>,
        member: &Member<'_>,
    ) -> Result<(SourceAddress, Rule), (Rule, &'static str)> {
        let endpoint = member.socket.ip();
        let is_itself = self.packet.source == endpoint;
        if arrival.balancer.flags.contains(LoadBalancerFlags::DSR) {
            if !is_itself {
                return Ok((SourceAddress::DirectReturn, Rule::DirectReturn));
            }
            return match self.loops_back(member) {
                Some((true, rule)) => Ok((SourceAddress::DirectReturn, rule)),
                Some((false, rule @ Rule::LoopbackBySwitch)) => Err((rule, NO_LOOPBACK_RULE)),
                Some((false, rule)) => Err((rule, NO_LOOPBACK)),
                None => Err((
                    Rule::HairpinDirectReturn,
                    "whether a pod reaches itself with direct server return is not known; --loopback-dsr decides it",
                )),
            };
        }
        if !arrival.balancer.gaps.tells(Parts::DSR) {
            return Err((Rule::DirectReturn, "the dump does not tell whether it has direct server return"));
        }
        match &arrival.balancer.source_vip {
            Some(Address::Ip(ip)) => Ok((SourceAddress::SourceVip(*ip), Rule::SourceVip)),
            Some(Address::Text(_)) => Err((Rule::Unusual, "its SourceVIP is spelled unusually")),
            None if is_itself && self.may_take_the_vip() => Err((
                Rule::HairpinWithoutSourceVip,
                "whether a pod reaches itself without SourceVIP is not known for this HNS",
            )),
            None => Ok((SourceAddress::Masqueraded, Rule::Masquerade)),
        }
    }
}

impl Asked<'_, '_> {
    /// Whether a pod reaches itself with direct server return: the rules at its port say so, else its endpoint's own
    /// policy, else who knows what the network plugin does.
    fn loops_back(self, member: &Member<'_>) -> Option<(bool, Rule)> {
        let ip = member.socket.ip();
        if let Some(loops) = self.evaluator.switch.loops_back(ip) {
            return Some((loops, Rule::LoopbackBySwitch));
        }
        let by_policy = member.endpoint.and_then(|endpoint| endpoint.loops_back(ip));
        let loopback = self.evaluator.loopback;
        let (loops, by) = match (by_policy, loopback.of(Family::of(ip))) {
            (Some(loops), _) => (loops, LoopbackBasis::Said),
            (None, told) => (told?, loopback.by()),
        };
        let rule = match (by, loops) {
            (LoopbackBasis::Plugin, _) => Rule::LoopbackOfPlugin,
            (LoopbackBasis::Said, true) => Rule::LoopsBack,
            (LoopbackBasis::Said, false) => Rule::NoLoopback,
        };
        Some((loops, rule))
    }

    /// Whether HNS may be one of those that take the VIP for the source of packets: that of Windows Server 2019.
    fn may_take_the_vip(self) -> bool {
        let version = self.evaluator.version.is_none_or(|version| version.major <= VIP_AS_SOURCE);
        let build = self.evaluator.known.build.is_none_or(|build| build.build < AFTER_VIP_AS_SOURCE);
        version && build
    }
}

/// Where a member gets packets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'s> {
    /// None where the switch has a member that HNS does not have.
    endpoint: Option<&'s Endpoint>,
    socket: SocketAddr,
    /// The node that packets are carried to, on an overlay network.
    carrier: Option<&'s Address>,
}

/// How one of so many members is chosen.
fn choice(arrival: &Arrival<'_>, members: usize) -> (Rule, String) {
    match arrival.affinity {
        None => (Rule::Tuple, format!("1 of {members}, by addresses, ports and protocol")),
        Some(_) => (Rule::SourceIp, format!("1 of {members}, by source address")),
    }
}
