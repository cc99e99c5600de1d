//! Changes as texts for `iptables-restore --noflush`.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::found::{Chains, chains};
use super::{Change, JumpChange, Line, TableChange};
use crate::net::Family;

impl Change {
    /// The text for `iptables-restore --noflush`, which does all of a table or nothing.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            write_table(&mut text, table).expect("a String takes all text");
        }
        text
    }

    /// The text for tables that are now as `iptables-save` printed them: a jump is added where it is missing, and
    /// removed as often as it is there.
    #[must_use]
    pub fn text_for(&self, saved: &str) -> String {
        let present = chains(saved, self.family);
        let table = |table: &TableChange| TableChange {
            jumps: jumps_for(table, &present, self.family),
            ..table.clone()
        };
        Self { family: self.family, tables: self.tables.iter().map(table).collect() }.text()
    }
}

/// The jumps that change in a table as it is now.
fn jumps_for(table: &TableChange, present: &Chains, family: Family) -> Vec<JumpChange> {
    let mut groups: BTreeMap<(&Line, &Line), Vec<&JumpChange>> = BTreeMap::new();
    for jump in &table.jumps {
        groups.entry((&jump.chain, &jump.rule)).or_default().push(jump);
    }
    let mut left: BTreeMap<(&Line, &Line), usize> = BTreeMap::new();
    for (of, group) in &groups {
        let is_there = table.count(group[0], present, family);
        let is_made = group[0].is_there;
        left.insert(*of, if is_made { group.len().saturating_sub(is_there) } else { is_there });
    }
    // In their order, which is that of their places.
    let mut jumps = Vec::new();
    for jump in &table.jumps {
        let Some(left) = left.get_mut(&(&jump.chain, &jump.rule)).filter(|left| **left > 0) else { continue };
        let repeat = if jump.is_there { 1 } else { *left };
        jumps.extend(std::iter::repeat_n(jump.clone(), repeat));
        *left -= repeat;
    }
    jumps
}

fn write_table(text: &mut String, table: &TableChange) -> fmt::Result {
    writeln!(text, "*{}", table.table.as_str())?;
    for chain in &table.chains {
        writeln!(text, ":{} - [0:0]", chain.chain.as_str())?;
    }
    for jump in table.jumps.iter().filter(|jump| !jump.is_there) {
        writeln!(text, "-D {} {}", jump.chain.as_str(), jump.rule.as_str())?;
    }
    for rule in table.chains.iter().filter_map(|chain| chain.after.as_ref()).flatten() {
        writeln!(text, "-A {}", rule.as_str())?;
    }
    for jump in table.jumps.iter().filter(|jump| jump.is_there) {
        writeln!(text, "-I {} {} {}", jump.chain.as_str(), jump.position, jump.rule.as_str())?;
    }
    for chain in table.chains.iter().filter(|chain| chain.after.is_none()) {
        writeln!(text, "-X {}", chain.chain.as_str())?;
    }
    writeln!(text, "COMMIT")
}
