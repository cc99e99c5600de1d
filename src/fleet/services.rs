//! Which Services something was found about, and on which nodes.

use std::collections::BTreeMap;

use super::Group;
use crate::diagnostics::{Code, Severity};

/// What was found about a service port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRow<'f> {
    /// `namespace/name:port`, or `namespace/name`.
    pub service: &'f str,
    /// The codes of errors and warnings on each group of nodes, in the order of the groups; each once, sorted.
    pub codes: Vec<Vec<Code>>,
}

impl<'f> ServiceRow<'f> {
    /// The Services about which an error or a warning was found: those with errors first, then those with the most codes.
    #[must_use]
    pub fn of(groups: &[Group<'f>]) -> Vec<Self> {
        let mut rows: BTreeMap<&'f str, Vec<Vec<Code>>> = BTreeMap::new();
        for (at, group) in groups.iter().enumerate() {
            let counted =
                group.answer.kinds.iter().filter(|(kind, _)| kind.code.severity() != Severity::Note);
            for (kind, found) in counted {
                for service in found.items.iter().flat_map(|item| &item.services) {
                    let codes = rows.entry(service).or_insert_with(|| vec![Vec::new(); groups.len()]);
                    codes[at].push(kind.code);
                }
            }
        }
        let row = |(service, mut codes): (&'f str, Vec<Vec<Code>>)| {
            for codes in &mut codes {
                codes.sort_unstable();
                codes.dedup();
            }
            Self { service, codes }
        };
        let mut rows: Vec<Self> = rows.into_iter().map(row).collect();
        // Sorting keeps the order of names where nothing else decides.
        rows.sort_by_key(|row| {
            let all = || row.codes.iter().flatten();
            let has_error = all().any(|code| code.severity() == Severity::Error);
            (!has_error, usize::MAX - all().count())
        });
        rows
    }
}
