//! One folder a platform, and what holds for all of them.

pub(crate) mod every;
pub(crate) mod hosts;
pub(crate) mod hns;
pub(crate) mod iptables;
pub(crate) mod netsh;
mod nftables;
