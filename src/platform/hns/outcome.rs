//! What HNS holds when a plan is done, whoever carries it out.
//!
//! A plan contains what changes and not what stays, so it starts from what HNS holds before. What the plan makes
//! takes the place of what has the same frontend or address: on a node where the plan is done already nothing
//! differs afterwards.

use rustc_hash::{FxHashMap, FxHashSet};

use super::FrontendKey;
use super::apply::{Call, HnsObject, HnsStep};
use super::model::{Address, Endpoint, EndpointRef, Guid, LoadBalancer, State};
use super::read::Planned;

/// What HNS holds when steps are done.
#[must_use]
pub fn outcome(steps: &[HnsStep], held: State) -> State {
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

impl Planned {
    /// Whether the plan was made for a node that held something, of which the plan contains only a part.
    #[must_use]
    pub fn is_of_node(&self) -> bool {
        let made: FxHashSet<Guid> = self.state.endpoints.iter().filter_map(|endpoint| endpoint.id).collect();
        let mut members = self.state.load_balancers.iter().flat_map(|balancer| &balancer.endpoints);
        let refers_to_others = members.any(|member| member.id().is_some_and(|id| !made.contains(&id)));
        refers_to_others || !self.kept.is_empty() || !self.deleted.is_empty()
    }

    /// What HNS holds when the plan is done.
    #[must_use]
    pub fn outcome(self, held: State) -> State {
        let Self { state: made, deleted, .. } = self;
        let mut node = Node::without(held, &deleted.into_iter().collect());
        made.endpoints.into_iter().for_each(|endpoint| node.take_endpoint(endpoint));
        made.load_balancers.into_iter().for_each(|balancer| node.take_balancer(balancer));
        node.state
    }
}

/// What HNS holds, ready to take in objects.
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
