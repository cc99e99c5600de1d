//! Draws what was found on many nodes.

mod outliers;
pub mod prometheus;
pub mod text;

use crate::fleet::Item;

/// How far the lines below a headline are indented.
const INDENT: usize = 5;

/// How many nodes, Services or objects are named, unless all are asked for.
const LISTED: usize = 4;

/// How many groups of nodes are described, unless all are asked for.
const GROUPS: usize = 20;

/// How much is drawn.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Detail {
    /// Whether everything is named.
    pub all: bool,
    /// Where lines end.
    pub width: usize,
}

impl Default for Detail {
    fn default() -> Self {
        Self { all: false, width: 105 }
    }
}

impl Detail {
    /// A list of names, cut short.
    fn listed<'n>(self, names: impl IntoIterator<Item = &'n str>) -> String {
        let names: Vec<&str> = names.into_iter().collect();
        let shown = if self.all { names.len() } else { LISTED };
        let more = names.len().saturating_sub(shown);
        let listed = names[..names.len() - more].join(", ");
        if more > 0 { format!("{listed} and {more} more") } else { listed }
    }
}

/// What a finding is about.
fn name(item: &Item) -> String {
    match (&item.object, &*item.services) {
        (None, services) => services.join(", "),
        (Some(object), []) => object.clone(),
        (Some(object), services) => format!("{object} of {}", services.join(", ")),
    }
}
