//! Which part of the Services of a node is checked, where nodes share what is the same on all of them.

use crate::platform::Totals;

/// Which part of the Services the rules are about.
#[derive(Debug, Clone, Copy, Default)]
pub enum Part<'c> {
    /// All of them.
    #[default]
    All,
    /// All of them, and what lints count over them is counted.
    Counted,
    /// Some of those whose rules the node has, which come to these totals together.
    Of(&'c Totals),
    /// Those that do not come to these totals.
    Beside(&'c Totals),
}
