//! The release of Windows on a node, by whoever tells it; HNS tells it too.

use crate::node::{BuildBasis, HnsVersion, NodeContext, ToldBuild, WindowsBuild};

/// The releases of Windows Server that have a version of HNS, by its major number.
const RELEASES: [(u32, u32); 4] = [(9, 17_763), (13, 20_348), (15, 26_100), (16, 26_100)];

/// The build of a node, by its own sources or by the version of HNS, where somebody told this one.
pub(super) fn told(node: &NodeContext, version: Option<HnsVersion>) -> Option<ToldBuild> {
    let of_hns = || {
        let (_, build) = RELEASES.iter().find(|(major, _)| version.is_some_and(|of| of.major == *major))?;
        Some(ToldBuild { build: WindowsBuild::release(*build), by: BuildBasis::HnsVersion })
    };
    node.windows.build.or_else(of_hns)
}

/// Whose rules answers follow, and how that is known.
pub(super) fn remark(node: &NodeContext, version: Option<HnsVersion>) -> Option<String> {
    told(node, version).map(|told| format!("the rules of HNS are those of {told}"))
}
