//! What a node has loaded when a change is done.

use std::collections::BTreeSet;
use std::fmt::Write;

use rustc_hash::FxHashSet;

use super::apply::IptablesStep;
use super::model::{Command, Rule, Ruleset, Table, TableName};
use super::plan::{Change, TableChange};
use super::read;
use crate::net::{Family, PerFamily};

/// The rules of a node when steps are done, and the families that the steps change and whose rules are not known.
#[must_use]
pub fn outcome(
    steps: &[IptablesStep],
    mut held: PerFamily<Option<Ruleset>>,
) -> (PerFamily<Option<Ruleset>>, BTreeSet<Family>) {
    let mut unknown = BTreeSet::new();
    for IptablesStep(change) in steps {
        let rules = match change.family {
            Family::Ipv4 => &mut held.ipv4,
            Family::Ipv6 => &mut held.ipv6,
        };
        match rules.take() {
            Some(before) => *rules = Some(change.after(&before)),
            None => drop(unknown.insert(change.family)),
        }
    }
    (held, unknown)
}

impl Change {
    /// The rules of a node that has loaded `before`. What is done already stays as it is.
    #[must_use]
    pub fn after(&self, before: &Ruleset) -> Ruleset {
        let mut rules = before.normalise();
        for change in &self.tables {
            let name = TableName::ALL.into_iter().find(|table| table.as_str() == change.table.as_str());
            let Some(name) = name else { continue };
            let at = rules.tables.iter().position(|table| table.name == name).unwrap_or_else(|| {
                rules.tables.push(Table { name, chains: Vec::new(), commands: Vec::new() });
                rules.tables.len() - 1
            });
            change.run(&mut rules.tables[at], self.family);
        }
        rules
    }
}

impl TableChange {
    fn run(&self, table: &mut Table, family: Family) {
        let changed: FxHashSet<&str> = self.chains.iter().map(|chain| chain.chain.as_str()).collect();
        table.chains.retain(|chain| !changed.contains(chain.name.as_str()));
        table
            .commands
            .retain(|command| rule_of(command).is_none_or(|rule| !changed.contains(rule.chain.as_str())));
        let mut text = format!("*{}\n", table.name.as_str());
        let made = self.chains.iter().filter_map(|chain| Some((&chain.chain, chain.after.as_ref()?)));
        for (chain, rules) in made {
            let _ = writeln!(text, ":{} - [0:0]", chain.as_str());
            for rule in rules {
                let _ = writeln!(text, "-A {}", rule.as_str());
            }
        }
        for made in loaded(&text, family) {
            table.chains.extend(made.chains);
            table.commands.extend(made.commands);
        }
        for jump in &self.jumps {
            let text =
                format!("*{}\n-A {} {}\n", table.name.as_str(), jump.chain.as_str(), jump.rule.as_str());
            for command in loaded(&text, family).into_iter().flat_map(|table| table.commands) {
                let at = table.commands.iter().position(|of| rule_of(of) == rule_of(&command));
                match (jump.is_there, at) {
                    (true, None) => table.commands.insert(0, command),
                    (false, Some(at)) => drop(table.commands.remove(at)),
                    (true, Some(_)) | (false, None) => {}
                }
            }
        }
    }
}

fn loaded(text: &str, family: Family) -> Vec<Table> {
    read(&format!("{text}COMMIT\n"), family).0.normalise().tables
}

fn rule_of(command: &Command) -> Option<&Rule> {
    match command {
        Command::Append(rule) | Command::Insert(rule) => Some(rule),
        Command::DeleteChain(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use super::*;

    #[test]
    fn what_others_have_stays_and_a_second_time_changes_nothing() {
        let saved = "*nat\n:PREROUTING ACCEPT [0:0]\n:MINE - [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-SVC-GONE - [0:0]\n\
                     -A PREROUTING -j MINE\n-A MINE -j RETURN\n-A KUBE-SERVICES -j KUBE-SVC-GONE\n-A KUBE-SVC-GONE -j RETURN\nCOMMIT\n";
        let wanted = "*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-SVC-NEW - [0:0]\n-A KUBE-SERVICES -j KUBE-SVC-NEW\n\
                      -A KUBE-SVC-NEW -j RETURN\nCOMMIT\n";
        let rules = |text: &str| read(text, Family::Ipv4).0;
        // In which order tables and chains stand says nothing.
        let lines = |rules: &Ruleset| {
            let mut lines: Vec<String> = write(rules).lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        let change = Change::between(saved, Some(&rules(wanted)), Family::Ipv4);
        let after = change.after(&rules(saved));
        let text = write(&after);
        assert!(change.is_done(&text), "{text}");
        assert!(text.contains("-A PREROUTING -j MINE\n") && text.contains("-A MINE -j RETURN\n"), "{text}");
        assert!(!text.contains("GONE") && text.contains(" -j KUBE-SERVICES\n"), "{text}");
        assert_eq!(lines(&change.after(&after)), lines(&after));
        let back = change.inverse().after(&after);
        assert!(change.inverse().is_done(&write(&back)), "{}", write(&back));
    }
}
