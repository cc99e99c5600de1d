//! nftables, as kube-proxy in nftables mode fills it: one table a family.
//!
//! [`lower()`] turns the rule IR into the typed [`model`], [`write()`] prints what `nft -f` reads.

mod lower;
pub mod model;
pub mod names;
mod options;
mod write;

pub use lower::{Claim, lower, lower_with_claims};
pub use options::{Format, Options};
pub use write::{TableText, write};
