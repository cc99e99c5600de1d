//! What the answer about all nodes comes to, in a few numbers: every form shows the same.

use super::record::{Class, Fleet, Kind, NodeAnswer, Question};
use crate::diagnostics::Severity;

/// What the answer comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The nodes that were selected.
    pub nodes: usize,
    /// Those that were not compared, or only in part.
    pub unknown: usize,
    /// Errors.
    pub errors: Reach,
    /// Warnings.
    pub warnings: Reach,
    /// Notes.
    pub notes: Reach,
}

/// How far findings of one severity go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// How many kinds there are.
    pub kinds: usize,
    /// On how many nodes some of them are.
    pub nodes: usize,
}

impl Fleet {
    /// What the answer comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let spreads = self.spreads();
        let of = |severity: Severity| {
            let is_of = |kind: &Kind| kind.class != Class::Missing && kind.code.severity() == severity;
            let has = |answer: &&NodeAnswer| answer.kinds.keys().any(is_of);
            Reach {
                kinds: spreads.iter().filter(|spread| is_of(spread.kind)).count(),
                nodes: self.nodes.values().filter(has).count(),
            }
        };
        let lacks = |answer: &&NodeAnswer| answer.kinds.keys().any(|kind| kind.class == Class::Missing);
        Verdict {
            nodes: self.head.names.len(),
            unknown: self.nodes.values().filter(lacks).count() + self.unasked().count(),
            errors: of(Severity::Error),
            warnings: of(Severity::Warning),
            notes: of(Severity::Note),
        }
    }

    /// Whether no node could be compared as a whole, and nothing was found on what could be: then there is no answer.
    #[must_use]
    pub fn tells_nothing(&self) -> bool {
        let is_about_node = |kind: &Kind| {
            !matches!(kind.class, Class::Missing | Class::Remark) && kind.code.severity() != Severity::Note
        };
        let tells_nothing = |answer: &NodeAnswer| {
            answer.kinds.keys().any(Kind::leaves_open) && !answer.kinds.keys().any(is_about_node)
        };
        !self.nodes.is_empty() && self.nodes.values().all(tells_nothing)
    }

    /// Whether a kind of finding says that its node is not as it should be, or that this is not known.
    #[must_use]
    pub fn is_difference(&self, kind: &Kind) -> bool {
        let is_change = self.head.question == Question::Change;
        match kind.class {
            Class::Missing => true,
            Class::Object => kind.code.severity() != Severity::Note,
            Class::Effect => is_change,
            Class::Rules | Class::Plan | Class::Lint | Class::Remark => false,
        }
    }
}
