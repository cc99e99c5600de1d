//! What one of many nodes holds, against what it should have, object by object.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::ask::Asked;
use super::check::Kinds;
use super::codes;
use super::dumps::Dumps;
use super::record::{Class, Item, Kind, NodeAnswer, ObjectCount, Scale};
use crate::answer::change::codes as change;
use crate::capture::Capture;
use crate::diagnostics::Code;
use crate::diff::{Comparison, Directory, Ownership, Subject, Verb, compare_selected};
use crate::pipeline::{Compiled, Parsed, Setup};
use crate::platform::{Held, Objects, Options, Platform};
use crate::scope::Selector;

/// Dumps of many nodes against one set of objects, which is read once.
#[derive(Clone, Copy)]
pub struct CompareNodes<'f> {
    /// The objects.
    pub parsed: &'f Parsed,
    /// What is known of every node besides.
    pub setup: &'f Setup,
    /// The platform that is compared; without one, those that a node's dump is of.
    pub platform: Option<&'static dyn Platform>,
    /// The options of platforms.
    pub options: &'f Options,
    /// What belongs to kube-proxy.
    pub ownership: &'f Ownership,
    /// The Services that are compared.
    pub selector: &'f Selector,
    /// What the nodes hold.
    pub dumps: &'f Dumps,
    /// What they held, where that is asked: then it stands in the place of what they should hold.
    pub earlier: Option<&'f Dumps>,
}

impl CompareNodes<'_> {
    /// Compares one node.
    #[must_use]
    pub fn ask(&self, node: &str) -> Asked {
        let (capture, host) = match self.dumps.read(node) {
            Ok(read) => read,
            Err(answer) => return Asked { answer, diagnostics: Vec::new() },
        };
        let setup = self.setup.clone().on_node(node).on_host(host);
        let mut compiled = self.parsed.clone().compile_for(&setup);
        if let Some(earlier) = self.earlier {
            return self.ask_since(node, earlier, &capture, &compiled);
        }
        let mut kinds = Kinds { node, all: BTreeMap::new() };
        for problem in &capture.problems {
            kinds.add_diagnostic(Class::Remark, Vec::new(), problem);
        }
        let mut found = std::mem::take(&mut compiled.diagnostics);
        if let Some(not_compared) = compiled.not_compared(self.selector, &mut found) {
            kinds.add_diagnostic(Class::Missing, Vec::new(), &not_compared);
            found.push(not_compared);
        }
        let all = self.asked_of(&capture);
        let mut answer = NodeAnswer::default();
        for held in &all {
            let comparison = self.compare(*held, &compiled, &capture);
            answer.add_objects(&comparison);
            kinds.add_comparison(&comparison);
            if comparison.left_open > 0 {
                let gaps: Vec<&str> = comparison.gaps.iter().map(|gap| &*gap.reason).collect();
                let gaps = gaps.join("; ");
                answer.lacks(codes::NOT_COMPARED, format!("its dump leaves out what decides: {gaps}"));
            }
        }
        answer.kinds.extend(kinds.found());
        answer.scale.service_ports = compiled.rules.services.len() as u64;
        if all.is_empty() {
            let held: Vec<&str> = capture.holdings.iter().map(|held| held.platform().held_name()).collect();
            answer.lacks(codes::UNUSABLE_DUMP, format!("its dump is of {}", held.join(", ")));
        } else if let Err(nothing) = compiled.check_wanted() {
            answer.lacks(codes::NOT_COMPARED, nothing.to_string());
        }
        Asked { answer, diagnostics: found }
    }

    /// What a dump has of the platforms that are compared.
    pub(super) fn asked_of<'c>(&self, capture: &'c Capture) -> Vec<&'c dyn Held> {
        let is_asked = |held: &&dyn Held| self.platform.is_none_or(|platform| held.platform() == platform);
        capture.holdings.iter().filter(is_asked).collect()
    }

    fn compare(&self, held: &dyn Held, compiled: &Compiled, capture: &Capture) -> Comparison {
        let context = compiled.context(self.options, &capture.holdings);
        let wanted = held.platform().objects(context).value;
        let mut sides: [Box<dyn Objects>; 2] = [wanted, held.duplicate().into_objects()];
        let directory = Directory::new(vec![&compiled.rules]);
        compare_selected(&mut sides, &directory, self.ownership, self.selector)
            .expect("both are of one platform")
    }
}

impl NodeAnswer {
    pub(super) fn add_objects(&mut self, comparison: &Comparison) {
        for (kind, counts) in &comparison.counts {
            let [missing, _] = counts.only.map(|count| count as u64);
            let of = self.objects.entry(kind.plural().to_owned()).or_default();
            let ObjectCount { wanted, held, missing: all } = of;
            *wanted += counts.of_side(0) as u64;
            *held += counts.of_side(1) as u64;
            *all += missing;
            let Scale { undecided, .. } = &mut self.scale;
            *undecided += counts.undecided as u64;
        }
    }
}

impl Kinds<'_> {
    /// All that is wrong with a node, and changes that count although nothing more is known of them.
    fn add_comparison(&mut self, comparison: &Comparison) {
        let platform = || vec![comparison.platform.to_owned()];
        for defect in &comparison.findings {
            let item = item(&defect.subject, defect.help.clone());
            let kind = Kind { class: Class::Object, code: defect.code, sides: platform() };
            self.add(kind, Some(item), || format!("{}: {}", defect.subject, defect.message));
        }
        let faults = comparison.findings.iter().filter(|defect| defect.is_fault());
        let told: FxHashSet<&Subject> = faults.map(|defect| &defect.subject).collect();
        for change in comparison.counting().filter(|change| !told.contains(&change.subject)) {
            let kind = Kind { class: Class::Object, code: code_of(&change.verb), sides: platform() };
            self.add(kind, Some(item(&change.subject, None)), || {
                format!("{}: {}", change.subject, change.verb.as_str())
            });
        }
    }
}

/// What a change means where the first side is what should be.
fn code_of(verb: &Verb) -> Code {
    match verb {
        Verb::Deleted => change::MISSING,
        Verb::Created => change::STALE,
        Verb::Changed | Verb::Moved { .. } | Verb::Renamed { .. } | Verb::Replaced => change::CHANGED,
    }
}

pub(super) fn item(subject: &Subject, next: Option<String>) -> Item {
    Item { object: Some(subject.to_string()), services: subject.services.clone(), next }
}
