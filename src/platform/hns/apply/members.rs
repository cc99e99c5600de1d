//! Names for the members that change, so that a plan can be reviewed where HNS is not.

use rustc_hash::FxHashMap;

use super::facts::addresses_of;
use super::step::{Call, HnsObject, HnsStep};
use crate::platform::hns::FrontendKey;
use crate::platform::hns::model::{Endpoint, EndpointRef, Guid, LoadBalancer, State};

/// Writes into steps that change or replace a load balancer which addresses the members have that only one of both has.
pub(super) fn name_members(steps: &mut [HnsStep], state: &State) {
    let made: Vec<(Guid, Endpoint)> = steps.iter().filter_map(made).collect();
    let mut endpoints: FxHashMap<Guid, &Endpoint> =
        state.endpoints.iter().filter_map(|endpoint| Some((endpoint.id?, endpoint))).collect();
    endpoints.extend(made.iter().map(|(id, endpoint)| (*id, endpoint)));
    let replaced = replaced(steps);
    for step in steps.iter_mut() {
        let ids = match &step.call {
            Call::Modify { before, after } => differing(before, after),
            Call::Create { object: HnsObject::LoadBalancer(balancer) }
            | Call::Delete { object: HnsObject::LoadBalancer(balancer) } => {
                let both = FrontendKey::of(balancer).and_then(|key| replaced.get(&key));
                both.cloned().unwrap_or_default()
            }
            Call::Create { .. } | Call::Delete { .. } => continue,
        };
        let named = ids.into_iter().filter_map(|id| Some((id, addresses_of(endpoints.get(&id)?))));
        step.members = named.collect();
    }
}

/// An endpoint that a step makes.
fn made(step: &HnsStep) -> Option<(Guid, Endpoint)> {
    match &step.call {
        Call::Create { object: HnsObject::Endpoint(endpoint) } => Some((step.id, (**endpoint).clone())),
        _ => None,
    }
}

/// The differing members of each load balancer that is deleted and made again.
fn replaced(steps: &[HnsStep]) -> FxHashMap<FrontendKey, Vec<Guid>> {
    let mut deleted: FxHashMap<FrontendKey, &LoadBalancer> = FxHashMap::default();
    let mut replaced = FxHashMap::default();
    for step in steps {
        match &step.call {
            Call::Delete { object: HnsObject::LoadBalancer(balancer) } => {
                deleted.extend(FrontendKey::of(balancer).map(|key| (key, &**balancer)));
            }
            Call::Create { object: HnsObject::LoadBalancer(after) } => {
                let Some(key) = FrontendKey::of(after) else { continue };
                if let Some(before) = deleted.get(&key) {
                    replaced.insert(key, differing(before, after));
                }
            }
            _ => {}
        }
    }
    replaced
}

/// The members that only one of two has.
fn differing(before: &LoadBalancer, after: &LoadBalancer) -> Vec<Guid> {
    let ids = |balancer: &LoadBalancer| -> rustc_hash::FxHashSet<Guid> {
        balancer.endpoints.iter().filter_map(EndpointRef::id).collect()
    };
    ids(before).symmetric_difference(&ids(after)).copied().collect()
}
