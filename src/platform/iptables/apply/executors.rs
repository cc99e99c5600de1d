//! Who carries out plans of iptables.

use super::{IptablesNode, Variant};
use crate::flag::{Choice, Flag, Given, Takes};
use crate::platform::executor::{AnyExecutor, EXECUTOR_HEADING, ExecutorKind, OpenError};

/// The executors of iptables.
pub const EXECUTORS: &[ExecutorKind] = &[ExecutorKind {
    name: "iptables",
    argument: "",
    about: "iptables of this Linux",
    flags: &[VARIANT],
    open,
}];

const VARIANT: Flag = Flag::new(
    "iptables-variant",
    Takes::Choice("VARIANT", VARIANTS),
    EXECUTOR_HEADING,
    "Variant of the iptables programs that are run",
)
.or("default")
.for_experts();

const VARIANTS: &[Choice] = &[
    Choice { word: "default", help: "What iptables is on this machine" },
    Choice { word: "nft", help: "iptables-nft and ip6tables-nft" },
    Choice { word: "legacy", help: "iptables-legacy and ip6tables-legacy" },
];

fn open(_: &str, given: &Given) -> Result<Box<dyn AnyExecutor>, OpenError> {
    let variant = match given.choice(&VARIANT)? {
        Some(1) => Variant::Nft,
        Some(2) => Variant::Legacy,
        _ => Variant::Default,
    };
    Ok(Box::new(IptablesNode::new(variant)))
}
