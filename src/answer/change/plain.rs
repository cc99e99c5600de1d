//! The comparison of objects that have nothing special about them: the same by their names, equal by their fields.

use std::collections::BTreeMap;

use super::join::{Joined, join};
use super::regroup::{Essence, regroup};
use super::{Comparison, Counts, FieldChange, ObjectChange, ObjectKind, Standing, Subject, Verb, Weight};

/// An object of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// What it is. No two objects of a side have the same kind and name.
    pub subject: Subject,
    /// Its fields with their values; safe to print.
    pub fields: Vec<(&'static str, String)>,
}

impl Plain {
    fn key(&self) -> (ObjectKind, &str) {
        (self.subject.kind, &self.subject.name)
    }
}

/// Compares two sides, each with its standing. Every difference counts, and none is a finding by itself.
#[must_use]
pub fn compare(platform: &'static str, sides: [(Standing, Vec<Plain>); 2]) -> Comparison {
    let [(one, old), (other, new)] = sides;
    let Joined { equal, changed, only } =
        join([&old, &new], Plain::key, |one, other| one.fields == other.fields);
    let mut counts: BTreeMap<ObjectKind, Counts> = BTreeMap::new();
    let mut changes = Vec::new();
    let mut add = |verb, subject: &Subject, elsewhere: &[String], fields| {
        let subject = subject.clone();
        let change = ObjectChange { verb, subject, fields, references: None, weight: Weight::Counts };
        changes.push((change, Essence { elsewhere: elsewhere.to_vec(), ..Essence::default() }));
    };
    for object in equal {
        counts.entry(object.subject.kind).or_default().equal += 1;
    }
    for [old, new] in changed {
        counts.entry(new.subject.kind).or_default().changed += 1;
        add(Verb::Changed, &new.subject, &old.subject.services, differing(old, new));
    }
    for (side, objects) in only.into_iter().enumerate() {
        for object in objects {
            counts.entry(object.subject.kind).or_default().only[side] += 1;
            let fields = object.fields.iter();
            let fields = fields.map(|(name, value)| FieldChange::alone(*name, side, value.clone())).collect();
            add(Verb::alone(side), &object.subject, &[], fields);
        }
    }
    Comparison {
        platform,
        standings: [one, other],
        changes: regroup(changes),
        findings: Vec::new(),
        counts,
        gaps: Vec::new(),
        left_open: 0,
    }
}

fn differing(old: &Plain, new: &Plain) -> Vec<FieldChange> {
    let value =
        |of: &Plain, name| of.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let is_new = |(name, _): &&(&'static str, String)| value(old, *name).is_none();
    let names = old.fields.iter().chain(new.fields.iter().filter(is_new)).map(|(name, _)| *name);
    let fields = names.map(|name| FieldChange::new(name, value(old, name), value(new, name)));
    fields.filter(|field| field.before != field.after).collect()
}
