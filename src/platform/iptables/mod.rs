//! iptables, as kube-proxy in iptables mode fills it.
//!
//! [`lower()`] turns the rule IR into the typed [`model`], [`write()`] prints what `iptables-restore`
//! reads, [`read()`] understands that text and what `iptables-save` prints, `normalise` brings both
//! spellings together, [`eval`] follows packets through the rules.

pub mod apply;
pub mod codes;
pub(crate) mod compare;
pub mod eval;
pub(crate) mod frontends;
pub mod jumps;
mod held;
mod lint;
mod lower;
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
mod sync;
mod write;

pub use compare::IptablesSide;
pub use eval::destinations::{Frontend, Frontends};
pub use held::IptablesHeld;
pub use lint::{pods_not_recognized, problems};
pub use lower::{RestoreText, lower, restore_text};
pub use options::Options;
pub use outcome::outcome;
pub use packets::RulesModel;
pub use plan::{ChainChange, Change, ChangeError, JumpChange, Line, TableChange};
pub use read::{ReadProblem, read};
pub use write::{write, write_chain, write_command, write_match, write_rule, write_target};

/// iptables on Linux.
#[derive(Debug, Clone, Copy)]
pub struct Iptables;
