//! Saved plans: the document, and its text.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{InputFile, NodePlan, PlannedLoss};
use crate::answer::step::Fingerprint;
use crate::diagnostics::in_plain_words;
use crate::name::printable;
use crate::platform::{self, Platform};

/// The version of the document.
const API_VERSION: &str = "hnsplan/v1alpha1";

/// The kind of the document.
pub const PLAN_KIND: &str = "ApplyPlan";

/// A plan as `hnsplan plan` saves it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "ApplyPlan")]
pub struct SavedPlan<S> {
    /// `hnsplan/v1alpha1`
    api_version: String,
    /// `ApplyPlan`
    kind: String,
    /// The platform: `iptables`, `hns` or another one.
    target: String,
    /// The node; absent if it has no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    /// The manifests that the plan was made from.
    inputs: Vec<InputFile>,
    /// SHA-256 of what the node held; `null` where that was not known.
    state: Option<Fingerprint>,
    /// Whether it deletes what the manifests want.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    destroy: bool,
    /// How much of what is wanted the platform cannot do.
    losses: usize,
    /// What of it, each with its Service and where that is in the manifests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lost: Vec<PlannedLoss>,
    /// How much of the manifests was left out, as it is wrong.
    errors: usize,
    /// Where the service ports of the steps are in the manifests: `file:line`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    places: BTreeMap<String, String>,
    /// What to do, in this order. Each platform has steps of its own.
    steps: Vec<S>,
    /// SHA-256 of the plan without this member, as JSON on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<Fingerprint>,
}

/// Why a text is not a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The parser gave up.
    #[error("not a saved plan: {} (line {}, column {})", printable(&in_plain_words(&.0.to_string())), .0.line(), .0.column())]
    Parse(#[from] serde_json::Error),
    /// Another document.
    #[error(
        "not a saved plan of this version of hnsplan; expected kind: {PLAN_KIND} and apiVersion: {API_VERSION}"
    )]
    OtherDocument,
    /// A plan for a platform that does not exist here.
    #[error("the plan is for the platform {found}, which is unknown; expected one of {known}")]
    UnknownPlatform {
        /// Its platform; safe to print.
        found: String,
        /// All platforms.
        known: String,
    },
    /// A plan for another platform than the executor's.
    #[error("the plan is for {found}, and the executor carries out plans for {wanted}")]
    OtherPlatform {
        /// The platform of the plan.
        found: &'static str,
        /// The platform of the executor.
        wanted: &'static str,
    },
    /// It was edited.
    #[error("the plan was changed after it was saved")]
    Changed,
}

impl NodePlan {
    /// The plan, if it is for this platform.
    ///
    /// # Errors
    /// When it is for another one.
    pub fn only_for(self, platform: &dyn Platform) -> Result<Self, PlanError> {
        let (found, wanted) = (self.platform.name(), platform.name());
        if found == wanted { Ok(self) } else { Err(PlanError::OtherPlatform { found, wanted }) }
    }

    /// The text of its document on one line, which is a third shorter: a ConfigMap takes 1 MiB.
    #[must_use]
    pub fn to_compact_text(&self) -> String {
        let document =
            SavedPlan { fingerprint: Some(self.fingerprint()), ..self.document(self.steps.clone()) };
        serde_json::to_string(&document).expect("a plan is JSON") + "\n"
    }

    /// The text of its document.
    #[must_use]
    pub fn to_text(&self) -> String {
        let steps = self.steps.iter().map(|step| step.to_json_at(2).expect("a step is JSON")).collect();
        let document = SavedPlan { fingerprint: Some(self.fingerprint()), ..self.document(steps) };
        serde_json::to_string_pretty(&document).expect("a plan is JSON") + "\n"
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is not a plan, its platform is unknown, or it was edited.
    pub fn from_text(text: &str) -> Result<Self, PlanError> {
        let head: Head = serde_json::from_str(text)?;
        if head.kind != PLAN_KIND || head.api_version != API_VERSION {
            return Err(PlanError::OtherDocument);
        }
        let platform = platform::find(&head.target).ok_or_else(|| {
            let known: Vec<&str> = platform::all().iter().map(|platform| platform.name()).collect();
            PlanError::UnknownPlatform { found: printable(&head.target), known: known.join(", ") }
        })?;
        let saved: SavedPlan<Value> = serde_json::from_str(text)?;
        let steps = saved.steps.into_iter().map(|step| platform.step_from_json(step));
        let plan = Self {
            platform,
            node: saved.node,
            inputs: saved.inputs,
            state: saved.state,
            destroy: saved.destroy,
            losses: saved.losses,
            lost: saved.lost,
            errors: saved.errors,
            places: saved.places,
            unmet: 0,
            steps: steps.collect::<Result<_, _>>()?,
        };
        if saved.fingerprint == Some(plan.fingerprint()) { Ok(plan) } else { Err(PlanError::Changed) }
    }

    fn fingerprint(&self) -> Fingerprint {
        let document = self.document(self.steps.clone());
        Fingerprint::of_text(&serde_json::to_string(&document).expect("a plan is JSON"))
    }

    /// The document without its fingerprint.
    fn document<S>(&self, steps: Vec<S>) -> SavedPlan<S> {
        SavedPlan {
            api_version: API_VERSION.to_owned(),
            kind: PLAN_KIND.to_owned(),
            target: self.platform.name().to_owned(),
            node: self.node.clone(),
            inputs: self.inputs.clone(),
            state: self.state.clone(),
            destroy: self.destroy,
            losses: self.losses,
            lost: self.lost.clone(),
            errors: self.errors,
            places: self.places.clone(),
            steps,
            fingerprint: None,
        }
    }
}

impl fmt::Debug for NodePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl PartialEq for NodePlan {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint() == other.fingerprint()
    }
}

/// What a document is.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Head {
    api_version: String,
    kind: String,
    target: String,
}
