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

mod directory;
mod frontends;
mod hns;
mod iptables;
mod join;
mod model;
mod netsh;
mod regroup;
mod text;

use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

pub use directory::{Directory, FrontendAt, Named};
pub use frontends::{Aspect, Ground, Marks, Pairing, Row, Sheet, sheet};
pub use hns::side::HnsSide;
pub use iptables::IptablesSide;
pub use model::{
    Change, Comparison, Counts, FieldChange, Finding, ObjectKind, Platform, Standing, Subject, Verb, Weight,
};
pub use netsh::NetshSide;
pub use text::Artifact;

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

/// What on a node is taken for an object of a Service, although no Service of the input wants it.
#[derive(Debug, Clone)]
pub struct Ownership {
    /// The networks that cluster IPs come from.
    pub service_networks: Vec<IpNet>,
    /// The ports that node ports come from.
    pub node_ports: RangeInclusive<u16>,
}

impl Default for Ownership {
    /// No networks, and the range of node ports that the API server has unless it is told otherwise.
    fn default() -> Self {
        Self { service_networks: Vec::new(), node_ports: 30000..=32767 }
    }
}

impl Ownership {
    fn is_of_services(&self, ip: IpAddr) -> bool {
        self.service_networks.iter().any(|net| net.contains(&ip))
    }

    fn is_node_port(&self, port: u16) -> bool {
        self.node_ports.contains(&port)
    }
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

/// Compares two sides object by object; `None` if they are of two platforms, which have no object in common.
#[must_use]
pub fn compare(
    sides: &mut [Side; 2],
    directory: &Directory<'_>,
    ownership: &Ownership,
) -> Option<Comparison> {
    match sides {
        [Side::Iptables(one), Side::Iptables(other)] => Some(iptables::compare([one, other])),
        [Side::Hns(one), Side::Hns(other)] => Some(hns::compare([one, other], directory, ownership)),
        [Side::Netsh(one), Side::Netsh(other)] => Some(netsh::compare([one, other], directory, ownership)),
        _ => None,
    }
}
