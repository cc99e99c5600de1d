//! A whole check: what the sides differ in, what is known to go wrong on the node, and what is wrong with the input.

use std::collections::BTreeSet;

use super::accepted::{Accepted, accept};
use super::{Comparison, Participant, compare_selected};
use crate::allow::AllowList;
use crate::diagnostics::Diagnostic;
use crate::lint::{Situation, lint};
use crate::node::FeatureGates;
use crate::pipeline::Compiled;
use crate::platform::{Holdings, Model, Options, Platform, Side};
use crate::scope::Selector;
use crate::sheet::Marks;
use crate::source::Sources;
use crate::trace::{Clients, Models, Target};

/// What is to be checked.
pub struct Check<'c> {
    /// The rules, in one version of kube-proxy or in two.
    pub versions: &'c [Compiled],
    /// The sides that are compared, each two of them; of two versions one side.
    pub sides: &'c [Side],
    /// The options of all platforms.
    pub options: &'c Options,
    /// What the node holds.
    pub held: &'c Holdings,
    /// What of that could not be read.
    pub problems: &'c [Diagnostic],
    /// The feature gates of the node's kube-proxy.
    pub gates: &'c FeatureGates,
    /// The Services that it is about.
    pub selector: &'c Selector,
    /// What is accepted.
    pub allow: &'c AllowList,
    /// The command that sends a packet through the same sides, to which both its ends are added.
    pub command: Option<&'c str>,
}

/// What was found.
pub struct Report<'r> {
    /// The names of the compared sides.
    pub names: Vec<String>,
    /// What the sides differ in.
    pub comparison: Comparison<'r>,
    /// The sides.
    pub participants: Vec<Participant<'r>>,
    /// What is known to go wrong on the node, in the order of the codes.
    pub lints: Vec<Diagnostic>,
    /// What is wrong with the input, and what targets lose of it.
    pub remarks: Vec<Remark>,
    /// What a person should know about the models, one sentence each; safe to print.
    pub notes: Vec<String>,
    /// What the allow-list accepts.
    pub accepted: Vec<Accepted<'r>>,
    /// The command that sends a packet through the same sides, to which both its ends are added.
    pub command: Option<String>,
    /// The texts, to show places in.
    pub sources: &'r Sources,
}

/// What is wrong with the input, or what a target loses of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The target that it is about; none where it is about the input.
    pub target: Option<Side>,
    /// What it is.
    pub diagnostic: Diagnostic,
}

impl Check<'_> {
    /// Checks, and hands on what was found.
    pub fn run<T>(&self, answer: impl FnOnce(&Report<'_>) -> T) -> T {
        let mut remarks = Remarks::default();
        remarks.add(None, self.versions.iter().flat_map(|compiled| compiled.diagnostics.iter().cloned()));
        remarks.add(None, self.problems.iter().cloned());
        let models: Vec<Models<'_>> =
            self.versions.iter().map(|compiled| self.models(compiled, &mut remarks)).collect();
        let first = &self.versions[0];
        let clients = Clients::of(&first.cluster, &first.rules);
        let asked: Vec<Vec<Target<'_>>> = models.iter().map(Models::targets).collect();
        let participants: Vec<Participant<'_>> = (self.versions.iter().zip(&asked))
            .flat_map(|(compiled, targets)| {
                targets.iter().map(|target| Participant { rules: &compiled.rules, target })
            })
            .collect();
        let mut report = Report {
            names: participants.iter().map(|side| self.name(side)).collect(),
            comparison: compare_selected(&clients, &participants, self.selector),
            participants,
            lints: self.lints(&models),
            remarks: remarks.all,
            notes: models.iter().flat_map(Models::remarks).collect(),
            accepted: Vec::new(),
            command: self.command.map(str::to_owned),
            sources: &first.sources,
        };
        report.lints.retain(|lint| self.is_about(lint));
        report.remarks.retain(|remark| self.is_about(&remark.diagnostic));
        report.accepted = accept(&mut report, self.allow);
        answer(&report)
    }

    fn name(&self, side: &Participant<'_>) -> String {
        match self.versions {
            [_] => side.target.side.name().to_owned(),
            _ => format!("{} {}", side.target.side.name(), side.rules.node.version),
        }
    }

    /// The models of the sides in one version; what making them found is remarked.
    fn models<'m>(&'m self, compiled: &'m Compiled, remarks: &mut Remarks) -> Models<'m> {
        let context = compiled.context(self.options, self.held);
        let mut models = Models::new(context);
        for side in self.sides {
            let mut found = Vec::new();
            if !side.is_held() {
                found.extend(side.platform.problems(context));
            }
            models = models.with(*side, &mut found);
            remarks.add(Some(*side), found);
        }
        models
    }

    /// What is known to go wrong on the node, in any version, as far as a side is asked that it is about.
    fn lints(&self, models: &[Models<'_>]) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = Vec::new();
        for (compiled, models) in self.versions.iter().zip(models) {
            let mut platforms: Vec<(&'static dyn Platform, Option<&dyn Model>)> = Vec::new();
            for side in self.sides {
                if !platforms.iter().any(|(known, _)| *known == side.platform) {
                    platforms.push((side.platform, models.model(Side::wanted(side.platform))));
                }
            }
            let context = compiled.context(self.options, self.held);
            let (cluster, gates) = (&compiled.cluster, self.gates);
            found.extend(lint(&Situation { cluster, gates, context, platforms: &platforms }));
        }
        found.sort();
        found.dedup();
        found
    }

    /// Whether a diagnostic is about a Service that is selected, or about no Service.
    fn is_about(&self, diagnostic: &Diagnostic) -> bool {
        let service = diagnostic.object.as_ref().filter(|object| object.kind == "Service");
        let is_selected = |of: &crate::diagnostics::ObjectRef| {
            self.selector.selects(&format!("{}/{}", of.namespace, of.name))
        };
        self.selector.is_all() || service.is_none_or(is_selected)
    }
}

/// What versions and targets remark, each once.
#[derive(Default)]
struct Remarks {
    known: BTreeSet<Remark>,
    all: Vec<Remark>,
}

impl Remarks {
    fn add(&mut self, target: Option<Side>, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            let remark = Remark { target, diagnostic };
            if self.known.insert(remark.clone()) {
                self.all.push(remark);
            }
        }
    }
}

/// Differences in effect by service port.
#[must_use]
pub fn marks(comparison: &Comparison<'_>) -> Marks {
    let mut marks = Marks::new();
    for finding in &comparison.findings {
        for concerned in &finding.services {
            marks.entry(concerned.id.to_owned()).or_default().insert(finding.code);
        }
    }
    marks
}
