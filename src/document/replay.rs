//! What kube-proxy did at each sync of a sequence, as `hnsplan replay -o json` prints it.

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{API_VERSION, schema_of};
use crate::platform::timeline::{Absence, CallAt, StepRecord, Timeline};

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
    pub absences: Vec<ReplayAbsence>,
    /// What was done at each step.
    pub steps: Vec<ReplayStep>,
}

/// A frontend without rules although a Service wants it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayAbsence {
    /// `namespace/name:port`
    pub service: String,
    /// The frontend, in the platform's words.
    pub frontend: String,
    /// The call that took its rules away; call 0 is the time before the first call of the step.
    pub from: CallAt,
    /// The call that gave it rules again; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<CallAt>,
    /// Whether an endpoint of the Service was ready then.
    pub has_ready_endpoints: bool,
}

/// What was done at a step.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayStep {
    /// Its number.
    pub step: usize,
    /// Whether kube-proxy started anew.
    pub restart: bool,
    /// What kube-proxy was told: `update Service shop/front`.
    pub events: Vec<String>,
    /// Its calls, in order.
    pub calls: Vec<ReplayCall>,
}

/// A call.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayCall {
    /// Whose proxier calls: `IPv4` or `IPv6`.
    pub by: String,
    /// What is done, in words.
    pub what: &'static str,
    /// What it is done to: a frontend or an address.
    pub on: String,
    /// The members of a load balancer by place and address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Why it failed; absent if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Replay {
    /// The document of a sequence.
    #[must_use]
    pub fn of(timeline: &dyn Timeline, target: &'static str, version: String) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Replay",
            target,
            kube_proxy_version: version,
            absences: timeline.absences().into_iter().map(ReplayAbsence::from).collect(),
            steps: timeline.steps().iter().map(ReplayStep::from).collect(),
        }
    }
}

impl From<Absence> for ReplayAbsence {
    fn from(absence: Absence) -> Self {
        let Absence { service, frontend, from, to, has_ready_endpoints } = absence;
        Self { service: service.into(), frontend: frontend.into(), from, to, has_ready_endpoints }
    }
}

impl From<&StepRecord> for ReplayStep {
    fn from(step: &StepRecord) -> Self {
        let call = |call: &crate::platform::timeline::CallRecord| ReplayCall {
            by: call.by.to_string(),
            what: call.what,
            on: call.on.clone(),
            members: call.members.clone(),
            error: call.error.clone(),
        };
        Self {
            step: step.number,
            restart: step.restarts,
            events: step.events.clone(),
            calls: step.calls.iter().map(call).collect(),
        }
    }
}
