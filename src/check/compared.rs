//! Which sides a check compares.

use crate::node::Version;
use crate::platform::{Side, serving, usual, usual_pair};

/// Why sides cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotComparable {
    /// One of them is there twice.
    #[error("-t names a target twice")]
    Twice,
    /// There is one, and no other version of it.
    #[error("-t takes two targets or more, as in -t iptables,hns; one with --against VERSION")]
    One,
    /// The other version is newer than all that are known.
    #[error(
        "--against {0}: nothing is known of kube-proxy {0}; known are {oldest} to {newest}",
        oldest = Version::OLDEST,
        newest = Version::NEWEST.newest_patch()
    )]
    NotKnown(Version),
    /// There are several, and another version.
    #[error("with --against, -t takes one target")]
    Many,
}

/// The sides that are compared, of those that are named: where none is, the first two platforms, or in two versions the one
/// whose rules the node has. `mode` is the mode of kube-proxy, as its configuration has it: a platform of this name stands
/// in the place of the first.
///
/// # Errors
/// When they are too many, too few, or not different.
pub fn compared(
    named: &[Side],
    against: Option<Version>,
    mode: Option<&str>,
    runs_windows: bool,
) -> Result<Vec<Side>, NotComparable> {
    if named.iter().enumerate().any(|(at, side)| named[..at].contains(side)) {
        return Err(NotComparable::Twice);
    }
    if let Some(version) = against.filter(|version| version.is_newer_than_known()) {
        return Err(NotComparable::NotKnown(version));
    }
    match (named, against) {
        ([], None) => Ok(usual_pair(mode)),
        ([], Some(_)) => {
            let of_node = serving(runs_windows, mode).unwrap_or_else(|| usual(mode));
            Ok(vec![Side::wanted(of_node)])
        }
        ([_], Some(_)) | ([_, _, ..], None) => Ok(named.to_vec()),
        ([_], None) => Err(NotComparable::One),
        (_, Some(_)) => Err(NotComparable::Many),
    }
}
