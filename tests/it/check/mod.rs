//! What two targets treat differently, and known faults of a node.

pub(crate) mod allow;
pub(crate) mod command;
pub(crate) mod differences;
mod host_facts;
pub(crate) mod lint;
mod preconditions;
mod node_ports;
mod nothing;
mod releases;
pub(crate) mod reports;
mod upgrades;
