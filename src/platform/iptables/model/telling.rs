//! Which tables and chains a text does not tell.

use std::collections::BTreeSet;

use super::{ChainName, Ruleset, TableName};
use crate::answer::telling::Telling;

/// What of the tables of a family a text does not tell. By default it tells all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaps {
    /// The tables that a dump lists. A node may have more of them: `iptables-save -t nat` lists one. `None` of a text
    /// that is to be loaded, which does what it says and nothing else.
    listed: Option<BTreeSet<TableName>>,
    /// Tables with lines that could not be read, whose chain is not known.
    cut_tables: BTreeSet<TableName>,
    /// Chains with lines that could not be read.
    cut_chains: BTreeSet<(TableName, ChainName)>,
}

impl Gaps {
    /// Of a dump: tables that it does not list are not told.
    #[must_use]
    pub fn of_dump(rules: &Ruleset) -> Self {
        let listed = rules.tables.iter().map(|table| table.name).collect();
        Self { listed: Some(listed), ..Self::default() }
    }

    /// Of a text that is to be loaded. It does what it says and nothing else, and yet kube-proxy writes nat and filter always: of
    /// one that has one of them only, the other is not told.
    #[must_use]
    pub fn of_restore_text(rules: &Ruleset) -> Self {
        let has = |name: TableName| rules.tables.iter().any(|table| table.name == name);
        if has(TableName::Nat) == has(TableName::Filter) {
            return Self::default();
        }
        let is_decided = |name: &TableName| has(*name) || !matches!(name, TableName::Nat | TableName::Filter);
        Self { listed: Some(TableName::ALL.into_iter().filter(is_decided).collect()), ..Self::default() }
    }

    /// Notes a line that could not be read, of a chain as far as that is known.
    pub fn note(&mut self, table: TableName, chain: Option<ChainName>) {
        match chain {
            Some(chain) => drop(self.cut_chains.insert((table, chain))),
            None => drop(self.cut_tables.insert(table)),
        }
    }

    /// How much is told of a table.
    #[must_use]
    pub fn telling(&self, table: TableName) -> Telling {
        if self.listed.as_ref().is_some_and(|listed| !listed.contains(&table)) {
            Telling::NotTold
        } else if self.cut_tables.contains(&table) || self.cut_chains.iter().any(|(of, _)| *of == table) {
            Telling::InPart
        } else {
            Telling::Whole
        }
    }

    /// How much is told of a chain.
    #[must_use]
    pub fn telling_of_chain(&self, table: TableName, chain: ChainName) -> Telling {
        match self.telling(table) {
            Telling::InPart
                if !self.cut_tables.contains(&table) && !self.cut_chains.contains(&(table, chain)) =>
            {
                Telling::Whole
            }
            telling => telling,
        }
    }

    /// The tables that decide about Services and are not told in full.
    pub fn of_services(&self) -> impl Iterator<Item = (TableName, Telling)> {
        let tables = [TableName::Nat, TableName::Filter].into_iter();
        tables.map(|table| (table, self.telling(table))).filter(|(_, telling)| *telling != Telling::Whole)
    }

    /// What two texts together do not tell, each with other tables.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let listed = self.listed.zip(other.listed).map(|(one, other)| &one | &other);
        Self {
            listed,
            cut_tables: &self.cut_tables | &other.cut_tables,
            cut_chains: &self.cut_chains | &other.cut_chains,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Family;

    fn chain(name: &str) -> ChainName {
        ChainName::new(name).unwrap()
    }

    #[test]
    fn a_table_that_a_dump_does_not_list_is_not_told() {
        assert!(TableName::ALL.iter().all(|table| Gaps::default().telling(*table) == Telling::Whole));
        let empty = Gaps::of_dump(&Ruleset { family: Family::Ipv4, tables: Vec::new() });
        assert!(TableName::ALL.iter().all(|table| empty.telling(*table) == Telling::NotTold));
        assert_eq!(empty.of_services().count(), 2);
    }

    #[test]
    fn a_text_to_be_loaded_with_one_of_both_tables_tells_nothing_of_the_other() {
        use TableName::{Filter, Mangle, Nat};
        let table = |name| super::super::Table { name, chains: Vec::new(), commands: Vec::new() };
        for (tables, not_told) in [
            (vec![Nat, Filter], vec![]),
            (vec![Nat], vec![Filter]),
            (vec![Filter, Mangle], vec![Nat]),
            (vec![Mangle], vec![]),
        ] {
            let rules = Ruleset { family: Family::Ipv4, tables: tables.into_iter().map(table).collect() };
            let gaps = Gaps::of_restore_text(&rules);
            let found = TableName::ALL.into_iter().filter(|name| gaps.telling(*name) == Telling::NotTold);
            assert_eq!(found.collect::<Vec<_>>(), not_told);
        }
    }

    #[test]
    fn a_line_that_is_lost_is_of_its_chain_or_of_the_whole_table() {
        use TableName::{Filter, Nat};
        let mut gaps = Gaps::default();
        gaps.note(Nat, Some(chain("ONE")));
        gaps.note(Filter, None);
        assert_eq!(gaps.telling(Nat), Telling::InPart);
        assert_eq!(gaps.telling_of_chain(Nat, chain("ONE")), Telling::InPart);
        assert_eq!(gaps.telling_of_chain(Nat, chain("TWO")), Telling::Whole);
        assert_eq!(gaps.telling_of_chain(Filter, chain("TWO")), Telling::InPart);
    }
}
