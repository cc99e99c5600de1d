//! Collects problems while a text is read; lines are counted once, at the end.

use std::collections::BTreeSet;

use super::problem::{Problem, StateProblem};
use crate::name::printable;

/// How many names a message lists.
const NAMES: usize = 8;

/// The problems of one text.
pub(super) struct Log<'a> {
    text: &'a str,
    found: Vec<Entry>,
    unknown_members: BTreeSet<String>,
    unknown_at: usize,
}

struct Entry {
    /// Where in the text, in bytes.
    at: usize,
    object: Option<String>,
    problem: Problem,
}

impl<'a> Log<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, found: Vec::new(), unknown_members: BTreeSet::new(), unknown_at: 0 }
    }

    /// Adds a problem at the start of a part of the text.
    pub(super) fn add(&mut self, part: &'a str, problem: Problem) {
        self.found.push(Entry { at: self.offset(part), object: None, problem });
    }

    /// Notes a member for which there is no place.
    pub(super) fn unknown_member(&mut self, part: &'a str, name: &str) {
        if self.unknown_members.is_empty() {
            self.unknown_at = self.offset(part);
        }
        if self.unknown_members.len() < NAMES {
            self.unknown_members.insert(printable(name));
        }
    }

    /// How many problems there are so far.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// Says which object the problems from number `first` on are about.
    pub(super) fn name_since(&mut self, first: usize, object: impl Fn() -> String) {
        for entry in &mut self.found[first..] {
            entry.object = Some(object());
        }
    }

    /// The problems in the order of the text.
    pub(super) fn problems(mut self) -> Vec<StateProblem> {
        if !self.unknown_members.is_empty() {
            let members = join(self.unknown_members.iter().map(String::as_str));
            let problem = Problem::UnknownMembers { members };
            self.found.push(Entry { at: self.unknown_at, object: None, problem });
        }
        self.found.sort_by_key(|entry| entry.at);
        let (mut line, mut counted) = (1, 0);
        let numbered = |entry: Entry| {
            line += memchr::memchr_iter(b'\n', &self.text.as_bytes()[counted..entry.at]).count();
            counted = entry.at;
            StateProblem { line, object: entry.object, problem: entry.problem }
        };
        self.found.into_iter().map(numbered).collect()
    }

    /// Where a part of the text starts in it.
    fn offset(&self, part: &'a str) -> usize {
        let offset = part.as_ptr() as usize - self.text.as_ptr() as usize;
        debug_assert!(offset <= self.text.len(), "a part of the text");
        offset
    }
}

/// The first names of a list, for a message.
pub(super) fn join<'n>(mut names: impl Iterator<Item = &'n str>) -> String {
    let mut shown: Vec<String> = names.by_ref().take(NAMES).map(printable).collect();
    if names.next().is_some() {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
