//! What becomes of a packet by rules of iptables and of nftables alike: the kernel runs both at the hooks of netfilter.
//!
//! The rules themselves, their conditions and the order of their tables are the platforms' own.

mod answer;
mod calls;
mod header;
mod hook;
pub(super) mod limits;
mod outcomes;

pub(super) use self::answer::Answer;
pub(super) use self::calls::Calls;
pub(super) use self::header::{Header, Source, input_interface};
pub use self::hook::Hook;
pub(super) use self::hook::Route;
pub(super) use self::outcomes::Outcomes;
