//! The elements that kube-proxy believes to be in the sets and maps that all service ports share.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::node::Node;
use crate::platform::nftables::lower::{Claim, Shared};
use crate::platform::nftables::model::{Command, Element, Key, Name, Verdict};
use crate::platform::nftables::write::push_key;

/// The elements, by set or map and key.
#[derive(Debug, Default)]
pub(super) struct Memory {
    of: BTreeMap<Shared, FxHashMap<Key, Known>>,
    /// The number of the sync.
    sync: u64,
}

/// An element, and the last sync in which a service port asked for it.
#[derive(Debug)]
struct Known {
    verdict: Option<Verdict>,
    asked_for: u64,
}

impl Memory {
    /// Takes what the node holds.
    pub(super) fn read(node: &Node) -> Self {
        let known = |element: &Element| {
            (element.key.clone(), Known { verdict: element.verdict.clone(), asked_for: 0 })
        };
        let of = |shared: Shared| node.elements(shared.name()).map(known).collect();
        Self { of: Shared::ALL.map(|shared| (shared, of(shared))).into(), sync: 0 }
    }

    /// A sync begins: nothing is asked for yet.
    pub(super) fn begin(&mut self) {
        self.sync += 1;
    }

    /// A service port asks for an element: it is added if it is new, and deleted before if it led elsewhere.
    pub(super) fn ensure(&mut self, Claim { shared, element }: &Claim, commands: &mut Vec<Command>) {
        let asked_for = self.sync;
        let known = self.of.entry(*shared).or_default();
        let container = || Name::from_checked(shared.name());
        match known.get_mut(&element.key) {
            Some(known) if known.verdict == element.verdict => {
                known.asked_for = asked_for;
                return;
            }
            Some(known) => {
                *known = Known { verdict: element.verdict.clone(), asked_for };
                commands.push(Command::DeleteElement(container(), element.key.clone()));
            }
            None => {
                let new = Known { verdict: element.verdict.clone(), asked_for };
                known.insert(element.key.clone(), new);
            }
        }
        commands.push(Command::AddElement(container(), element.clone()));
    }

    /// The same for versions without a memory: they add all elements in each sync.
    pub(super) fn add(Claim { shared, element }: &Claim, commands: &mut Vec<Command>) {
        commands.push(Command::AddElement(Name::from_checked(shared.name()), element.clone()));
    }

    /// Deletes what nobody has asked for. kube-proxy does it in random order within a set or map; here it is that of texts.
    pub(super) fn clean_up(&mut self, commands: &mut Vec<Command>) {
        for shared in Shared::ALL {
            let Some(known) = self.of.get_mut(&shared) else { continue };
            let text = |key: &Key| {
                let mut text = String::new();
                push_key(&mut text, key);
                text
            };
            let left_over = known.iter().filter(|(_, of)| of.asked_for != self.sync);
            let sorted: BTreeMap<String, Key> = left_over.map(|(key, _)| (text(key), key.clone())).collect();
            for key in sorted.into_values() {
                known.remove(&key);
                commands.push(Command::DeleteElement(Name::from_checked(shared.name()), key));
            }
        }
    }
}
