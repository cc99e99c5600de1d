//! The chains as they are after all commands of a text, each with its rules in order.

use std::sync::LazyLock;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::hooks::{MOST_TABLES, Stage, base_chain, tables};
use super::index::{Index, Key};
use crate::platform::iptables::jumps::JUMPS;
use crate::platform::iptables::model::{
    self, ChainName, Command, Policy, Rule, Ruleset, Table, TableName, Target,
};
use crate::platform::iptables::names::base::is_base;
use crate::platform::netfilter::Hook;

/// The position of a chain among all chains of all tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChainId(usize);

/// All chains of one family.
#[derive(Debug)]
pub(super) struct Chains<'r> {
    all: Vec<IndexedChain<'r>>,
    /// The base chains of each hook, by the positions of its tables.
    base: [[Option<ChainId>; MOST_TABLES]; Hook::ALL.len()],
    /// Whether the jumps of kube-proxy were added, as the text has no base chains.
    pub(super) assumes_jumps: bool,
}

/// A chain with its rules.
#[derive(Debug)]
pub(super) struct IndexedChain<'r> {
    pub(super) table: TableName,
    pub(super) name: ChainName,
    /// What happens at the end of a base chain.
    pub(super) policy: Option<Policy>,
    rules: Vec<&'r Rule>,
    /// The chain that each rule jumps or goes to, if its rules are known.
    leads_to: Vec<Option<ChainId>>,
    index: Option<Index>,
}

/// The jumps from the base chains, as they stand on an empty host: the last that was inserted is first.
static JUMP_RULES: LazyLock<Vec<(TableName, Rule)>> =
    LazyLock::new(|| JUMPS.iter().rev().map(|jump| (jump.table, jump.rule())).collect());

impl<'r> Chains<'r> {
    pub(super) fn new(ruleset: &'r Ruleset) -> Self {
        let declared = ruleset.tables.iter().map(|table| table.chains.len()).sum();
        let mut drafts = Drafts {
            all: Vec::with_capacity(declared),
            by_name: FxHashMap::with_capacity_and_hasher(declared, FxBuildHasher),
        };
        ruleset.tables.iter().for_each(|table| drafts.load(table));
        let assumes_jumps = !ruleset.tables.iter().any(speaks_of_base_chains);
        if assumes_jumps {
            drafts.add_jumps();
        }
        let mut all: Vec<IndexedChain<'r>> = Vec::with_capacity(drafts.all.len());
        let mut by_name = FxHashMap::with_capacity_and_hasher(drafts.all.len(), FxBuildHasher);
        for (table, name, draft) in drafts.all {
            // What stands in a chain that is only added to, nobody knows but the kernel.
            if draft.declared || is_base(name) {
                by_name.insert((table, name), ChainId(all.len()));
                all.push(draft.into_chain(table, name));
            }
        }
        for chain in &mut all {
            let leads_to = |rule: &&Rule| match &rule.target {
                Some(Target::Jump(name) | Target::Goto(name)) => by_name.get(&(chain.table, *name)).copied(),
                _ => None,
            };
            chain.leads_to = chain.rules.iter().map(leads_to).collect();
        }
        let base = Hook::ALL.map(|hook| {
            let mut chains = [None; MOST_TABLES];
            for (chain, table) in chains.iter_mut().zip(tables(hook)) {
                *chain = by_name.get(&(*table, base_chain(hook))).copied();
            }
            chains
        });
        Self { all, base, assumes_jumps }
    }

    /// The base chain of a stage, if it has rules or a policy.
    pub(super) fn base(&self, stage: Stage) -> Option<ChainId> {
        self.base[stage.hook as usize][stage.table]
    }

    /// The chain that a rule jumps or goes to, if its rules are known.
    pub(super) fn leads_to(&self, id: ChainId, position: usize) -> Option<ChainId> {
        self.get(id).leads_to[position]
    }

    pub(super) fn get(&self, id: ChainId) -> &IndexedChain<'r> {
        &self.all[id.0]
    }

    /// All rules with their places: the chain, and the position in it.
    pub(super) fn rules(&self) -> impl Iterator<Item = (ChainId, usize, &'r Rule)> {
        let ids = (0..self.all.len()).map(ChainId);
        ids.flat_map(|id| {
            self.get(id).rules.iter().enumerate().map(move |(position, rule)| (id, position, *rule))
        })
    }

    /// Asks every rule from now on, which gives the same answers more slowly.
    #[cfg(test)]
    pub(super) fn forget_indexes(&mut self) {
        self.all.iter_mut().for_each(|chain| chain.index = None);
    }
}

impl<'r> IndexedChain<'r> {
    /// The first rule from `position` on that a packet can match, and its position.
    pub(super) fn next(&self, position: usize, key: Key) -> Option<(usize, &'r Rule)> {
        let position = match &self.index {
            Some(index) => index.next(position, key)?,
            None => position,
        };
        self.rules.get(position).map(|rule| (position, *rule))
    }

    pub(super) fn rule(&self, position: usize) -> &'r Rule {
        self.rules[position]
    }
}

/// Whether a table declares or fills a base chain: `iptables-save` always does, kube-proxy's sync never.
fn speaks_of_base_chains(table: &Table) -> bool {
    table.chains.iter().any(|chain| is_base(chain.name))
        || table.commands.iter().any(|command| match command {
            Command::Append(rule) | Command::Insert(rule) => is_base(rule.chain),
            Command::DeleteChain(_) => false,
        })
}

/// Chains while commands are carried out.
struct Drafts<'r> {
    /// In the order in which they were first named; one that was deleted is as if it were never declared.
    all: Vec<(TableName, ChainName, Draft<'r>)>,
    by_name: FxHashMap<(TableName, ChainName), usize>,
}

#[derive(Default)]
struct Draft<'r> {
    declared: bool,
    policy: Option<Policy>,
    /// Each before the one that was inserted before it.
    inserted: Vec<&'r Rule>,
    appended: Vec<&'r Rule>,
}

impl<'r> Drafts<'r> {
    fn load(&mut self, table: &'r Table) {
        for chain in &table.chains {
            self.declare(table.name, chain);
        }
        for command in &table.commands {
            match command {
                Command::Append(rule) => self.of(table.name, rule.chain).appended.push(rule),
                Command::Insert(rule) => self.of(table.name, rule.chain).inserted.push(rule),
                Command::DeleteChain(chain) => *self.of(table.name, *chain) = Draft::default(),
            }
        }
    }

    /// A declaration empties a chain, unless it is built in and has a policy (`--noflush`).
    fn declare(&mut self, table: TableName, chain: &model::Chain) {
        let draft = self.of(table, chain.name);
        match chain.policy {
            None => *draft = Draft { declared: true, ..Draft::default() },
            Some(policy) => (draft.declared, draft.policy) = (true, Some(policy)),
        }
    }

    fn of(&mut self, table: TableName, chain: ChainName) -> &mut Draft<'r> {
        let at = *self.by_name.entry((table, chain)).or_insert_with(|| {
            self.all.push((table, chain, Draft::default()));
            self.all.len() - 1
        });
        &mut self.all[at].2
    }

    /// kube-proxy makes the chains that it jumps to where they are missing.
    fn add_jumps(&mut self) {
        for jump in JUMPS {
            self.of(jump.table, jump.to).declared = true;
        }
        for (table, rule) in &*JUMP_RULES {
            self.of(*table, rule.chain).appended.push(rule);
        }
    }
}

impl<'r> Draft<'r> {
    fn into_chain(self, table: TableName, name: ChainName) -> IndexedChain<'r> {
        let mut rules = self.inserted;
        rules.reverse();
        rules.extend(self.appended);
        IndexedChain {
            table,
            name,
            policy: self.policy,
            index: Index::of(&rules),
            rules,
            leads_to: Vec::new(),
        }
    }
}
