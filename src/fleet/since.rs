//! What one of many nodes has lost since an earlier dump: object by object, with the Services that the manifests name for it.

use super::ask::Asked;
use super::check::Kinds;
use super::codes;
use super::compare::{CompareNodes, item};
use super::dumps::Dumps;
use super::record::{Class, Kind, NodeAnswer};
use crate::capture::{Capture, HostFacts};
use crate::diagnostics::Code;
use crate::diff::{Comparison, Directory, ObjectChange, Verb, compare_selected};
use crate::pipeline::Compiled;
use crate::platform::{Held, Objects};

impl CompareNodes<'_> {
    /// Compares what a node holds with what it held.
    pub(super) fn ask_since(
        &self,
        node: &str,
        earlier: &Dumps,
        capture: &Capture,
        compiled: &Compiled,
    ) -> Asked {
        let before = match earlier.read(node) {
            Ok((before, HostFacts { .. })) => before,
            Err(answer) => return Asked { answer, diagnostics: Vec::new() },
        };
        let mut kinds = Kinds { node, all: std::collections::BTreeMap::new() };
        for problem in before.problems.iter().chain(&capture.problems) {
            kinds.add_diagnostic(Class::Remark, Vec::new(), problem);
        }
        let [then, now] = [&before, capture].map(|of| self.asked_of(of));
        let mut answer = NodeAnswer::default();
        for held in &now {
            let Some(old) = then.iter().find(|old| old.platform() == held.platform()) else { continue };
            let comparison = self.compare_held(*old, *held, compiled);
            answer.add_objects(&comparison);
            kinds.add_losses(&comparison);
            if comparison.left_open > 0 {
                let gaps: Vec<&str> = comparison.gaps.iter().map(|gap| &*gap.reason).collect();
                let gaps = gaps.join("; ");
                answer.lacks(codes::NOT_COMPARED, format!("a dump leaves out what decides: {gaps}"));
            }
        }
        answer.kinds.extend(kinds.found());
        answer.scale.service_ports = compiled.rules.services.len() as u64;
        let [names_then, names_now] = [&then, &now].map(|all| {
            let names: Vec<&str> = all.iter().map(|held| held.platform().held_name()).collect();
            if names.is_empty() { "nothing that is compared".to_owned() } else { names.join(", ") }
        });
        if then.is_empty() || names_then != names_now {
            let why = format!("its earlier dump is of {names_then}, and the later one of {names_now}");
            answer.lacks(codes::UNUSABLE_DUMP, why);
        }
        Asked { answer, diagnostics: compiled.diagnostics.clone() }
    }

    fn compare_held(&self, old: &dyn Held, new: &dyn Held, compiled: &Compiled) -> Comparison {
        let mut sides: [Box<dyn Objects>; 2] =
            [old.duplicate().into_objects(), new.duplicate().into_objects()];
        let directory = Directory::new(vec![&compiled.rules]);
        compare_selected(&mut sides, &directory, self.ownership, self.selector)
            .expect("both are of one platform")
    }
}

impl Kinds<'_> {
    /// What became of each object that is not as it was.
    fn add_losses(&mut self, comparison: &Comparison) {
        for change in comparison.counting() {
            let sides = vec![comparison.platform.to_owned()];
            let kind = Kind { class: Class::Object, code: code_of(change), sides };
            self.add(kind, Some(item(&change.subject, None)), || {
                format!("{}: {}", change.subject, change.verb.as_str())
            });
        }
    }
}

/// What a change means since the earlier dump. What no Service of the manifests wants any more is rightly gone.
fn code_of(change: &ObjectChange) -> Code {
    match change.verb {
        Verb::Deleted if change.subject.services.is_empty() => codes::GONE,
        Verb::Deleted => codes::LOST,
        Verb::Created => codes::NEW,
        Verb::Changed | Verb::Moved { .. } | Verb::Renamed { .. } | Verb::Replaced => codes::ALTERED,
    }
}
