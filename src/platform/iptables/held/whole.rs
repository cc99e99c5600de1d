//! Whether a text is whole: `iptables-save` prints one table after the other, each with its chains first and `COMMIT` last,
//! so that a part that is missing shows.

use rustc_hash::FxHashSet;

use crate::name::printable;
use crate::platform::iptables::model::ChainName;
use crate::platform::iptables::names::base;

/// What shows that a part is missing, to be read after the name of the text; safe to print.
pub(super) fn damage(text: &str) -> Option<String> {
    let mut seen: FxHashSet<&str> = FxHashSet::default();
    let mut open: Option<Table<'_>> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        match (line.strip_prefix('*'), &mut open) {
            (Some(name), None) if seen.insert(name) => open = Some(Table::new(name)),
            (Some(name), None) => {
                return Some(format!(
                    "contains the table {} once more in line {number}: two dumps of one table; pass one of them, or IPv4 and IPv6 in files of their own",
                    printable(name)
                ));
            }
            (Some(_), Some(table)) => {
                return Some(format!(
                    "begins another table in line {number} inside the table {} (no COMMIT before it): a part is missing",
                    table.name()
                ));
            }
            (None, Some(table)) if line == "COMMIT" => {
                if let Some(what) = table.lacks() {
                    return Some(format!(
                        "{what} up to line {number}: a part of the table {} is missing",
                        table.name()
                    ));
                }
                open = None;
            }
            (None, Some(table)) => {
                if let Some(what) = table.damage(line) {
                    return Some(format!(
                        "{what} in line {number}: a part of the table {} is missing",
                        table.name()
                    ));
                }
            }
            (None, None) if is_of_table(line) => {
                return Some(if seen.is_empty() {
                    format!(
                        "begins inside a table: its line {number} is a rule before any line `*nat` or `*filter`, and what \
                         stood before it is not known"
                    )
                } else {
                    format!(
                        "goes on in line {number} after the end of a table: the line that begins the next one is missing"
                    )
                });
            }
            (None, None) => {}
        }
    }
    open.map(|table| {
        format!(
            "ends inside the table {} (no COMMIT): it was cut, and what follows is not known",
            table.name()
        )
    })
}

/// A table that is not ended yet.
struct Table<'t> {
    name: &'t str,
    declared: FxHashSet<ChainName>,
    /// Whether it declares the kernel's own chains: then it lists all chains that there are.
    is_of_node: bool,
    /// The chain of the last rule.
    current: Option<ChainName>,
    /// The chains that have all of their rules: those of one stand together.
    ended: FxHashSet<ChainName>,
    /// Chains of kube-proxy that rules go to.
    targets: FxHashSet<ChainName>,
}

impl<'t> Table<'t> {
    fn new(name: &'t str) -> Self {
        Self {
            name,
            declared: FxHashSet::default(),
            is_of_node: false,
            current: None,
            ended: FxHashSet::default(),
            targets: FxHashSet::default(),
        }
    }

    fn name(&self) -> String {
        printable(self.name)
    }

    /// What is wrong with a line, to be read after the name of the text.
    fn damage(&mut self, line: &str) -> Option<String> {
        let is_declaration = line.starts_with(':');
        if commands_in(line) > 1 {
            return Some("has two lines in one".to_owned());
        }
        let chain = chain_of(line).filter(|_| is_declaration || is_of_table(line))?;
        if is_declaration {
            self.is_of_node |= base::is_base(chain);
            let is_new = self.declared.insert(chain);
            if self.is_of_node && self.current.is_some() {
                return Some(format!("declares the chain {chain} behind rules"));
            }
            return (!is_new && self.is_of_node).then(|| format!("declares the chain {chain} once more"));
        }
        self.targets.extend(target_of(line));
        if self.current != Some(chain) {
            self.ended.extend(self.current.replace(chain));
        }
        if !self.is_of_node {
            None
        } else if !self.declared.contains(&chain) {
            Some(format!("has a rule of the chain {chain}, which it does not declare,"))
        } else if self.ended.contains(&chain) {
            Some(format!("has rules of the chain {chain} apart from its others"))
        } else {
            None
        }
    }

    /// What is missing once the table has ended.
    fn lacks(&self) -> Option<String> {
        let missing = || self.targets.iter().filter(|chain| !self.declared.contains(chain)).min();
        let chain = missing().filter(|_| self.is_of_node)?;
        Some(format!("has a rule that goes to the chain {chain}, which it does not declare,"))
    }
}

/// How many chains are declared and rules added in a line, where texts in quotes are none.
fn commands_in(line: &str) -> usize {
    let rules: usize = line.split('"').step_by(2).map(|part| part.matches("-A ").count()).sum();
    rules + usize::from(line.starts_with(':'))
}

/// The chain of kube-proxy that a rule goes to. Other names may be of targets that the kernel has.
fn target_of(line: &str) -> Option<ChainName> {
    let name = line.split([' ', '\t']).skip_while(|word| *word != "-j" && *word != "-g").nth(1)?;
    ChainName::new(name).filter(|_| name.starts_with("KUBE-"))
}

/// The chain that a line is about, as far as it says.
pub(super) fn chain_of(line: &str) -> Option<ChainName> {
    let line = line.strip_prefix('[').and_then(|line| line.split_once("] ")).map_or(line, |(_, rest)| rest);
    let name = match line.strip_prefix(':') {
        Some(declared) => declared.split([' ', '\t']).next(),
        None => line.split([' ', '\t']).skip_while(|word| *word != "-A" && *word != "-I").nth(1),
    };
    name.and_then(ChainName::new)
}

fn is_of_table(line: &str) -> bool {
    let is_chain = line.strip_prefix(':').is_some_and(|rest| rest.contains(" - ") || rest.contains('['));
    is_chain || line == "COMMIT" || line.starts_with("-A ") || line.starts_with('[') && line.contains("] -A ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAVED: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/iptables-save/031-lb-source-ranges-node.1.36.ipv4.legacy-1.8.9.save"
    ));

    fn without(from: usize, to: usize) -> String {
        let lines = SAVED.lines().enumerate().filter(|(at, _)| !(from..to).contains(at));
        lines.flat_map(|(_, line)| [line, "\n"]).collect()
    }

    /// Whichever lines are taken out, only rules alone, or whole tables, go unnoticed; a rule that is gone is a
    /// difference.
    #[test]
    fn lines_that_are_taken_out_show() {
        assert_eq!(damage(SAVED), None);
        let lines: Vec<&str> = SAVED.lines().collect();
        for from in 0..lines.len() {
            for to in from + 1..=lines.len() {
                let taken = &lines[from..to];
                let begun = taken.iter().filter(|line| line.starts_with('*')).count();
                let ended = taken.iter().filter(|line| **line == "COMMIT").count();
                let declares = taken.iter().any(|line| line.starts_with(':'));
                if begun != ended || begun == 0 && declares && has_rules_of(taken, &lines[to..]) {
                    let damage = damage(&without(from, to));
                    assert!(damage.is_some(), "lines {from} to {to}: {taken:#?}");
                }
            }
        }
    }

    /// Whether chains that are declared in some lines have rules in those that are left.
    fn has_rules_of(taken: &[&str], left: &[&str]) -> bool {
        let declared = taken.iter().filter_map(|line| line.strip_prefix(':')?.split(' ').next());
        let until = left.iter().position(|line| *line == "COMMIT").unwrap_or(left.len());
        declared
            .into_iter()
            .any(|chain| left[..until].iter().any(|line| line.starts_with(&format!("-A {chain} "))))
    }

    #[test]
    fn a_text_that_stands_there_twice_is_told() {
        assert!(damage(&SAVED.repeat(2)).is_some_and(|damage| damage.contains("once more")));
    }
}
