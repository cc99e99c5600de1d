//! What brings the tables of a node from what it has loaded to what is wanted, and back: one text for
//! `iptables-restore --noflush` each way, with nothing in it that does not change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::jumps::{JUMPS, Jump};
use super::model::{ChainName, Command, Rule, Ruleset, TableName};
use super::names::{HASHED_PREFIXES, base, fixed};
use super::{read, write, write_rule};
use crate::net::Family;

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

/// A text that is one line and no more, so that it cannot add anything to a restore text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line(Box<str>);

impl Line {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(text: &str) -> Self {
        text.to_owned().try_into().expect("a checked name or rule is one line")
    }
}

impl TryFrom<String> for Line {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.contains(['\n', '\r', '\0']) { Err("a rule is one line") } else { Ok(Self(text.into())) }
    }
}

impl From<Line> for String {
    fn from(line: Line) -> Self {
        line.0.into()
    }
}

/// The rules of chains, as lines and in their normal form.
type Chains = BTreeMap<(TableName, ChainName), (Vec<Line>, Vec<Rule>)>;

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
            jumps: jump_changes(table, &present, wanted.is_some()),
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

    /// The text for `iptables-restore --noflush`, which does all of a table or nothing.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            write_table(&mut text, table).expect("a String takes all text");
        }
        text
    }

    /// Whether the tables that `iptables-save` printed are as they are to be afterwards.
    #[must_use]
    pub fn is_done(&self, saved: &str) -> bool {
        let present = chains(saved, self.family);
        self.tables.iter().all(|table| is_done(table, &present, self.family))
    }
}

fn write_table(text: &mut String, table: &TableChange) -> std::fmt::Result {
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

/// The chains of all tables of a text. Rules are kept as the lines that they are: the same rule in other words is
/// another line of `iptables-save`.
fn chains(text: &str, family: Family) -> Chains {
    let mut chains = Chains::new();
    for table in &read(text, family).0.normalise().tables {
        for chain in &table.chains {
            chains.entry((table.name, chain.name)).or_default();
        }
        for command in &table.commands {
            if let Command::Append(rule) = command {
                chains.entry((table.name, rule.chain)).or_default().1.push(rule.clone());
            }
        }
    }
    let mut table = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('*') {
            table = TableName::ALL.into_iter().find(|table| table.as_str() == name.trim());
        }
        let rule = line.strip_prefix("-A ");
        let chain = rule.and_then(|rule| ChainName::new(rule.split(' ').next()?));
        if let (Some(table), Some(rule), Some(chain)) = (table, rule, chain) {
            chains.entry((table, chain)).or_default().0.push(Line::of(rule));
        }
    }
    chains
}

fn chain_changes(table: TableName, present: &Chains, wanted: &Chains, keeps: bool) -> Vec<ChainChange> {
    let of_table = |chains: &Chains| -> Vec<ChainName> {
        chains.keys().filter(|(of, _)| *of == table).map(|(_, chain)| *chain).collect()
    };
    let filled = of_table(wanted).into_iter().filter_map(|chain| {
        let (lines, rules) = &wanted[&(table, chain)];
        let before = present.get(&(table, chain));
        (before.is_none_or(|(_, before)| before != rules)).then(|| ChainChange {
            chain: Line::of(chain.as_str()),
            before: before.map(|(lines, _)| lines.clone()),
            after: Some(lines.clone()),
        })
    });
    let is_over = |chain: &ChainName| {
        let is_hashed = HASHED_PREFIXES.iter().any(|prefix| chain.as_str().starts_with(prefix));
        !wanted.contains_key(&(table, *chain)) && (is_hashed || !keeps && is_fixed(*chain))
    };
    let gone = of_table(present).into_iter().filter(is_over).map(|chain| ChainChange {
        chain: Line::of(chain.as_str()),
        before: Some(present[&(table, chain)].0.clone()),
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

fn jump_changes(table: TableName, present: &Chains, wanted: bool) -> Vec<JumpChange> {
    let of_table = JUMPS.iter().filter(|jump| jump.table == table);
    let change = |jump: &Jump| {
        let rule = jump.rule().normalise();
        let rules = present.get(&(table, jump.from)).map_or(&[][..], |(_, rules)| rules);
        let found = rules.iter().position(|of| *of == rule);
        // Without Services the chain that is kubelet's as well keeps its jump.
        let is_wanted = wanted || jump.to == fixed::FIREWALL && found.is_some();
        (found.is_some() != is_wanted).then(|| JumpChange {
            chain: Line::of(jump.from.as_str()),
            rule: line_of(jump),
            position: found.map_or(1, |at| at + 1),
            is_there: is_wanted,
        })
    };
    let mut changes: Vec<JumpChange> = of_table.filter_map(change).collect();
    changes.sort_by_key(|jump| jump.position);
    changes
}

/// The rule of a jump, without its chain.
fn line_of(jump: &Jump) -> Line {
    let mut line = String::new();
    write_rule(&mut line, &jump.rule());
    Line::of(line.split_once(' ').map_or("", |(_, rule)| rule))
}

fn is_done(change: &TableChange, present: &Chains, family: Family) -> bool {
    let Some(table) = TableName::ALL.into_iter().find(|table| table.as_str() == change.table.as_str()) else {
        return false;
    };
    let chain_is_done = |chain: &ChainChange| {
        let Some(name) = ChainName::new(chain.chain.as_str()) else { return false };
        let found = present.get(&(table, name)).map(|(_, rules)| rules);
        match &chain.after {
            None => found.is_none(),
            Some(lines) => found.is_some_and(|found| *found == loaded(table, name, lines, family)),
        }
    };
    let jump_is_done = |jump: &JumpChange| {
        let Some(from) = ChainName::new(jump.chain.as_str()) else { return false };
        let line = Line::of(&format!("{from} {}", jump.rule.as_str()));
        let rules = loaded(table, from, &[line], family);
        let found = present.get(&(table, from)).map_or(&[][..], |(_, rules)| rules);
        rules.iter().all(|rule| found.contains(rule)) == jump.is_there
    };
    change.chains.iter().all(chain_is_done) && change.jumps.iter().all(jump_is_done)
}

/// The rules that a chain has when these lines are loaded.
fn loaded(table: TableName, chain: ChainName, lines: &[Line], family: Family) -> Vec<Rule> {
    let declared = if base::is_base(chain) { String::new() } else { format!(":{chain} - [0:0]\n") };
    let mut text = format!("*{}\n{declared}", table.as_str());
    for line in lines {
        writeln!(text, "-A {}", line.as_str()).expect("a String takes all text");
    }
    text.push_str("COMMIT\n");
    let mut all = chains(&text, family);
    all.remove(&(table, chain)).map(|(_, rules)| rules).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_line_is_one_line() {
        assert!(Line::try_from("OUTPUT -j X\n-F".to_owned()).is_err());
    }
}
