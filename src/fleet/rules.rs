//! The rules of one of many nodes, and which of their objects another node has not.

use std::collections::BTreeMap;

use super::ask::Asked;
use super::check::Kinds;
use super::codes;
use super::record::{Class, Item, Kind, NodeAnswer, Scale};
use super::share::hash;
use crate::allow::{AllowList, Subject};
use crate::diagnostics::Diagnostic;
use crate::diff::{Directory, ObjectChange, Ownership, compare_selected};
use crate::fill::Marks;
use crate::net::Family;
use crate::pipeline::{Compiled, Parsed, Setup};
use crate::platform::{Context, Holdings, Objects, Options, Output, Platform};
use crate::scope::Selector;

/// The rules of many nodes, compiled from one set of objects, which is read once.
#[derive(Clone, Copy)]
pub struct CompileNodes<'f> {
    /// The objects.
    pub parsed: &'f Parsed,
    /// What is known of every node besides.
    pub setup: &'f Setup,
    /// What they are compiled to.
    pub platforms: &'f [&'static dyn Platform],
    /// The families that rules are of.
    pub families: &'f [Family],
    /// The options of platforms.
    pub options: &'f Options,
    /// The Services that have rules.
    pub selector: &'f Selector,
    /// What a team accepts.
    pub allow: &'f AllowList,
}

impl CompileNodes<'_> {
    /// The rules of a node, in no platform's words.
    #[must_use]
    pub fn compile(&self, node: &str) -> Compiled {
        let mut compiled = self.parsed.clone().compile_for(&self.setup.clone().on_node(node));
        self.selector.restrict(&mut compiled.rules);
        compiled.rules.services.retain(|port| self.families.contains(&port.family));
        compiled
    }

    /// Compiles the rules of a node, hands their texts on, and tells what is not as on another node. It has to be the same
    /// one for all: then two nodes are alike if they differ from it in the same things.
    pub fn ask(&self, node: &str, like: &Compiled, write: impl FnOnce(&[Output<'_>], &Marks)) -> Asked {
        let mut compiled = self.compile(node);
        let mut found = std::mem::take(&mut compiled.diagnostics);
        sift(self.allow, &mut found, None);
        let mut kinds = Kinds { node, all: BTreeMap::new() };
        for diagnostic in &found {
            kinds.add_diagnostic(Class::Remark, Vec::new(), diagnostic);
        }
        let held = Holdings::default();
        let [context, of_like] = [&compiled, like]
            .map(|compiled| Context { families: self.families, ..compiled.context(self.options, &held) });
        let mut outputs = Vec::new();
        for platform in self.platforms {
            let mut problems = platform.problems(context);
            outputs.extend(platform.texts(context).into_value(&mut problems));
            sift(self.allow, &mut problems, Some(platform.name()));
            for problem in &problems {
                kinds.add_diagnostic(Class::Remark, vec![platform.name().to_owned()], problem);
            }
            found.extend(problems);
            let mut sides: [Box<dyn Objects>; 2] =
                [platform.objects(of_like).value, platform.objects(context).value];
            let directory = Directory::new(vec![&like.rules, &compiled.rules]);
            let (ownership, all) = (Ownership::default(), Selector::default());
            let comparison =
                compare_selected(&mut sides, &directory, &ownership, &all).expect("both are of one platform");
            for change in comparison.counting() {
                let sides = vec![platform.name().to_owned()];
                let kind = Kind { class: Class::Rules, code: codes::OTHER_RULES, sides };
                kinds.add(kind, Some(other(change)), || {
                    format!("{}: {}", change.subject, change.verb.as_str())
                });
            }
        }
        write(&outputs, &compiled.rules.assumed);
        drop(outputs);
        let scale = Scale { service_ports: compiled.rules.services.len() as u64, ..Scale::default() };
        let answer = NodeAnswer { kinds: kinds.found(), scale, objects: BTreeMap::new() };
        Asked { answer, diagnostics: found }
    }
}

/// An object that is not as on the other node. Its content is a part of it, so that two nodes with different ones are not
/// taken to be alike.
fn other(change: &ObjectChange) -> Item {
    let (subject, verb) = (&change.subject, change.verb.as_str());
    let content = hash(&format!("{:?} {:?}", change.verb, change.fields));
    let object = format!("{subject} ({verb}, {:08x})", content & 0xffff_ffff);
    Item { object: Some(object), services: subject.services.clone(), next: None }
}

/// Takes out what a list accepts of the findings about a target, or about the input.
pub(super) fn sift(allow: &AllowList, found: &mut Vec<Diagnostic>, target: Option<&str>) {
    let targets: Vec<&str> = target.into_iter().collect();
    found.retain(|diagnostic| allow.accepts(&Subject::of(diagnostic, &targets)).is_none());
}
