//! What kube-proxy did at each sync of a sequence, as `hnsplan replay -o json` prints it.

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{API_VERSION, schema_of};
use crate::node::Version;
use crate::platform::timeline::{Disturbance, StepRecord, Timeline, Trouble};

/// The JSON Schema of [`Replay`].
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Replay>()
}

/// A sequence that was gone through.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Replay")]
pub struct Replay {
    /// `hnsplan/v1alpha1`
    pub api_version: &'static str,
    /// `Replay`
    pub kind: &'static str,
    /// The platform.
    pub target: &'static str,
    /// The version of kube-proxy.
    pub kube_proxy_version: String,
    /// What is assumed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the rules of a frontend are called.
    #[serde(skip)]
    pub noun: &'static str,
    /// What clients notice of frontends that Services want, in the order of its beginning.
    pub disturbances: Vec<Disturbance>,
    /// What was done at each step.
    pub steps: Vec<StepRecord>,
}

impl Replay {
    /// The document of a sequence.
    #[must_use]
    pub fn of(timeline: &dyn Timeline, target: &'static str, version: Version) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Replay",
            target,
            kube_proxy_version: version.to_string(),
            notes: timeline.notes(),
            noun: timeline.noun(),
            disturbances: timeline.disturbances(),
            steps: timeline.steps(),
        }
    }

    /// The troubles of a kind that clients notice, or of those that they do not.
    pub fn of_kind(&self, what: Trouble, is_felt: bool) -> impl Iterator<Item = &Disturbance> {
        self.disturbances.iter().filter(move |of| of.what == what && of.is_felt() == is_felt)
    }

    /// Whether clients lose connections that another order of calls would have served.
    #[must_use]
    pub fn is_felt(&self) -> bool {
        self.disturbances.iter().any(Disturbance::is_felt)
    }
}
