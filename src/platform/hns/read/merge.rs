//! Puts several dumps of one node together.

use rustc_hash::FxHashMap;

use super::super::model::{Condition, Detail, Guid, State};

impl State {
    /// All that several dumps say. Of an object that is there several times, by its id, the one is taken
    /// of which most is known, and of equals the last; it stands where the first one stood.
    #[must_use]
    pub fn merged(states: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::not_told();
        for state in states {
            all.networks.hear(state.networks.telling());
            all.endpoints.hear(state.endpoints.telling());
            all.load_balancers.hear(state.load_balancers.telling());
            all.networks.extend(state.networks);
            all.endpoints.extend(state.endpoints);
            all.load_balancers.extend(state.load_balancers);
            all.hns_version = all.hns_version.max(state.hns_version);
            all.switch.extend(state.switch);
            all.switch_ports.extend(state.switch_ports);
            all.without_ids.extend(state.without_ids);
        }
        keep_richest(
            &mut all.networks,
            |of| (Some(of.id), (of.gaps.weight(), of.detail)),
            |of| &mut of.condition,
        );
        keep_richest(&mut all.endpoints, |of| (of.id, (of.gaps.weight(), of.detail)), |of| &mut of.condition);
        keep_richest(
            &mut all.load_balancers,
            |of| (of.id, (of.gaps.weight(), of.detail)),
            |of| &mut of.condition,
        );
        all
    }
}

/// How little a description tells, the fewer the better.
type Poverty = (u32, Detail);

/// Keeps one object for each id, and all without one.
fn keep_richest<T>(
    objects: &mut Vec<T>,
    identity: impl Fn(&T) -> (Option<Guid>, Poverty),
    condition: impl Fn(&mut T) -> &mut Condition,
) {
    let mut kept: Vec<T> = Vec::with_capacity(objects.len());
    let mut places: FxHashMap<Guid, usize> = FxHashMap::default();
    for mut object in objects.drain(..) {
        let (id, poverty) = identity(&object);
        let known = id.and_then(|id| {
            let next = kept.len();
            Some(*places.entry(id).or_insert(next)).filter(|place| *place != next)
        });
        let Some(place) = known else {
            kept.push(object);
            continue;
        };
        // What one description says about its condition is true, however little it says besides.
        let conditions = (*condition(&mut object)).or(*condition(&mut kept[place]));
        if poverty <= identity(&kept[place]).1 {
            kept[place] = object;
        }
        *condition(&mut kept[place]) = conditions;
    }
    *objects = kept;
}
