//! The text for `iptables-restore`.

pub(crate) mod counts;
pub(crate) mod flows;
pub(crate) mod golden;
pub(crate) mod invariants;
pub(crate) mod roundtrip;
pub(crate) mod versions;
