//! The base chains that a packet meets, in order: by hook, and within a hook those of lower priority first.

use crate::platform::netfilter::{Hook, Route};

/// Where a packet is on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) hook: Hook,
    /// The position among the base chains of the hook.
    pub(super) chain: usize,
    /// Whether the node sent it to itself, and it is back.
    pub(super) came_back: bool,
}

impl Stage {
    /// Where a packet begins.
    pub(super) fn first(sent_by_node: bool) -> Self {
        Self { hook: Hook::first(sent_by_node), chain: 0, came_back: false }
    }

    /// The next base chain of the same hook.
    pub(super) fn next_chain(self) -> Self {
        Self { chain: self.chain + 1, ..self }
    }

    /// The first base chain of the next hook; `None` at the end of the way.
    pub(super) fn next_hook(self, route: Route) -> Option<Self> {
        let (hook, came_back) = self.hook.next(route, self.came_back)?;
        Some(Self { hook, chain: 0, came_back })
    }
}
