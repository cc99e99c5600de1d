//! Who carries out plans of nftables.

use super::NftNode;
use crate::flag::Given;
use crate::platform::executor::{AnyExecutor, ExecutorKind, OpenError};

/// The executors of nftables.
pub const EXECUTORS: &[ExecutorKind] =
    &[ExecutorKind { name: "nft", argument: "", about: "nft of this Linux", flags: &[], open }];

#[expect(clippy::unnecessary_wraps, reason = "executors of other platforms may not open")]
fn open(_: &str, _: &Given) -> Result<Box<dyn AnyExecutor>, OpenError> {
    Ok(Box::new(NftNode))
}
