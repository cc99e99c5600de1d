//! Who gets a connection to an address and port of a node.

pub(super) mod verdict;

use std::net::IpAddr;

use super::model::{Action, Connect, FirewallRule, Listener, Transport};
use super::state::NodeState;
use crate::net::Family;

/// A TCP connection that somebody opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// Who opens it; `None` is the node itself, whose connections do not pass the firewall.
    pub source: Option<IpAddr>,
    /// To which address.
    pub destination: IpAddr,
    /// To which port.
    pub port: u16,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'s> {
    /// A listener takes it and opens another one, from an address of the node.
    Relayed {
        /// The listener.
        listener: &'s Listener,
        /// Where it connects to.
        to: &'s Connect,
    },
    /// The firewall drops it.
    Dropped {
        /// The rule that does; without one, the node blocks what no rule allows.
        rule: Option<&'s FirewallRule>,
    },
    /// It reaches the node, where the port proxy does not listen.
    NobodyListens {
        /// A listener that is set but does not listen: its address came later, or its port is taken.
        silent: Option<&'s Listener>,
    },
    /// The node does not have the address: it goes wherever the routes lead.
    NotHere,
}

impl NodeState {
    /// Who gets a connection.
    #[must_use]
    pub fn answer(&self, connection: Connection) -> Answer<'_> {
        let Connection { source, destination, port } = connection;
        if !self.has(destination) {
            return Answer::NotHere;
        }
        if let Some(source) = source {
            let rules = self.firewall.rules_of(destination, port, Transport::Tcp);
            // A rule that blocks wins.
            let rule = rules.filter(|rule| rule.remote.contains(source)).max_by_key(|rule| rule.action);
            if rule.map_or(self.inbound, |rule| rule.action) == Action::Block {
                return Answer::Dropped { rule };
            }
        }
        // The more exact address wins, as with any socket.
        let mut silent = None;
        for listener in Listener::taking(Family::of(destination), Some(destination), port) {
            match self.listener(&listener) {
                Some((listener, relaying)) if relaying.listens => {
                    return Answer::Relayed { listener, to: &relaying.connect };
                }
                Some((listener, _)) => silent = silent.or(Some(listener)),
                None => {}
            }
        }
        Answer::NobodyListens { silent }
    }
}
