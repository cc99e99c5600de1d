//! All sides next to each other, Service by Service, each in the words of its platform.

use super::report::Check;
use crate::answer::directory::Directory;
use crate::graph::RuleGraph;
use crate::pipeline::Compiled;
use crate::platform::Objects;
use crate::sheet::{Ground, Marks, Sheet, sheet};

/// The first side beside each of the others.
pub struct Beside {
    /// One sheet for each side but the first.
    pub sheets: Vec<Sheet>,
    /// Whether all sides are of one platform, so that their words can be compared.
    pub is_one_language: bool,
}

impl Check<'_> {
    /// Puts the first side beside each of the others; `marks` are differences in effect by service port.
    #[must_use]
    pub fn beside(&self, marks: &Marks) -> Beside {
        let of_version = |compiled: &Compiled| {
            let context = compiled.context(self.options, self.held);
            let objects = self.sides.iter().filter_map(|side| side.objects(context));
            objects.map(|found| found.value).collect::<Vec<_>>()
        };
        let sides: Vec<Box<dyn Objects>> = self.versions.iter().flat_map(of_version).collect();
        let directory = Directory::new(self.versions.iter().map(|compiled| &compiled.rules).collect());
        let Some((first, others)) = sides.split_first() else {
            return Beside { sheets: Vec::new(), is_one_language: false };
        };
        let sheets = others.iter().map(|other| {
            let sides = [&**first, &**other];
            sheet(sides, &directory, marks, Ground::of(sides))
        });
        let is_one_language = others.iter().all(|other| other.platform() == first.platform());
        Beside { sheets: sheets.collect(), is_one_language }
    }

    /// The rules of all sides as graphs, in the order of the names.
    #[must_use]
    pub fn graphs(&self) -> Vec<RuleGraph> {
        let of_version = |compiled: &Compiled| {
            let context = compiled.context(self.options, self.held);
            self.sides.iter().map(|side| side.picture(context).unwrap_or_default()).collect::<Vec<_>>()
        };
        self.versions.iter().flat_map(of_version).collect()
    }
}
