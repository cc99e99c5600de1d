//! What is known of the moment before: where only some Services changed, only these are read and compiled again.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::events::{Objects, events};
use super::step::Step;
use crate::ir::{RuleSet, Spare};
use crate::manifest::Cluster;
use crate::platform::timeline::{Event, ServiceName, texts};

/// A moment as it was read.
pub(super) struct Read {
    pub(super) rules: RuleSet,
    pub(super) cluster: Arc<Cluster>,
    pub(super) objects: Objects,
}

/// The rules of a moment.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) rules: RuleSet,
    /// The objects, or those of the Services that changed.
    pub(super) cluster: Arc<Cluster>,
    /// The Services that changed; all where nothing is told.
    pub(super) touched: Option<BTreeSet<ServiceName>>,
    pub(super) events: Vec<Event>,
    objects: Objects,
    spare: Spare,
}

impl Standing {
    /// A moment that was read as a whole, after another one.
    pub(super) fn whole(before: Option<Self>, read: Read, step: &Step) -> Self {
        let before = before.filter(|_| !step.restarts).map(|before| before.objects).unwrap_or_default();
        let Read { rules, cluster, objects } = read;
        let slices_as_read = rules.node.behavior.canonical_endpoints;
        let events = events(&before, &objects, &step.added_again, slices_as_read);
        Self { rules, cluster, touched: None, events, objects, spare: Spare::default() }
    }

    /// A moment of which only some Services were read.
    pub(super) fn part(mut self, read: Read, touched: BTreeSet<ServiceName>, step: &Step) -> Self {
        let before = self.objects.take(&touched);
        let slices_as_read = self.rules.node.behavior.canonical_endpoints;
        self.events = events(&before, &read.objects, &step.added_again, slices_as_read);
        self.objects.extend(read.objects);
        self.rules.put(texts(&touched), read.rules, &mut self.spare);
        Self { cluster: read.cluster, touched: Some(touched), ..self }
    }
}
