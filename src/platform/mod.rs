//! The platforms. Each has a typed `model`, a `lower` from the rule IR to it, a `write` to text, a `read`
//! of what a live node prints, and an `eval` that tells what becomes of a packet.
//!
//! **Invariant:** a target never uses another target.

mod executor;

pub mod iptables;
pub mod hns;
pub mod netsh;

pub use executor::Executor;
