//! What is to be said about the objects of a sequence: most objects stand in many moments, and what is said of them is
//! said once.

use std::collections::BTreeSet;

use crate::diagnostics::{Code, Diagnostic, ObjectRef};
use crate::source::Sources;

/// What is to be said about the objects of one moment that no moment before it has.
#[derive(Debug)]
pub struct Remark {
    /// What is said.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts, to show places in.
    pub sources: Sources,
}

/// What is to be said about a sequence.
#[derive(Debug, Default)]
pub struct Remarks {
    known: BTreeSet<(Code, Option<ObjectRef>, String)>,
    all: Vec<Remark>,
}

impl Remarks {
    /// Adds what was found in a moment and in none before. Texts about which nothing new is said are not kept.
    pub(super) fn add(&mut self, mut diagnostics: Vec<Diagnostic>, sources: Sources) {
        diagnostics
            .retain(|found| self.known.insert((found.code, found.object.clone(), found.message.clone())));
        if !diagnostics.is_empty() {
            self.all.push(Remark { diagnostics, sources });
        }
    }

    /// By moments, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Remark> {
        self.all.iter()
    }
}
