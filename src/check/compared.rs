//! Which sides a check compares.

use crate::node::Version;
use crate::platform::{Side, all};

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
    /// There are several, and another version.
    #[error("with --against, -t takes one target")]
    Many,
}

/// The sides that are compared, of those that are named: the first two platforms where none is, or the first one in two
/// versions.
///
/// # Errors
/// When they are too many, too few, or not different.
pub fn compared(named: &[Side], against: Option<Version>) -> Result<Vec<Side>, NotComparable> {
    if named.iter().enumerate().any(|(at, side)| named[..at].contains(side)) {
        return Err(NotComparable::Twice);
    }
    let first = |count: usize| all().iter().take(count).map(|platform| Side::wanted(*platform)).collect();
    match (named, against) {
        ([], None) => Ok(first(2)),
        ([], Some(_)) => Ok(first(1)),
        ([_], Some(_)) | ([_, _, ..], None) => Ok(named.to_vec()),
        ([_], None) => Err(NotComparable::One),
        (_, Some(_)) => Err(NotComparable::Many),
    }
}
