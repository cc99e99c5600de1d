//! Plans as a side: what a node holds when a plan is done.
//!
//! A plan tells what changes and not what stays, so what the node held before, or holds now, is asked for. What
//! the plan makes is taken into it in the place of what answers to the same: of a node on which the plan is done
//! already nothing differs.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::input::Content;
use crate::apply::{Plan, PlanError};
use crate::diff::Platform;
use crate::net::{Family, PerFamily};
use crate::platform::hns::FrontendKey;
use crate::platform::hns::apply::{Call, HnsObject, HnsStep, fingerprint};
use crate::platform::hns::model::{Address, Endpoint, EndpointRef, Guid, LoadBalancer, State};
use crate::platform::hns::read::Planned;
use crate::platform::iptables::apply::IptablesStep;
use crate::platform::iptables::model::Ruleset;
use crate::platform::netsh::apply::{NetshCall, NetshStep};
use crate::platform::netsh::model::Command;
use crate::platform::netsh::{Captured, identity};

/// A plan, of one of the platforms.
pub(super) enum PlanFile {
    /// What hnsplan compile -t hns prints.
    Compiled(Planned),
    /// What hnsplan plan -o FILE writes.
    Hns(Plan<HnsStep>),
    Iptables(Plan<IptablesStep>),
    Netsh(Plan<NetshStep>),
}

/// What a node holds when a plan is done, and what is to be said about it.
pub(super) struct Outcome {
    pub(super) content: Content,
    pub(super) remarks: Vec<String>,
}

impl PlanFile {
    /// Reads what `hnsplan plan -o FILE` writes.
    pub(super) fn saved(text: &str) -> Result<Self, PlanError> {
        match Plan::from_text(text, Platform::Hns.as_str()) {
            Err(PlanError::OtherTarget { found, .. }) if found == Platform::Iptables.as_str() => {
                Plan::from_text(text, Platform::Iptables.as_str()).map(Self::Iptables)
            }
            Err(PlanError::OtherTarget { found, .. }) if found == Platform::Netsh.as_str() => {
                Plan::from_text(text, Platform::Netsh.as_str()).map(Self::Netsh)
            }
            plan => plan.map(Self::Hns),
        }
    }

    pub(super) fn platform(&self) -> Platform {
        match self {
            Self::Compiled(_) | Self::Hns(_) => Platform::Hns,
            Self::Iptables(_) => Platform::Iptables,
            Self::Netsh(_) => Platform::Netsh,
        }
    }

    /// What the node holds when the plan is done. `before` is what HNS held, by `--hns-state`; without it the
    /// other side tells what stays, if that is a dump. Fails where nobody tells it.
    pub(super) fn outcome(
        self,
        name: &str,
        before: Option<&State>,
        other: Option<&Content>,
    ) -> Result<Outcome, String> {
        let of_node = match other {
            Some(Content::Hns(state)) => Some(state),
            _ => None,
        };
        let mut remarks = Vec::new();
        let content = match self {
            Self::Compiled(planned) => match before.or(of_node) {
                _ if !is_of_node(&planned) => Content::Hns(planned.state),
                Some(held) => Content::Hns(compiled(planned, held.clone())),
                None => return Err(untold(name, "load balancers and endpoints", HNS_ADVICE)),
            },
            Self::Hns(plan) => {
                let held = match (before.or(of_node), &plan.state) {
                    (Some(held), _) => held.clone(),
                    (None, None) => State::default(),
                    (None, Some(_)) => return Err(untold(name, "load balancers and endpoints", HNS_ADVICE)),
                };
                let was = before.map(fingerprint);
                if was.is_some() && plan.state.is_some() && was != plan.state {
                    remarks.push(format!("--hns-state is not what HNS held when {name} was made"));
                }
                Content::Hns(hns(&plan.steps, held))
            }
            Self::Iptables(plan) => {
                let held = match (other, &plan.state) {
                    (Some(Content::Iptables(held)), _) => held.clone(),
                    (_, None) => PerFamily::of(|family| Some(Ruleset { family, tables: Vec::new() })),
                    (_, Some(_)) => {
                        return Err(untold(name, "chains", "compare it with iptables-save of the node"));
                    }
                };
                let (rules, untold) = iptables(&plan.steps, held);
                remarks.extend(untold.into_iter().map(|family| {
                    format!("{name} changes rules of {family}, and the dump tells none: they are not compared; join \
                             both: node.save,node.save6")
                }));
                Content::Iptables(rules)
            }
            Self::Netsh(plan) => {
                let held = match (other, &plan.state) {
                    (Some(Content::Netsh(held)), _) => held.clone(),
                    (_, None) => Captured::default(),
                    (_, Some(_)) => {
                        let advice = "compare it with netsh dump of the node";
                        return Err(untold(name, "addresses and listeners", advice));
                    }
                };
                Content::Netsh(netsh(&plan.steps, held))
            }
        };
        Ok(Outcome { content, remarks })
    }
}

const HNS_ADVICE: &str =
    "compare it with a dump of the node, or give the dump that it was made from: --hns-state";

fn untold(name: &str, what: &str, advice: &str) -> String {
    format!("{name} tells what changes, and not which {what} stay as they are; {advice}")
}

/// Whether a plan was made for a node that had something, of which it does not tell all.
fn is_of_node(planned: &Planned) -> bool {
    let told: FxHashSet<Guid> = planned.state.endpoints.iter().filter_map(|endpoint| endpoint.id).collect();
    let mut members = planned.state.load_balancers.iter().flat_map(|balancer| &balancer.endpoints);
    let refers_to_others = members.any(|member| member.id().is_some_and(|id| !told.contains(&id)));
    refers_to_others || !planned.kept.is_empty() || !planned.deleted.is_empty()
}

fn compiled(planned: Planned, held: State) -> State {
    let Planned { state: made, deleted, .. } = planned;
    let mut node = Node::without(held, &deleted.into_iter().collect());
    made.endpoints.into_iter().for_each(|endpoint| node.take_endpoint(endpoint));
    made.load_balancers.into_iter().for_each(|balancer| node.take_balancer(balancer));
    node.state
}

fn hns(steps: &[HnsStep], held: State) -> State {
    let is_deleted = |step: &&HnsStep| matches!(step.call, Call::Delete { .. });
    let deleted = steps.iter().filter(is_deleted).map(|step| step.id).collect();
    let mut node = Node::without(held, &deleted);
    for HnsStep { id, call, .. } in steps {
        let id = Some(*id);
        match call {
            Call::Create { object: HnsObject::Endpoint(endpoint) } => {
                node.take_endpoint(Endpoint { id, ..(**endpoint).clone() });
            }
            Call::Create { object: HnsObject::LoadBalancer(balancer) }
            | Call::Modify { after: balancer, .. } => {
                node.take_balancer(LoadBalancer { id, ..(**balancer).clone() });
            }
            Call::Delete { .. } => {}
        }
    }
    node.state
}

/// What HNS holds, ready to take objects in.
struct Node {
    state: State,
    endpoint_at: FxHashMap<Address, usize>,
    balancer_at: FxHashMap<FrontendKey, usize>,
    balancer_of: FxHashMap<Guid, usize>,
    /// The ids of endpoints that are there already, by the ids that the plan gives them.
    given: FxHashMap<Guid, Guid>,
}

impl Node {
    /// Without what is deleted.
    fn without(mut state: State, deleted: &FxHashSet<Guid>) -> Self {
        let stays = |id: Option<Guid>| id.is_none_or(|id| !deleted.contains(&id));
        state.endpoints.retain(|endpoint| stays(endpoint.id));
        state.load_balancers.retain(|balancer| stays(balancer.id));
        let endpoints = state.endpoints.iter().enumerate();
        let balancers = || state.load_balancers.iter().enumerate();
        Self {
            endpoint_at: endpoints
                .filter_map(|(at, of)| Some((of.addresses().next()?.clone(), at)))
                .collect(),
            balancer_at: balancers().filter_map(|(at, of)| Some((FrontendKey::of(of)?, at))).collect(),
            balancer_of: balancers().filter_map(|(at, of)| Some((of.id?, at))).collect(),
            given: FxHashMap::default(),
            state,
        }
    }

    /// Takes an endpoint in, or in the place of one that has its address.
    fn take_endpoint(&mut self, mut endpoint: Endpoint) {
        let address = endpoint.addresses().next().cloned();
        if let Some(&at) = address.as_ref().and_then(|address| self.endpoint_at.get(address)) {
            let there = &mut self.state.endpoints[at];
            if let (Some(planned), Some(there)) = (endpoint.id, there.id) {
                self.given.insert(planned, there);
                endpoint.id = Some(there);
            }
            *there = endpoint;
        } else {
            self.endpoint_at.extend(address.map(|address| (address, self.state.endpoints.len())));
            self.state.endpoints.push(endpoint);
        }
    }

    /// Takes a load balancer in, or in the place of one that has its id or answers to the same.
    fn take_balancer(&mut self, mut balancer: LoadBalancer) {
        for member in &mut balancer.endpoints {
            if let Some(there) = member.id().and_then(|id| self.given.get(&id)) {
                *member = EndpointRef::Id(*there);
            }
        }
        let of_id = balancer.id.and_then(|id| self.balancer_of.get(&id));
        let key = FrontendKey::of(&balancer);
        if let Some(&at) = of_id.or_else(|| self.balancer_at.get(key.as_ref()?)) {
            let there = &mut self.state.load_balancers[at];
            *there = LoadBalancer { id: there.id.or(balancer.id), ..balancer };
        } else {
            self.balancer_at.extend(key.map(|key| (key, self.state.load_balancers.len())));
            self.state.load_balancers.push(balancer);
        }
    }
}

/// The rules afterwards, and the families that the plan changes and nobody tells.
fn iptables(
    steps: &[IptablesStep],
    mut held: PerFamily<Option<Ruleset>>,
) -> (PerFamily<Option<Ruleset>>, BTreeSet<Family>) {
    let mut untold = BTreeSet::new();
    for IptablesStep(change) in steps {
        let rules = match change.family {
            Family::Ipv4 => &mut held.ipv4,
            Family::Ipv6 => &mut held.ipv6,
        };
        match rules.take() {
            Some(before) => *rules = Some(change.after(&before)),
            None => drop(untold.insert(change.family)),
        }
    }
    (held, untold)
}

fn netsh(steps: &[NetshStep], mut held: Captured) -> Captured {
    let gone = |step: &NetshStep| match &step.call {
        NetshCall::Delete { object } => identity(object),
        NetshCall::Create { .. } | NetshCall::Change { .. } => None,
    };
    let gone: FxHashSet<_> = steps.iter().filter_map(gone).collect();
    held.commands.retain(|command| match command {
        Command::Create(object) => identity(object).is_none_or(|of| !gone.contains(&of)),
        Command::Delete(_) => true,
    });
    held.commands.extend(steps.iter().filter_map(|step| match &step.call {
        NetshCall::Create { object } | NetshCall::Change { after: object, .. } => {
            Some(Command::Create(object.clone()))
        }
        NetshCall::Delete { .. } => None,
    }));
    held
}
