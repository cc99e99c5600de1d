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

/// The head of a table. Those of `Format-Table` have other columns.
pub(super) fn header(line: &str) -> Option<Within> {
    let separators = |c: char| c.is_whitespace() || c == '|';
    let words: Vec<_> = line.split(separators).filter(|word| !word.is_empty()).take(6).collect();
    let is = |names: &str| {
        words.len() == names.split(' ').count()
            && names.split(' ').zip(&words).all(|(name, word)| name.eq_ignore_ascii_case(word))
    };
    if is("ID Virtual IPs Direct IP IDs") {
        Some(Within::LoadBalancerTable)
    } else if is("Name ID Virtual Network Name") {
        Some(Within::EndpointTable)
    } else if is("Name ID") {
        Some(Within::NetworkTable)
    } else if is("ID Endpoint IDs") {
        Some(Within::OtherTable)
    } else {
        None
    }
}

/// Whether a line is drawn between rows: `+-----+-----+`, `|---|:--|`.
pub(super) fn is_rule(line: &str) -> bool {
    line.contains("--") && line.bytes().all(|byte| matches!(byte, b'-' | b'+' | b'|' | b':' | b' ' | b'='))
        || line.contains("==") && line.bytes().all(|byte| byte == b'=')
}
