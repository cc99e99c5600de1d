//! Asks one question about many nodes, in parallel.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashSet;

use super::record::{Item, NodeAnswer};
use crate::diagnostics::Diagnostic;

/// What was found on one node.
#[derive(Debug, Default)]
pub struct Asked {
    /// The answer.
    pub answer: NodeAnswer,
    /// What is wrong with the input, as far as it is known on this node.
    pub diagnostics: Vec<Diagnostic>,
}

/// The answers of many nodes.
#[derive(Debug, Default)]
pub struct Nodes {
    /// By name.
    pub answers: BTreeMap<String, NodeAnswer>,
    /// What is wrong with the input, on any node, each once.
    pub diagnostics: BTreeSet<Diagnostic>,
}

impl Nodes {
    /// Asks about each of the nodes. The order of the names does not matter.
    pub fn ask<'n>(
        names: impl IntoIterator<Item = &'n str>,
        question: impl Fn(&str) -> Asked + Sync,
    ) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        let (known, all, next) = (Known::default(), Mutex::new(Self::default()), AtomicUsize::new(0));
        let work = || {
            while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut asked = question(name);
                known.share(&mut asked.answer);
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.diagnostics.extend(asked.diagnostics);
                all.answers.insert((*name).to_owned(), asked.answer);
            }
        };
        // A page has one thread, and to start another is a panic.
        let threads =
            if cfg!(target_family = "wasm") { 1 } else { rayon::current_num_threads().min(names.len()) };
        // Not in the pool of threads: a platform that waits for what the pool does for it would wait forever.
        if threads <= 1 {
            work();
        } else {
            std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        }
        all.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What findings are about, each list once: most nodes have the same.
#[derive(Default)]
pub(super) struct Known(Mutex<FxHashSet<Arc<[Item]>>>);

impl Known {
    /// Lets an answer use the lists of others.
    pub(super) fn share(&self, answer: &mut NodeAnswer) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for found in answer.kinds.values_mut() {
            match known.get(&found.items) {
                Some(same) => found.items = Arc::clone(same),
                None => drop(known.insert(Arc::clone(&found.items))),
            }
        }
    }
}
