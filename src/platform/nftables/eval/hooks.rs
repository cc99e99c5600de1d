//! The way of a packet through the node: which base chains it meets, in order.
//!
//! ```text
//! others ─► prerouting ─► for the node? ─┬─ yes ─► input ─► a process
//!                ▲                       └─ no ──► forward ─► postrouting ─► others
//!                └─ the node itself ◄─┐
//! a process ─► output ─► postrouting ─┴─► others
//! ```
//!
//! Within a hook, chains of lower priority come first. A packet of the node to itself comes in again by `lo`; its
//! translation is settled by then, and chains of type nat are not asked again (Linux, `nf_nat_inet_fn`).

use crate::platform::nftables::model::Hook;

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
        let hook = if sent_by_node { Hook::Output } else { Hook::Prerouting };
        Self { hook, chain: 0, came_back: false }
    }

    /// The next base chain of the same hook.
    pub(super) fn next_chain(self) -> Self {
        Self { chain: self.chain + 1, ..self }
    }

    /// The hook that comes next; `None` at the end of the way. `for_node` is whether the packet's destination, as it
    /// is now, is the node.
    pub(super) fn next_hook(self, sent_by_node: bool, for_node: bool) -> Option<Self> {
        let at = |hook| Some(Self { hook, chain: 0, came_back: self.came_back });
        match self.hook {
            Hook::Prerouting if for_node => at(Hook::Input),
            Hook::Prerouting => at(Hook::Forward),
            Hook::Forward | Hook::Output => at(Hook::Postrouting),
            Hook::Postrouting if sent_by_node && for_node && !self.came_back => {
                Some(Self { hook: Hook::Prerouting, chain: 0, came_back: true })
            }
            Hook::Input | Hook::Postrouting => None,
        }
    }

    /// Whether a packet still knows the interface by which it came in.
    pub(super) fn knows_input(self) -> bool {
        matches!(self.hook, Hook::Prerouting | Hook::Input | Hook::Forward)
    }
}
