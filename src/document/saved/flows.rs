//! What packets two sides treat differently, as a saved document tells it.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use crate::diagnostics::Severity;

/// What packets two sides treat differently.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedFlows {
    /// What both sides were asked for by.
    pub sides: [String; 2],
    /// How many packet classes both were asked about.
    pub classes_of_packets: u32,
    /// How many of them nobody can tell about.
    pub undecided: u32,
    /// The service ports of which no packet class is decided.
    pub undecided_services: Vec<String>,
    /// One for each kind of difference.
    pub differences: Vec<SavedFlow>,
}

/// A kind of difference in effect.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedFlow {
    /// Its code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in words.
    pub title: String,
    /// How many packet classes it is about.
    pub classes_of_packets: u32,
    /// The service ports.
    pub services: Vec<String>,
    /// One packet, and what becomes of it.
    pub example: SavedPacket,
}

/// A packet that opens a connection.
#[derive(Deserialize)]
pub struct SavedPacket {
    /// Who sends it.
    pub client: String,
    /// The address that it is sent from.
    pub source: IpAddr,
    /// Where it is sent to.
    pub destination: SocketAddr,
    /// Its protocol.
    pub protocol: String,
    /// What becomes of it on each side.
    pub sides: Vec<SavedAnswer>,
}

/// What becomes of a packet on one side.
#[derive(Deserialize)]
pub struct SavedAnswer {
    /// What the side was asked for by.
    pub side: String,
    /// What becomes of it.
    pub verdict: String,
    /// The first way that it may take.
    pub steps: Vec<SavedWayStep>,
}

/// A step on the way of a packet.
#[derive(Deserialize)]
pub struct SavedWayStep {
    /// The chain or object.
    pub within: String,
    /// The rule.
    pub rule: String,
}
