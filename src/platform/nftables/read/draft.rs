//! A table while it is read.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::net::Family;
use crate::platform::nftables::model::{Chain, Container, Element, Gaps, Key, Name, Table};

/// A table while it is read.
pub(super) struct Draft {
    pub(super) table: Table,
    pub(super) chains: FxHashMap<Name, usize>,
    pub(super) containers: FxHashMap<Name, usize>,
    /// The elements of each container by their keys.
    places: FxHashMap<(usize, Key), usize>,
    /// Positions of chains and containers that were deleted again.
    deleted_chains: FxHashSet<usize>,
    deleted_containers: FxHashSet<usize>,
    pub(super) counters: FxHashSet<Name>,
    pub(super) gaps: Gaps,
    /// Whether it stands in one piece, in braces.
    pub(super) is_listed: bool,
}

impl Draft {
    pub(super) fn new(family: Family) -> Self {
        Self {
            table: Table::empty(family),
            chains: FxHashMap::default(),
            containers: FxHashMap::default(),
            places: FxHashMap::default(),
            deleted_chains: FxHashSet::default(),
            deleted_containers: FxHashSet::default(),
            counters: FxHashSet::default(),
            gaps: Gaps::default(),
            is_listed: false,
        }
    }

    pub(super) fn chain(&mut self, name: &Name) -> &mut Chain {
        let at = *self.chains.entry(name.clone()).or_insert_with(|| {
            self.table.chains.push(Chain {
                name: name.clone(),
                base: None,
                comment: None,
                rules: Vec::new(),
            });
            self.table.chains.len() - 1
        });
        &mut self.table.chains[at]
    }

    pub(super) fn add_container(&mut self, container: Container) {
        let elements = match self.containers.get(&container.name) {
            // Declared once more: it stays as it is.
            Some(_) => return,
            None => container.elements.clone(),
        };
        let at = self.table.containers.len();
        self.containers.insert(container.name.clone(), at);
        self.table.containers.push(Container { elements: Vec::new(), ..container });
        self.add_elements(at, elements);
    }

    /// Adds elements; one that is there already stays, as nft does it where both are the same.
    pub(super) fn add_elements(&mut self, at: usize, elements: Vec<Element>) {
        for element in elements {
            let all = &mut self.table.containers[at].elements;
            let key = (at, element.key.clone());
            if let Some(place) = self.places.get(&key) {
                all[*place] = element;
            } else {
                self.places.insert(key, all.len());
                all.push(element);
            }
        }
    }

    /// Deletes a chain; one of its name that is added later is another one.
    pub(super) fn delete_chain(&mut self, name: &Name) {
        self.deleted_chains.extend(self.chains.remove(name));
    }

    /// Deletes a set or map; one of its name that is added later is another one.
    pub(super) fn delete_container(&mut self, name: &Name) {
        self.deleted_containers.extend(self.containers.remove(name));
    }

    /// The table, and what is not told of it as far as its own lines show.
    pub(super) fn finish(self) -> (Table, Gaps) {
        let Self { mut table, deleted_chains, deleted_containers, counters, gaps, .. } = self;
        retain_others(&mut table.chains, &deleted_chains);
        retain_others(&mut table.containers, &deleted_containers);
        table.counters = counters.into_iter().collect();
        table.sort();
        let is_terse = is_terse(&table);
        (table, Gaps { is_terse, ..gaps })
    }
}

/// Leaves out what stands at these positions.
fn retain_others<T>(all: &mut Vec<T>, deleted: &FxHashSet<usize>) {
    let mut at = 0;
    all.retain(|_| {
        at += 1;
        !deleted.contains(&(at - 1))
    });
}

/// Whether a listing leaves elements out: every Service has some, in one map or the other.
fn is_terse(table: &Table) -> bool {
    let has_services = table.chains.iter().any(|chain| chain.name.is_of_service() && !chain.rules.is_empty());
    has_services && table.containers.iter().all(|of| of.elements.is_empty())
}
