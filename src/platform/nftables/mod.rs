//! nftables, as kube-proxy in nftables mode fills it: one table a family.
//!
//! [`lower()`] turns the rule IR into the typed [`model`], [`write()`] prints what `nft --file` reads, [`read()`]
//! understands that text and what `nft list` prints, `normalise` brings both spellings together, [`eval`] follows packets
//! through the rules.

pub mod apply;
pub mod codes;
pub(crate) mod compare;
pub mod eval;
pub(crate) mod frontends;
mod held;
mod lint;
mod lower;
mod migration;
pub mod model;
pub mod names;
mod normalise;
mod options;
mod outcome;
mod packets;
mod picture;
mod plan;
mod read;
mod registration;
mod release;
mod sync;
mod write;

pub use compare::NftablesSide;
pub use held::NftablesHeld;
pub use lint::problems;
pub use lower::{Claim, lower, lower_with_claims};
pub use options::{Format, Options};
pub use outcome::outcome;
pub use packets::TablesModel;
pub use plan::{TableChange, Tables};
pub use read::{ReadProblem, Reading, read};
pub use write::{TableText, write, write_transaction};

/// nftables on Linux.
#[derive(Debug, Clone, Copy)]
pub struct Nftables;

/// How listings and commands name kube-proxy's tables.
const TABLES: [&str; 2] = ["table ip kube-proxy", "table ip6 kube-proxy"];
