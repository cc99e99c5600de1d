//! Lines of `hnsdiag` that say what follows, and lines that stand where something else should follow.

use super::document::{List, Place};

/// What the next line may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Nothing,
    OtherTable,
    NetworkTable,
    EndpointTable,
    LoadBalancerTable,
    EndpointBlock,
    LoadBalancerBlock,
    /// A block that began with a line that cannot be read.
    Lost,
}

impl Within {
    /// The list that its rows are of, if they are read.
    pub(super) fn list(self) -> Option<List> {
        match self {
            Self::LoadBalancerTable | Self::LoadBalancerBlock => Some(List::LoadBalancers),
            Self::EndpointTable | Self::EndpointBlock => Some(List::Endpoints),
            Self::Nothing | Self::OtherTable | Self::NetworkTable | Self::Lost => None,
        }
    }
}

/// The heading of a section of `hnsdiag list all`.
pub(super) fn section(name: &str) -> Option<Place> {
    if name.eq_ignore_ascii_case("Namespaces") {
        return Some(Place::Alone);
    }
    List::named(name).map(Place::In)
}

/// The columns of tables. Those of `Format-Table` are others.
const COLUMNS: [(Within, &str); 4] = [
    (Within::LoadBalancerTable, "ID Virtual IPs Direct IP IDs"),
    (Within::EndpointTable, "Name ID Virtual Network Name"),
    (Within::OtherTable, "ID Endpoint IDs"),
    (Within::NetworkTable, "Name ID"),
];

/// The table that a line is the head of, and whether the line is nothing else: with the end of the line, the first row
/// may have become a part of it.
pub(super) fn header(line: &str) -> Option<(Within, bool)> {
    let separators = |c: char| c.is_whitespace() || c == '|';
    let words: Vec<&str> = line.split(separators).filter(|word| !word.is_empty()).take(8).collect();
    let begins_as = |names: &str| {
        let names: Vec<&str> = names.split(' ').collect();
        let (last, first) = names.split_last()?;
        let is_begun = words.len() >= names.len()
            && first.iter().zip(&words).all(|(name, word)| name.eq_ignore_ascii_case(word));
        let word = words.get(first.len()).filter(|_| is_begun)?;
        let is_last = word.get(..last.len()).is_some_and(|start| start.eq_ignore_ascii_case(last));
        is_last.then_some(word.len() == last.len() && words.len() == names.len())
    };
    let found = COLUMNS.into_iter().find_map(|(table, names)| Some((table, begins_as(names)?)));
    // Names of networks are any words.
    found.filter(|(table, is_alone)| *is_alone || *table != Within::NetworkTable)
}

/// Whether a line is drawn between rows: `+-----+-----+`, `|---|:--|`.
pub(super) fn is_rule(line: &str) -> bool {
    line.contains("--") && line.bytes().all(|byte| matches!(byte, b'-' | b'+' | b'|' | b':' | b' ' | b'='))
        || line.contains("==") && line.bytes().all(|byte| byte == b'=')
}
