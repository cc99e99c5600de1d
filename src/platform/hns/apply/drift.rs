//! How HNS differs from what a run left, object by object.

use rustc_hash::FxHashMap;

use super::directory::{Directory, Names};
use super::facts::{difference, facts};
use super::same::same;
use super::step::{Call, HnsObject, HnsStep};
use crate::answer::step::{Drift, Obstacle, codes};
use crate::platform::hns::model::{Guid, State};

/// How many differences of an object are named.
const NAMED: usize = 4;

/// What a run has made of an object.
struct Fate {
    /// The last step that was about it.
    step: usize,
    before: Option<HnsObject>,
    after: Option<HnsObject>,
}

/// How a state differs from what these steps, all that a run did, have left.
pub(super) fn drift(steps: &[HnsStep], state: &State, names: &Names) -> Drift {
    let directory = Directory::of(state);
    let present = present(state);
    let is_as = |found: Option<&HnsObject>, wanted: Option<&HnsObject>| match (found, wanted) {
        (None, None) => true,
        (Some(found), Some(wanted)) => {
            directory.resolved(wanted, names).is_ok_and(|wanted| same(found, &wanted))
        }
        _ => false,
    };
    let mut drift = Drift::default();
    for (id, fate) in fates(steps, names) {
        let found = present.get(&id);
        if is_as(found, fate.after.as_ref()) {
            continue;
        }
        if is_as(found, fate.before.as_ref()) {
            drift.is_partly_undone = true;
        } else {
            drift.changed.push(changed(id, &fate, found, state).of_step(fate.step));
        }
    }
    drift
}

/// What the run made of each object, in the order of the steps.
fn fates(steps: &[HnsStep], names: &Names) -> Vec<(Guid, Fate)> {
    let mut places: FxHashMap<Guid, usize> = FxHashMap::default();
    let mut fates: Vec<(Guid, Fate)> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let id = names.current(step.id);
        let [before, after] = ends(&step.call);
        let place = *places.entry(id).or_insert(fates.len());
        match fates.get_mut(place) {
            Some((_, fate)) => (fate.step, fate.after) = (number, after),
            None => fates.push((id, Fate { step: number, before, after })),
        }
    }
    fates
}

/// What an object is before and after a call.
fn ends(call: &Call) -> [Option<HnsObject>; 2] {
    match call {
        Call::Create { object } => [None, Some(object.clone())],
        Call::Modify { before, after } => {
            [before, after].map(|balancer| Some(HnsObject::LoadBalancer(balancer.clone())))
        }
        Call::Delete { object } => [Some(object.clone()), None],
    }
}

fn present(state: &State) -> FxHashMap<Guid, HnsObject> {
    let endpoints =
        state.endpoints.iter().filter_map(|of| Some((of.id?, HnsObject::Endpoint(Box::new(of.clone())))));
    let balancers = state
        .load_balancers
        .iter()
        .filter_map(|of| Some((of.id?, HnsObject::LoadBalancer(Box::new(of.clone())))));
    endpoints.chain(balancers).collect()
}

fn changed(id: Guid, fate: &Fate, found: Option<&HnsObject>, state: &State) -> Obstacle {
    let expected = fate.after.as_ref();
    let object = found.or(expected).or(fate.before.as_ref());
    let described = object.map_or_else(String::new, |object| format!("{} {}", object.kind(), object.name()));
    let how = match (expected, found) {
        (_, None) => "it is gone".to_owned(),
        (None, Some(_)) => "it is there again, with another content".to_owned(),
        (Some(expected), Some(found)) => {
            let [expected, found] = [expected, found].map(|object| facts(object, state));
            let [fewer, more] = difference(&expected, &found);
            let signed =
                |sign: char, facts: Vec<String>| facts.into_iter().map(move |fact| format!("{sign} {fact}"));
            let all: Vec<String> = signed('-', fewer).chain(signed('+', more)).collect();
            let rest = match all.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{}{rest}", all.into_iter().take(NAMED).collect::<Vec<_>>().join(", "))
        }
    };
    let what = format!("{described} ({id}) is not as the run left it: {how}");
    let advice = "another program or person changed it: look at it, and bring it back to what the run left";
    Obstacle::new(codes::CHANGED_SINCE, what, advice).that_may_be_forced()
}
