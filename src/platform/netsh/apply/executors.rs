//! Who carries out plans of netsh.

use super::{Netsh, NetshNode};
use crate::platform::executor::ExecutorKind;

/// The executors of netsh.
pub const EXECUTORS: &[ExecutorKind] = &[ExecutorKind {
    name: "netsh",
    argument: "",
    about: "netsh of this Windows",
    flags: &[],
    open: |_, _| Ok(Box::new(NetshNode::new(Netsh::of_system()?))),
}];
