//! Rules of the virtual switch against the load balancers of HNS that they are for: missing, stale, double, altered.
//!
//! A load balancer has a rule at each port of a pod, with direct server return in the layer `LB_DSR`, without in `LB`
//! (microsoft/SDN, networkhealth.ps1). A rule is joined to its load balancer by what it answers to; a node port has the
//! address of the node there. Nothing is missing in a list that may have more, and nothing stale where HNS is told in
//! part.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ptr;

use rustc_hash::FxHashMap;

use super::side::{Balancer, HnsSide, Known};
use crate::answer::change::{Defect, ObjectKind, Subject};
use crate::answer::directory::Directory;
use crate::name::{counted, printable};
use crate::net::Family;
use crate::node::MacAddress;
use crate::platform::hns::codes;
use crate::platform::hns::model::{
    Address, LoadBalancerFlags, Parts, SwitchGroup, SwitchList, SwitchOwner, SwitchPort, SwitchRule,
    SwitchTask, Telling,
};

/// What to do about rules that differ (microsoft/wcnscripts#22, #24).
const HELP: &str = "restart the pod of that port, or the service hns, so that the rules are made anew";

/// What to do about a port that does not work (microsoft/SDN, networkhealth.ps1).
const RESTART: &str = "delete the pod, so that its network plugin makes the port anew";

/// A port without an endpoint.
const PORT: ObjectKind = ObjectKind::SWITCH_PORT;

/// What differs between rules of the switch and a side that a node holds.
pub(super) fn compare(side: &HnsSide, directory: &Directory<'_>, found: &mut Vec<Defect>) {
    for list in &side.switch {
        let owner = list.owner(&side.switch_ports);
        for group in &list.groups {
            Compared { side, directory, list, group, task: group.task(owner) }.rules(found);
        }
    }
}

/// What is wrong with the ports of pods, whatever their rules are.
pub(super) fn ports(side: &HnsSide, directory: &Directory<'_>, found: &mut Vec<Defect>) {
    let of_pods = side.switch_ports.iter().filter(|port| port.owner() == SwitchOwner::Pod);
    let mut by_mac: FxHashMap<MacAddress, &SwitchPort> = FxHashMap::default();
    for port in of_pods {
        let defect = |message: String| {
            let endpoint = port.endpoint(side.endpoints.iter().map(|known| &known.object));
            let is_it = |known: &&Known| endpoint.is_some_and(|of| ptr::eq(of, &raw const known.object));
            let subject = match side.endpoints.iter().find(is_it) {
                Some(known) => known.subject(directory),
                None => Subject::new(PORT, printable(&port.name), Vec::new()),
            };
            Defect { code: codes::SWITCH_PORT, subject, message, help: Some(RESTART.to_owned()), cause: None }
        };
        if port.is_blocked() {
            found.push(defect(format!("the virtual switch blocks its port {}", printable(&port.name))));
        }
        let Some(mac) = port.mac.filter(|mac| !mac.is_unset()) else { continue };
        let taken = *by_mac.entry(mac.with_colons()).or_insert(port);
        // A list that was taken twice has each port twice.
        if taken.name != port.name {
            let [name, other] = [&port.name, &taken.name].map(|name| printable(name));
            found.push(defect(format!("its port {name} has the MAC address {mac}, as port {other} has")));
        }
    }
}

/// A group that is compared.
struct Compared<'c, 'r> {
    side: &'c HnsSide,
    directory: &'c Directory<'r>,
    list: &'c SwitchList,
    group: &'c SwitchGroup,
    task: Option<SwitchTask>,
}

impl Compared<'_, '_> {
    fn rules(&self, found: &mut Vec<Defect>) {
        let mut seen: FxHashMap<(u32, SocketAddr), usize> = FxHashMap::default();
        let mut joined: BTreeSet<usize> = BTreeSet::new();
        for rule in self.group.rules.iter().filter(|rule| rule.is_of_balancer()) {
            let Some(at) = rule.frontend() else { continue };
            let times = seen.entry(at).or_default();
            *times += 1;
            if *times == 2 {
                found.push(self.defect(rule, "is a duplicate", self.services(rule)));
            }
            match self.balancer(at) {
                Some(number) => {
                    joined.insert(number);
                    found.extend(self.altered(rule, &self.side.balancers[number]));
                }
                None if self.side.balancers_told == Telling::Whole && self.all_are_told() => {
                    let text = "belongs to no load balancer of HNS";
                    found.push(self.defect(rule, text, self.services(rule)));
                }
                None => {}
            }
        }
        if self.list.is_whole {
            found.extend(self.missing(&joined));
        }
    }

    /// Whether each load balancer tells what it answers to.
    fn all_are_told(&self) -> bool {
        self.side.balancers.iter().all(|of| of.object.gaps.tells(Parts::VIPS | Parts::PORTS))
    }

    /// The load balancer that answers to the same. One without an address is for node ports, at any address that no other
    /// one has.
    fn balancer(&self, (protocol, at): (u32, SocketAddr)) -> Option<usize> {
        let balancers = self.side.balancers.iter().enumerate();
        let same = balancers.filter(|(_, of)| {
            of.object
                .port_mappings
                .iter()
                .any(|map| (map.protocol, map.external_port) == (protocol, at.port()))
        });
        let same: Vec<_> = same.collect();
        let has_vip = |of: &Balancer| of.object.frontend_vips.contains(&Address::Ip(at.ip()));
        let of_vip = same.iter().find(|(_, of)| has_vip(of));
        let of_node = || {
            same.iter()
                .find(|(_, of)| of.object.frontend_vips.is_empty() && of.object.gaps.tells(Parts::VIPS))
        };
        of_vip.or_else(of_node).map(|(number, _)| *number)
    }

    /// A rule with other members than its load balancer.
    fn altered(&self, rule: &SwitchRule, balancer: &Balancer) -> Option<Defect> {
        let gaps = balancer.object.gaps;
        let is_of_pods = matches!(self.task, Some(SwitchTask::Direct | SwitchTask::Translated));
        if !is_of_pods || !gaps.tells(Parts::MEMBERS | Parts::INTERNAL_PORT) {
            return None;
        }
        let port = balancer.object.port_mappings.first()?.internal_port;
        let members: Option<BTreeSet<SocketAddr>> =
            balancer.members.iter().map(|member| Some(SocketAddr::new(member.ip()?, port))).collect();
        let (wanted, has) = (members?, rule.members.as_ref()?.iter().copied().collect::<BTreeSet<_>>());
        let list = |of: Vec<&SocketAddr>| of.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let lacks = list(wanted.difference(&has).collect());
        let more = list(has.difference(&wanted).collect());
        let text = match (lacks.is_empty(), more.is_empty()) {
            (true, true) => return None,
            (false, true) => format!("lacks the members {lacks}"),
            (true, false) => format!("has members that its load balancer does not have: {more}"),
            (false, false) => format!("lacks the members {lacks}, and has {more} in their place"),
        };
        Some(self.defect(rule, &text, balancer.services(self.directory)))
    }

    /// Load balancers that have a rule in such a group, and have none in this one.
    fn missing(&self, joined: &BTreeSet<usize>) -> Vec<Defect> {
        let is_expected = |of: &Balancer| {
            let object = &of.object;
            let is_told = object.gaps.tells(Parts::VIPS | Parts::PORTS | Parts::DSR | Parts::MEMBERS);
            let family = of.members.iter().find_map(super::member::Member::ip).map(Family::of);
            is_told
                && !object.port_mappings.is_empty()
                && self.task == Some(SwitchTask::of_pods(object.flags.contains(LoadBalancerFlags::DSR)))
                && (self.group.family().is_none() || self.group.family() == family)
        };
        let balancers = self.side.balancers.iter().enumerate();
        let missing = balancers.filter(|(number, of)| !joined.contains(number) && is_expected(of));
        let said = missing.map(|(_, of)| Defect {
            code: codes::SWITCH_RULES,
            subject: of.subject(self.directory),
            message: format!("the virtual switch has no rule for it in {}", self.place()),
            help: Some(HELP.to_owned()),
            cause: None,
        });
        said.collect()
    }

    /// The service ports at the frontend of a rule.
    fn services(&self, rule: &SwitchRule) -> Vec<String> {
        let (_, at) = rule.frontend().unzip();
        at.map(|at| self.directory.services_of_address(at.ip())).unwrap_or_default()
    }

    fn defect(&self, rule: &SwitchRule, text: &str, services: Vec<String>) -> Defect {
        let name = printable(&rule.name);
        let counters = rule.packets.map(|of| {
            format!(
                "; {} matched, {} dropped",
                counted(of.matched.try_into().unwrap_or(usize::MAX), "packet"),
                of.dropped
            )
        });
        Defect {
            code: codes::SWITCH_RULES,
            subject: Subject::new(ObjectKind::LoadBalancer, format!("rule {name}"), services),
            message: format!("the rule in {} {text}{}", self.place(), counters.unwrap_or_default()),
            help: Some(HELP.to_owned()),
            cause: None,
        }
    }

    /// `group LB_DSR_IPv4_OUT of port 7A31…`
    fn place(&self) -> String {
        let port = self.list.port.as_ref().map(|port| format!(" of port {}", printable(port)));
        format!("group {}{}", printable(&self.group.name), port.unwrap_or_default())
    }
}
