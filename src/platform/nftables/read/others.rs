//! The tables that are not kube-proxy's: of them the base chains are noted.

use super::values::base_of;
use super::words::{Cursor, Line};
use crate::name::printable;
use crate::platform::nftables::model::OtherChain;

/// What was read of other tables.
#[derive(Default)]
pub(super) struct Others {
    /// Their base chains.
    pub(super) chains: Vec<OtherChain>,
    /// Whether any was named: then it is a listing of all.
    pub(super) are_named: bool,
    /// Whether any of them has the chains of kube-proxy in iptables mode.
    pub(super) run_iptables: bool,
}

impl Others {
    /// A command about such a table.
    pub(super) fn command(&mut self, verb: &str, object: &str, table: &str, cursor: &mut Cursor<'_, '_>) {
        let Some(name) = cursor.text() else { return };
        match (verb, object) {
            ("add" | "create", "chain") => self.chain(table, name, cursor.block().unwrap_or_default()),
            ("add" | "create" | "insert", "rule") => {
                let name = printable(&format!("{table} {name}"));
                let chains = self.chains.iter_mut().filter(|other| other.name == name);
                chains.for_each(|other| other.has_rules = true);
            }
            _ => {}
        }
    }

    /// A table of a listing.
    pub(super) fn table(&mut self, table: &str, lines: &[Line<'_>]) {
        for line in lines {
            let mut cursor = Cursor::new(&line.items);
            if !cursor.take(&["chain"]) {
                continue;
            }
            if let (Some(name), Some(lines)) = (cursor.text(), cursor.block()) {
                self.chain(table, name, lines);
            }
        }
    }

    fn chain(&mut self, table: &str, name: &str, lines: &[Line<'_>]) {
        self.run_iptables |= name == "KUBE-SERVICES";
        let mut found: Option<OtherChain> = None;
        for line in lines {
            let mut cursor = Cursor::new(&line.items);
            if cursor.take(&["type"]) {
                found = base_of(&mut cursor).map(|base| OtherChain {
                    name: printable(&format!("{table} {name}")),
                    kind: base.kind,
                    hook: base.hook,
                    drops: base.drops,
                    has_rules: false,
                });
            } else if let Some(found) = &mut found {
                if cursor.take(&["policy"]) {
                    found.drops = cursor.take(&["drop"]);
                } else if !cursor.take(&["comment"]) {
                    found.has_rules = true;
                }
            }
        }
        self.chains.extend(found);
    }
}
