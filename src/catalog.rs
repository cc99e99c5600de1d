//! Every code of the program, from the tables of the modules that raise them.

use std::sync::LazyLock;

use crate::diagnostics::Code;
use crate::name::nearest;
use crate::{allow, answer, apply, check, compile, lint, manifest, node, platform};

/// The codes of one module.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The module that raises them, or the platform.
    pub module: &'static str,
    /// By number.
    pub codes: &'static [Code],
}

/// The tables of all modules, in the order of the data flow.
#[must_use]
pub fn tables() -> Vec<Table> {
    let left = [
        ("manifest", manifest::codes::ALL),
        ("node", node::codes::ALL),
        ("compile", compile::codes::ALL),
        ("change", answer::change::codes::ALL),
        ("picture", answer::picture::codes::ALL),
        ("step", answer::step::codes::ALL),
    ];
    let platforms = platform::ALL.iter().map(|platform| (platform.name(), platform.codes()));
    let right = [
        ("check", check::codes::ALL),
        ("lint", lint::codes::ALL),
        ("allow", allow::codes::ALL),
        ("apply", apply::codes::ALL),
    ];
    let all = left.into_iter().chain(platforms).chain(right);
    all.map(|(module, codes)| Table { module, codes }).collect()
}

/// All codes, by number.
#[must_use]
pub fn all() -> &'static [Code] {
    static ALL: LazyLock<Vec<Code>> = LazyLock::new(|| {
        let mut all: Vec<Code> = tables().iter().flat_map(|table| table.codes).copied().collect();
        all.sort_unstable();
        all
    });
    &ALL
}

/// The code with an identifier, in any case.
#[must_use]
pub fn find(id: &str) -> Option<Code> {
    all().iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
}

/// The identifiers that a mistyped one may stand for.
#[must_use]
pub fn nearest_ids(id: &str) -> Vec<&'static str> {
    nearest(id, all().iter().map(|code| code.id()))
}
