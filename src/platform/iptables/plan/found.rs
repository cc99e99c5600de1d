//! The chains of a text, as lines and in their normal form.

use std::collections::BTreeMap;
use std::fmt::Write;

use rustc_hash::FxHashSet;

use super::Line;
use crate::net::Family;
use crate::platform::iptables::model::{ChainName, Command, Rule, TableName};
use crate::platform::iptables::names::base;
use crate::platform::iptables::{read, write_rule};

/// The chains of all tables.
pub(super) type Chains = BTreeMap<(TableName, ChainName), FoundChain>;

/// What a chain has.
#[derive(Debug, Clone, Default)]
pub(super) struct FoundChain {
    /// Its rules as they are written: the same rule in other words is another line.
    pub(super) lines: Vec<Line>,
    /// Its rules in their normal form, without those that cannot be read.
    rules: Vec<Rule>,
    /// The lines that cannot be read.
    odd: Vec<Line>,
}

impl FoundChain {
    /// Whether both do the same.
    pub(super) fn does_as(&self, other: &Self) -> bool {
        self.rules == other.rules && self.odd == other.odd
    }

    /// How often its only rule is in another chain.
    pub(super) fn count_in(&self, other: &Self) -> usize {
        let [rule] = &self.rules[..] else { return 0 };
        other.rules.iter().filter(|of| *of == rule).count()
    }

    /// The places of a rule in it, from 1.
    pub(super) fn positions(
        &self,
        table: TableName,
        chain: ChainName,
        rule: &Rule,
        family: Family,
    ) -> Vec<usize> {
        let is_it =
            |line: &Line| loaded(table, chain, std::slice::from_ref(line), family).rules == [rule.clone()];
        let of_lines: Vec<usize> =
            (1..).zip(&self.lines).filter(|(_, line)| is_it(line)).map(|(at, _)| at).collect();
        if of_lines.is_empty() {
            // A text with other commands than -A has no lines for its rules.
            return (1..).zip(&self.rules).filter(|(_, of)| *of == rule).map(|(at, _)| at).collect();
        }
        of_lines
    }
}

/// The chains of a text.
pub(super) fn chains(text: &str, family: Family) -> Chains {
    let mut chains = Chains::new();
    let (rules, problems) = read(text, family);
    for table in &rules.normalise().tables {
        for chain in &table.chains {
            chains.entry((table.name, chain.name)).or_default();
        }
        for command in &table.commands {
            if let Command::Append(rule) = command {
                chains.entry((table.name, rule.chain)).or_default().rules.push(rule.clone());
            }
        }
    }
    let unread: FxHashSet<usize> = problems.iter().map(|problem| problem.line).collect();
    let mut table = None;
    // Not `lines()`, which takes a carriage return at the end of a rule for a part of the line end.
    for (number, line) in (1..).zip(text.split('\n')) {
        if let Some(name) = line.strip_prefix('*') {
            table = TableName::ALL.into_iter().find(|table| table.as_str() == name.trim());
        }
        let rule = line.strip_prefix("-A ");
        let chain = rule.and_then(|rule| ChainName::new(rule.split(' ').next()?));
        if let (Some(table), Some(rule), Some(chain)) = (table, rule, chain) {
            let chain = chains.entry((table, chain)).or_default();
            chain.lines.push(Line::of(rule));
            if unread.contains(&number) {
                chain.odd.push(Line::of(rule));
            }
        }
    }
    chains
}

/// What a line does, in words that are the same however it is spelled.
pub(super) fn meaning(table: TableName, chain: ChainName, line: &Line, family: Family) -> String {
    let FoundChain { rules, odd, .. } = loaded(table, chain, std::slice::from_ref(line), family);
    let mut text = String::new();
    for rule in &rules {
        write_rule(&mut text, rule);
        text.push('\n');
    }
    text.extend(odd.iter().map(Line::as_str));
    text
}

/// What a chain has when these lines are loaded.
pub(super) fn loaded(table: TableName, chain: ChainName, lines: &[Line], family: Family) -> FoundChain {
    let declared = if base::is_base(chain) { String::new() } else { format!(":{chain} - [0:0]\n") };
    let mut text = format!("*{}\n{declared}", table.as_str());
    for line in lines {
        writeln!(text, "-A {}", line.as_str()).expect("a String takes all text");
    }
    text.push_str("COMMIT\n");
    chains(&text, family).remove(&(table, chain)).unwrap_or_default()
}
