//! The platforms: each one way to program a node, all of it in one folder.
//!
//! ```text
//! model ─► the platform's objects, typed
//! lower ─► rule IR to model        write ─► model to text        read ─► text of a node to model
//! eval ─► packet to verdict        compare, frontends, picture ─► what two sides, a page, a graph need
//! lint ─► known faults             apply ─► steps and executors  codes, options ─► what it adds to the tables
//! ```
//!
//! A platform implements [`Platform`] and adds one line to [`ALL`]. What asks about rules, to the right of this
//! module, holds platforms as trait objects: dispatch is per question, not per rule.
//!
//! **Invariant:** a platform never uses another platform.

mod executor;

pub mod iptables;
pub mod hns;
pub mod netsh;

pub use executor::Executor;

/// One way to program a node with the rules of Services.
pub trait Platform: Sync {
    /// The word for it: in `-t`, in plans, in JSON.
    fn name(&self) -> &'static str;
}

/// All platforms, in the order in which they are listed.
pub static ALL: &[&dyn Platform] = &[&iptables::Iptables, &hns::Hns, &netsh::Netsh];

/// The platform with a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Platform> {
    ALL.iter().copied().find(|platform| platform.name() == name)
}
