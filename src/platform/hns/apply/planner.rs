//! From rules to the steps of HNS.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::MemberNames;
use super::members::name_members;
use super::step::{Call, HnsObject, HnsStep};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::platform::hns::model::{Endpoint, Guid, LoadBalancer, State};
use crate::platform::hns::{Action, FrontendKey, Operation, Owned, Plan, PlanOptions, Semantics, plan_rules};
use crate::scope::Selector;

/// What is to be planned.
pub struct Wish<'w> {
    /// The rules.
    pub rules: &'w RuleSet,
    /// The Services that steps are planned for.
    pub selector: &'w Selector,
    /// Whose rules decide about endpoints.
    pub semantics: Semantics,
    /// How present objects count.
    pub options: PlanOptions,
    /// What HNS holds; where it is not known, nothing but the endpoints of local pods.
    pub state: Option<&'w State>,
}

/// The steps that bring HNS from its state to what is wanted, and what a person should know about them.
#[must_use]
pub fn plan_steps(wish: &Wish<'_>) -> (Vec<HnsStep>, Vec<Diagnostic>) {
    let Wish { rules, selector, semantics, state, .. } = *wish;
    let mut plan = plan_rules(rules, state, semantics, &wish.options);
    let diagnostics = std::mem::take(&mut plan.diagnostics);
    if !selector.is_all() {
        let is_selected = |owner: u32| selector.selects(&rules.services[owner as usize].id);
        plan = Plan { operations: selected(plan.operations, is_selected), ..plan };
    }
    (steps(&plan, rules, state.unwrap_or(&State::default())), diagnostics)
}

impl Owned {
    /// Adds what a step makes.
    pub fn add_step(&mut self, step: &HnsStep) {
        match &step.call {
            Call::Create { object: HnsObject::Endpoint(endpoint) } => {
                self.addresses.extend(endpoint.addresses().cloned());
            }
            Call::Create { object: HnsObject::LoadBalancer(balancer) }
            | Call::Modify { after: balancer, .. } => {
                self.frontends.extend(FrontendKey::of(balancer));
            }
            Call::Delete { .. } => {}
        }
    }
}

/// The steps of a plan that was made from a state, in its order.
#[must_use]
pub fn steps(plan: &Plan, rules: &RuleSet, state: &State) -> Vec<HnsStep> {
    let present = Objects::of(state);
    let mut steps: Vec<HnsStep> =
        plan.operations.iter().filter_map(|operation| present.step(operation, rules)).collect();
    name_members(&mut steps, state);
    steps
}

/// The operations of a plan that some service ports need, with all that these operations require.
#[must_use]
pub fn selected(operations: Vec<Operation>, is_wanted: impl Fn(u32) -> bool) -> Vec<Operation> {
    let mut needed: FxHashSet<Guid> = FxHashSet::default();
    // What is required stands before what requires it.
    let mut kept: Vec<Operation> = Vec::new();
    for operation in operations.into_iter().rev() {
        let is_owned = operation.owners.iter().any(|&owner| is_wanted(owner));
        if is_owned || needed.contains(&operation.id) {
            needed.extend(operation.requires.iter().copied());
            kept.push(operation);
        }
    }
    kept.reverse();
    kept
}

/// The objects of a state by their ids.
struct Objects<'s> {
    endpoints: FxHashMap<Guid, &'s Endpoint>,
    balancers: FxHashMap<Guid, &'s LoadBalancer>,
}

impl<'s> Objects<'s> {
    fn of(state: &'s State) -> Self {
        let endpoints = state.endpoints.iter().filter_map(|of| Some((of.id?, of)));
        let balancers = state.load_balancers.iter().filter_map(|of| Some((of.id?, of)));
        Self { endpoints: endpoints.collect(), balancers: balancers.collect() }
    }

    /// The step of an operation; `None` for one that deletes or changes what the state does not have.
    fn step(&self, operation: &Operation, rules: &RuleSet) -> Option<HnsStep> {
        let balancer = || Some(Box::new((*self.balancers.get(&operation.id)?).clone()));
        let call = match &operation.action {
            Action::CreateEndpoint(endpoint) => {
                Call::Create { object: HnsObject::Endpoint(endpoint.clone()) }
            }
            Action::CreateLoadBalancer(balancer) => {
                Call::Create { object: HnsObject::LoadBalancer(balancer.clone()) }
            }
            Action::ModifyLoadBalancer(after) => Call::Modify { before: balancer()?, after: after.clone() },
            Action::DeleteLoadBalancer | Action::DeletePolicyList => {
                Call::Delete { object: HnsObject::LoadBalancer(balancer()?) }
            }
            Action::DeleteEndpoint => {
                let endpoint = (*self.endpoints.get(&operation.id)?).clone();
                Call::Delete { object: HnsObject::Endpoint(Box::new(endpoint)) }
            }
        };
        let services: BTreeSet<&str> =
            operation.owners.iter().map(|&owner| &*rules.services[owner as usize].id).collect();
        let services = services.into_iter().map(str::to_owned).collect();
        Some(HnsStep { id: operation.id, call, services, members: MemberNames::new() })
    }
}
