//! What HNS in its current state could not do of a plan, known before the first call.

use rustc_hash::FxHashSet;

use super::course::Course;
use super::directory::{Directory, Names, Unresolved};
use super::step::{Call, HnsObject, HnsStep};
use crate::answer::step::{self, Obstacle};
use crate::node::NetworkType;
use crate::platform::hns::model::{Endpoint, LoadBalancer, LoadBalancerFlags, NetworkRef, State};
use crate::platform::hns::{Features, codes};

/// What stands in the way of steps on a host, each once.
pub(super) fn of_steps(steps: &[HnsStep], state: &State, names: &Names) -> Vec<Obstacle> {
    let directory = Directory::of(state);
    // What a version of HNS does not support is known only where the version is.
    let features = state.hns_version.map(Features::of);
    let mut course = Course::of(state, names);
    let mut found: Vec<Obstacle> = Vec::new();
    let mut said: FxHashSet<String> = FxHashSet::default();
    for (number, step) in steps.iter().enumerate() {
        let mut obstacles = match &step.call {
            Call::Delete { .. } => Vec::new(),
            Call::Create { object } => of_object(object, state, &directory, names, features),
            Call::Modify { after, .. } => {
                let mut all: Vec<Obstacle> = of_balancer(after, features).into_iter().collect();
                all.extend(unresolved(&HnsObject::LoadBalancer(after.clone()), &directory, names));
                let lacking = features.filter(|features| !features.modify_load_balancer);
                let what = "changes of load balancers in place";
                all.extend(lacking.map(|features| missing_feature(what, "15.5", features)));
                all
            }
        };
        obstacles.extend(of_others(step, &course, &directory));
        let obstacles = obstacles.into_iter().map(|obstacle| obstacle.of_step(number));
        found.extend(obstacles.filter(|obstacle| said.insert(obstacle.what.clone())));
        course.take(step);
    }
    found
}

/// Objects of others that a step would harm or run into, and those that it needs and that are gone.
fn of_others(step: &HnsStep, course: &Course<'_>, directory: &Directory) -> Option<Obstacle> {
    match &step.call {
        Call::Delete { object: object @ HnsObject::Endpoint(_) } => {
            let user = course.user_of(step.id)?;
            let what =
                format!("load balancer {user} uses endpoint {}, which is to be deleted", object.name());
            let advice = "delete that load balancer first if nothing needs it";
            return Some(Obstacle::new(step::codes::IN_USE, what, advice));
        }
        Call::Create { object } => {
            if let Some(other) = course.in_place_of(object, directory) {
                let (kind, name) = (object.kind(), object.name());
                let what =
                    format!("HNS has {kind} {other} for {name}, which differs from the one to be created");
                let advice =
                    "delete it if nothing needs it, or create a new plan from the current state of HNS";
                return Some(Obstacle::new(step::codes::TAKEN, what, advice));
            }
        }
        Call::Modify { .. } | Call::Delete { .. } => {}
    }
    let missing = course.missing_member(step)?;
    let advice = "the pod has ended since; create a new plan from the current state of HNS";
    Some(Obstacle::new(codes::NOT_THERE, format!("HNS has no endpoint {missing}"), advice))
}

fn of_object(
    object: &HnsObject,
    state: &State,
    directory: &Directory,
    names: &Names,
    features: Option<Features>,
) -> Vec<Obstacle> {
    let mut found: Vec<Obstacle> = unresolved(object, directory, names).into_iter().collect();
    match object {
        HnsObject::Endpoint(endpoint) => found.extend(of_network(endpoint, state)),
        HnsObject::LoadBalancer(balancer) => found.extend(of_balancer(balancer, features)),
    }
    found
}

fn unresolved(object: &HnsObject, directory: &Directory, names: &Names) -> Option<Obstacle> {
    let Unresolved(what) = directory.resolved(object, names).err()?;
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

fn of_balancer(balancer: &LoadBalancer, features: Option<Features>) -> Option<Obstacle> {
    let needs_dsr = balancer.flags.contains(LoadBalancerFlags::DSR);
    let lacking = features.filter(|features| needs_dsr && !features.dsr)?;
    Some(missing_feature("direct server return", "9.3 to 9.x, 10.2", lacking))
}

fn missing_feature(what: &str, since: &str, features: Features) -> Obstacle {
    Obstacle::new(
        codes::FEATURE_MISSING,
        format!("HNS {} does not support {what}", features.version),
        format!("HNS {since} and later do; create the plan with --hns-version {}", features.version),
    )
}
