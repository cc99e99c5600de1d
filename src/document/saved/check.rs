//! What targets differ in, as a saved document tells it.

use std::net::SocketAddr;

use serde::Deserialize;

use super::answer::{SavedClient, SavedTarget};
use crate::diagnostics::Severity;

/// What targets differ in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedCheck {
    /// What is compared.
    pub sides: Vec<String>,
    /// What is wrong with the manifests, and what each target loses of them.
    pub diagnostics: Vec<SavedRemark>,
    /// What is known to go wrong on the node.
    pub lints: Vec<SavedRecord>,
    /// How many service ports were compared.
    pub service_ports: u32,
    /// How many packet classes all sides were asked about.
    pub packets: u32,
    /// What could not be compared.
    pub left_out: SavedLeftOut,
    /// What nobody knows.
    pub undecided: Undecided,
    /// How sure the rules are that answers rest on.
    pub confidence: SavedConfidence,
    /// One for each kind of difference between each two sides.
    pub findings: Vec<SavedFinding>,
    /// The entries of the allow-list.
    pub allowed: Vec<SavedAllowed>,
}

/// A message.
#[derive(Deserialize)]
pub struct SavedRecord {
    /// Its code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// The object that it is about.
    pub object: Option<SavedObject>,
    /// Where that was read.
    pub place: Option<SavedPlace>,
    /// What is allowed there.
    pub allowed: Option<String>,
    /// What follows, or what to do.
    pub help: Option<String>,
}

/// An object of the input.
#[derive(Deserialize)]
pub struct SavedObject {
    /// `Service`, `EndpointSlice`, …
    pub kind: String,
    /// Empty where the kind has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A place in the input.
#[derive(Deserialize)]
pub struct SavedPlace {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// The path of the field.
    pub field: String,
}

/// What is wrong with the input, or what a target loses of it.
#[derive(Deserialize)]
pub struct SavedRemark {
    /// The target that it is about.
    pub target: Option<String>,
    /// Whether the target cannot do what the Service asks for.
    pub loss: bool,
    /// What it is.
    #[serde(flatten)]
    pub record: SavedRecord,
}

/// Services that should have rules and have none.
#[derive(Deserialize)]
pub struct SavedLeftOut {
    /// How many.
    pub services: u32,
    /// Of how many.
    pub of: u32,
    /// How many documents and objects could not be read.
    pub unread: u32,
}

/// Classes of packets of which some side leaves something undecided.
#[derive(Deserialize)]
pub struct Undecided {
    /// How many.
    pub packets: u32,
    /// Why.
    pub reasons: Vec<SavedReason>,
    /// The service ports of which no packet class is decided between two sides.
    pub services: Vec<SavedUndecided>,
}

/// Why something is undecided.
#[derive(Deserialize)]
pub struct SavedReason {
    /// The reason.
    pub reason: String,
    /// Of how many packet classes.
    pub packets: u32,
}

/// Service ports of which no packet class is decided.
#[derive(Deserialize)]
pub struct SavedUndecided {
    /// The two sides.
    pub between: [String; 2],
    /// The service ports.
    pub services: Vec<String>,
}

/// How many packet classes rest on rules of a platform, by the least sure one of each.
#[derive(Deserialize)]
pub struct SavedConfidence {
    /// Sources or documentation state it.
    pub read: u32,
    /// Nodes were seen to do so.
    pub seen: u32,
    /// Nobody checked.
    pub believed: u32,
}

/// A kind of difference between two sides.
#[derive(Deserialize)]
pub struct SavedFinding {
    /// Its code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The kind in a few words.
    pub title: String,
    /// What it means for a user.
    pub meaning: String,
    /// What to do.
    pub advice: String,
    /// The two sides that differ.
    pub between: [String; 2],
    /// The service ports concerned.
    pub services: Vec<SavedServicePort>,
    /// What shows it although no Service wants it.
    pub unclaimed: Vec<String>,
    /// What a target does not support and what causes it.
    #[serde(default)]
    pub causes: Vec<SavedRemark>,
    /// A packet that shows it.
    pub example: SavedExample,
}

/// A service port.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct SavedServicePort {
    /// `namespace/name:port`
    pub service: String,
    /// Where it was read.
    pub manifest: String,
}

/// A packet, and what becomes of it on all sides.
#[derive(Deserialize)]
pub struct SavedExample {
    /// The service port that listens there.
    pub service: Option<String>,
    /// Who sends it.
    pub client: SavedClient,
    /// Where it is sent to.
    pub destination: SocketAddr,
    /// Its protocol.
    pub protocol: String,
    /// What becomes of it on each side.
    pub answers: Vec<SavedTarget>,
}

/// An entry of the allow-list, and how much it accepts.
#[derive(Deserialize)]
pub struct SavedAllowed {
    /// The code that it accepts.
    pub code: String,
    /// Why.
    pub reason: String,
    /// Where the entry was read.
    pub entry: String,
    /// How many findings it accepts.
    pub findings: u32,
}

impl SavedRemark {
    /// `H0615 of hns: shop/front, port …`, of a loss.
    #[must_use]
    pub fn sentence(&self) -> String {
        let SavedRecord { code, message, object, .. } = &self.record;
        let target = self.target.as_ref().map(|target| format!(" of {target}")).unwrap_or_default();
        let object = object.as_ref().map(|of| format!("{}/{}, ", of.namespace, of.name)).unwrap_or_default();
        format!("{code}{target}: {object}{message}")
    }
}
