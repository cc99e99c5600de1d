//! What HNS in its current state could not do of a plan, known before the first call.

use rustc_hash::FxHashSet;

use super::directory::{Directory, Names, Unresolved};
use super::step::{Call, HnsObject, HnsStep};
use crate::answer::step::Obstacle;
use crate::node::NetworkType;
use crate::platform::hns::model::{Endpoint, LoadBalancer, LoadBalancerFlags, NetworkRef, State};
use crate::platform::hns::{Features, codes};

/// What stands in the way of steps on a host, each once.
pub(super) fn of_steps(steps: &[HnsStep], state: &State) -> Vec<Obstacle> {
    let directory = Directory::of(state);
    let features = Features::of(state.hns_version.unwrap_or(Features::ASSUMED));
    let mut found: Vec<Obstacle> = Vec::new();
    let mut said: FxHashSet<String> = FxHashSet::default();
    for step in steps {
        let obstacles = match &step.call {
            Call::Delete { .. } => continue,
            Call::Create { object } => of_object(object, state, &directory, features),
            Call::Modify { after, .. } => {
                let mut all: Vec<Obstacle> = of_balancer(after, features).into_iter().collect();
                all.extend(unresolved(&HnsObject::LoadBalancer(after.clone()), &directory));
                if !features.modify_load_balancer {
                    all.push(missing_feature("changes of load balancers in place", "15.5", features));
                }
                all
            }
        };
        found.extend(obstacles.into_iter().filter(|obstacle| said.insert(obstacle.what.clone())));
    }
    found
}

fn of_object(object: &HnsObject, state: &State, directory: &Directory, features: Features) -> Vec<Obstacle> {
    let mut found: Vec<Obstacle> = unresolved(object, directory).into_iter().collect();
    match object {
        HnsObject::Endpoint(endpoint) => found.extend(of_network(endpoint, state)),
        HnsObject::LoadBalancer(balancer) => found.extend(of_balancer(balancer, features)),
    }
    found
}

fn unresolved(object: &HnsObject, directory: &Directory) -> Option<Obstacle> {
    let Unresolved(what) = directory.resolved(object, &Names::default()).err()?;
    let advice = match object {
        HnsObject::Endpoint(_) => "create a plan for a network of the node: --network-name",
        HnsObject::LoadBalancer(_) => {
            "the pod has no endpoint on this node yet; create a new plan from the current state of HNS"
        }
    };
    Some(Obstacle::new(codes::NOT_THERE, format!("HNS has no {what}"), advice))
}

/// An endpoint with a provider address is for an overlay, any other remote one is not.
fn of_network(endpoint: &Endpoint, state: &State) -> Option<Obstacle> {
    let network = state.networks.iter().find(|network| match &endpoint.network {
        Some(NetworkRef::Id(id)) => network.id == *id,
        Some(NetworkRef::Named(name)) => network.name == *name,
        None => false,
    });
    let advice = "create a new plan from the current state of HNS";
    let Some(network) = network else {
        let wanted = endpoint.network.as_ref().map(ToString::to_string).unwrap_or_default();
        return Some(Obstacle::new(codes::NOT_THERE, format!("HNS has no network {wanted}"), advice));
    };
    let is_overlay = network.type_ == NetworkType::Overlay;
    let is_for_overlay = endpoint.provider_address().is_some();
    (is_for_overlay && !is_overlay).then(|| {
        let name = crate::name::printable(&network.name);
        Obstacle::new(
            codes::OTHER_NETWORK,
            format!("the plan is for an overlay, but network {name} is of type {}", network.type_.as_str()),
            advice,
        )
    })
}

fn of_balancer(balancer: &LoadBalancer, features: Features) -> Option<Obstacle> {
    let needs_dsr = balancer.flags.contains(LoadBalancerFlags::DSR);
    (needs_dsr && !features.dsr)
        .then(|| missing_feature("direct server return", "9.3 to 9.x, 10.2", features))
}

fn missing_feature(what: &str, since: &str, features: Features) -> Obstacle {
    Obstacle::new(
        codes::FEATURE_MISSING,
        format!("HNS {} does not support {what}", features.version),
        format!("HNS {since} and later do; create the plan with --hns-version {}", features.version),
    )
}
