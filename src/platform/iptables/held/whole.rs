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
                    "contains the table {} once more in line {number}: two dumps of one table; pass one of them",
                    printable(name)
                ));
            }
            (Some(_), Some(table)) => {
                return Some(format!(
                    "begins another table in line {number} inside the table {} (no COMMIT before it): a part is missing",
                    table.name()
                ));
            }
            (None, Some(_)) if line == "COMMIT" => open = None,
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
}

impl<'t> Table<'t> {
    fn new(name: &'t str) -> Self {
        Self { name, declared: FxHashSet::default(), is_of_node: false }
    }

    fn name(&self) -> String {
        printable(self.name)
    }

    /// What is wrong with a line, to be read after the name of the text.
    fn damage(&mut self, line: &str) -> Option<String> {
        let is_declaration = line.starts_with(':');
        let chain = chain_of(line).filter(|_| is_declaration || is_of_table(line))?;
        if is_declaration {
            self.is_of_node |= base::is_base(chain);
            let is_new = self.declared.insert(chain);
            return (!is_new && self.is_of_node).then(|| format!("declares the chain {chain} once more"));
        }
        let is_known = !self.is_of_node || self.declared.contains(&chain);
        (!is_known).then(|| format!("has a rule of the chain {chain}, which it does not declare,"))
    }
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
