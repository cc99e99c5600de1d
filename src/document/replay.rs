//! What kube-proxy did at each sync of a sequence, as `hnsplan replay -o json` prints it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::API_VERSION;
use crate::platform::find;
use crate::platform::schema_of;
use crate::platform::timeline::{Disturbance, FlowRecord, StepRecord, Trouble};
use crate::replay::{Differences, Replayed};

/// The JSON Schema of [`Replay`].
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Replay>()
}

/// A sequence that was gone through.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Replay")]
pub struct Replay {
    /// `hnsplan/v1alpha1`
    pub api_version: Cow<'static, str>,
    /// `Replay`
    pub kind: Cow<'static, str>,
    /// The platform.
    pub target: Cow<'static, str>,
    /// The version of kube-proxy.
    pub kube_proxy_version: String,
    /// What is assumed, and what of the sequence made no difference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the rules of a frontend are called.
    #[serde(skip)]
    pub noun: &'static str,
    /// Service ports and frontends that the page has lanes for, whether clients notice anything of them or not.
    #[serde(skip)]
    pub frontends: Vec<[Box<str>; 2]>,
    /// What clients notice of frontends that Services want, in the order of its beginning.
    pub disturbances: Vec<Disturbance>,
    /// What became of the flows that the sequence names, on Linux.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowRecord>,
    /// What was done at each step.
    pub steps: Vec<StepRecord>,
}

impl Replay {
    /// The document of a sequence.
    #[must_use]
    pub fn of(replayed: &Replayed) -> Self {
        let Replayed { timeline, version, target, unused, .. } = replayed;
        Self {
            api_version: API_VERSION.into(),
            kind: "Replay".into(),
            target: (*target).into(),
            kube_proxy_version: version.to_string(),
            notes: timeline.notes().into_iter().chain(unused.iter().cloned()).collect(),
            noun: timeline.noun(),
            frontends: timeline.frontends(),
            disturbances: timeline.disturbances(),
            flows: timeline.flows(),
            steps: timeline.steps(),
        }
    }

    /// The same with what the rules of a frontend are called, which is no member of the document.
    #[must_use]
    pub fn with_noun(self) -> Self {
        Self { noun: noun(&self.target), ..self }
    }

    /// The troubles of a kind that clients notice, or of those that they do not.
    pub fn of_kind(&self, what: Trouble, is_felt: bool) -> impl Iterator<Item = &Disturbance> {
        self.disturbances.iter().filter(move |of| of.what == what && of.is_felt() == is_felt)
    }

    /// Whether clients lose connections that another order of calls would have served.
    #[must_use]
    pub fn is_felt(&self) -> bool {
        self.disturbances.iter().any(Disturbance::is_felt) || self.flows.iter().any(FlowRecord::is_felt)
    }
}

/// What the rules of a frontend are called on a platform.
pub(super) fn noun(target: &str) -> &'static str {
    find(target).map_or("rule", |platform| platform.noun_of_rules())
}

/// The JSON Schema of [`Comparison`].
#[must_use]
pub fn comparison_schema() -> Schema {
    schema_of::<Comparison>()
}

/// What clients notice with one version of kube-proxy and not with another.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "ReplayComparison")]
pub struct Comparison {
    /// `hnsplan/v1alpha1`
    pub api_version: Cow<'static, str>,
    /// `ReplayComparison`
    pub kind: Cow<'static, str>,
    /// The platform.
    pub target: Cow<'static, str>,
    /// Both versions of kube-proxy.
    pub kube_proxy_versions: [String; 2],
    /// What the rules of a frontend are called.
    #[serde(skip)]
    pub noun: &'static str,
    /// What clients notice with one of them only, in the order of the versions.
    pub only: [Vec<Disturbance>; 2],
    /// What they notice with both from the same step on, and to another step or with other members.
    pub different: Vec<[Disturbance; 2]>,
    /// Flows that fare otherwise with one of them than with the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<[FlowRecord; 2]>,
    /// How many they notice with both in the same steps.
    pub same: usize,
}

impl Comparison {
    /// Compares two runs of one sequence.
    #[must_use]
    pub fn between(one: Replay, other: Replay) -> Self {
        let (target, noun) = (one.target, one.noun);
        let Differences { only, different, same } =
            Differences::between(one.disturbances, other.disturbances);
        // Both have the same flows, in the same order.
        let flows = one.flows.into_iter().zip(other.flows).filter(|(one, other)| one != other);
        Self {
            flows: flows.map(<[_; 2]>::from).collect(),
            api_version: API_VERSION.into(),
            kind: "ReplayComparison".into(),
            target,
            kube_proxy_versions: [one.kube_proxy_version, other.kube_proxy_version],
            noun,
            only,
            different,
            same,
        }
    }

    /// The same with what the rules of a frontend are called, which is no member of the document.
    #[must_use]
    pub fn with_noun(self) -> Self {
        Self { noun: noun(&self.target), ..self }
    }

    /// Whether clients notice the same with both.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.different.is_empty() && self.flows.is_empty() && self.only.iter().all(Vec::is_empty)
    }
}
