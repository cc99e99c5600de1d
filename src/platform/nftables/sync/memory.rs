//! The elements that kube-proxy believes to be in the sets and maps that all service ports share.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::node::Node;
use crate::platform::nftables::lower::{Claim, Shared};
use crate::platform::nftables::model::{Command, Key, Name, Verdict};
use crate::platform::nftables::write::push_key;

/// The elements, by set or map and key.
#[derive(Debug, Default)]
pub(super) struct Memory {
    of: BTreeMap<Shared, FxHashMap<Key, Option<Verdict>>>,
    /// Those that no service port has asked for in this sync.
    left_over: BTreeMap<Shared, FxHashSet<Key>>,
}

impl Memory {
    /// Takes what the node holds.
    pub(super) fn read(node: &Node) -> Self {
        let elements = |shared: Shared| node.elements(shared.name());
        let of = |shared: Shared| {
            elements(shared).map(|element| (element.key.clone(), element.verdict.clone())).collect()
        };
        Self { of: Shared::ALL.map(|shared| (shared, of(shared))).into(), left_over: BTreeMap::new() }
    }

    /// A sync begins: nothing is asked for yet.
    pub(super) fn begin(&mut self) {
        let keys = |known: &FxHashMap<Key, _>| known.keys().cloned().collect();
        self.left_over = self.of.iter().map(|(shared, known)| (*shared, keys(known))).collect();
    }

    /// A service port asks for an element: it is added if it is new, and deleted before if it led elsewhere.
    pub(super) fn ensure(&mut self, Claim { shared, element }: &Claim, commands: &mut Vec<Command>) {
        let known = self.of.entry(*shared).or_default();
        if let Some(left_over) = self.left_over.get_mut(shared) {
            left_over.remove(&element.key);
        }
        let container = Name::from_checked(shared.name());
        match known.get(&element.key) {
            Some(verdict) if *verdict == element.verdict => return,
            Some(_) => commands.push(Command::DeleteElement(container.clone(), element.key.clone())),
            None => {}
        }
        known.insert(element.key.clone(), element.verdict.clone());
        commands.push(Command::AddElement(container, element.clone()));
    }

    /// The same for versions without a memory: they add all elements in each sync.
    pub(super) fn add(Claim { shared, element }: &Claim, commands: &mut Vec<Command>) {
        commands.push(Command::AddElement(Name::from_checked(shared.name()), element.clone()));
    }

    /// Deletes what nobody has asked for. kube-proxy does it in random order within a set or map; here it is that of texts.
    pub(super) fn clean_up(&mut self, commands: &mut Vec<Command>) {
        for shared in Shared::ALL {
            let left_over = self.left_over.remove(&shared).unwrap_or_default();
            let text = |key: &Key| {
                let mut text = String::new();
                push_key(&mut text, key);
                text
            };
            let sorted: BTreeMap<String, Key> = left_over.into_iter().map(|key| (text(&key), key)).collect();
            for key in sorted.into_values() {
                if let Some(known) = self.of.get_mut(&shared) {
                    known.remove(&key);
                }
                commands.push(Command::DeleteElement(Name::from_checked(shared.name()), key));
            }
        }
    }
}
