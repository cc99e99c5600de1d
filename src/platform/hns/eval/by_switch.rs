//! Where a dump has rules of the virtual switch, what becomes of a packet by them.

use std::fmt;
use std::net::SocketAddr;

use super::asked::{Asked, Frontend, name};
use super::rules::Rule;
use super::switch::{Told, has_local_member};
use crate::answer::verdict::{
    Chance, Delivery, Fate, Outcome, Rewrite, Sender, SourceAddress, TraceStep, Verdict,
};
use crate::name::{counted, printable};
use crate::platform::hns::model::{LoadBalancerFlags, SwitchRule, SwitchTask, protocol_number};

/// What would decide where ports differ.
const DEPENDS: &str = "the ports of pods have different rules of the virtual switch for it; add ports.txt \
                       (vfpctrl /list-vmswitch-port), which tells whose they are";

/// What the rules at the port of the host say of a packet to a load balancer.
pub(super) enum AtHost {
    /// One serves it; the step to it is only told where steps are.
    Met(Option<TraceStep>),
    NotTold,
}

impl<'s> Asked<'_, 's> {
    /// What the switch says of a packet to a load balancer.
    fn in_switch(self, at: usize) -> Told<'s> {
        let is_direct = self.balancer(at).flags.contains(LoadBalancerFlags::DSR);
        match self.packet.sender {
            Sender::Pod => self.at_pod(SwitchTask::of_pods(is_direct)),
            Sender::Node => self.at_host(SwitchTask::OfHost),
            Sender::Outside => self.at_host(SwitchTask::Hairpin),
        }
    }

    fn at_pod(self, task: SwitchTask) -> Told<'s> {
        self.evaluator.switch.of_pod(self.packet.source, task, self.frontend())
    }

    fn at_host(self, task: SwitchTask) -> Told<'s> {
        self.evaluator.switch.of_host(task, self.frontend())
    }

    fn frontend(self) -> super::switch::Frontend {
        let packet = self.packet;
        (protocol_number(packet.protocol), SocketAddr::new(packet.destination, packet.port))
    }

    /// Where the switch sends packets to a load balancer, as far as it tells.
    pub(super) fn members_in_switch(self, at: usize) -> Option<&'s [SocketAddr]> {
        let Told::Rule(rule) = self.in_switch(at) else { return None };
        rule.members.as_deref().filter(|members| !members.is_empty())
    }

    /// The step to the rule of a load balancer at the port of a pod, if that is known, or what becomes of the packet
    /// without one.
    pub(super) fn met_at_pod(self, at: usize) -> Result<Option<TraceStep>, Verdict> {
        match self.in_switch(at) {
            Told::Nothing => Ok(None),
            Told::Rule(rule) => Ok(self.rule_step(at, rule, Rule::Switch)),
            Told::Absent => Err(self.absent(at, Rule::Switch)),
            Told::Depends => Err(self.undecided(Rule::SwitchDepends, at, DEPENDS)),
        }
    }

    /// The same of packets of the node and from outside, for which `rule` says who is served.
    pub(super) fn met_at_host(self, at: usize, rule: Rule) -> Result<AtHost, Verdict> {
        match self.in_switch(at) {
            Told::Rule(found) => Ok(AtHost::Met(self.rule_step(at, found, rule))),
            Told::Absent if self.has_host_rule(at) => Err(self.absent(at, rule)),
            _ => Ok(AtHost::NotTold),
        }
    }

    /// Whether a load balancer has a rule at the port of the host, where such packets are served.
    pub(super) fn has_host_rule(self, at: usize) -> bool {
        let balancer = self.balancer(at);
        balancer.flags.contains(LoadBalancerFlags::DSR)
            && (self.packet.sender == Sender::Node || has_local_member(self.evaluator.state, balancer))
    }

    /// The switch has no rule for a load balancer of HNS.
    fn absent(self, at: usize, rule: Rule) -> Verdict {
        self.weakest.set(None);
        let balancer = name(self.balancer(at));
        let text = format_args!("no rule for {}, though HNS has {balancer}", Frontend(self.packet));
        let step = self.switch_step(rule, text);
        Verdict::certain(Fate::Unhandled(SourceAddress::Kept), step.into_iter().collect())
    }

    /// The step to a rule, with what HNS says otherwise.
    fn rule_step(self, at: usize, found: &SwitchRule, rule: Rule) -> Option<TraceStep> {
        let hns = self.sockets(at).filter(|hns| found.members.as_ref().is_some_and(|of| !is_same(of, hns)));
        let says = hns.map(|hns| format!("; HNS says {}", listed(&hns))).unwrap_or_default();
        self.switch_step(rule, format_args!("{}{says}", Shown(found)))
    }

    /// What becomes of a packet that HNS has no single load balancer for, where the switch has a rule; `what` says what
    /// HNS has.
    pub(super) fn only_in_switch(self, what: &str) -> Option<Verdict> {
        let (told, is_direct) = match self.packet.sender {
            Sender::Pod => match self.at_pod(SwitchTask::Direct) {
                Told::Nothing | Told::Absent => (self.at_pod(SwitchTask::Translated), false),
                told => (told, true),
            },
            Sender::Node => (self.at_host(SwitchTask::OfHost), true),
            Sender::Outside => return None,
        };
        let rule = match told {
            Told::Rule(rule) => rule,
            Told::Depends => return Some(self.open_switch(DEPENDS)),
            Told::Nothing | Told::Absent => return None,
        };
        let members = rule.members.as_deref().unwrap_or_default();
        if members.is_empty() {
            let text = format!("the members of rule {} are not told", printable(&rule.name));
            return Some(self.open_switch(&text));
        }
        if !is_direct {
            let text = format!("whom members of rule {} see is not known", printable(&rule.name));
            return Some(self.open_switch(&text));
        }
        let found = self.switch_step(Rule::Switch, format_args!("{}; {what}", Shown(rule)));
        let chance = Chance::one_in(u32::try_from(members.len()).unwrap_or(u32::MAX));
        let so_far = self.weakest.get();
        let outcomes = members.iter().map(|socket| {
            self.weakest.set(so_far);
            let chosen = self.switch_step(Rule::Tuple, format_args!("1 of {}", members.len()));
            let (fate, last) = self.fate_in_switch(*socket);
            let rests_on = self.weakest.get().map(Rule::ground);
            Outcome {
                chance,
                fate,
                steps: found.iter().cloned().chain(chosen).chain(last).collect(),
                rests_on,
            }
        });
        Some(Verdict::new(outcomes.collect()))
    }

    /// What becomes of a packet that the switch sends to a member, with direct server return.
    fn fate_in_switch(self, socket: SocketAddr) -> (Fate, Option<TraceStep>) {
        if let Err(what) = self.member_at(socket) {
            let step = self.switch_step(Rule::UnknownMember, format_args!("{what}"));
            return (Fate::Undecided(what.into()), step);
        }
        let to = self.switch_step(Rule::Member, format_args!("to {socket}"));
        let to = to.map(|step| TraceStep { rewrite: Some(Rewrite::Destination(socket)), ..step });
        let source = SourceAddress::DirectReturn;
        (Fate::Endpoint(Delivery { endpoint: socket, source, affinity: None }), to)
    }

    /// What becomes of a packet that the switch has no rule for, where HNS is told in part.
    pub(super) fn unknown_to_switch(self) -> Option<Verdict> {
        let is_absent = match self.packet.sender {
            Sender::Pod => [SwitchTask::Direct, SwitchTask::Translated]
                .into_iter()
                .all(|task| self.at_pod(task) == Told::Absent),
            Sender::Node | Sender::Outside => false,
        };
        is_absent.then(|| {
            let step = self.switch_step(Rule::Switch, format_args!("no rule for {}", Frontend(self.packet)));
            Verdict::certain(Fate::Unhandled(SourceAddress::Kept), step.into_iter().collect())
        })
    }

    fn open_switch(self, what: &str) -> Verdict {
        let step = self.switch_step(Rule::SwitchDepends, format_args!("{what}"));
        Verdict::certain(Fate::Undecided(what.into()), step.into_iter().collect())
    }

    fn switch_step(self, rule: Rule, text: fmt::Arguments<'_>) -> Option<TraceStep> {
        let ground = self.rest_on(rule);
        self.told(|| TraceStep {
            within: "virtual switch".into(),
            number: None,
            rule: text.to_string().into(),
            origin: None,
            rewrite: None,
            ground: Some(ground),
        })
    }
}

/// Whether two lists have the same members, in any order.
pub(super) fn is_same(one: &[SocketAddr], other: &[SocketAddr]) -> bool {
    let is_in = |all: &[SocketAddr], of: &SocketAddr| all.contains(of);
    one.iter().all(|of| is_in(other, of)) && other.iter().all(|of| is_in(one, of))
}

fn listed(sockets: &[SocketAddr]) -> String {
    sockets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// `rule LB_DSR_…: 10.60.3.21:8443; 41 packets matched, 0 dropped`
struct Shown<'r>(&'r SwitchRule);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}", printable(&self.0.name))?;
        if let Some(members) = self.0.members.as_deref().filter(|members| !members.is_empty()) {
            write!(f, ": {}", listed(members))?;
        }
        if let Some(packets) = self.0.packets {
            let matched = usize::try_from(packets.matched).unwrap_or(usize::MAX);
            write!(f, "; {} matched, {} dropped", counted(matched, "packet"), packets.dropped)?;
        }
        Ok(())
    }
}
