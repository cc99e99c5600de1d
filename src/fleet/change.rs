//! What a change of the manifests does on one of many nodes: which packets get another verdict.

use std::collections::BTreeMap;

use super::ask::Asked;
use super::check::Kinds;
use super::codes;
use super::record::{Class, NodeAnswer, Scale};
use crate::allow::AllowList;
use crate::check::{Participant, compare_selected};
use crate::manifest::Node;
use crate::name::first_names;
use crate::pipeline::{Compiled, NotModelled, Parsed, Setup};
use crate::platform::{Holdings, Options, Platform, Side, serving};
use crate::scope::Selector;
use crate::trace::{Clients, Models};

/// How many nodes are named.
const NAMED: usize = 10;

/// Old and new manifests, compared in effect on many nodes. Both are read once.
#[derive(Clone, Copy)]
pub struct ChangedNodes<'f> {
    /// What people call the old and the new manifests.
    pub names: &'f [String; 2],
    /// The objects of both.
    pub versions: &'f [Parsed; 2],
    /// What is known of every node besides.
    pub setup: &'f Setup,
    /// What both are compiled to; without one, what kube-proxy on each node uses.
    pub platform: Option<&'static dyn Platform>,
    /// The options of platforms.
    pub options: &'f Options,
    /// The Services that are compared.
    pub selector: &'f Selector,
    /// What a team accepts.
    pub allow: &'f AllowList,
}

impl ChangedNodes<'_> {
    /// The nodes that the new manifests do not have any more, in a sentence; `None` where all are there.
    #[must_use]
    pub fn gone(&self) -> Option<String> {
        let [old, new] = self.versions.each_ref().map(Parsed::cluster);
        let is_gone = |node: &&Node| new.node(node.name.as_str()).is_none();
        let gone: Vec<&str> = old.nodes.iter().filter(is_gone).map(|node| node.name.as_str()).collect();
        let names = first_names(gone.iter().copied(), NAMED);
        (!gone.is_empty()).then(|| format!("not compared: {} has no Node {names} any more", self.names[1]))
    }

    /// Compares the effect on one node.
    #[must_use]
    pub fn ask(&self, node: &str) -> Asked {
        for (parsed, name) in self.versions.iter().zip(self.names) {
            if parsed.cluster().node(node).is_none() {
                let why = format!("{name} has no Node {node}");
                return Asked {
                    answer: NodeAnswer::missing(codes::NOT_COMPARED, why),
                    diagnostics: Vec::new(),
                };
            }
        }
        let setup = self.setup.clone().on_node(node);
        let compiled = self.versions.each_ref().map(|parsed| parsed.clone().compile_for(&setup));
        let runs_windows = compiled[1].rules.node.runs_windows;
        let Some(platform) = self.platform.or_else(|| serving(runs_windows, setup.mode())) else {
            let why = NotModelled::new(setup.mode().unwrap_or_default()).to_string();
            return Asked { answer: NodeAnswer::missing(codes::NOT_COMPARED, why), diagnostics: Vec::new() };
        };
        let mut asked = Asked { answer: self.compare(node, &compiled, platform), diagnostics: Vec::new() };
        asked.diagnostics.extend(compiled.into_iter().flat_map(|compiled| compiled.diagnostics));
        asked
    }

    fn compare(&self, node: &str, compiled: &[Compiled; 2], platform: &'static dyn Platform) -> NodeAnswer {
        let held = Holdings::default();
        let models = compiled.each_ref().map(|compiled| {
            let context = compiled.context(self.options, &held);
            Models::new(context).with(Side::wanted(platform), &mut Vec::new())
        });
        let targets = models.each_ref().map(Models::targets);
        let side = |at: usize| Participant { rules: &compiled[at].rules, target: &targets[at][0] };
        let sides = [side(0), side(1)];
        let clients = Clients::of(&compiled[0].cluster, &compiled[0].rules);
        let mut comparison = compare_selected(&clients, &sides, self.selector);
        comparison.accept(self.allow, &sides);
        let mut kinds = Kinds { node, all: BTreeMap::new() };
        for finding in &comparison.findings {
            kinds.add_finding(finding, self.names);
        }
        for compiled in compiled {
            let not_compared = compiled.not_compared(self.selector, &mut compiled.diagnostics.clone());
            if let Some(not_compared) = not_compared {
                kinds.add_diagnostic(Class::Missing, Vec::new(), &not_compared);
            }
        }
        NodeAnswer {
            kinds: kinds.found(),
            scale: Scale {
                service_ports: comparison.service_ports as u64,
                packets: comparison.packets as u64,
                undecided: comparison.undecided as u64,
                left_out: compiled
                    .iter()
                    .map(|compiled| compiled.left_out(self.selector).services() as u64)
                    .sum(),
            },
            objects: BTreeMap::new(),
        }
    }
}
