//! What rules of the virtual switch in a dump say of packets, and of the node.
//!
//! Each port of a pod has the rules of all load balancers, so ports that nobody names stand for that of the sender as
//! long as they agree. A rule is missing only in a list that would have it.

use std::net::{IpAddr, SocketAddr};

use rustc_hash::FxHashMap;

use crate::net::Family;
use crate::platform::hns::model::{
    LoadBalancer, LoadBalancerFlags, State, SwitchList, SwitchOwner, SwitchRule, SwitchTask,
};

/// Number of the protocol and address that a rule answers to.
pub(super) type Frontend = (u32, SocketAddr);

/// The rules of a dump, by what they answer to.
#[derive(Debug, Default)]
pub(super) struct SwitchRules<'s> {
    lists: Vec<Indexed<'s>>,
}

/// The list of a port.
#[derive(Debug)]
struct Indexed<'s> {
    list: &'s SwitchList,
    owner: SwitchOwner,
    /// The addresses of its pod, where that is known.
    pod: Vec<IpAddr>,
    rules: FxHashMap<(SwitchTask, Frontend), Vec<&'s SwitchRule>>,
}

/// What rules say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told<'s> {
    /// Nothing: no list tells.
    Nothing,
    /// That none answers.
    Absent,
    /// That one answers.
    Rule(&'s SwitchRule),
    /// That it depends on the port, or on which of several rules comes first.
    Depends,
}

impl<'s> SwitchRules<'s> {
    pub(super) fn new(state: &'s State) -> Self {
        let lists = state.switch.iter().map(|list| {
            let owner = list.owner(&state.switch_ports);
            let pod = list.port_among(&state.switch_ports).filter(|_| owner == SwitchOwner::Pod);
            let mut rules: FxHashMap<_, Vec<&SwitchRule>> = FxHashMap::default();
            for group in &list.groups {
                let Some(task) = group.task(owner) else { continue };
                for rule in group.rules.iter().filter(|rule| is_of_task(rule, task)) {
                    if let Some(frontend) = rule.frontend() {
                        rules.entry((task, frontend)).or_default().push(rule);
                    }
                }
            }
            let pod = pod.into_iter().flat_map(|port| port.addresses(&state.endpoints)).collect();
            Indexed { list, owner, pod, rules }
        });
        Self { lists: lists.collect() }
    }

    /// What the port of a pod says.
    pub(super) fn of_pod(&self, source: IpAddr, task: SwitchTask, frontend: Frontend) -> Told<'s> {
        let of_pods = || self.lists.iter().filter(|of| of.owner == SwitchOwner::Pod);
        if of_pods().any(|of| of.pod.contains(&source)) {
            return agreed(of_pods().filter(|of| of.pod.contains(&source)), task, frontend);
        }
        agreed(of_pods().filter(|of| of.pod.is_empty()), task, frontend)
    }

    /// What the port of the host says.
    pub(super) fn of_host(&self, task: SwitchTask, frontend: Frontend) -> Told<'s> {
        agreed(self.lists.iter().filter(|of| of.owner == SwitchOwner::Host), task, frontend)
    }

    /// Whether the port of a pod translates what the pod sends to itself.
    pub(super) fn loops_back(&self, ip: IpAddr) -> Option<bool> {
        let translates = |of: &Indexed<'_>| {
            of.list.groups.iter().flat_map(|group| &group.rules).any(|rule| rule.translates_to(ip))
        };
        // The own address of a pod is in the rules of its own port only.
        let of_pods = || self.lists.iter().filter(|of| of.owner == SwitchOwner::Pod);
        if of_pods().any(translates) {
            return Some(true);
        }
        let has_layers = |of: &Indexed<'_>| of.list.groups.iter().any(|group| !group.layer.is_empty());
        let is_told = |of: &Indexed<'_>| of.pod.contains(&ip) && of.list.is_whole && has_layers(of);
        of_pods().any(is_told).then_some(false)
    }
}

/// What ports say together.
fn agreed<'i, 's: 'i>(
    lists: impl Iterator<Item = &'i Indexed<'s>>,
    task: SwitchTask,
    frontend: Frontend,
) -> Told<'s> {
    let mut agreed = Told::Nothing;
    for of in lists {
        agreed = match (agreed, of.told(task, frontend)) {
            (said, Told::Nothing) | (Told::Nothing, said) => said,
            (Told::Rule(one), Told::Rule(other)) if has_same_members(one, other) => agreed,
            (Told::Absent, Told::Absent) => agreed,
            _ => return Told::Depends,
        };
    }
    agreed
}

impl<'s> Indexed<'s> {
    fn told(&self, task: SwitchTask, frontend: Frontend) -> Told<'s> {
        match self.rules.get(&(task, frontend)).map(Vec::as_slice) {
            Some([first, others @ ..]) if others.iter().all(|of| has_same_members(first, of)) => {
                Told::Rule(first)
            }
            Some(_) => Told::Depends,
            _ if self.list.tells(task, Family::of(frontend.1.ip()), self.owner) => Told::Absent,
            _ => Told::Nothing,
        }
    }
}

/// Rules of the host are of several types, and those of pods share out.
fn is_of_task(rule: &SwitchRule, task: SwitchTask) -> bool {
    match task {
        SwitchTask::Direct | SwitchTask::Translated => rule.is_of_balancer(),
        SwitchTask::OfHost | SwitchTask::Hairpin => !rule.type_.eq_ignore_ascii_case("block"),
    }
}

fn has_same_members(one: &SwitchRule, other: &SwitchRule) -> bool {
    let sorted = |rule: &SwitchRule| {
        let mut members = rule.members.clone();
        if let Some(members) = &mut members {
            members.sort_unstable();
        }
        members
    };
    one.members.is_none() || other.members.is_none() || sorted(one) == sorted(other)
}

/// Whether load balancers take packets of the host and from outside on a node, by the rules at the port of the host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::platform::hns) struct HostRules {
    /// Of the host, by family.
    own: [Option<bool>; 2],
    /// From outside.
    outside: [Option<bool>; 2],
}

impl HostRules {
    /// Those of a dump. That there are none says something only where a load balancer would have one: one with direct
    /// server return, and for packets from outside one with a member on the node.
    pub(in crate::platform::hns) fn of(state: &State) -> Self {
        let lists = state.switch.iter().map(|list| (list, list.owner(&state.switch_ports)));
        let of_host: Vec<_> = lists.filter(|(_, owner)| *owner == SwitchOwner::Host).collect();
        if of_host.is_empty() {
            return Self::default();
        }
        let word = |task: SwitchTask, family: Family| {
            let has_rule = |list: &SwitchList| {
                let groups = list.groups.iter().filter(|of| of.task(SwitchOwner::Host) == Some(task));
                let rules = groups.flat_map(|group| &group.rules).filter(|rule| is_of_task(rule, task));
                rules.filter_map(SwitchRule::frontend).any(|(_, at)| Family::of(at.ip()) == family)
            };
            if of_host.iter().any(|(list, _)| has_rule(list)) {
                return Some(true);
            }
            let would_have = |of: &LoadBalancer| {
                of.flags.contains(LoadBalancerFlags::DSR)
                    && of.flags.contains(LoadBalancerFlags::IPV6) == (family == Family::Ipv6)
                    && !of.port_mappings.is_empty()
                    && match task {
                        SwitchTask::Hairpin => has_local_member(state, of),
                        _ => !of.endpoints.is_empty(),
                    }
            };
            let is_told = of_host.iter().any(|(list, owner)| list.tells(task, family, *owner));
            (is_told && state.load_balancers.iter().any(would_have)).then_some(false)
        };
        let of = |task| Family::ALL.map(|family| word(task, family));
        Self { own: of(SwitchTask::OfHost), outside: of(SwitchTask::Hairpin) }
    }

    /// Whether load balancers take packets of a family, for a task of the host's port.
    pub(super) fn takes(self, task: SwitchTask, family: Family) -> Option<bool> {
        let words = if task == SwitchTask::Hairpin { self.outside } else { self.own };
        Family::ALL.into_iter().zip(words).find(|(of, _)| *of == family)?.1
    }
}

/// Whether a member of a load balancer is a pod of the node.
pub(super) fn has_local_member(state: &State, balancer: &LoadBalancer) -> bool {
    let is_member = |id| balancer.endpoints.iter().any(|member| member.id() == Some(id));
    state.endpoints.iter().any(|of| of.place() == Some(false) && of.id.is_some_and(is_member))
}
