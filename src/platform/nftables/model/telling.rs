//! What a text does not tell of a table, and what stands beside it.

use super::{ChainKind, Hook};
use crate::answer::telling::Telling;
use crate::net::Family;

/// What of the table of a family a text does not tell. By default it tells all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Lines that could not be read.
    pub lost_lines: usize,
    /// Whether sets and maps have no elements, as `nft --terse` leaves them out.
    pub is_terse: bool,
    /// Whether the table has flags: kube-proxy gives it none.
    pub has_flags: bool,
    /// Whether it is dormant: then none of its rules is in force.
    pub is_dormant: bool,
}

impl Gaps {
    /// How much is told.
    #[must_use]
    pub fn telling(self) -> Telling {
        if self == Self::default() { Telling::Whole } else { Telling::InPart }
    }

    /// What is not told, as a part of a sentence.
    #[must_use]
    pub fn reason(self, family: Family) -> String {
        if self.is_terse {
            format!(
                "the elements of sets and maps of {family} are not in the dump: dump it again without the option for terse output"
            )
        } else if self.is_dormant {
            format!(
                "the table of {family} is dormant, so none of its rules is in force; delete the table and let kube-proxy \
                 make it again"
            )
        } else if self.has_flags {
            format!(
                "the table of {family} has flags that kube-proxy does not set, and what they do is not known"
            )
        } else {
            format!("lines of the table of {family} cannot be read")
        }
    }
}

/// A base chain of another table, which packets pass as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherChain {
    /// Its name with family and table: `inet filter input`; safe to print.
    pub name: String,
    /// What it may do.
    pub kind: ChainKind,
    /// Which packets come by.
    pub hook: Hook,
    /// Whether packets are dropped at its end.
    pub drops: bool,
    /// Whether it has rules.
    pub has_rules: bool,
}
