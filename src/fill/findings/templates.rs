//! The labels of all pods that the input describes: those of templates, whether they make pods here or not, and those
//! of the pods themselves.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::manifest::{AnyObject, labels};

/// Objects of which at most this many are compared with one selector: what resembles it is a hint, not the answer.
const MOST_COMPARED: usize = 1000;

/// An object that describes pods.
pub(super) struct Template<'o> {
    pub(super) object: &'o AnyObject,
    pub(super) labels: BTreeMap<String, String>,
}

/// All of them, to be found by a label.
pub(super) struct Templates<'o> {
    all: Vec<Template<'o>>,
    by_label: FxHashMap<(String, String), Vec<usize>>,
    by_key: FxHashMap<String, Vec<usize>>,
}

impl<'o> Templates<'o> {
    pub(super) fn of(objects: &'o [AnyObject]) -> Self {
        let all: Vec<Template<'o>> = objects.iter().filter_map(Template::of).collect();
        let mut by_label: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        let mut by_key: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for (at, template) in all.iter().enumerate() {
            for (key, value) in &template.labels {
                by_label.entry((key.clone(), value.clone())).or_default().push(at);
                by_key.entry(key.clone()).or_default().push(at);
            }
        }
        Self { all, by_label, by_key }
    }

    /// Those with all labels of a selector, in any namespace.
    pub(super) fn matching<'s>(
        &'s self,
        selector: &'s BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'s Template<'o>> {
        let shortest = self.lists(selector).into_iter().next().unwrap_or_default();
        self.templates(shortest).filter(move |template| template.lacks(selector).next().is_none())
    }

    /// Those of a namespace that lack one label of a selector only; with it alone, those that have its key.
    pub(super) fn resembling<'s>(
        &'s self,
        namespace: &'s str,
        selector: &'s BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'s Template<'o>> {
        // What lacks one label has one of any two.
        let lists = match selector.first_key_value() {
            Some((key, _)) if selector.len() == 1 => {
                vec![self.by_key.get(key).map_or(&[][..], Vec::as_slice)]
            }
            _ => self.lists(selector).into_iter().take(2).collect(),
        };
        let candidates = lists.into_iter().flat_map(|list| self.templates(list).take(MOST_COMPARED));
        candidates.filter(move |template| {
            template.object.namespace() == namespace && template.lacks(selector).count() == 1
        })
    }

    /// The templates with each label, the shortest list first.
    fn lists(&self, selector: &BTreeMap<String, String>) -> Vec<&[usize]> {
        let list = |(key, value): (&String, &String)| {
            self.by_label.get(&(key.clone(), value.clone())).map_or(&[][..], Vec::as_slice)
        };
        let mut lists: Vec<&[usize]> = selector.iter().map(list).collect();
        lists.sort_by_key(|list| list.len());
        lists
    }

    fn templates<'s>(&'s self, list: &'s [usize]) -> impl Iterator<Item = &'s Template<'o>> {
        list.iter().map(|at| &self.all[*at])
    }
}

impl<'o> Template<'o> {
    fn of(object: &'o AnyObject) -> Option<Self> {
        let metadata: &[&str] = match object.kind() {
            ("v1", "Pod") => &["metadata"],
            (_, "CronJob") => &["spec", "jobTemplate", "spec", "template", "metadata"],
            _ => &["spec", "template", "metadata"],
        };
        let labels = labels(object.get(metadata)?.get("labels"));
        (!labels.is_empty()).then_some(Self { object, labels })
    }

    /// The labels of a selector that it has not, or with another value.
    pub(super) fn lacks<'s>(
        &'s self,
        selector: &'s BTreeMap<String, String>,
    ) -> impl Iterator<Item = (&'s str, &'s str)> {
        let is_lacking = |(key, value): &(&String, &String)| self.labels.get(*key) != Some(*value);
        selector.iter().filter(is_lacking).map(|(key, value)| (&**key, &**value))
    }
}
