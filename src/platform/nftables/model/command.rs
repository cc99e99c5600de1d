//! Commands of a transaction: what `nft -f` does to a table.

use super::{Chain, Container, Element, Key, Name, Rule};

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The table is made, if it is not there.
    AddTable,
    /// A chain is made, if it is not there; of its rules nothing is said.
    AddChain(Chain),
    /// A chain loses its rules.
    FlushChain(Name),
    /// A chain is deleted.
    DeleteChain(Name),
    /// A rule is put at the end of a chain.
    AddRule(Name, Rule),
    /// A set or map is made, if it is not there; of its elements nothing is said.
    AddContainer(Container),
    /// A set or map loses its elements.
    FlushContainer {
        /// Whether it is a map.
        is_map: bool,
        /// Its name.
        name: Name,
    },
    /// A set or map is deleted.
    DeleteContainer {
        /// Whether it is a map.
        is_map: bool,
        /// Its name.
        name: Name,
    },
    /// A counter is made, if it is not there.
    AddCounter(Name),
    /// An element is added to a set or map.
    AddElement(Name, Element),
    /// An element is deleted.
    DeleteElement(Name, Key),
}
