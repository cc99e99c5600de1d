//! What brings the tables of a node from what it has loaded to what is wanted, and back: one text for
//! `iptables-restore --noflush` each way, with nothing in it that does not change.

mod checked;
mod found;
#[cfg_attr(not(feature = "apply"), allow(dead_code, reason = "executors use it"))]
mod line;
#[cfg_attr(not(feature = "apply"), allow(dead_code, reason = "executors use it"))]
mod standing;
mod text;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::jumps::{JUMPS, Jump};
use super::model::{ChainName, Ruleset, TableName};
use super::names::{HASHED_PREFIXES, fixed};
use super::{write, write_rule};
use crate::net::Family;
use found::{Chains, chains};

pub use checked::ChangeError;
pub use line::Line;
#[cfg_attr(not(feature = "apply"), allow(unused_imports, reason = "executors use it"))]
pub(super) use standing::{ChainStanding, outline};

/// What changes in the tables of one family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The family.
    pub family: Family,
    /// What changes in each table.
    pub tables: Vec<TableChange>,
}

/// What changes in a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChange {
    /// The table.
    pub table: Line,
    /// Chains that are made, filled anew, or deleted.
    pub chains: Vec<ChainChange>,
    /// Rules in the base chains.
    pub jumps: Vec<JumpChange>,
}

/// A chain of kube-proxy's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainChange {
    /// Its name.
    pub chain: Line,
    /// Its rules before; `None` where it is not there.
    pub before: Option<Vec<Line>>,
    /// Its rules afterwards.
    pub after: Option<Vec<Line>>,
}

/// A rule in a base chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JumpChange {
    /// The base chain.
    pub chain: Line,
    /// The rule, without its chain.
    pub rule: Line,
    /// Its place in the chain, from 1. One that is made is put at the top, as kube-proxy does it.
    pub position: usize,
    /// Whether it is there afterwards; before it is the other way round.
    pub is_there: bool,
}

impl Change {
    /// From what `iptables-save` printed to what is wanted; `None` wants nothing of kube-proxy's at all. Chains of
    /// Services that are gone go, and nothing of anybody else's is touched.
    #[must_use]
    pub fn between(saved: &str, wanted: Option<&Ruleset>, family: Family) -> Self {
        let present = chains(saved, family);
        let wanted_chains = wanted.map(|rules| chains(&write(rules), family)).unwrap_or_default();
        let table = |table: TableName| TableChange {
            table: Line::of(table.as_str()),
            chains: chain_changes(table, &present, &wanted_chains, wanted.is_some()),
            jumps: jump_changes(table, &present, wanted.is_some(), family),
        };
        let tables = [TableName::Filter, TableName::Nat].map(table);
        let changes = |table: &TableChange| !(table.chains.is_empty() && table.jumps.is_empty());
        Self { family, tables: tables.into_iter().filter(changes).collect() }
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// One change for each table, as `iptables-restore` does all of a table or nothing.
    pub fn by_table(self) -> impl Iterator<Item = Self> {
        let family = self.family;
        self.tables.into_iter().map(move |table| Self { family, tables: vec![table] })
    }

    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let chain = |of: &ChainChange| ChainChange {
            chain: of.chain.clone(),
            before: of.after.clone(),
            after: of.before.clone(),
        };
        let jump = |of: &JumpChange| JumpChange { is_there: !of.is_there, ..of.clone() };
        let table = |of: &TableChange| TableChange {
            table: of.table.clone(),
            chains: of.chains.iter().map(chain).collect(),
            // In the same order: each comes to its place above those that follow.
            jumps: of.jumps.iter().map(jump).collect(),
        };
        Self { family: self.family, tables: self.tables.iter().map(table).collect() }
    }
}

fn chain_changes(table: TableName, present: &Chains, wanted: &Chains, keeps: bool) -> Vec<ChainChange> {
    let of_table = |chains: &Chains| -> Vec<ChainName> {
        chains.keys().filter(|(of, _)| *of == table).map(|(_, chain)| *chain).collect()
    };
    let filled = of_table(wanted).into_iter().filter_map(|chain| {
        let after = &wanted[&(table, chain)];
        let before = present.get(&(table, chain));
        (before.is_none_or(|before| !before.does_as(after))).then(|| ChainChange {
            chain: Line::of(chain.as_str()),
            before: before.map(|before| before.lines.clone()),
            after: Some(after.lines.clone()),
        })
    });
    let is_over = |chain: &ChainName| {
        let is_of_service = HASHED_PREFIXES.iter().any(|prefix| chain.as_str().starts_with(prefix));
        let may_go = is_of_service || !keeps && is_fixed(*chain);
        !wanted.contains_key(&(table, *chain)) && may_go && standing::is_ours(chain.as_str())
    };
    let gone = of_table(present).into_iter().filter(is_over).map(|chain| ChainChange {
        chain: Line::of(chain.as_str()),
        before: Some(present[&(table, chain)].lines.clone()),
        after: None,
    });
    let declared = keeps.then(|| jumped_to(table, present, wanted));
    filled.chain(declared.into_iter().flatten()).chain(gone).collect()
}

/// A jump needs its chain, even where the family has no rules for it (`KUBE-FIREWALL` in IPv6).
fn jumped_to(table: TableName, present: &Chains, wanted: &Chains) -> Vec<ChainChange> {
    let is_missing =
        |chain: &ChainName| ![present, wanted].iter().any(|chains| chains.contains_key(&(table, *chain)));
    let targets = JUMPS.iter().filter(|jump| jump.table == table).map(|jump| jump.to);
    let missing: BTreeSet<ChainName> = targets.filter(is_missing).collect();
    let empty = |chain: ChainName| ChainChange {
        chain: Line::of(chain.as_str()),
        before: None,
        after: Some(Vec::new()),
    };
    missing.into_iter().map(empty).collect()
}

/// Chains that kube-proxy has all for itself. `KUBE-FIREWALL` is kubelet's as well.
fn is_fixed(chain: ChainName) -> bool {
    [
        fixed::SERVICES,
        fixed::NODE_PORTS,
        fixed::EXTERNAL_SERVICES,
        fixed::FORWARD,
        fixed::PROXY_FIREWALL,
        fixed::POSTROUTING,
        fixed::MARK_MASQ,
    ]
    .contains(&chain)
}

fn jump_changes(table: TableName, present: &Chains, wanted: bool, family: Family) -> Vec<JumpChange> {
    let mut changes = Vec::new();
    for jump in JUMPS.iter().filter(|jump| jump.table == table) {
        let rule = jump.rule().normalise();
        let found = present.get(&(table, jump.from));
        let positions =
            found.map(|found| found.positions(table, jump.from, &rule, family)).unwrap_or_default();
        let change = |position: usize, is_there: bool| JumpChange {
            chain: Line::of(jump.from.as_str()),
            rule: line_of(jump),
            position,
            is_there,
        };
        if wanted && positions.is_empty() {
            changes.push(change(1, true));
        }
        // Without Services the chain that is kubelet's as well keeps its jump. One that is there twice goes twice.
        if !wanted && jump.to != fixed::FIREWALL {
            changes.extend(positions.into_iter().map(|position| change(position, false)));
        }
    }
    changes.sort_by_key(|jump| jump.position);
    changes
}

/// The rule of a jump, without its chain.
fn line_of(jump: &Jump) -> Line {
    let mut line = String::new();
    write_rule(&mut line, &jump.rule());
    Line::of(line.split_once(' ').map_or("", |(_, rule)| rule))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::platform::iptables::read;

    const SAVED: &str = "*nat\n:PREROUTING ACCEPT [5:300]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:MINE - [0:0]\n\
        :KUBE-SERVICES - [0:0]\n:KUBE-SVC-GONE - [0:0]\n-A PREROUTING -j MINE\n-A KUBE-SERVICES -j KUBE-SVC-GONE\n\
        -A KUBE-SVC-GONE -j RETURN\nCOMMIT\n";
    const WANTED: &str = "*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-SVC-NEW - [0:0]\n-A KUBE-SERVICES -j KUBE-SVC-NEW\n\
        -A KUBE-SVC-NEW -j RETURN\nCOMMIT\n";

    fn wanted() -> Ruleset {
        read(WANTED, Family::Ipv4).0
    }

    #[test]
    fn a_change_says_what_changes_and_nothing_else() {
        let change = Change::between(SAVED, Some(&wanted()), Family::Ipv4);
        let text = change.text();
        let nat = text.split("*nat\n").nth(1).unwrap();
        let lines: Vec<&str> = nat.lines().filter(|line| !line.starts_with("-I")).collect();
        assert_eq!(
            lines,
            [
                ":KUBE-SERVICES - [0:0]",
                ":KUBE-SVC-NEW - [0:0]",
                ":KUBE-POSTROUTING - [0:0]",
                ":KUBE-SVC-GONE - [0:0]",
                "-A KUBE-SERVICES -j KUBE-SVC-NEW",
                "-A KUBE-SVC-NEW -j RETURN",
                "-X KUBE-SVC-GONE",
                "COMMIT",
            ]
        );
        assert!(!change.is_done(SAVED) && !text.contains("MINE"));
    }

    #[test]
    fn the_way_back_restores_the_rules_that_were_there() {
        let back = Change::between(SAVED, Some(&wanted()), Family::Ipv4).inverse();
        let text = back.text();
        assert!(text.contains("-A KUBE-SVC-GONE -j RETURN\n") && text.contains("-X KUBE-SVC-NEW\n"));
        assert!(text.contains("-D PREROUTING "));
        assert!(back.is_done(SAVED));
    }

    #[test]
    fn what_is_as_wanted_does_not_change_and_nothing_can_be_wanted() {
        let change = Change::between(SAVED, Some(&wanted()), Family::Ipv4);
        let mut after = String::new();
        for jump in &JUMPS {
            let (table, rule) = (jump.table.as_str(), line_of(jump));
            writeln!(after, "*{table}\n:{} - [0:0]\n-I {} {}\nCOMMIT", jump.to, jump.from, rule.as_str())
                .unwrap();
        }
        after.push_str(WANTED);
        assert!(change.is_done(&after));
        assert!(Change::between(&after, Some(&wanted()), Family::Ipv4).is_empty());
        let nothing = Change::between(&after, None, Family::Ipv4).text();
        assert!(nothing.contains("-X KUBE-SERVICES\n") && nothing.contains("-D OUTPUT "));
        assert!(!nothing.contains("KUBE-FIREWALL"));
    }
}
