//! Which object of one side is which of the other.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// The objects of two sides, paired.
pub(crate) struct Joined<'a, T> {
    /// Those that are equal, as the first side has them.
    pub(crate) equal: Vec<&'a T>,
    /// Those that are on both sides and differ.
    pub(crate) changed: Vec<[&'a T; 2]>,
    /// Those that are on one side only.
    pub(crate) only: [Vec<&'a T>; 2],
}

/// Pairs what has the same key. No two objects of a side may have the same one.
pub(crate) fn join<'a, T, K: Eq + Hash>(
    sides: [&'a [T]; 2],
    key: impl Fn(&'a T) -> K,
    is_same: impl Fn(&'a T, &'a T) -> bool,
) -> Joined<'a, T> {
    let [one, other] = sides;
    let mut rest: FxHashMap<K, &T> = other.iter().map(|object| (key(object), object)).collect();
    let mut joined = Joined { equal: Vec::new(), changed: Vec::new(), only: [Vec::new(), Vec::new()] };
    for object in one {
        match rest.remove(&key(object)) {
            Some(found) if is_same(object, found) => joined.equal.push(object),
            Some(found) => joined.changed.push([object, found]),
            None => joined.only[0].push(object),
        }
    }
    // In the order of the side, not of the map.
    if !rest.is_empty() {
        joined.only[1] = other.iter().filter(|object| rest.contains_key(&key(object))).collect();
    }
    joined
}

/// Numbers what has the same key, so that it can be told apart: 0 for the first.
pub(crate) struct Numbering<K>(FxHashMap<K, u32>);

impl<K: Eq + Hash> Numbering<K> {
    pub(crate) fn new() -> Self {
        Self(FxHashMap::default())
    }

    pub(crate) fn next(&mut self, key: K) -> u32 {
        let count = self.0.entry(key).or_default();
        *count += 1;
        *count - 1
    }
}
