//! nftables: one table a family.

mod golden;
