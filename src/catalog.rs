//! Every code of the program, from the tables of the modules that raise them.

use std::sync::LazyLock;

use crate::diagnostics::Code;
use crate::name::nearest;
use crate::{allow, answer, apply, check, compile, fill, fleet, lint, manifest, node, platform};

/// The codes of one module.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The module that raises them, or the platform.
    pub module: &'static str,
    /// What they are about.
    pub about: &'static str,
    /// By number.
    pub codes: &'static [Code],
}

/// The tables of all modules, in the order of the data flow.
#[must_use]
pub fn tables() -> Vec<Table> {
    let left = [
        ("manifest", "what is wrong with manifests", manifest::codes::ALL),
        (
            "fill",
            "what a cluster would refuse or ignore when it fills in what manifests leave out",
            fill::codes::ALL,
        ),
        ("node", "what is wrong with what is known about the node", node::codes::ALL),
        ("compile", "what kube-proxy leaves out on every platform", compile::codes::ALL),
        (
            "change",
            "what is wrong with the rules of a node, on several platforms",
            answer::change::codes::ALL,
        ),
        ("picture", "what is wrong with rules as a graph, on several platforms", answer::picture::codes::ALL),
        ("step", "what keeps a node from being changed, on several platforms", answer::step::codes::ALL),
    ];
    let platforms = platform::all().iter().map(|platform| {
        (platform.name(), "what is lost, wrong or risky on this platform alone", platform.codes())
    });
    let right = [
        ("check", "what differs in effect between two targets or versions", check::codes::ALL),
        ("lint", "known faults of nodes that are set up like this one", lint::codes::ALL),
        ("allow", "what is wrong with a list of accepted findings", allow::codes::ALL),
        ("fleet", "what is missing of an answer about many nodes", fleet::codes::ALL),
        ("apply", "why a change of a node did not begin or ended early", apply::codes::ALL),
    ];
    let all = left.into_iter().chain(platforms).chain(right);
    all.map(|(module, about, codes)| Table { module, about, codes }).collect()
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
