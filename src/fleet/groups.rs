//! Which nodes are alike: those of which the same was found.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::record::{Class, Fleet, Found, Item, Kind, NodeAnswer, Question};
use crate::diagnostics::Severity;

/// Nodes of which the same was found, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'f> {
    /// What was asked: it decides what makes nodes differ.
    pub question: Question,
    /// Their names.
    pub nodes: Vec<&'f str>,
    /// What was found on the first of them.
    pub answer: &'f NodeAnswer,
}

/// Where a kind of finding is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread<'f> {
    /// The kind.
    pub kind: &'f Kind,
    /// The nodes that have it, by what it is about there: the most nodes first.
    pub variants: Vec<Variant<'f>>,
}

/// Nodes that have a kind of finding about the same things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant<'f> {
    /// Their names.
    pub nodes: Vec<&'f str>,
    /// What was found on the first of them.
    pub found: &'f Found,
}

/// What a node has of a kind of finding, and another one has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'f> {
    /// The kind.
    pub kind: &'f Kind,
    /// What the first node has more.
    pub more: Vec<&'f Item>,
    /// What it has less.
    pub less: Vec<&'f Item>,
    /// Whether both have findings of this kind.
    pub both: bool,
}

impl Kind {
    /// Whether nodes that differ in it are not alike. A note about the input says nothing about a node, and where rules or
    /// changes are asked for, nothing but those counts.
    #[must_use]
    pub fn divides(&self, question: Question) -> bool {
        let is_about_rules = matches!(question, Question::Compile | Question::Plan);
        match self.class {
            Class::Missing | Class::Rules | Class::Plan | Class::Effect | Class::Lint => true,
            Class::Object => self.code.severity() != Severity::Note,
            Class::Remark => !is_about_rules && self.code.severity() != Severity::Note,
        }
    }
}

/// What an item is about, whatever is to be done: its object and its Services.
type About<'f> = (Option<&'f str>, &'f [String]);

/// Numbers for lists of items that are about the same.
#[derive(Default)]
struct Numbers<'f> {
    by_content: FxHashMap<Vec<About<'f>>, usize>,
    /// Most nodes share their lists.
    by_place: FxHashMap<*const Item, usize>,
}

impl<'f> Numbers<'f> {
    fn of(&mut self, items: &'f Arc<[Item]>) -> usize {
        if items.is_empty() {
            return 0;
        }
        if let Some(known) = self.by_place.get(&items.as_ptr()) {
            return *known;
        }
        let next = self.by_content.len() + 1;
        let content = items.iter().map(|item| (item.object.as_deref(), &*item.services)).collect();
        let number = *self.by_content.entry(content).or_insert(next);
        self.by_place.insert(items.as_ptr(), number);
        number
    }
}

impl Fleet {
    /// The nodes that are alike: the largest group first, then by the names of their first nodes.
    #[must_use]
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut numbers = Numbers::default();
        let question = self.head.question;
        let mut groups: BTreeMap<Vec<(&Kind, usize)>, Group<'_>> = BTreeMap::new();
        for (name, answer) in &self.nodes {
            let kinds = answer.kinds.iter().filter(|(kind, _)| kind.divides(question));
            let key = kinds.map(|(kind, found)| (kind, numbers.of(&found.items))).collect();
            let group = groups.entry(key).or_insert_with(|| Group { question, nodes: Vec::new(), answer });
            group.nodes.push(name);
        }
        let mut groups: Vec<Group<'_>> = groups.into_values().collect();
        groups.sort_by(|one, other| (other.nodes.len(), &one.nodes).cmp(&(one.nodes.len(), &other.nodes)));
        groups
    }

    /// Where each kind of finding is, in the order of the kinds.
    #[must_use]
    pub fn spreads(&self) -> Vec<Spread<'_>> {
        let mut numbers = Numbers::default();
        let mut kinds: BTreeMap<&Kind, BTreeMap<usize, Variant<'_>>> = BTreeMap::new();
        for (name, answer) in &self.nodes {
            for (kind, found) in &answer.kinds {
                let of_kind = kinds.entry(kind).or_default();
                let variant = of_kind.entry(numbers.of(&found.items));
                variant.or_insert_with(|| Variant { nodes: Vec::new(), found }).nodes.push(name);
            }
        }
        let mut spreads = Vec::new();
        for (kind, variants) in kinds {
            let mut variants: Vec<Variant<'_>> = variants.into_values().collect();
            variants
                .sort_by(|one, other| (other.nodes.len(), &one.nodes).cmp(&(one.nodes.len(), &other.nodes)));
            spreads.push(Spread { kind, variants });
        }
        spreads
    }
}

impl Group<'_> {
    /// What its nodes have that those of another group have not, and the other way round.
    #[must_use]
    pub fn differences<'f>(&'f self, other: &'f Group<'_>) -> Vec<Difference<'f>> {
        let (own, others) = (&self.answer.kinds, &other.answer.kinds);
        let kinds = own.keys().chain(others.keys().filter(|kind| !own.contains_key(*kind)));
        let mut kinds: Vec<&Kind> = kinds.filter(|kind| kind.divides(self.question)).collect();
        kinds.sort_unstable();
        let between = |kind| {
            let items = [own, others].map(|kinds| kinds.get(kind).map_or(&[][..], |found| &found.items));
            let [more, less] = [only_in(items[0], items[1]), only_in(items[1], items[0])];
            let both = own.contains_key(kind) && others.contains_key(kind);
            (!both || !more.is_empty() || !less.is_empty()).then_some(Difference { kind, more, less, both })
        };
        kinds.into_iter().filter_map(between).collect()
    }
}

impl<'f> Spread<'f> {
    /// The nodes that have it.
    pub fn nodes(&self) -> impl Iterator<Item = &'f str> {
        self.variants.iter().flat_map(|variant| variant.nodes.iter().copied())
    }
}

impl Variant<'_> {
    /// What its nodes have more and less than those of another one.
    #[must_use]
    pub fn against<'f>(&'f self, other: &'f Variant<'_>) -> [Vec<&'f Item>; 2] {
        [only_in(&self.found.items, &other.found.items), only_in(&other.found.items, &self.found.items)]
    }
}

/// The items of a sorted list that another sorted list has not.
fn only_in<'f>(items: &'f [Item], others: &[Item]) -> Vec<&'f Item> {
    let is_missing = |item: &&Item| {
        let key = (&item.object, &item.services);
        others.binary_search_by(|other| (&other.object, &other.services).cmp(&key)).is_err()
    };
    items.iter().filter(is_missing).collect()
}
