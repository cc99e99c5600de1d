//! What two sets of rules differ in: object by object between two of one platform, frontend by frontend
//! between any two.
//!
//! ```text
//! directory ─► whose an address and port is
//! iptables, hns, netsh ─► objects of both sides paired by what tells them apart, and compared
//! regroup ─► what has moved or has another name
//! model ─► changes and findings, in words that all platforms share
//! frontends ─► what both sides do at each address and port, line by line
//! text ─► a side in normal order, for tools that compare text
//! ```
//!
//! Order counts only where the platform gives it a meaning, ids never do, and what a dump cannot show is
//! undecided.
//!
//! **Invariant:** nothing is drawn here, and no text of a platform is read.

mod sheet;

pub use crate::answer::artifact::Artifact;
pub use crate::answer::change::{
    Change, Comparison, Counts, FieldChange, Finding, ObjectKind, Ownership, Platform, Standing, Subject,
    Verb, Weight,
};
pub use crate::answer::directory::{Directory, Named};
pub use crate::answer::frontend::{Aspect, FrontendAt};
pub use crate::platform::hns::compare::side::HnsSide;
pub use crate::platform::iptables::compare::IptablesSide;
pub use crate::platform::netsh::compare::NetshSide;
pub use sheet::{Ground, Marks, Pairing, Row, Sheet, sheet};

use crate::platform::{hns, iptables, netsh};

/// One of two sides, in the objects of its platform.
#[derive(Debug)]
pub enum Side {
    /// Chains and rules.
    Iptables(IptablesSide),
    /// Load balancers and endpoints.
    Hns(HnsSide),
    /// Addresses, listeners and firewall rules.
    Netsh(NetshSide),
}

impl Side {
    /// Its platform.
    #[must_use]
    pub fn platform(&self) -> Platform {
        match self {
            Self::Iptables(_) => Platform::Iptables,
            Self::Hns(_) => Platform::Hns,
            Self::Netsh(_) => Platform::Netsh,
        }
    }
}

impl Side {
    /// The texts of the side in normal order.
    #[must_use]
    pub fn artifacts(&self) -> Vec<Artifact> {
        match self {
            Self::Iptables(side) => side.artifacts(),
            Self::Hns(side) => side.artifacts(),
            Self::Netsh(side) => side.artifacts(),
        }
    }
}

/// Compares two sides object by object; `None` if they are of two platforms, which have no object in common.
#[must_use]
pub fn compare(
    sides: &mut [Side; 2],
    directory: &Directory<'_>,
    ownership: &Ownership,
) -> Option<Comparison> {
    match sides {
        [Side::Iptables(one), Side::Iptables(other)] => Some(iptables::compare::compare([one, other])),
        [Side::Hns(one), Side::Hns(other)] => Some(hns::compare::compare([one, other], directory, ownership)),
        [Side::Netsh(one), Side::Netsh(other)] => {
            Some(netsh::compare::compare([one, other], directory, ownership))
        }
        _ => None,
    }
}
