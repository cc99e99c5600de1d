//! All kinds of clients × all frontends: who reaches what.

use std::net::SocketAddr;

use super::client::{Clients, loopback};
use super::path::Summary;
use super::{ClientKind, Target};
use crate::answer::verdict::Packet;
use crate::ir::{Frontend, FrontendKind, RuleSet, ServicePort};
use crate::net::Protocol;

/// The answers to every kind of client at every frontend.
#[derive(Debug)]
pub struct Matrix<'r> {
    /// One row for each frontend, in the order of the rules.
    pub rows: Vec<Row<'r>>,
}

/// A frontend.
#[derive(Debug)]
pub struct Row<'r> {
    /// The service port.
    pub port: &'r ServicePort,
    /// What kind of address.
    pub kind: FrontendKind,
    /// Where clients connect to; at a node port, the node's own address.
    pub to: SocketAddr,
    /// Its protocol.
    pub protocol: Protocol,
    /// One for each kind of client, in the order of [`ClientKind::ALL`]. `None` where there is no such
    /// client, or where it is not asked: localhost connects to node ports only.
    pub cells: Vec<Option<Cell>>,
}

/// What becomes of the packets of one kind of client.
#[derive(Debug)]
pub struct Cell {
    /// The packet.
    pub packet: Packet,
    /// The answer of each target, in their order.
    pub answers: Vec<Summary>,
}

impl<'r> Matrix<'r> {
    /// Asks targets about all clients at the frontends of `ports`.
    #[must_use]
    pub fn of(
        ports: impl IntoIterator<Item = &'r ServicePort>,
        clients: &Clients,
        targets: &[Target<'_>],
    ) -> Self {
        let rows = ports.into_iter().flat_map(|port| {
            port.frontends.iter().filter_map(move |frontend| row(port, frontend, clients, targets))
        });
        Self { rows: rows.collect() }
    }

    /// Asks about all service ports of a node.
    #[must_use]
    pub fn of_all(rules: &'r RuleSet, clients: &Clients, targets: &[Target<'_>]) -> Self {
        Self::of(&rules.services, clients, targets)
    }
}

/// The row of a frontend; `None` for a node port of a node without an address of the family.
fn row<'r>(
    port: &'r ServicePort,
    frontend: &Frontend,
    clients: &Clients,
    targets: &[Target<'_>],
) -> Option<Row<'r>> {
    let ip = frontend.address.or_else(|| clients.node(port.family))?;
    let to = SocketAddr::new(ip, frontend.port);
    let cell = |kind: ClientKind| {
        let to = match (kind, frontend.address) {
            (ClientKind::Localhost, None) => SocketAddr::new(loopback(port.family), frontend.port),
            (ClientKind::Localhost, Some(_)) => return None,
            _ => to,
        };
        let packet = clients.any(kind, port.family)?.packet(port.protocol, to);
        let answers = targets.iter().map(|target| Summary::of(&target.verdict(&packet))).collect();
        Some(Cell { packet, answers })
    };
    let cells = ClientKind::ALL.into_iter().map(cell).collect();
    Some(Row { port, kind: frontend.kind, to, protocol: port.protocol, cells })
}
