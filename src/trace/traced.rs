//! A packet, and what becomes of it on each side.

use super::ends::{self, Destination, EndsError};
use super::{Client, Clients, Target};
use crate::answer::verdict::{Packet, Verdict};
use crate::ir::RuleSet;
use crate::manifest::Cluster;
use crate::net::Family;
use crate::platform::Side;

/// A packet with the answers of all sides.
#[derive(Debug)]
pub struct Traced<'r> {
    /// Who sends it.
    pub client: Client,
    /// Where it goes.
    pub destination: Destination<'r>,
    /// The packet.
    pub packet: Packet,
    /// What each side answers, in their order.
    pub answers: Vec<Answer>,
}

/// What one side answers.
#[derive(Debug)]
pub struct Answer {
    /// The side.
    pub side: Side,
    /// What becomes of the packet.
    pub verdict: Verdict,
}

impl<'r> Traced<'r> {
    /// Sends the packet that two texts describe, as people write its ends, through all sides.
    ///
    /// # Errors
    /// When a text names nothing, or both ends are of different families.
    pub fn of(
        [source, destination]: [&str; 2],
        family: Option<Family>,
        cluster: &Cluster,
        rules: &'r RuleSet,
        targets: &[Target<'_>],
    ) -> Result<Self, EndsError> {
        let clients = Clients::of(cluster, rules);
        let destination = ends::destination(destination, family, &clients, cluster, rules)?;
        let family = Family::of(destination.to.ip());
        let client = ends::client(source, family, &clients, cluster, rules)?;
        if Family::of(client.ip) != family {
            let message = format!(
                "{} cannot send to {}: they are of two families; name a sender of {family}",
                client.ip, destination.to
            );
            return Err(EndsError::new(message));
        }
        ends::check_source(&client)?;
        let packet = client.packet(destination.protocol, destination.to);
        let answer = |target: &Target<'_>| Answer { side: target.side, verdict: target.verdict(&packet) };
        let answers = targets.iter().map(answer).collect();
        Ok(Self { client, destination, packet, answers })
    }
}
