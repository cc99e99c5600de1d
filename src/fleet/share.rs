//! Shares of the nodes: each run of several takes those that the hash of their names gives it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::name::printable;

/// How many shares there may be.
const MOST: u32 = 10_000;

/// One of several shares, as in `3/8`. The first one is `0/8`, as Kubernetes counts the indexes of a Job.
///
/// ```
/// use hnsplan::fleet::Share;
///
/// let shares = ["0/2".parse::<Share>()?, "1/2".parse()?];
/// assert_eq!(shares.iter().filter(|share| share.has("win-1")).count(), 1);
/// # Ok::<(), hnsplan::fleet::NotAShare>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    index: u32,
    of: u32,
}

/// A text is no share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAShare(String);

impl Share {
    /// A share by its index, from 0 on.
    ///
    /// # Errors
    /// When there is no such share.
    pub fn new(index: u32, of: u32) -> Result<Self, NotAShare> {
        if of == 0 || of > MOST {
            return Err(NotAShare(format!("there are 1 to {MOST} shares, not {of}")));
        }
        if index >= of {
            let last = of - 1;
            let message =
                format!("share {index}/{of} does not exist: shares are counted from 0/{of} to {last}/{of}");
            return Err(NotAShare(message));
        }
        Ok(Self { index, of })
    }

    /// Whether a node belongs to it.
    #[must_use]
    pub fn has(self, node: &str) -> bool {
        self.of == 1 || hash(node) % u64::from(self.of) == u64::from(self.index)
    }
}

/// FNV-1a of 64 bits. It is written down in `docs/fleet.md`: shares that are run at different times must fit together.
pub(super) fn hash(name: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

impl FromStr for Share {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, NotAShare> {
        let numbers =
            text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        let Some((index, of)) = numbers else {
            let message = format!("`{}` is not a share; expected INDEX/COUNT, as in 3/8", printable(text));
            return Err(NotAShare(message));
        };
        Self::new(index, of)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// Which shares are there. All of them together are one whole, however many they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    of: u32,
    have: BTreeSet<u32>,
}

impl Default for Shares {
    /// The whole.
    fn default() -> Self {
        Self { of: 1, have: BTreeSet::from([0]) }
    }
}

impl From<Share> for Shares {
    fn from(share: Share) -> Self {
        Self { of: share.of, have: BTreeSet::from([share.index]) }.whole_if_complete()
    }
}

impl Shares {
    /// Some of so many.
    ///
    /// # Errors
    /// When there is no such share, or none at all.
    pub fn new(of: u32, have: impl IntoIterator<Item = u32>) -> Result<Self, NotAShare> {
        let have: BTreeSet<u32> = have.into_iter().collect();
        for index in &have {
            Share::new(*index, of)?;
        }
        if have.is_empty() {
            return Err(NotAShare("there is no share".to_owned()));
        }
        Ok(Self { of, have }.whole_if_complete())
    }

    /// How many there are in all, and which of them are here.
    #[must_use]
    pub fn parts(&self) -> (u32, &BTreeSet<u32>) {
        (self.of, &self.have)
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.have.len() == self.of as usize
    }

    /// Those that are missing.
    #[must_use]
    pub fn missing(&self) -> Vec<Share> {
        let of = self.of;
        (0..of).filter(|index| !self.have.contains(index)).map(|index| Share { index, of }).collect()
    }

    /// Whether a node belongs to one of them.
    #[must_use]
    pub fn have(&self, node: &str) -> bool {
        self.of == 1
            || self.have.contains(&u32::try_from(hash(node) % u64::from(self.of)).expect("below a u32"))
    }

    /// Those of both; `None` if the nodes were divided otherwise.
    #[must_use]
    pub fn union(&self, other: &Self) -> Option<Self> {
        if self.is_whole() || other.is_whole() {
            return Some(Self::default());
        }
        let have = self.have.union(&other.have).copied().collect();
        (self.of == other.of).then(|| Self { of: self.of, have }.whole_if_complete())
    }

    fn whole_if_complete(self) -> Self {
        if self.is_whole() { Self::default() } else { self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_are_counted_from_zero() {
        for (text, expected) in [("0/1", "0/1"), ("7/8", "7/8"), ("00/8", "0/8")] {
            assert_eq!(text.parse::<Share>().expect(text).to_string(), expected);
        }
        for (text, expected) in [
            ("8/8", "from 0/8 to 7/8"),
            ("0/0", "1 to 10000 shares"),
            ("0/10001", "1 to 10000 shares"),
            ("3", "INDEX/COUNT"),
            ("-1/8", "INDEX/COUNT"),
            ("a/b", "INDEX/COUNT"),
            ("99999999999/8", "INDEX/COUNT"),
        ] {
            let error = text.parse::<Share>().expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    /// Written down, since shares of different versions of the program must fit together.
    #[test]
    fn the_hash_of_a_name_never_changes() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
    }

    proptest! {
        #[test]
        fn every_node_is_in_exactly_one_share(name in "[a-z0-9.-]{1,30}", of in 1u32..50) {
            let has = |index: &u32| Share::new(*index, of).expect("a share").has(&name);
            prop_assert_eq!((0..of).filter(has).count(), 1);
            let all = Shares::new(of, 0..of).expect("all");
            prop_assert!(all.is_whole() && all.have(&name));
        }

        #[test]
        fn shares_are_joined_in_any_order(of in 1u32..9, sets in prop::collection::vec(prop::collection::btree_set(0u32..9, 1..9), 1..5)) {
            let shares: Vec<Shares> =
                sets.iter().map(|set| Shares::new(of, set.iter().map(|index| index % of)).expect("shares")).collect();
            let join = |all: &mut dyn Iterator<Item = &Shares>| {
                all.fold(None, |sum: Option<Shares>, next| Some(sum.map_or(next.clone(), |sum| sum.union(next).expect("of one"))))
            };
            prop_assert_eq!(join(&mut shares.iter()), join(&mut shares.iter().rev()));
        }
    }
}
