//! Whether a load balancer takes the packets of a sender.

use super::asked::{Asked, Frontend};
use super::by_switch::AtHost;
use super::releases::{FROM_NODE, FROM_OUTSIDE, OWN_NODE_PORT, Question, ROUTED_FROM_OUTSIDE};
use super::rules::Rule;
use crate::answer::verdict::{Fate, Packet, Sender, TraceStep, Verdict};
use crate::net::Protocol;
use crate::platform::hns::model::protocol_number;
use crate::platform::hns::model::{
    Address, Detail, LoadBalancer, LoadBalancerFlags, Parts, PortFlags, PortMapping, SwitchTask,
};

/// The port flags that kube-proxy sends.
const USUAL: PortFlags = PortFlags::LOCAL_ROUTED_VIP
    .union(PortFlags::USE_MUX)
    .union(PortFlags::PRESERVE_DIP)
    .union(PortFlags::VIP_EXTERNAL_IP);

impl Asked<'_, '_> {
    /// The steps to a load balancer that takes the packet, or what becomes of it otherwise.
    pub(super) fn reach(self, at: usize) -> Result<Vec<TraceStep>, Verdict> {
        let packet = self.packet;
        let balancer = self.balancer(at);
        let Some(mapping) = mapping(balancer, packet) else {
            return Err(self.undecided(Rule::NoPorts, at, "the dump does not tell its ports"));
        };
        let condition = balancer.condition;
        if let Some(what) = condition.fault_of_balancer().or(condition.last_error.map(|_| "faulty")) {
            return Err(self.undecided(Rule::Degraded, at, &format!("HNS reports it as {what}")));
        }
        let is_told = self.members_in_switch(at).is_some();
        if !is_told && !balancer.gaps.tells(Parts::INTERNAL_PORT) {
            return Err(self.undecided(Rule::NoPorts, at, "the dump does not tell the port of its members"));
        }
        if !is_told && !balancer.gaps.tells(Parts::MEMBERS) {
            return Err(self.undecided(Rule::UnknownMember, at, "the dump does not tell all its members"));
        }
        let is_node_port = balancer.frontend_vips.is_empty();
        if is_node_port && packet.destination.is_loopback() {
            return Err(self.unhandled(Rule::Loopback, Some(at)));
        }
        if balancer.detail != Detail::Full {
            let members = balancer.endpoints.len();
            let text = format!("the old schema does not tell how it shares out packets to {members} members");
            return Err(self.undecided(Rule::OldSchema, at, &text));
        }
        if packet.protocol == Protocol::Sctp {
            return Err(self.undecided(Rule::Sctp, at, "it is for SCTP"));
        }
        if let Some(what) = unusual(balancer, mapping) {
            return Err(self.undecided(Rule::Unusual, at, what));
        }
        let answers = if is_node_port { Rule::NodePort } else { Rule::Frontend };
        let members = balancer.endpoints.len();
        let plural = if members == 1 { "" } else { "s" };
        let found = format_args!("{}, {members} member{plural}", Frontend(packet));
        let mut steps: Vec<TraceStep> = self.step(at, answers, found).into_iter().collect();
        match packet.sender {
            Sender::Node => {
                let question = if is_node_port { &OWN_NODE_PORT } else { &FROM_NODE };
                let rule = if is_node_port { Rule::OwnNodePortBySwitch } else { Rule::FromNodeBySwitch };
                let words = ["packets of the node itself", "from the node itself"];
                steps.extend(self.takes(at, question, rule, words)?);
                self.has_pods(at, Rule::NoPod, &steps)?;
            }
            Sender::Pod => {
                steps.extend(self.step(at, Rule::FromPod, format_args!("from a pod on this node")));
                steps.extend(self.met_at_pod(at)?);
            }
            // The flag is not what lets them in, but kube-proxy sets it at external addresses only.
            Sender::Outside if is_node_port || mapping.flags.contains(PortFlags::VIP_EXTERNAL_IP) => {
                self.has_pods(at, Rule::NoPod, &steps)?;
                let words = ["packets from outside", "from outside"];
                steps.extend(self.takes(at, &FROM_OUTSIDE, Rule::FromOutsideBySwitch, words)?);
            }
            Sender::Outside => {
                self.has_pods(at, Rule::NoPodAndRouted, &steps)?;
                let words = ["packets from outside", "from outside, where a route leads to the node"];
                steps.extend(self.takes(at, &ROUTED_FROM_OUTSIDE, Rule::RoutedBySwitch, words)?);
            }
        }
        Ok(steps)
    }

    /// The step to a load balancer that takes packets on the release of Windows that the node has. Rules at the port of
    /// the host decide it, `by_switch`, where they are known: that for this load balancer, or those for others.
    fn takes(
        self,
        at: usize,
        question: &Question,
        by_switch: Rule,
        [packets, taken]: [&str; 2],
    ) -> Result<Option<TraceStep>, Verdict> {
        if let AtHost::Met(step) = self.met_at_host(at, by_switch)? {
            return Ok(step);
        }
        let task = if self.packet.sender == Sender::Node { SwitchTask::OfHost } else { SwitchTask::Hairpin };
        match self.evaluator.host_rules.takes(task, self.packet.family()) {
            Some(true) => return Ok(self.step(at, by_switch, format_args!("{taken}"))),
            Some(false) if self.has_host_rule(at) => return Err(self.unhandled(by_switch, Some(at))),
            _ => {}
        }
        match question.answer(self.evaluator.known, self.packet.family()) {
            Ok((true, rule)) => Ok(self.step(at, rule, format_args!("{taken}"))),
            Ok((false, rule)) => Err(self.unhandled(rule, Some(at))),
            Err(rule) => {
                let decides = if rule.is_unseen() { "" } else { "; --windows-release decides it" };
                let text = format!("whether it takes {packets} is not known{decides}");
                Err(self.undecided(rule, at, &text))
            }
        }
    }

    /// Packets that do not come from a pod are lost on a node that is known to have none.
    fn has_pods(self, at: usize, rule: Rule, steps: &[TraceStep]) -> Result<(), Verdict> {
        if !self.evaluator.lacks_pods {
            return Ok(());
        }
        let step = self.step(at, rule, format_args!("lost: no pod endpoint is on this node"));
        Err(Verdict::certain(Fate::Dropped, steps.iter().cloned().chain(step).collect()))
    }
}

/// The port mapping that answers to a packet.
pub(super) fn mapping<'b>(balancer: &'b LoadBalancer, packet: &Packet) -> Option<&'b PortMapping> {
    let protocol = protocol_number(packet.protocol);
    balancer.port_mappings.iter().find(|of| of.protocol == protocol && of.external_port == packet.port)
}

/// What of a load balancer kube-proxy never sends.
fn unusual(balancer: &LoadBalancer, mapping: &PortMapping) -> Option<&'static str> {
    if !(LoadBalancerFlags::DSR | LoadBalancerFlags::IPV6).contains(balancer.flags) {
        return Some("it has a flag whose meaning is not known");
    }
    if !USUAL.contains(mapping.flags) {
        return Some("its port has a flag that kube-proxy never sends");
    }
    if balancer.frontend_vips.iter().any(|vip| matches!(vip, Address::Text(_))) {
        return Some("its address is spelled unusually");
    }
    let is_node_port = balancer.frontend_vips.is_empty();
    (is_node_port && !mapping.flags.contains(PortFlags::LOCAL_ROUTED_VIP))
        .then_some("it has no address and no LocalRoutedVip")
}
