//! The way of a packet through the node: which chains of which tables it meets, in order.
//!
//! ```text
//! others ─► PREROUTING ─► for the node? ─┬─ yes ─► INPUT ─► a process
//!                ▲                       └─ no ──► FORWARD ─► POSTROUTING ─► others
//!                └─ the node itself ◄─┐
//! a process ─► OUTPUT ─► POSTROUTING ─┴─► others
//! ```
//!
//! The order of tables is that of the kernel's priorities (Linux, `nf_ip_hook_priorities`). A packet of the
//! node to itself comes in again by `lo`; its translation is settled by then, and `nat` is not asked again.

use crate::platform::iptables::model::{ChainName, TableName};
use crate::platform::iptables::names::base;

/// A place in the kernel where rules are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hook {
    Prerouting,
    Input,
    Forward,
    Output,
    Postrouting,
}

/// No hook has more tables.
pub(super) const MOST_TABLES: usize = 5;

impl Hook {
    pub(super) const ALL: [Self; 5] =
        [Self::Prerouting, Self::Input, Self::Forward, Self::Output, Self::Postrouting];

    /// The built-in chain of its rules.
    pub(super) fn chain(self) -> ChainName {
        match self {
            Self::Prerouting => base::PREROUTING,
            Self::Input => base::INPUT,
            Self::Forward => base::FORWARD,
            Self::Output => base::OUTPUT,
            Self::Postrouting => base::POSTROUTING,
        }
    }

    /// The tables with rules for it, in order.
    pub(super) fn tables(self) -> &'static [TableName] {
        use TableName::{Filter, Mangle, Nat, Raw, Security};
        match self {
            Self::Prerouting => &[Raw, Mangle, Nat],
            Self::Input => &[Mangle, Filter, Security, Nat],
            Self::Forward => &[Mangle, Filter, Security],
            Self::Output => &[Raw, Mangle, Nat, Filter, Security],
            Self::Postrouting => &[Mangle, Nat],
        }
    }

    /// Whether a packet still knows the interface by which it came in.
    pub(super) fn knows_input(self) -> bool {
        matches!(self, Self::Prerouting | Self::Input | Self::Forward)
    }
}

/// Where a packet is on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) hook: Hook,
    /// The position of the table among those of the hook.
    pub(super) table: usize,
    /// Whether the node sent it to itself, and it is back.
    pub(super) came_back: bool,
}

impl Stage {
    /// Where a packet begins.
    pub(super) fn first(sent_by_node: bool) -> Self {
        let hook = if sent_by_node { Hook::Output } else { Hook::Prerouting };
        Self { hook, table: 0, came_back: false }
    }

    pub(super) fn table(self) -> TableName {
        self.hook.tables()[self.table]
    }

    /// What comes next; `None` at the end of the way. `for_node` is whether the packet's destination, as it
    /// is now, is the node.
    pub(super) fn next(self, sent_by_node: bool, for_node: bool) -> Option<Self> {
        if self.table + 1 < self.hook.tables().len() {
            let next = Self { table: self.table + 1, ..self };
            let settled = next.came_back && next.table() == TableName::Nat;
            return if settled { next.next(sent_by_node, for_node) } else { Some(next) };
        }
        let at = |hook| Some(Self { hook, table: 0, came_back: self.came_back });
        match self.hook {
            Hook::Prerouting if for_node => at(Hook::Input),
            Hook::Prerouting => at(Hook::Forward),
            Hook::Forward | Hook::Output => at(Hook::Postrouting),
            Hook::Postrouting if sent_by_node && for_node => {
                Some(Self { hook: Hook::Prerouting, table: 0, came_back: true })
            }
            Hook::Input | Hook::Postrouting => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(sent_by_node: bool, for_node: bool) -> String {
        let stages = std::iter::successors(Some(Stage::first(sent_by_node)), |stage| {
            stage.next(sent_by_node, for_node)
        });
        let names: Vec<_> =
            stages.map(|stage| format!("{} {}", stage.table().as_str(), stage.hook.chain())).collect();
        names.join(", ")
    }

    #[test]
    fn packets_of_others_are_forwarded_or_taken_in() {
        assert_eq!(
            way(false, false),
            "raw PREROUTING, mangle PREROUTING, nat PREROUTING, mangle FORWARD, filter FORWARD, \
             security FORWARD, mangle POSTROUTING, nat POSTROUTING"
        );
        assert_eq!(
            way(false, true),
            "raw PREROUTING, mangle PREROUTING, nat PREROUTING, mangle INPUT, filter INPUT, \
             security INPUT, nat INPUT"
        );
    }

    #[test]
    fn packets_of_the_node_to_itself_come_back() {
        let out = "raw OUTPUT, mangle OUTPUT, nat OUTPUT, filter OUTPUT, security OUTPUT, \
                   mangle POSTROUTING, nat POSTROUTING";
        assert_eq!(way(true, false), out);
        let back = "raw PREROUTING, mangle PREROUTING, mangle INPUT, filter INPUT, security INPUT";
        assert_eq!(way(true, true), format!("{out}, {back}"));
    }
}
