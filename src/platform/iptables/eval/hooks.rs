//! The tables that a packet meets, in order: by hook, and within a hook by the kernel's priorities (Linux,
//! `nf_ip_hook_priorities`).

use crate::platform::iptables::model::{ChainName, TableName};
use crate::platform::iptables::names::base;
use crate::platform::netfilter::{Hook, Route};

/// No hook has more tables.
pub(super) const MOST_TABLES: usize = 5;

/// The built-in chain of a hook's rules.
pub(super) fn base_chain(hook: Hook) -> ChainName {
    match hook {
        Hook::Prerouting => base::PREROUTING,
        Hook::Input => base::INPUT,
        Hook::Forward => base::FORWARD,
        Hook::Output => base::OUTPUT,
        Hook::Postrouting => base::POSTROUTING,
    }
}

/// The tables with rules for a hook, in order.
pub(super) fn tables(hook: Hook) -> &'static [TableName] {
    use TableName::{Filter, Mangle, Nat, Raw, Security};
    match hook {
        Hook::Prerouting => &[Raw, Mangle, Nat],
        Hook::Input => &[Mangle, Filter, Security, Nat],
        Hook::Forward => &[Mangle, Filter, Security],
        Hook::Output => &[Raw, Mangle, Nat, Filter, Security],
        Hook::Postrouting => &[Mangle, Nat],
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
        Self { hook: Hook::first(sent_by_node), table: 0, came_back: false }
    }

    pub(super) fn table(self) -> TableName {
        tables(self.hook)[self.table]
    }

    /// What comes next; `None` at the end of the way.
    pub(super) fn next(self, route: Route) -> Option<Self> {
        if self.table + 1 < tables(self.hook).len() {
            let next = Self { table: self.table + 1, ..self };
            let is_settled = next.came_back && next.table() == TableName::Nat;
            return if is_settled { next.next(route) } else { Some(next) };
        }
        let (hook, came_back) = self.hook.next(route, self.came_back)?;
        Some(Self { hook, table: 0, came_back })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(sent_by_node: bool, for_node: bool) -> String {
        let stages = std::iter::successors(Some(Stage::first(sent_by_node)), |stage| {
            stage.next(Route { sent_by_node, for_node })
        });
        let names: Vec<_> =
            stages.map(|stage| format!("{} {}", stage.table().as_str(), base_chain(stage.hook))).collect();
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
