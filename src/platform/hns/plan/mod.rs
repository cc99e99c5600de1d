//! What is to change on a node: wanted minus present, as HCN operations in an order that works.
//!
//! ```text
//! compare ─► keep, create, modify, delete; what is foreign is left alone
//! order ─► each operation after those that it needs
//! ```

mod compare;
mod order;
mod owned;
mod present;

use super::host::HostNetwork;
use super::ids::FrontendKey;
use super::lower::{Desired, Purpose, Semantics, lower};
use super::model::{Address, Endpoint, Guid, LoadBalancer, State};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;

pub use owned::OwnedError;

/// The operations that bring a node to what is wanted.
#[derive(Debug)]
pub struct Plan {
    /// The network.
    pub network: HostNetwork,
    /// Whose rules decided about endpoints.
    pub semantics: Semantics,
    /// What to do, in this order.
    pub operations: Vec<Operation>,
    /// Load balancers that are there and stay.
    pub kept: Vec<Present>,
    /// Load balancers that are there and that nobody here has to do with. They are left alone.
    pub foreign: Vec<Present>,
    /// What a person should know.
    pub diagnostics: Vec<Diagnostic>,
}

/// One call of HCN.
#[derive(Debug)]
pub struct Operation {
    /// What to do.
    pub action: Action,
    /// The object: as HNS knows it, or for a new one as the plan names it.
    pub id: Guid,
    /// The objects whose operations have to come before.
    pub requires: Vec<Guid>,
    /// What the object is for.
    pub purpose: Option<Purpose>,
    /// The service ports that need it: positions in the rule set, each once.
    pub owners: Vec<u32>,
}

/// What to do with an object.
#[derive(Debug)]
pub enum Action {
    /// Makes an endpoint.
    CreateEndpoint(Box<Endpoint>),
    /// Makes a load balancer.
    CreateLoadBalancer(Box<LoadBalancer>),
    /// Replaces what a load balancer is, in place.
    ModifyLoadBalancer(Box<LoadBalancer>),
    /// Deletes a load balancer.
    DeleteLoadBalancer,
    /// Deletes a load balancer through the old API.
    DeletePolicyList,
    /// Deletes an endpoint.
    DeleteEndpoint,
}

/// A load balancer that HNS has and a plan does not touch.
#[derive(Debug, Clone)]
pub struct Present {
    /// Its id.
    pub id: Guid,
    /// What it answers to; `None` where it has no port, or the dump does not say.
    pub frontend: Option<FrontendKey>,
    /// The service ports that need it.
    pub owners: Vec<u32>,
}

/// How present objects count.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Do as kube-proxy does when it starts: delete all load balancers of the host, then make all.
    pub like_restart: bool,
    /// What an earlier plan made, and may therefore be deleted.
    pub owned: Owned,
    /// Want nothing: delete what the Services answer to, and what an earlier plan made.
    pub destroy: bool,
}

/// Objects that may be deleted when nobody wants them any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owned {
    /// What load balancers answered to.
    pub frontends: Vec<FrontendKey>,
    /// Addresses of endpoints.
    pub addresses: Vec<Address>,
}

/// Lowers rules and plans how to bring a host from its state to them. Without a state it is taken to hold nothing but
/// the endpoints of local pods.
#[must_use]
pub fn plan_rules(
    rules: &RuleSet,
    state: Option<&State>,
    semantics: Semantics,
    options: &PlanOptions,
) -> Plan {
    let mut desired = lower(rules, state, semantics);
    let mut diagnostics = std::mem::take(&mut desired.diagnostics);
    let mut plan = plan(rules, desired, semantics, state, options);
    diagnostics.append(&mut plan.diagnostics);
    Plan { diagnostics, ..plan }
}

/// Plans how to bring a host from its state to what is wanted. Without a state it is taken to be empty.
#[must_use]
pub fn plan(
    rules: &RuleSet,
    desired: Desired,
    semantics: Semantics,
    state: Option<&State>,
    options: &PlanOptions,
) -> Plan {
    let network = desired.network.clone();
    let nothing = State::default();
    let change = compare::compare(rules, desired, state.unwrap_or(&nothing), options);
    Plan {
        network,
        semantics,
        operations: order::in_order(change.operations),
        kept: change.kept,
        foreign: change.foreign,
        diagnostics: change.diagnostics,
    }
}
