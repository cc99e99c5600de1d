//! All sides next to each other, Service by Service, each in the words of its platform.

use super::super::page::{OfService, beside};
use super::Compared;
use crate::diff::{Directory, Ground, marks, sheet};
use crate::pipeline::Compiled;
use crate::platform::{Holdings, Objects, Options, Side};

/// What stands next to each other.
pub(super) struct Beside {
    pub(super) services: Vec<OfService>,
    pub(super) is_one_language: bool,
}

/// Lays out what all sides do at the frontends of each service port, in all versions.
pub(super) fn lay_out(
    compared: &Compared<'_>,
    versions: &[Compiled],
    targets: &[Side],
    options: &Options,
    held: &Holdings,
) -> Beside {
    let of_version = |compiled: &Compiled| {
        let context = compiled.context(options, held);
        let objects = targets.iter().filter_map(|target| target.objects(context));
        objects.map(|found| found.value).collect::<Vec<_>>()
    };
    let sides: Vec<Box<dyn Objects>> = versions.iter().flat_map(of_version).collect();
    let directory = Directory::new(versions.iter().map(|compiled| &compiled.rules).collect());
    let marks = marks(&compared.comparison);
    let Some((first, others)) = sides.split_first() else {
        return Beside { services: Vec::new(), is_one_language: false };
    };
    let sheets = others.iter().map(|other| {
        let sides = [&**first, &**other];
        sheet(sides, &directory, &marks, Ground::of(sides))
    });
    let sheets = sheets.collect();
    let is_one_language = others.iter().all(|other| other.platform() == first.platform());
    Beside { services: beside(sheets, is_one_language), is_one_language }
}
