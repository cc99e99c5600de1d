//! The allow-list: findings that somebody has accepted, each with the reason.
//!
//! ```yaml
//! apiVersion: hnsplan/v1alpha1
//! kind: AllowList
//! allow:
//! - code: D0811
//!   service: shop/*          # optional; * stands for any letters but a slash
//!   port: https              # optional; the name of a service port
//!   targets: [iptables, hns] # optional; exactly those that the finding is about
//!   reason: clients of the shop reconnect anyway
//! ```
//!
//! **Invariant:** an entry has a reason, and nothing here depends on the time of day.

pub mod codes;
mod fail_on;
mod pattern;
mod read;

use crate::diagnostics::{Code, Diagnostic};
use crate::platform::Side;
use crate::source::Place;

pub use fail_on::FailOn;
pub use pattern::Pattern;

/// The names of all that an entry may be about.
#[must_use]
pub fn targets() -> Vec<&'static str> {
    Side::all().map(Side::name).collect()
}

/// Findings that are accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList {
    /// The entries, in the order of the file.
    pub entries: Vec<Entry>,
}

/// One kind of finding, perhaps of some Services only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is accepted.
    pub code: Code,
    /// Of which Services, as `namespace/name`; `None` is of all, and of what belongs to no Service.
    pub service: Option<Pattern>,
    /// Of which service port, by its name; `None` is of all, and of what concerns a whole Service.
    pub port: Option<Box<str>>,
    /// About which targets, sorted, each once; `None` is about all.
    pub targets: Option<Vec<Box<str>>>,
    /// Why it is accepted.
    pub reason: Box<str>,
    /// Where the entry stands.
    pub place: Place,
}

/// A finding, as far as entries look at it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    /// The id of its code.
    pub code: &'s str,
    /// The Service that it is about: namespace and name.
    pub service: Option<(&'s str, &'s str)>,
    /// The name of the service port that it is about.
    pub port: Option<&'s str>,
    /// The targets that it is about, in any order.
    pub targets: &'s [&'s str],
}

impl<'s> Subject<'s> {
    /// A diagnostic about these targets; none where it is about the input or the node.
    #[must_use]
    pub fn of(diagnostic: &'s Diagnostic, targets: &'s [&'s str]) -> Self {
        let service = diagnostic.object.as_ref().filter(|object| object.kind == "Service");
        let service = service.map(|object| (&*object.namespace, &*object.name));
        Self { code: diagnostic.code.id(), service, port: None, targets }
    }
}

impl AllowList {
    /// The position of the first entry that accepts a finding.
    #[must_use]
    pub fn accepts(&self, subject: &Subject<'_>) -> Option<usize> {
        self.entries.iter().position(|entry| entry.accepts(subject))
    }
}

impl Entry {
    fn accepts(&self, subject: &Subject<'_>) -> bool {
        let of_service = |pattern: &Pattern| {
            subject.service.is_some_and(|(namespace, name)| pattern.matches(namespace, name))
        };
        let about = |targets: &Vec<Box<str>>| {
            targets.iter().all(|own| subject.targets.contains(&&**own))
                && subject.targets.iter().all(|of| targets.iter().any(|own| &**own == *of))
        };
        self.code.id() == subject.code
            && self.service.as_ref().is_none_or(of_service)
            && self.port.as_deref().is_none_or(|port| subject.port == Some(port))
            && self.targets.as_ref().is_none_or(about)
    }
}

#[cfg(test)]
mod tests;
