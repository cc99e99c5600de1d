//! Saved plans: steps, with what they were made from.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Fingerprint, Step, Tally};

/// The version of the document.
const API_VERSION: &str = "hnsplan/v1alpha1";

/// The kind of the document.
const KIND: &str = "ApplyPlan";

/// What to do on a node, and what that was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan<S> {
    api_version: String,
    kind: String,
    /// `hns`, `iptables` or `netsh`.
    pub target: String,
    /// The node, if it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The manifests.
    pub inputs: Vec<InputFile>,
    /// What the node held; `None` where nobody looked.
    pub state: Option<Fingerprint>,
    /// How much of what is wanted cannot be had.
    pub losses: usize,
    /// How much of the manifests was left out, as it is wrong.
    pub errors: usize,
    /// What to do, in this order.
    pub steps: Vec<S>,
}

/// A file that a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its name, as it was given.
    pub name: String,
    /// Its text.
    pub sha256: Fingerprint,
}

/// Why a text is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The parser gave up.
    #[error("this is no saved plan: {0}")]
    Parse(#[from] serde_json::Error),
    /// Another document.
    #[error(
        "this is no saved plan of this version of hnsplan, which has kind: {KIND} and apiVersion: {API_VERSION}"
    )]
    Other,
    /// A plan for another platform.
    #[error("this is a plan for {found}, and the executor carries out plans for {wanted}")]
    OtherTarget {
        /// What it is for.
        found: String,
        /// What it should be for.
        wanted: &'static str,
    },
    /// Somebody has changed it.
    #[error("this plan is not as it was written")]
    Changed,
}

/// The document: the plan, and its own fingerprint.
#[derive(Serialize, Deserialize)]
struct Document<P> {
    #[serde(flatten)]
    plan: P,
    fingerprint: Fingerprint,
}

impl<S: Step> Plan<S> {
    /// A plan that nothing is known of but its steps.
    #[must_use]
    pub fn new(target: &str, steps: Vec<S>) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            target: target.to_owned(),
            node: None,
            inputs: Vec::new(),
            state: None,
            losses: 0,
            errors: 0,
            steps,
        }
    }

    /// How much it changes.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::of(&self.steps)
    }

    /// The document of the plan.
    #[must_use]
    pub fn to_text(&self) -> String {
        let document = Document { plan: self, fingerprint: self.fingerprint() };
        serde_json::to_string_pretty(&document).expect("a plan is JSON") + "\n"
    }

    /// Reads a document for a target.
    ///
    /// # Errors
    /// When it is no plan, one for another target, or not as it was written.
    pub fn from_text(text: &str, target: &'static str) -> Result<Self, PlanError> {
        let head: Head = serde_json::from_str(text)?;
        if head.kind != KIND || head.api_version != API_VERSION {
            return Err(PlanError::Other);
        }
        if head.target != target {
            return Err(PlanError::OtherTarget {
                found: crate::name::printable(&head.target),
                wanted: target,
            });
        }
        let Document { plan, fingerprint } = document::<S>(text)?;
        if plan.fingerprint() != fingerprint {
            return Err(PlanError::Changed);
        }
        Ok(plan)
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_text(&serde_json::to_string(self).expect("a plan is JSON"))
    }
}

fn document<S: DeserializeOwned>(text: &str) -> Result<Document<Plan<S>>, PlanError> {
    Ok(serde_json::from_str(text)?)
}

/// What a document says of itself.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Head {
    api_version: String,
    kind: String,
    target: String,
}
