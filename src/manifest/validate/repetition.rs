//! Entries with the same key.

use std::collections::BTreeSet;

/// The indices of entries whose key an earlier entry has. Entries without a key do not count.
///
/// Short lists are compared pair by pair, which needs no memory; long ones take n log n.
pub(super) fn repetitions<K: Ord>(count: usize, key: impl Fn(usize) -> Option<K>) -> Vec<usize> {
    const SHORT: usize = 8;
    if count <= SHORT {
        let stands_before = |index: usize| {
            key(index).is_some_and(|wanted| (0..index).any(|earlier| key(earlier).as_ref() == Some(&wanted)))
        };
        return (1..count).filter(|&index| stands_before(index)).collect();
    }
    let mut seen = BTreeSet::new();
    (0..count).filter(|&index| key(index).is_some_and(|key| !seen.insert(key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_short_lists_find_the_same() {
        let keys = [Some(1), None, Some(2), Some(1), None, Some(1)];
        assert_eq!(repetitions(keys.len(), |index| keys[index]), [3, 5]);
        let long: Vec<_> = (0..20).chain([7]).collect();
        assert_eq!(repetitions(long.len(), |index| Some(long[index])), [20]);
        assert!(repetitions(0, |_| Some(0)).is_empty());
    }
}
