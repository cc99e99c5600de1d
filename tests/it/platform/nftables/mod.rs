//! nftables: one table a family.

mod golden;
mod invariants;
mod listings;
mod mutations;
mod settings;
