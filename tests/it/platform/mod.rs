//! One folder a platform.

pub(crate) mod hns;
pub(crate) mod iptables;
pub(crate) mod netsh;
