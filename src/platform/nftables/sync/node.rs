//! What a node holds, and `nft -f` of it: a stand-in for the kernel that runs transactions as a whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::net::Family;
use crate::platform::nftables::model::{
    Address, Chain, Command, Container, Element, Key, Name, Rule, TABLE, Table, Verdict, family_word,
};
use crate::platform::nftables::write::table_comment;
use crate::platform::nftables::{Format, write};

/// The table of one family, if there is one.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) family: Family,
    pub(super) table: Option<Contents>,
}

/// What is in a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    pub(super) chains: BTreeMap<Name, Chain>,
    /// The chains that are not of one Service.
    pub(super) of_all: BTreeSet<Name>,
    pub(super) containers: BTreeMap<Name, Stored>,
    counters: BTreeSet<Name>,
}

/// A set or map, its elements in the order in which they were added.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// Without elements.
    pub(super) container: Container,
    /// Deleted ones leave a gap, so that places stay.
    pub(super) elements: Vec<Option<Element>>,
    pub(super) places: FxHashMap<Key, usize>,
    /// The places of those that packets are not looked up by as they are written.
    pub(super) odd: BTreeSet<usize>,
}

impl Stored {
    fn new(container: Container) -> Self {
        let Container { elements, .. } = container.clone();
        let container = Container { elements: Vec::new(), ..container };
        let mut stored =
            Self { container, elements: Vec::new(), places: FxHashMap::default(), odd: BTreeSet::new() };
        for element in elements {
            stored.add(element);
        }
        stored
    }

    /// An element that is there stays where it is.
    fn add(&mut self, element: Element) {
        let known = self.places.get(&element.key).and_then(|place| self.elements[*place].as_ref());
        if known.is_some_and(|known| known.verdict == element.verdict) {
            return;
        }
        self.delete(&element.key);
        self.places.insert(element.key.clone(), self.elements.len());
        if is_odd(&element.key) {
            self.odd.insert(self.elements.len());
        }
        self.elements.push(Some(element));
    }

    fn delete(&mut self, key: &Key) {
        if let Some(place) = self.places.remove(key) {
            self.elements[place] = None;
            self.odd.remove(&place);
        }
    }
}

/// Whether packets are looked up by something else than this key, as by an address that is spelled in another way.
fn is_odd(key: &Key) -> bool {
    let is_spelled = |address: &Address| matches!(address, Address::Verbatim(_));
    match key {
        Key::Address(address) | Key::Service(address, ..) => is_spelled(address),
        Key::Pair(addresses, ..) => addresses.iter().any(is_spelled),
        Key::NodePort(..) => false,
        Key::Other(_) => true,
    }
}

impl Contents {
    fn of(table: &Table) -> Self {
        Self {
            chains: table.chains.iter().map(|chain| (chain.name.clone(), chain.clone())).collect(),
            of_all: table
                .chains
                .iter()
                .map(|chain| &chain.name)
                .filter(|name| is_of_all(name))
                .cloned()
                .collect(),
            containers: table
                .containers
                .iter()
                .map(|of| (of.name.clone(), Stored::new(of.clone())))
                .collect(),
            counters: table.counters.iter().cloned().collect(),
        }
    }

    fn run(&mut self, command: Command) {
        match command {
            Command::AddTable => {}
            Command::AddChain(chain) => {
                if is_of_all(&chain.name) {
                    self.of_all.insert(chain.name.clone());
                }
                self.chains.entry(chain.name.clone()).or_insert(chain);
            }
            Command::FlushChain(name) => {
                if let Some(chain) = self.chains.get_mut(&name) {
                    chain.rules.clear();
                }
            }
            Command::DeleteChain(name) => {
                self.of_all.remove(&name);
                self.chains.remove(&name);
            }
            Command::AddRule(name, rule) => {
                if let Some(chain) = self.chains.get_mut(&name) {
                    chain.rules.push(rule);
                }
            }
            // One that is there stays as it is, with its timeout: as for the recorder's stand-in, and for kernels
            // before 6.18 (believed).
            Command::AddContainer(container) => {
                self.containers.entry(container.name.clone()).or_insert_with(|| Stored::new(container));
            }
            Command::FlushContainer { name, .. } => {
                if let Some(stored) = self.containers.get_mut(&name) {
                    *stored = Stored::new(stored.container.clone());
                }
            }
            Command::DeleteContainer { name, .. } => drop(self.containers.remove(&name)),
            Command::AddCounter(name) => drop(self.counters.insert(name)),
            Command::AddElement(name, element) => {
                if let Some(stored) = self.containers.get_mut(&name) {
                    stored.add(element);
                }
            }
            Command::DeleteElement(name, key) => {
                if let Some(stored) = self.containers.get_mut(&name) {
                    stored.delete(&key);
                }
            }
        }
    }

    /// Why the kernel would refuse a transaction.
    fn refusal(&self, commands: &[Command]) -> Option<String> {
        let mut present = Present { contents: self, changed: FxHashMap::default() };
        for command in commands {
            let missing = match command {
                Command::AddTable | Command::AddCounter(_) => None,
                Command::AddChain(chain) => present.set("chain", &chain.name, true),
                Command::FlushChain(name) | Command::AddRule(name, _) => present.need("chain", name),
                Command::DeleteChain(name) => present.set("chain", name, false),
                Command::AddContainer(of) => present.set("set", &of.name, true),
                Command::FlushContainer { name, .. }
                | Command::AddElement(name, _)
                | Command::DeleteElement(name, _) => present.need("set", name),
                Command::DeleteContainer { name, .. } => present.set("set", name, false),
            };
            if missing.is_some() {
                return missing;
            }
        }
        self.busy(commands)
    }

    /// A chain that is deleted although something leads to it still. Only transactions that do nothing but delete
    /// chains are looked at: all others flush before they delete.
    fn busy(&self, commands: &[Command]) -> Option<String> {
        let deleted: Option<Vec<&Name>> = commands
            .iter()
            .map(|command| match command {
                Command::DeleteChain(name) => Some(name),
                _ => None,
            })
            .collect();
        let deleted: FxHashSet<&Name> = deleted?.into_iter().collect();
        let of_rules = self.chains.values().filter(|chain| !deleted.contains(&chain.name));
        let of_rules = of_rules.flat_map(|chain| &chain.rules).flat_map(Rule::chains);
        let elements = self.containers.values().flat_map(|stored| stored.elements.iter().flatten());
        let of_elements = elements.filter_map(|element| element.verdict.as_ref()).filter_map(Verdict::chain);
        let busy = of_rules.chain(of_elements).find(|chain| deleted.contains(chain))?;
        Some(format!("chain {busy} is in use"))
    }

    fn table(&self, family: Family) -> Table {
        let containers = self.containers.values().map(|stored| Container {
            elements: stored.elements.iter().flatten().cloned().collect(),
            ..stored.container.clone()
        });
        let mut table = Table {
            family,
            comment: Some(table_comment()),
            chains: self.chains.values().cloned().collect(),
            containers: containers.collect(),
            counters: self.counters.iter().cloned().collect(),
        };
        table.sort();
        table
    }
}

fn is_of_all(chain: &Name) -> bool {
    !chain.is_of_service()
}

/// Which objects are there while a transaction is looked through.
struct Present<'c> {
    contents: &'c Contents,
    changed: FxHashMap<(&'static str, &'c Name), bool>,
}

impl<'c> Present<'c> {
    fn is_there(&self, kind: &'static str, name: &Name) -> bool {
        self.changed.get(&(kind, name)).copied().unwrap_or_else(|| match kind {
            "chain" => self.contents.chains.contains_key(name),
            _ => self.contents.containers.contains_key(name),
        })
    }

    fn need(&self, kind: &'static str, name: &Name) -> Option<String> {
        (!self.is_there(kind, name)).then(|| format!("there is no {kind} {name}"))
    }

    fn set(&mut self, kind: &'static str, name: &'c Name, is_there: bool) -> Option<String> {
        let missing = if is_there { None } else { self.need(kind, name) };
        self.changed.insert((kind, name), is_there);
        missing
    }
}

impl Node {
    /// A node that holds this table, or none.
    pub(super) fn new(family: Family, table: Option<&Table>) -> Self {
        Self { family, table: table.map(Contents::of) }
    }

    /// Runs a transaction.
    ///
    /// # Errors
    /// Why it is refused; then nothing of it is done.
    pub(super) fn run(&mut self, commands: Vec<Command>) -> Result<(), String> {
        if commands.is_empty() {
            return Ok(());
        }
        let makes_table = matches!(commands.first(), Some(Command::AddTable));
        let nothing = Contents::default();
        match &self.table {
            None if !makes_table => {
                return Err(format!("there is no table {} {TABLE}", family_word(self.family)));
            }
            table => {
                if let Some(refusal) = table.as_ref().unwrap_or(&nothing).refusal(&commands) {
                    return Err(refusal);
                }
            }
        }
        let table = self.table.get_or_insert_default();
        for command in commands {
            table.run(command);
        }
        Ok(())
    }

    /// The chains of Services that are there.
    pub(super) fn service_chains(&self) -> impl Iterator<Item = &Name> {
        let chains = self.table.iter().flat_map(|table| table.chains.keys());
        chains.filter(|name| name.is_of_service())
    }

    /// The sets of clients that stay with an endpoint.
    pub(super) fn affinity_sets(&self) -> impl Iterator<Item = &Name> {
        let sets = self.table.iter().flat_map(|table| table.containers.keys());
        sets.filter(|name| name.is_of_service())
    }

    /// Whether a chain of a Service is there.
    pub(super) fn has_service_chain(&self, name: &Name) -> bool {
        name.is_of_service() && self.table.as_ref().is_some_and(|table| table.chains.contains_key(name))
    }

    /// Whether a set of clients that stay with an endpoint is there.
    pub(super) fn has_affinity_set(&self, name: &Name) -> bool {
        name.is_of_service() && self.table.as_ref().is_some_and(|table| table.containers.contains_key(name))
    }

    /// The elements of a set or map.
    pub(super) fn elements(&self, container: &str) -> impl Iterator<Item = &Element> {
        let stored = self.table.as_ref().and_then(|table| table.containers.get(container));
        stored.into_iter().flat_map(|stored| stored.elements.iter().flatten())
    }

    /// The table, to send packets through; an empty one where there is none.
    pub(super) fn table(&self) -> Table {
        self.table.as_ref().map_or_else(|| Table::empty(self.family), |table| table.table(self.family))
    }

    /// Its text; nothing where there is none.
    pub(super) fn text(&self) -> String {
        let table = self.table.as_ref().map(|table| table.table(self.family));
        table.map(|table| write(&table, Format::Knftables).to_string()).unwrap_or_default()
    }
}
