//! What a check found, with all that tells whether another check would find the same.

use std::collections::{BTreeMap, BTreeSet};

use super::services::Services;
use crate::check::Report;
use crate::diagnostics::Diagnostic;
use crate::fleet::check::diagnostics_of;
use crate::fleet::record::{Class, Item, Kind, NodeAnswer, Scale};
use crate::net::Family;
use crate::platform::Totals;
use crate::trace::ClientKind;

/// What was found on a node, by a check of all Services or of some.
pub(super) struct Seen {
    pub(super) answer: NodeAnswer,
    pub(super) diagnostics: BTreeSet<Diagnostic>,
    pub(super) totals: Totals,
    /// The Services of each kind of finding, in the order in which they were found: the first one is shown.
    pub(super) in_order: BTreeMap<Kind, Vec<usize>>,
    traits: Traits,
}

/// What decides about all Services of a node at once.
#[derive(PartialEq, Eq)]
struct Traits {
    clients: Vec<(Family, ClientKind, Vec<bool>)>,
    /// Whether it has pods, by family.
    has_pods: [bool; 2],
}

impl Seen {
    pub(super) fn of(report: &Report<'_>, node: &str, services: &Services) -> Self {
        let rules = report.participants[0].rules;
        let has_pods = Family::ALL
            .map(|family| rules.services_of(family).flat_map(|port| &port.endpoints).any(|of| of.local));
        let mut in_order: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
        for finding in &report.comparison.findings {
            let sides = finding.between.of(&report.names).map(Clone::clone).to_vec();
            let of_kind =
                in_order.entry(Kind { class: Class::Effect, code: finding.code, sides }).or_default();
            let names = finding.in_order.iter().filter_map(|id| service_of(id));
            of_kind.extend(names.filter_map(|(namespace, name)| services.find(namespace, name)));
        }
        for (kind, found) in diagnostics_of(report) {
            let of_kind = in_order.entry(kind).or_default();
            of_kind.extend(concerned(found, services));
        }
        Self {
            answer: NodeAnswer::of_report(report, node),
            diagnostics: report.remarks.iter().map(|remark| remark.diagnostic.clone()).collect(),
            totals: report.totals.clone(),
            in_order,
            traits: Traits { clients: report.comparison.classes.clone(), has_pods },
        }
    }

    /// Whether what decides about all Services is the same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.traits == other.traits
    }

    /// Whether the answer is whole: nothing is left out, and something was compared.
    pub(super) fn is_whole(&self) -> bool {
        self.answer.scale.left_out == 0 && self.answer.kinds.keys().all(|kind| kind.class != Class::Missing)
    }

    /// Whether a check of some Services found what this one of all found about them, and about nothing but them.
    pub(super) fn has(&self, some: &Self, chosen: &BTreeSet<usize>, services: &Services) -> bool {
        let (own, others) = (&self.answer.kinds, &some.answer.kinds);
        let is_same = |kind: &Kind| {
            let (Some(all), Some(some)) = (own.get(kind), others.get(kind)) else { return false };
            let of_chosen = |item: &&Item| item_of(item, services).is_some_and(|at| chosen.contains(&at));
            let is_thing = |item: &&Item| item_of(item, services).is_none();
            let mut things = some.items.iter().filter(is_thing);
            all.shown == some.shown
                && all.items.iter().filter(of_chosen).eq(some.items.iter().filter(of_chosen))
                && things.all(|item| all.items.binary_search(item).is_ok())
        };
        let of_none = |found: &&Diagnostic| is_of_all(found);
        own.len() == others.len()
            && own.keys().all(is_same)
            && self.diagnostics.iter().filter(of_none).eq(some.diagnostics.iter().filter(of_none))
    }

    /// What is left of an answer about all Services when some are taken out, and put back as another node has them; `None`
    /// where that cannot be told. `some` is what was found about them here, `new` what was found there.
    pub(super) fn with(
        &self,
        some: &Self,
        new: Self,
        chosen: &BTreeSet<usize>,
        services: &Services,
    ) -> Option<NodeAnswer> {
        let mut answer = new.answer;
        for (kind, all) in &self.answer.kinds {
            let taken = some.answer.kinds.get(kind).map_or(&[][..], |found| &found.items);
            let stays = |item: &&Item| match item_of(item, services) {
                Some(at) => !chosen.contains(&at),
                None => taken.binary_search(item).is_err(),
            };
            let mut stay = all.items.iter().filter(stays).peekable();
            if stay.peek().is_none() {
                continue;
            }
            let found = answer.kinds.get_mut(kind)?;
            let mut items: Vec<Item> = Vec::with_capacity(all.items.len() + found.items.len());
            for item in stay {
                // An address without a Service is that of one node, or of the Services that stay.
                if kind.class == Class::Effect && item.object.is_some() {
                    return None;
                }
                items.push(item.clone());
            }
            items.extend(found.items.iter().cloned());
            items.sort_unstable();
            items.dedup();
            found.items = items.into();
        }
        let number = |of: fn(&Scale) -> u64| {
            (of(&self.answer.scale) + of(&answer.scale)).checked_sub(of(&some.answer.scale))
        };
        answer.scale = Scale {
            service_ports: number(|scale| scale.service_ports)?,
            packets: number(|scale| scale.packets)?,
            undecided: number(|scale| scale.undecided)?,
            left_out: number(|scale| scale.left_out)?,
        };
        Some(answer)
    }
}

/// The Service that a diagnostic is about.
pub(super) fn concerned(found: &Diagnostic, services: &Services) -> Option<usize> {
    let object = found.object.as_ref().filter(|object| object.kind == "Service")?;
    services.find(&object.namespace, &object.name)
}

/// Whether a diagnostic is about the node, or about all Services.
pub(super) fn is_of_all(found: &Diagnostic) -> bool {
    found.object.as_ref().is_none_or(|object| object.kind == "Node")
}

/// Namespace and name of the Service of `namespace/name:port`.
fn service_of(id: &str) -> Option<(&str, &str)> {
    let (namespace, rest) = id.split_once('/')?;
    Some((namespace, rest.split_once(':').map_or(rest, |(name, _)| name)))
}

fn item_of(item: &Item, services: &Services) -> Option<usize> {
    let (namespace, name) = service_of(item.services.first()?)?;
    services.find(namespace, name)
}
