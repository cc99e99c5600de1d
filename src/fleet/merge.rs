//! Joins shares of a fleet: a union, so that the order and the number of the shares do not matter.

use std::collections::BTreeMap;

use super::record::{Fleet, Head};

/// A share, and where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The place of its first line; safe to print.
    pub place: String,
    /// Its answers.
    pub fleet: Fleet,
}

/// Shares do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MergeError(String);

/// Joins shares. One that is there twice counts once.
///
/// # Errors
/// When there is none, when they were made of different inputs or questions, or tell different things about one node.
pub fn merge(parts: Vec<Part>) -> Result<Fleet, MergeError> {
    let mut parts = parts.into_iter();
    let Some(Part { place: first, mut fleet }) = parts.next() else {
        return Err(MergeError("there is no share to join".to_owned()));
    };
    let mut from: BTreeMap<String, String> = BTreeMap::new();
    from.extend(fleet.nodes.keys().map(|node| (node.clone(), first.clone())));
    for Part { place, fleet: other } in parts {
        join_heads(&mut fleet.head, other.head)
            .map_err(|why| MergeError(format!("{place} and {first} cannot be joined: {why}")))?;
        for (node, answer) in other.nodes {
            match fleet.nodes.get(&node) {
                Some(known) if *known == answer => {}
                Some(_) => {
                    let known = from.get(&node).map_or(&*first, |place| place);
                    let message = format!(
                        "{place} and {known} tell different things about node {node}: keep one of them"
                    );
                    return Err(MergeError(message));
                }
                None => {
                    from.insert(node.clone(), place.clone());
                    fleet.nodes.insert(node, answer);
                }
            }
        }
    }
    Ok(fleet)
}

fn join_heads(head: &mut Head, other: Head) -> Result<(), String> {
    let same = "run all shares with the same files and flags";
    if head.question != other.question || head.sides != other.sides {
        return Err(format!("they answer different questions; {same}"));
    }
    if head.input != other.input || head.version != other.version || head.assumed != other.assumed {
        return Err(format!("they were made of different inputs; {same}"));
    }
    if head.names != other.names {
        return Err(format!("they are about different nodes; {same}"));
    }
    let Some(shares) = head.shares.union(&other.shares) else {
        let [one, two] = [&head.shares, &other.shares].map(|shares| shares.parts().0);
        return Err(format!("the nodes were divided into {one} shares and into {two}; divide them once"));
    };
    head.shares = shares;
    head.strays.extend(other.strays);
    Ok(())
}
