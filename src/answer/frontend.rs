//! What a platform does where clients connect to, line by line.
//!
//! A frontend is what platforms have in common: an address and port that clients connect to. What a side does
//! there is a [`Face`]: lines that each have one [`Aspect`], so that the lines of two sides can stand next to
//! each other whatever words the platforms use.

use std::collections::BTreeMap;
use std::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::diagnostics::{Code, Topic};
use crate::ir::{Frontend, FrontendKind, ServicePort};
use crate::net::{Family, Protocol};

/// An address and port that clients connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrontendAt {
    /// The address; none is any of the node's.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Its protocol.
    pub protocol: Protocol,
    /// The family, which no address tells for a node port.
    pub family: Family,
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Aspect {
    /// The object that connections come to: a chain, a load balancer, a listener.
    Entry,
    /// Who may connect.
    Clients,
    /// An endpoint, by its address and port, of those that everybody or clients from outside may reach.
    Endpoint(String),
    /// An endpoint that clients on the node or in the cluster may reach, where these are others.
    EndpointInside(String),
    /// Whom endpoints see.
    Source,
    /// Whether a client keeps its endpoint.
    Affinity,
    /// That nobody gets the connection.
    Refusal,
    /// Settings that have no counterpart elsewhere.
    Settings,
}

impl Aspect {
    /// Whether a difference in effect is about it.
    #[must_use]
    pub fn is_about(&self, code: Code) -> bool {
        let aspect = match code.topic() {
            Topic::Clients => Self::Clients,
            Topic::Affinity => Self::Affinity,
            Topic::Refusal => Self::Refusal,
            Topic::Source => Self::Source,
            Topic::Frontend | Topic::NodePorts | Topic::LoadBalancerAddresses | Topic::ExternalAddresses => {
                Self::Entry
            }
        };
        *self == aspect
    }
}

/// What one side does at a frontend.
#[derive(Debug, Default)]
pub struct Face {
    /// The lines, by what they are about.
    pub lines: BTreeMap<Aspect, String>,
    /// The kind of the address, where the rules tell it.
    pub kind: Option<FrontendKind>,
    /// The service port as the rules name it: `namespace/name:port`.
    pub service: Option<String>,
}

impl Face {
    /// Says something, once: of two rules for the same the first one counts.
    pub fn say(&mut self, aspect: Aspect, text: impl Into<String>) {
        self.lines.entry(aspect).or_insert_with(|| text.into());
    }
}

/// All that one side does.
pub type Faces = FxHashMap<FrontendAt, Face>;

impl FrontendAt {
    /// Where clients reach a frontend of a service port.
    #[must_use]
    pub fn of(port: &ServicePort, frontend: &Frontend) -> Self {
        Self {
            address: frontend.address.filter(|_| frontend.kind != FrontendKind::NodePort),
            port: frontend.port,
            protocol: port.protocol,
            family: port.family,
        }
    }
}
