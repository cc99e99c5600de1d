//! What a node has loaded, and `iptables-restore` of it: a stand-in for the kernel that loads what kube-proxy writes.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::net::Family;
use crate::platform::iptables::jumps::JUMPS;
use crate::platform::iptables::model::{
    Chain, ChainName, Command, Policy, Rule, Ruleset, Table, TableName, Target,
};
use crate::platform::iptables::names::base;
use crate::platform::iptables::write;

/// The tables of one family, chains in the order in which they were made.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    pub(super) family: Family,
    pub(super) nat: Chains,
    pub(super) filter: Chains,
}

/// The chains of a table.
#[derive(Debug, Clone)]
pub(super) struct Chains {
    /// Deleted ones leave a gap, so that places stay.
    all: Vec<Option<Loaded>>,
    places: FxHashMap<ChainName, usize>,
}

/// A chain that is loaded.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) chain: Chain,
    pub(super) rules: Vec<Rule>,
}

impl Chains {
    fn new(base: &[ChainName]) -> Self {
        let mut chains = Self { all: Vec::new(), places: FxHashMap::default() };
        for name in base {
            chains.declare(Chain { name: *name, policy: Some(Policy::Accept) });
        }
        chains
    }

    /// With `--noflush`, a chain that is declared is emptied, and a built-in one is left as it is.
    fn declare(&mut self, chain: Chain) {
        match self.places.get(&chain.name) {
            Some(place) if chain.policy.is_none() => {
                if let Some(loaded) = &mut self.all[*place] {
                    loaded.rules.clear();
                }
            }
            Some(_) => {}
            None => {
                self.places.insert(chain.name, self.all.len());
                self.all.push(Some(Loaded { chain, rules: Vec::new() }));
            }
        }
    }

    fn rules(&mut self, chain: ChainName) -> Option<&mut Vec<Rule>> {
        let place = *self.places.get(&chain)?;
        self.all[place].as_mut().map(|loaded| &mut loaded.rules)
    }

    fn delete(&mut self, chain: ChainName) {
        if let Some(place) = self.places.remove(&chain) {
            self.all[place] = None;
        }
    }

    /// Why a table's part of a text would be refused: as the kernel does it, before anything of it is loaded.
    fn refusal(&self, table: &Table) -> Option<String> {
        let declared: FxHashSet<ChainName> = table.chains.iter().map(|chain| chain.name).collect();
        let is_there = |chain: ChainName| declared.contains(&chain) || self.places.contains_key(&chain);
        table.commands.iter().find_map(|command| {
            let to = match command {
                Command::Append(Rule { target: Some(Target::Jump(to) | Target::Goto(to)), .. })
                | Command::Insert(Rule { target: Some(Target::Jump(to) | Target::Goto(to)), .. }) => {
                    Some(*to)
                }
                _ => None,
            };
            let missing =
                [Some(command.chain()), to].into_iter().flatten().find(|chain| !is_there(*chain))?;
            Some(format!("table {}: there is no chain {missing}", table.name.as_str()))
        })
    }

    fn load(&mut self, table: Table) {
        for chain in table.chains {
            self.declare(chain);
        }
        for command in table.commands {
            match command {
                Command::Append(rule) => {
                    if let Some(rules) = self.rules(rule.chain) {
                        rules.push(rule);
                    }
                }
                Command::Insert(rule) => {
                    if let Some(rules) = self.rules(rule.chain) {
                        rules.insert(0, rule);
                    }
                }
                Command::DeleteChain(chain) => self.delete(chain),
            }
        }
    }

    /// Those of the kernel, at which packets begin.
    pub(super) fn loaded_base(&self) -> impl Iterator<Item = &Loaded> {
        base::ALL.iter().filter_map(|name| self.find(*name))
    }

    /// The chain with a name.
    pub(super) fn find(&self, chain: ChainName) -> Option<&Loaded> {
        self.all[*self.places.get(&chain)?].as_ref()
    }

    fn table(&self, name: TableName) -> Table {
        let loaded = || self.all.iter().flatten();
        let rules = loaded().flat_map(|of| of.rules.iter().cloned().map(Command::Append));
        Table { name, chains: loaded().map(|of| of.chain.clone()).collect(), commands: rules.collect() }
    }
}

impl Tables {
    /// A node on which nothing is loaded.
    pub(super) fn new(family: Family) -> Self {
        Self {
            family,
            nat: Chains::new(&[base::PREROUTING, base::INPUT, base::OUTPUT, base::POSTROUTING]),
            filter: Chains::new(&[base::INPUT, base::FORWARD, base::OUTPUT]),
        }
    }

    /// A node that has loaded this.
    pub(super) fn holding(rules: &Ruleset) -> Self {
        let mut tables = Self::new(rules.family);
        for table in &rules.tables {
            if let Some(chains) = tables.table_mut(table.name) {
                chains.load(table.clone());
            }
        }
        tables
    }

    /// A node with empty chains of these names.
    pub(super) fn with_chains(family: Family, names: impl IntoIterator<Item = ChainName>) -> Self {
        let mut tables = Self::new(family);
        for name in names {
            tables.nat.declare(Chain { name, policy: None });
        }
        tables
    }

    fn table_mut(&mut self, name: TableName) -> Option<&mut Chains> {
        match name {
            TableName::Nat => Some(&mut self.nat),
            TableName::Filter => Some(&mut self.filter),
            TableName::Mangle | TableName::Raw | TableName::Security => None,
        }
    }

    /// What kube-proxy ensures before a full sync: chains, and a jump at the top of a kernel's chain where it is missing.
    pub(super) fn ensure_jumps(&mut self) {
        for jump in JUMPS {
            let rule = jump.rule();
            let Some(chains) = self.table_mut(jump.table) else { continue };
            if !chains.places.contains_key(&jump.to) {
                chains.declare(Chain { name: jump.to, policy: None });
            }
            if let Some(rules) = chains.rules(jump.from)
                && !rules.contains(&rule)
            {
                rules.insert(0, rule);
            }
        }
    }

    /// Loads one table of a text, all of it or nothing.
    ///
    /// # Errors
    /// Why it is refused.
    pub(super) fn load(&mut self, table: Table) -> Result<(), String> {
        let Some(chains) = self.table_mut(table.name) else { return Ok(()) };
        if let Some(refusal) = chains.refusal(&table) {
            return Err(refusal);
        }
        chains.load(table);
        Ok(())
    }

    /// The chains of the nat table.
    pub(super) fn nat_chains(&self) -> impl Iterator<Item = ChainName> {
        self.nat.all.iter().flatten().map(|of| of.chain.name)
    }

    /// The rules, to send packets through.
    pub(super) fn rules(&self) -> Ruleset {
        let tables = vec![self.nat.table(TableName::Nat), self.filter.table(TableName::Filter)];
        Ruleset { family: self.family, tables }
    }

    /// What `iptables-save` would print of both tables.
    pub(super) fn saved(&self) -> String {
        write(&self.rules())
    }
}
