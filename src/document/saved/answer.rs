//! What becomes of a packet, as several documents tell it.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use crate::answer::verdict::{Affinity, Delivery, Fate, SourceAddress};
use crate::document::trace::source_named;
use crate::trace::{Conclusion, Summary};

/// Who sends a packet.
#[derive(Deserialize)]
pub struct SavedClient {
    /// pod, remote-pod, node, localhost or external.
    pub kind: String,
    /// Its address.
    pub ip: IpAddr,
}

/// The answer of one target.
#[derive(Deserialize)]
pub struct SavedTarget {
    /// Its name, with a version where two are compared.
    pub target: String,
    #[serde(flatten)]
    summary: SavedSummary,
    /// All that may become of the packet.
    pub outcomes: Vec<SavedOutcome>,
}

/// An answer in short.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SavedSummary {
    conclusion: Conclusion,
    endpoints: BTreeSet<SocketAddr>,
    sources: BTreeSet<Source>,
    affinity: bool,
    #[serde(default)]
    affinity_seconds: Option<u32>,
    undecided: BTreeSet<Box<str>>,
    grounds: Vec<SavedGround>,
}

/// A rule of a platform that an answer rests on.
#[derive(Deserialize)]
pub struct SavedGround {
    /// Its id.
    pub id: String,
    /// read, seen, believed or open.
    pub confidence: String,
}

/// One thing that may become of a packet.
#[derive(Deserialize)]
#[serde(try_from = "OutcomeMembers")]
pub struct SavedOutcome {
    /// How likely it is.
    pub chance: String,
    /// What it is.
    pub fate: Fate,
    /// What led there, in order.
    pub steps: Vec<SavedStep>,
}

/// One thing that took part in a decision.
#[derive(Deserialize)]
pub struct SavedStep {
    /// The table and chain, the load balancer, the port proxy.
    pub within: String,
    /// The number of the rule there.
    pub number: Option<u64>,
    /// The rule.
    pub rule: String,
    /// Where the Service was read.
    pub manifest: Option<String>,
    /// The rule of the platform that it follows.
    pub ground: Option<String>,
    /// The packet after it.
    pub packet: Option<String>,
}

#[derive(Deserialize)]
struct OutcomeMembers {
    chance: String,
    fate: Conclusion,
    endpoint: Option<SocketAddr>,
    source: Option<Source>,
    reason: Option<Box<str>>,
    steps: Vec<SavedStep>,
}

/// Whom an endpoint sees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Source(SourceAddress);

impl TryFrom<String> for Source {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let expected = "expected client, client, direct return, node or an address";
        source_named(&text).map(Self).ok_or_else(|| format!("`{text}` is no source; {expected}"))
    }
}

impl TryFrom<OutcomeMembers> for SavedOutcome {
    type Error = String;

    fn try_from(of: OutcomeMembers) -> Result<Self, String> {
        let lacks = |member: &str| format!("the field `{member}` is missing beside this fate");
        let source = || of.source.map(|source| source.0).ok_or_else(|| lacks("source"));
        let reason = || of.reason.clone().ok_or_else(|| lacks("reason"));
        let fate = match of.fate {
            Conclusion::Delivered => Fate::Endpoint(Delivery {
                endpoint: of.endpoint.ok_or_else(|| lacks("endpoint"))?,
                source: source()?,
                affinity: None,
            }),
            Conclusion::Answered => Fate::Answered(reason()?),
            Conclusion::Unhandled => Fate::Unhandled(source()?),
            Conclusion::Rejected => Fate::Rejected,
            Conclusion::Dropped => Fate::Dropped,
            Conclusion::Undecided => Fate::Undecided(reason()?),
            Conclusion::Mixed => return Err("one outcome is not mixed".to_owned()),
        };
        Ok(Self { chance: of.chance, fate, steps: of.steps })
    }
}

impl SavedSummary {
    /// The answer, as far as sentences about it need it: rules that it rests on are not among it.
    pub(super) fn summary(&self, answered: BTreeSet<Box<str>>) -> Summary {
        let affinity = Affinity { timeout_seconds: self.affinity_seconds };
        Summary {
            conclusion: self.conclusion,
            endpoints: self.endpoints.clone(),
            sources: self.sources.iter().map(|source| source.0).collect(),
            affinity: self.affinity.then_some(affinity),
            undecided: self.undecided.clone(),
            answered,
            grounds: Vec::new(),
        }
    }
}

impl SavedTarget {
    /// What the answer comes to, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let answered = self.outcomes.iter().filter_map(|outcome| match &outcome.fate {
            Fate::Answered(what) => Some(what.clone()),
            _ => None,
        });
        self.summary.summary(answered.collect()).sentence()
    }

    /// The rules of the platform that it rests on.
    #[must_use]
    pub fn grounds(&self) -> &[SavedGround] {
        &self.summary.grounds
    }
}
