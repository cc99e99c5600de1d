//! How the tables of a node stand to a change: as before it, as after it, or otherwise.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::found::{Chains, FoundChain, chains, loaded, meaning};
use super::{ChainChange, Change, JumpChange, Line, TableChange, is_fixed};
use crate::answer::step::Fingerprint;
use crate::net::{Family, PerFamily};
use crate::platform::iptables::jumps::JUMPS;
use crate::platform::iptables::model::{ChainName, TableName};
use crate::platform::iptables::names::{HASHED_PREFIXES, base, fixed};

/// How a chain stands to a change of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform::iptables) enum ChainStanding {
    /// As it is to be afterwards.
    After,
    /// As it was before.
    Before,
    /// Otherwise: the rules that nobody made it have, and those that it lacks.
    Other {
        /// What is there.
        more: Vec<String>,
        /// What is missing.
        fewer: Vec<String>,
    },
}

impl Change {
    /// Whether the tables that `iptables-save` printed are as they are to be afterwards.
    #[must_use]
    pub fn is_done(&self, saved: &str) -> bool {
        let present = chains(saved, self.family);
        let is_after = |table: &TableChange, chain: &ChainChange| {
            table.standing(chain, &present, self.family) == ChainStanding::After
        };
        let is_done = |table: &TableChange| {
            table.chains.iter().all(|chain| is_after(table, chain))
                && table.jumps_are_done(&present, self.family)
        };
        self.tables.iter().all(is_done)
    }

    /// The chains that are neither as before nor as afterwards, each with its table.
    pub(in crate::platform::iptables) fn others(&self, saved: &str) -> Vec<(&Line, &Line, ChainStanding)> {
        let present = chains(saved, self.family);
        let mut found = Vec::new();
        for table in &self.tables {
            for chain in &table.chains {
                let standing = table.standing(chain, &present, self.family);
                if matches!(standing, ChainStanding::Other { .. }) {
                    found.push((&table.table, &chain.chain, standing));
                }
            }
        }
        found
    }

    /// Whether a part is as before, of tables that were changed.
    pub(in crate::platform::iptables) fn is_partly_undone(&self, saved: &str) -> bool {
        let present = chains(saved, self.family);
        self.tables.iter().any(|table| {
            let chain_is_before =
                |chain: &ChainChange| table.standing(chain, &present, self.family) == ChainStanding::Before;
            table.chains.iter().any(chain_is_before) || !table.jumps_are_done(&present, self.family)
        })
    }

    /// Rules of chains that stay, which lead to chains that are to go: while they are there, the kernel deletes
    /// nothing. Each with its table and the chain that goes.
    pub(in crate::platform::iptables) fn uses_of_deleted_chains(
        &self,
        saved: &str,
    ) -> Vec<(&Line, String, String)> {
        let present = chains(saved, self.family);
        let mut found = Vec::new();
        for table in &self.tables {
            let Some(name) = table.name() else { continue };
            let deleted: BTreeSet<&str> =
                table.chains.iter().filter(|of| of.after.is_none()).map(|of| of.chain.as_str()).collect();
            let changed: BTreeSet<&str> = table.chains.iter().map(|of| of.chain.as_str()).collect();
            let stay =
                present.iter().filter(|((of, chain), _)| *of == name && !changed.contains(chain.as_str()));
            for ((_, chain), content) in stay {
                let leads = |line: &&Line| line.leads_to(|to| deleted.contains(to));
                let goes = |line: &Line| table.removes(name, *chain, line, self.family);
                for line in content.lines.iter().filter(leads).filter(|line| !goes(line)) {
                    let to = deleted.iter().find(|of| line.leads_to(|to| to == **of));
                    found.push((
                        &table.table,
                        line.as_str().to_owned(),
                        to.map_or_else(String::new, ToString::to_string),
                    ));
                }
            }
        }
        found
    }

    /// Rules that are there now and could not be put back as they are.
    pub(in crate::platform::iptables) fn rules_that_cannot_return(&self) -> Vec<(&Line, &Line)> {
        let mut found = Vec::new();
        for table in &self.tables {
            let rules = table.chains.iter().filter_map(|chain| chain.before.as_ref()).flatten();
            found.extend(rules.filter(|rule| !rule.can_be_restored()).map(|rule| (&table.table, rule)));
        }
        found
    }
}

impl TableChange {
    fn name(&self) -> Option<TableName> {
        TableName::ALL.into_iter().find(|table| table.as_str() == self.table.as_str())
    }

    /// The rules of a chain before and afterwards. Those that stay are spelled as they are to be, so that no rule is
    /// shown as changed which only `iptables-save` spells otherwise.
    pub(in crate::platform::iptables) fn rules_of(
        &self,
        chain: &ChainChange,
        family: Family,
    ) -> [Vec<Line>; 2] {
        let [mut before, after] =
            [&chain.before, &chain.after].map(|lines| lines.clone().unwrap_or_default());
        if let (Some(table), Some(name)) = (self.name(), ChainName::new(chain.chain.as_str())) {
            let meaning = |line: &Line| meaning(table, name, line, family);
            let mut spellings: FxHashMap<String, Vec<&Line>> = FxHashMap::default();
            for line in after.iter().rev() {
                spellings.entry(meaning(line)).or_default().push(line);
            }
            for line in &mut before {
                if let Some(wanted) = spellings.get_mut(&meaning(line)).and_then(Vec::pop) {
                    *line = wanted.clone();
                }
            }
        }
        [before, after]
    }

    fn standing(&self, chain: &ChainChange, present: &Chains, family: Family) -> ChainStanding {
        let (Some(table), Some(name)) = (self.name(), ChainName::new(chain.chain.as_str())) else {
            return ChainStanding::Other { more: Vec::new(), fewer: Vec::new() };
        };
        let found = present.get(&(table, name));
        let is_as = |lines: &Option<Vec<Line>>| match (lines, found) {
            (None, found) => found.is_none(),
            (Some(_), None) => false,
            (Some(lines), Some(found)) => found.does_as(&loaded(table, name, lines, family)),
        };
        if is_as(&chain.after) {
            ChainStanding::After
        } else if is_as(&chain.before) {
            ChainStanding::Before
        } else {
            let empty = FoundChain::default();
            let expected = loaded(table, name, chain.after.as_deref().unwrap_or_default(), family);
            let found = found.unwrap_or(&empty);
            let meaning = |line: &Line| meaning(table, name, line, family);
            let (more, fewer) = (beyond(found, &expected, meaning), beyond(&expected, found, meaning));
            ChainStanding::Other { more, fewer }
        }
    }

    /// Whether each jump is there as often as it is to be.
    fn jumps_are_done(&self, present: &Chains, family: Family) -> bool {
        self.jumps.iter().all(|jump| {
            let same = self.jumps.iter().filter(|of| (&of.chain, &of.rule) == (&jump.chain, &jump.rule));
            let wanted = same.filter(|of| of.is_there).count();
            self.count(jump, present, family) == wanted
        })
    }

    /// How often a jump is there.
    pub(super) fn count(&self, jump: &JumpChange, present: &Chains, family: Family) -> usize {
        let (Some(table), Some(from)) = (self.name(), ChainName::new(jump.chain.as_str())) else { return 0 };
        let line = Line::of(&format!("{from} {}", jump.rule.as_str()));
        let wanted = loaded(table, from, &[line], family);
        present.get(&(table, from)).map_or(0, |found| wanted.count_in(found))
    }

    /// Whether a rule of a base chain is one of the jumps that go.
    fn removes(&self, table: TableName, chain: ChainName, line: &Line, family: Family) -> bool {
        let gone = self.jumps.iter().filter(|jump| !jump.is_there && jump.chain.as_str() == chain.as_str());
        let rule = |line: &Line| loaded(table, chain, std::slice::from_ref(line), family);
        gone.map(|jump| Line::of(&format!("{chain} {}", jump.rule.as_str())))
            .any(|jump| rule(&jump).does_as(&rule(line)))
    }
}

/// The lines of one that the other does not have, as often as they are there. The same rule in other words is the same.
fn beyond(one: &FoundChain, other: &FoundChain, meaning: impl Fn(&Line) -> String) -> Vec<String> {
    let mut rest: FxHashMap<String, usize> = FxHashMap::default();
    for line in &other.lines {
        *rest.entry(meaning(line)).or_default() += 1;
    }
    let mut found = Vec::new();
    for line in &one.lines {
        match rest.get_mut(&meaning(line)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => found.push(line.as_str().to_owned()),
        }
    }
    found
}

/// Whether a chain is kube-proxy's, so that plans may change it.
pub(super) fn is_ours(chain: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    ChainName::new(chain).is_some_and(|name| is_fixed(name) || name == fixed::FIREWALL)
        || chain.len() <= ChainName::LONGEST
            && chain.bytes().all(is_plain)
            && HASHED_PREFIXES.iter().any(|prefix| chain.starts_with(prefix))
}

/// What tells whether all that runs change is as it was: the chains of kube-proxy, and the rules of others that lead
/// there. What only others have changes while nobody runs hnsplan, and so does the chain that kubelet shares.
pub(in crate::platform::iptables) fn outline(saved: &PerFamily<String>) -> Fingerprint {
    let is_counted = |chain: &str| is_ours(chain) && chain != fixed::FIREWALL.as_str();
    let mut lines = Vec::new();
    for family in Family::ALL {
        for ((table, chain), found) in chains(saved.get(family), family) {
            if ![TableName::Filter, TableName::Nat].contains(&table) {
                continue;
            }
            let place = format!("{family} {}", table.as_str());
            if is_counted(chain.as_str()) {
                lines.push(format!("{place} :{chain}"));
                lines.extend(
                    (1..)
                        .zip(&found.lines)
                        .map(|(at, line): (usize, _)| format!("{place} {at} {}", line.as_str())),
                );
            } else if base::is_base(chain) {
                let jumps = found.lines.iter().filter(|line| line.leads_to(is_counted));
                lines.extend(
                    (1..).zip(jumps).map(|(at, line): (usize, _)| format!("{place} {at} {}", line.as_str())),
                );
            }
        }
    }
    Fingerprint::of_lines(lines)
}

/// Whether a jump is one that kube-proxy makes.
pub(super) fn is_jump(table: &str, jump: &JumpChange) -> bool {
    JUMPS.iter().any(|of| {
        of.table.as_str() == table
            && of.from.as_str() == jump.chain.as_str()
            && super::line_of(of).as_str() == jump.rule.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::iptables::model::Ruleset;
    use crate::platform::iptables::read;

    fn wanted(text: &str) -> Ruleset {
        read(text, Family::Ipv4).0
    }

    /// `iptables-save` spells rules otherwise than kube-proxy: only the rule that changes is shown as changed.
    #[test]
    fn rules_that_stay_are_not_shown_as_changed() {
        let saved = "*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-SVC-A - [0:0]\n:KUBE-SVC-B - [0:0]\n\
            -A KUBE-SERVICES -d 10.0.0.1/32 -p tcp -m comment --comment \"a/b:c cluster IP\" -m tcp --dport 80 -j KUBE-SVC-A\n\
            -A KUBE-SERVICES -d 10.0.0.2/32 -p tcp -m comment --comment \"a/d:e cluster IP\" -m tcp --dport 80 -j KUBE-SVC-B\n\
            COMMIT\n";
        let text = "*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-SVC-A - [0:0]\n\
            -A KUBE-SERVICES -m comment --comment \"a/b:c cluster IP\" -m tcp -p tcp -d 10.0.0.1 --dport 80 -j KUBE-SVC-A\n\
            -A KUBE-SERVICES -m comment --comment \"a/b:c cluster IP\" -m tcp -p tcp -d 10.0.0.3 --dport 80 -j KUBE-SVC-A\n\
            COMMIT\n";
        let change = Change::between(saved, Some(&wanted(text)), Family::Ipv4);
        let table = change.tables.iter().find(|table| table.table.as_str() == "nat").expect("it changes");
        let chain = table.chains.iter().find(|of| of.chain.as_str() == "KUBE-SERVICES").expect("it changes");
        let [before, after] = table.rules_of(chain, Family::Ipv4);
        let only = |of: &[Line], other: &[Line]| -> Vec<String> {
            of.iter().filter(|line| !other.contains(line)).map(|line| line.as_str().to_owned()).collect()
        };
        let (gone, new) = (only(&before, &after), only(&after, &before));
        assert!(gone.len() == 1 && gone[0].contains("10.0.0.2"), "{gone:?}");
        assert!(new.len() == 1 && new[0].contains("10.0.0.3"), "{new:?}");
    }

    /// What others changed in a chain is told line by line; lines are looked up, not compared each with each.
    #[test]
    fn lines_that_are_there_more_often_are_told_as_often() {
        let line = |text: &str| Line::of(&format!("KUBE-SERVICES {text}"));
        let table = TableName::Nat;
        let name = fixed::SERVICES;
        let of = |lines: &[Line]| loaded(table, name, lines, Family::Ipv4);
        let [a, b] = ["-d 10.0.0.1/32 -j RETURN", "-d 10.0.0.2 -j RETURN"].map(line);
        let spelled = line("-d 10.0.0.1 -j RETURN");
        let meaning = |line: &Line| meaning(table, name, line, Family::Ipv4);
        let more = beyond(&of(&[a.clone(), a.clone(), b.clone()]), &of(&[spelled, b]), meaning);
        assert_eq!(more, [a.as_str()]);
    }
}
