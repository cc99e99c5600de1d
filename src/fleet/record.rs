//! What was found on many nodes: the values that are grouped, joined, written and read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::share::Shares;
use crate::diagnostics::{Code, Severity};

/// Answers about nodes, and what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    /// What was asked.
    pub head: Head,
    /// The nodes that were asked, by name.
    pub nodes: BTreeMap<String, NodeAnswer>,
}

/// What was asked, of which nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What was asked.
    pub question: Question,
    /// The names of the sides that are compared; none where each dump decides.
    pub sides: Vec<String>,
    /// What tells the input from others: objects, configuration, flags.
    pub input: String,
    /// The version of the program.
    pub version: String,
    /// All nodes that were selected, also those of other shares, sorted.
    pub names: Vec<String>,
    /// The shares of them that were asked.
    pub shares: Shares,
    /// Dumps that are named after no node; safe to print.
    pub strays: BTreeSet<String>,
    /// Whether addresses, ports or pods are assumed, since the input leaves them out.
    pub assumed: bool,
}

/// A question about each node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Question {
    /// Which packets its sides treat differently.
    Check,
    /// What differs between what it should have and what its dump holds.
    Diff,
    /// What differs between an earlier dump and a later one.
    Since,
    /// Which packets are treated differently since its manifests changed.
    Change,
    /// Which of its rules are not those of another node.
    Compile,
    /// What would change on it.
    Plan,
}

/// What was found on a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeAnswer {
    /// Findings by kind.
    pub kinds: BTreeMap<Kind, Found>,
    /// How much was compared.
    pub scale: Scale,
    /// How many objects it should have and has, by their words: `load balancers`.
    pub objects: BTreeMap<String, ObjectCount>,
}

/// What makes findings of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// What they are about.
    pub class: Class,
    /// Their code.
    pub code: Code,
    /// The sides that they are about: two that differ, one that loses something, none for the input or the node.
    pub sides: Vec<String>,
}

impl Kind {
    /// Whether it says that there is no answer about a node, or not a whole one, so that the node cannot count as in order.
    #[must_use]
    pub fn leaves_open(&self) -> bool {
        self.class == Class::Missing && self.code.severity() == Severity::Error
    }
}

/// What findings are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Class {
    /// The answer is not there, or is not whole.
    Missing,
    /// Objects of the node, against what it should have.
    Object,
    /// Objects that it should have, against those that another node should have.
    Rules,
    /// Objects that would be made, changed or deleted.
    Plan,
    /// What becomes of packets.
    Effect,
    /// Known faults of nodes that are set up like this one.
    Lint,
    /// The input, and what a target does not support of it.
    Remark,
}

/// Findings of one kind on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it was found about, sorted, each once; shared by nodes that have the same.
    pub items: Arc<[Item]>,
    /// One of them in a sentence; safe to print.
    pub shown: String,
}

/// What a finding is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The object, in the words of the platform or with its kind; absent where it is the Service itself, or the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The service ports, as `namespace/name:port`, or the Service, as `namespace/name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// What to do about this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How much was compared on a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scale {
    /// Service ports; one of both families counts twice.
    pub service_ports: u64,
    /// Packet classes.
    pub packets: u64,
    /// Packet classes, or objects, about which nobody can tell.
    pub undecided: u64,
    /// Services that should have rules and have none, as the input does not tell enough of them.
    pub left_out: u64,
}

/// How many objects of a kind there are on a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectCount {
    /// That it should have.
    pub wanted: u64,
    /// That it has; foreign ones are not counted.
    pub held: u64,
    /// That it should have and has not.
    pub missing: u64,
}

impl Item {
    /// A Service, or one of its ports.
    #[must_use]
    pub fn service(id: impl Into<String>) -> Self {
        Self { object: None, services: vec![id.into()], next: None }
    }

    /// Whether it is about the same as another one; what to do may differ by ids of the node.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.object == other.object && self.services == other.services
    }
}

impl NodeAnswer {
    /// An answer that says why there is none.
    #[must_use]
    pub fn missing(code: Code, why: impl Into<String>) -> Self {
        let mut answer = Self::default();
        answer.lacks(code, why);
        answer
    }

    /// Says what of the answer is missing.
    pub fn lacks(&mut self, code: Code, why: impl Into<String>) {
        let kind = Kind { class: Class::Missing, code, sides: Vec::new() };
        self.kinds.insert(kind, Found { items: Arc::new([]), shown: why.into() });
    }
}

impl Fleet {
    /// The codes of all that was found, and may be repeated. That a share is missing is none of them: who asks for one share
    /// knows that.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        let strays = (!self.head.strays.is_empty()).then_some(super::codes::STRAY_DUMP);
        let found = self.nodes.values().flat_map(|answer| answer.kinds.keys().map(|kind| kind.code));
        found.chain(strays)
    }

    /// Whether a node is not as it should be, or that is not known.
    #[must_use]
    pub fn differs(&self) -> bool {
        let is_different = |answer: &NodeAnswer| answer.kinds.keys().any(|kind| self.is_difference(kind));
        !self.is_whole() || self.nodes.values().any(is_different)
    }

    /// Whether every selected node was asked.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.head.shares.is_whole()
    }

    /// The selected nodes of which there is no answer.
    pub fn unasked(&self) -> impl Iterator<Item = &str> {
        self.head.names.iter().map(String::as_str).filter(|name| !self.nodes.contains_key(*name))
    }
}
