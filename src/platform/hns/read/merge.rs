//! Puts several dumps of one node together.

use rustc_hash::FxHashMap;

use super::super::model::{Detail, Guid, State};

impl State {
    /// All that several dumps say. Of an object that is there several times, by its id, the one is taken
    /// of which most is known, and of equals the last; it stands where the first one stood.
    #[must_use]
    pub fn merged(states: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for state in states {
            all.networks.extend(state.networks);
            all.endpoints.extend(state.endpoints);
            all.load_balancers.extend(state.load_balancers);
            all.hns_version = all.hns_version.max(state.hns_version);
        }
        all.networks = richest(all.networks, |network| (Some(network.id), network.detail));
        all.endpoints = richest(all.endpoints, |endpoint| (endpoint.id, endpoint.detail));
        all.load_balancers = richest(all.load_balancers, |balancer| (balancer.id, balancer.detail));
        all
    }
}

/// Keeps one object for each id, and all without one.
fn richest<T>(objects: Vec<T>, identity: impl Fn(&T) -> (Option<Guid>, Detail)) -> Vec<T> {
    let mut kept: Vec<T> = Vec::with_capacity(objects.len());
    let mut places: FxHashMap<Guid, usize> = FxHashMap::default();
    for object in objects {
        let (id, detail) = identity(&object);
        let known = id.and_then(|id| {
            let next = kept.len();
            Some(*places.entry(id).or_insert(next)).filter(|place| *place != next)
        });
        match known {
            Some(place) if detail <= identity(&kept[place]).1 => kept[place] = object,
            Some(_) => {}
            None => kept.push(object),
        }
    }
    kept
}
