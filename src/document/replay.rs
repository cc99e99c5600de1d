//! What kube-proxy did at each sync of a sequence, as `hnsplan replay -o json` prints it.

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{API_VERSION, schema_of};
use crate::node::Version;
use crate::platform::timeline::{Absence, StepRecord, Timeline};

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
    /// Frontends that had no rules although a Service wants them.
    pub absences: Vec<Absence>,
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
            absences: timeline.absences(),
            steps: timeline.steps(),
        }
    }
}
