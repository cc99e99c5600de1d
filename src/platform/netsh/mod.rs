//! netsh, the network shell of Windows: what it can do for Services, and what a node's dump says.
//!
//! [`lower()`] turns the rule IR into a [`Plan`] of typed objects and says what is lost; [`write()`]
//! prints the plan or its undoing as a script; [`read()`] understands these scripts, `netsh dump` and
//! what `show` prints; [`compare()`] tells a plan from a dump; [`NodeState`] is a node in memory, on
//! which scripts run and which answers who gets a connection.
//!
//! netsh can forward TCP only, to one endpoint, through a process that replaces the client's address.
//! What that loses is a diagnostic each time, never a silence.

pub mod apply;
pub mod codes;
pub(crate) mod compare;
mod eval;
pub(crate) mod frontends;
mod held;
mod identity;
mod lower;
pub mod model;
mod options;
mod outcome;
mod packets;
mod picture;
mod plan;
mod read;
mod registration;
mod state;
mod write;

pub use compare::NetshSide;
pub use eval::verdict::Evaluator;
pub use eval::{Answer, Connection};
pub use held::NetshHeld;
pub use identity::{Difference, Identity, Kind, compare, identity, is_same, is_shown};
pub use lower::{Lowered, lower};
pub use options::{Empty, FirewallUse, Mode, Options, PROXY_PORTS, Pick, Style, Writing};
pub use outcome::outcome;
pub use packets::PlanModel;
pub use plan::{Plan, Planned, Purpose, RemarkTally, Script};
pub use read::{Captured, Note, Tellings, Unknown, read};
pub use state::{Applied, Failed, NodeState, OnExisting, OnFailure, Unverified};
pub use write::{arguments, argv, write, write_command};

/// netsh on Windows.
#[derive(Debug, Clone, Copy)]
pub struct Netsh;
