//! Checks of many nodes that share what is the same on all of them.
//!
//! ```text
//! setup ─► which nodes are set up alike: all but names and addresses
//! services ─► which Services two of them may have different answers about
//! seen ─► an answer about all Services, taken apart and put together again
//! ```
//!
//! One node of each setup is checked whole. Of every other one only the Services are checked that it may have to itself, with
//! a few more: the first ones of each kind of finding, so that the same example is shown. The same Services are checked on the
//! first node too. Where that does not find what the whole check found about them, something else than these Services
//! decides, and the node is checked whole. So an answer is always that of a run for the node alone.

mod seen;
mod services;
mod setup;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::ask::Asked;
use super::check::CheckNodes;
use crate::check::Part;
use crate::diagnostics::Diagnostic;
use crate::manifest::Cluster;
use crate::node::NodeContext;
use crate::pipeline::Parsed;

use seen::{Seen, concerned, is_of_all};
use services::Services;

/// From how many nodes on that are set up alike it is worth it.
const FEWEST: usize = 4;

/// A check of many nodes.
pub struct CheckAlike<'f> {
    question: CheckNodes<'f>,
    services: Services,
    /// The nodes that may share answers, with the setup of each.
    nodes: BTreeMap<String, (NodeContext, usize)>,
    setups: Vec<Setup>,
    work: AtomicUsize,
}

/// Nodes that are set up alike.
struct Setup {
    /// The node that is checked whole.
    first: String,
    count: usize,
    whole: OnceLock<Option<Seen>>,
    /// The Services whose diagnostics were handed on for some node.
    told: Mutex<BTreeSet<usize>>,
}

impl<'f> CheckAlike<'f> {
    /// Prepares a check of these nodes.
    #[must_use]
    pub fn new<'n>(question: CheckNodes<'f>, names: impl IntoIterator<Item = &'n str>) -> Self {
        let (parsed, known) = &question.versions[0];
        let cluster = parsed.cluster();
        let mut alike = Self {
            question,
            services: Services::of(cluster),
            nodes: BTreeMap::new(),
            setups: Vec::new(),
            work: AtomicUsize::new(0),
        };
        // Pods elsewhere than in the network of their node cut classes of clients in ways that differ from node to node, so
        // that the packets that are counted would not be those of a check of the whole.
        if !question.is_of_manifests_alone() || alike.services.has_pods_apart {
            return alike;
        }
        let mut by_text: BTreeMap<String, usize> = BTreeMap::new();
        for name in names {
            // Where the network of a node's pods is not known, each pod is a client of its own, which source ranges of any
            // Service may treat as those of no other node.
            let Some(object) = cluster.node(name).filter(|node| !node.pod_cidrs.is_empty()) else { continue };
            let context = parsed.node(&known.clone().on_node(name));
            let text = setup::setup_of(&context, object, &alike.services);
            let at = *by_text.entry(text).or_insert(alike.setups.len());
            match alike.setups.get_mut(at) {
                None => alike.setups.push(Setup::of(name)),
                Some(setup) => {
                    setup.count += 1;
                    let weight = |name: &str| alike.services.count(name);
                    if weight(name) < weight(&setup.first) {
                        name.clone_into(&mut setup.first);
                    }
                }
            }
            alike.nodes.insert(name.to_owned(), (context, at));
        }
        alike
    }

    /// Checks one node.
    #[must_use]
    pub fn ask(&self, node: &str) -> Asked {
        self.ask_shared(node).unwrap_or_else(|| {
            self.work.fetch_add(self.services.len(), Ordering::Relaxed);
            self.question.ask(node)
        })
    }

    /// How many Services were checked so far, each as often as it was.
    #[must_use]
    pub fn work(&self) -> usize {
        self.work.load(Ordering::Relaxed)
    }

    /// Checks some of the Services, or all.
    fn look(&self, parsed: &Parsed, node: &str, part: Part<'_>) -> Seen {
        self.work.fetch_add(parsed.cluster().services.len(), Ordering::Relaxed);
        self.question.run(parsed, node, part, |report| Seen::of(report, node, &self.services))
    }

    fn cluster(&self) -> &Cluster {
        self.question.versions[0].0.cluster()
    }

    /// Checks what is a node's own; `None` where it has to be checked whole.
    fn ask_shared(&self, node: &str) -> Option<Asked> {
        let (_, at) = self.nodes.get(node)?;
        let setup = &self.setups[*at];
        if setup.count < FEWEST {
            return None;
        }
        let whole = setup.whole.get_or_init(|| self.look_at_all(&setup.first)).as_ref()?;
        if node == setup.first {
            let diagnostics = whole.diagnostics.iter().cloned().collect();
            return Some(Asked { answer: whole.answer.clone(), diagnostics });
        }
        let chosen = self.chosen(node, &setup.first, whole);
        if chosen.len() * 2 > self.services.len() {
            return None;
        }
        let services = &self.services;
        let positions: Vec<usize> = chosen.iter().copied().collect();
        let part = self.cluster().part(&positions, services.pods.clone());
        let part = self.question.versions[0].0.with_part(part);
        let some = self.look(&part, &setup.first, Part::Of(&whole.totals));
        if !some.is_like(whole) || !whole.has(&some, &chosen, services) {
            return None;
        }
        let new = self.look(&part, node, Part::Beside(&whole.totals.without(&some.totals)));
        if !new.is_like(whole) || !new.is_whole() {
            return None;
        }
        let mut diagnostics: Vec<Diagnostic> = new.diagnostics.iter().cloned().collect();
        let answer = whole.with(&some, new, &chosen, services)?;
        setup.tell(whole, &chosen, services, &mut diagnostics);
        Some(Asked { answer, diagnostics })
    }

    /// What is found on the first node of a setup, if others can have that too.
    fn look_at_all(&self, node: &str) -> Option<Seen> {
        let parsed = &self.question.versions[0].0;
        let services = &self.services;
        let whole = self.look(parsed, node, Part::Counted);
        let (context, _) = self.nodes.get(node)?;
        let own = self.differing(node, node);
        let names = context.addresses.own.iter().map(ToString::to_string).chain([node.to_owned()]);
        let names: Vec<String> = names.collect();
        let names_it = |text: &str| names.iter().any(|name| text.contains(name));
        let is_of_node = |found: &Diagnostic| {
            let texts = [Some(&found.message), found.allowed.as_ref(), found.help.as_ref()];
            texts.into_iter().flatten().any(|text| names_it(text))
        };
        let is_shared = |found: &&Diagnostic| {
            !is_of_all(found) && concerned(found, services).is_none_or(|at| !own.contains(&at))
        };
        let is_told_of_node = whole.diagnostics.iter().filter(is_shared).any(is_of_node);
        (whole.is_whole() && !is_told_of_node).then_some(whole)
    }

    /// The Services of which the answers for two nodes may differ.
    fn differing(&self, one: &str, other: &str) -> BTreeSet<usize> {
        let of = |name| {
            let own = self.nodes.get(name).map_or(&[][..], |(context, _)| &context.addresses.own);
            let networks = self.cluster().node(name).map_or(&[][..], |node| &node.pod_cidrs);
            (name, own, networks)
        };
        self.services.differing([of(one), of(other)])
    }

    /// The Services that are checked for a node: those that may differ, and those that are shown first.
    fn chosen(&self, node: &str, first: &str, whole: &Seen) -> BTreeSet<usize> {
        let differing = self.differing(node, first);
        let mut chosen = differing.clone();
        self.services.add_first(&mut chosen);
        for found in whole.in_order.values() {
            let others = found.iter().find(|at| !differing.contains(*at));
            for at in found.first().into_iter().chain(others) {
                self.services.add(*at, &mut chosen);
            }
        }
        chosen
    }
}

impl Setup {
    fn of(first: &str) -> Self {
        Self { first: first.to_owned(), count: 1, whole: OnceLock::new(), told: Mutex::new(BTreeSet::new()) }
    }

    /// Adds what is to be said about the Services that were not checked for a node, unless it was for another one.
    fn tell(
        &self,
        whole: &Seen,
        chosen: &BTreeSet<usize>,
        services: &Services,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let before = told.len();
        let is_new = |at: &usize| !chosen.contains(at) && !told.contains(at);
        let new: BTreeSet<usize> = (0..services.len()).filter(is_new).collect();
        let is_to_be_told = |found: &&Diagnostic| match concerned(found, services) {
            Some(at) => new.contains(&at),
            None => before == 0 && !is_of_all(found),
        };
        if !new.is_empty() {
            diagnostics.extend(whole.diagnostics.iter().filter(is_to_be_told).cloned());
            told.extend(new);
        }
    }
}
