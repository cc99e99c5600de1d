//! What kube-proxy on Windows keeps about a Service at a step of a sequence, and what changed it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::name::{printable, visible_json};
use crate::pipeline::Setup;
use crate::platform::hns::Hns;
use crate::platform::schema_of;
use crate::platform::timeline::Keeps;
use crate::platform::{Holdings, Options};
use crate::replay::{Remarks, ReplayError, Request, Sequence, replay};

/// A Service at a step, as `hnsplan explain service --step NUMBER -o json` prints it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "ServiceAtStep")]
pub struct AtStep {
    /// `hnsplan/v1alpha1`
    pub api_version: &'static str,
    /// `ServiceAtStep`
    pub kind: &'static str,
    /// The number of the step.
    pub step: usize,
    /// The version of kube-proxy.
    pub kube_proxy_version: String,
    /// Whether kube-proxy started anew.
    pub restart: bool,
    /// What kube-proxy was told at the step, of all Services; safe to print.
    pub events: Vec<String>,
    /// What is assumed.
    pub notes: Vec<String>,
    /// Its ports, in each family.
    pub ports: Vec<PortAtStep>,
    /// What is to be said about the objects of the sequence.
    #[serde(skip)]
    pub remarks: Remarks,
}

/// A port of a Service in a family.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PortAtStep {
    /// `namespace/name:port/protocol`
    pub port: String,
    /// The family.
    pub family: String,
    /// The members of serviceInfo.
    pub fields: Vec<FieldAtStep>,
    /// The records of its endpoints, by address and port.
    pub endpoints: Vec<(String, Vec<FieldAtStep>)>,
}

/// A member of a record.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldAtStep {
    /// Its name.
    pub name: String,
    /// Its value; absent if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What it was at the end of the step before, where it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What changed it; empty if nothing did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
}

impl AtStep {
    /// It as JSON.
    ///
    /// # Errors
    /// Never: texts and numbers are JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| visible_json(text) + "\n")
    }

    /// Its JSON Schema.
    pub(crate) fn schema() -> Schema {
        schema_of::<Self>()
    }
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum AtStepError {
    /// The sequence is wrong.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// There is no such step.
    #[error("--step {0}: the sequence has the steps {1}")]
    NoStep(usize, String),
    /// kube-proxy keeps nothing about the Service.
    #[error("{0}: kube-proxy keeps nothing about this Service at step {1}, nor did it at the step before")]
    Unknown(String, usize),
}

type Record = Map<String, Value>;

/// Goes through a sequence up to its end, and shows a Service at one step.
///
/// # Errors
/// When the sequence is wrong, or has no such step or Service.
pub fn at_step(
    sequence: &Sequence,
    setup: &Setup,
    held: &Holdings,
    (namespace, name): (&str, &str),
    step: usize,
) -> Result<AtStep, AtStepError> {
    let (platform, options) = (&Hns, &Options::default());
    let request = Request {
        setup,
        platform,
        options,
        held,
        keeps: Keeps { calls: false, states: true },
        against: None,
    };
    let replayed = replay(sequence, &request)?;
    let (steps, states, calls) =
        (replayed.timeline.steps(), replayed.timeline.states(), replayed.timeline.calls());
    let found = steps.iter().position(|of| of.step == step);
    let Some((at, record)) = found.and_then(|at| Some((at, steps.get(at)?))) else {
        let number = |of: Option<&crate::platform::timeline::StepRecord>| of.map_or(0, |of| of.step);
        let numbers = format!("{} to {}", number(steps.first()), number(steps.last()));
        return Err(AtStepError::NoStep(step, numbers));
    };
    let mut because: Vec<String> = record.events.clone();
    if record.restart {
        because.insert(0, "kube-proxy started anew".to_owned());
    }
    if because.is_empty() {
        because.push("the sync, without an event".to_owned());
    }
    let causes = Causes { calls: list(&calls["steps"][at]["calls"]), because };
    let before = at.checked_sub(1).map_or(&Value::Null, |before| &states[before]["proxier"]);
    let now = &states[at]["proxier"];
    let mut ports = Vec::new();
    let families: BTreeSet<&String> = object(now).keys().chain(object(before).keys()).collect();
    for family in families {
        let [now, before] = [now, before].map(|of| &of[family]);
        let is_its = |key: &&String| {
            let rest = key.strip_prefix(&format!("{namespace}/{name}"));
            rest.is_some_and(|rest| rest.starts_with([':', '/']))
        };
        let keys = object(&now["services"]).keys().chain(object(&before["services"]).keys());
        let keys: BTreeSet<&String> = keys.filter(is_its).collect();
        for key in keys {
            let endpoints = [now, before].map(|of| by_address(&of["endpoints"][key]));
            let addresses: BTreeSet<&String> = endpoints.iter().flat_map(BTreeMap::keys).collect();
            let none = Record::new();
            let of_address = |address: &String| {
                let [now, before] = endpoints.each_ref().map(|of| of.get(address).copied().unwrap_or(&none));
                (printable(address), causes.fields(now, before))
            };
            ports.push(PortAtStep {
                port: printable(key),
                family: family.clone(),
                fields: causes.fields(object(&now["services"][key]), object(&before["services"][key])),
                endpoints: addresses.into_iter().map(of_address).collect(),
            });
        }
    }
    if ports.is_empty() {
        return Err(AtStepError::Unknown(printable(&format!("{namespace}/{name}")), step));
    }
    Ok(AtStep {
        api_version: "hnsplan/v1alpha1",
        kind: "ServiceAtStep",
        step,
        kube_proxy_version: replayed.version.to_string(),
        restart: record.restart,
        events: record.events.clone(),
        notes: replayed.timeline.notes(),
        ports,
        remarks: replayed.remarks,
    })
}

/// What may have changed something at a step.
struct Causes<'c> {
    calls: &'c [Value],
    /// What is named where no call is about the value.
    because: Vec<String>,
}

impl Causes<'_> {
    /// All members of a record, with those that are gone.
    fn fields(&self, now: &Record, before: &Record) -> Vec<FieldAtStep> {
        let names: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
        let field = |name: &String| {
            let [value, old] = [now, before].map(|of| of.get(name).map(text));
            let is_same = value == old;
            let because = if is_same { Vec::new() } else { self.of([old.as_deref(), value.as_deref()]) };
            FieldAtStep {
                name: printable(name),
                value: value.map(|value| printable(&value)),
                before: old.filter(|_| !is_same).map(|old| printable(&old)),
                because,
            }
        };
        names.into_iter().map(field).collect()
    }

    /// The calls about the ids that a value was and is; else what kube-proxy was told.
    fn of(&self, values: [Option<&str>; 2]) -> Vec<String> {
        let is_about = |call: &&Value| {
            let id = call["id"].as_str().filter(|id| !id.is_empty());
            id.is_some() && values.contains(&id)
        };
        let named = |call: &Value| {
            let error = if call["error"].is_null() { "" } else { ", which failed" };
            format!("call {}: {}{error}", call["n"], printable(call["op"].as_str().unwrap_or_default()))
        };
        let calls: Vec<String> = self.calls.iter().filter(is_about).map(named).collect();
        if calls.is_empty() { self.because.clone() } else { calls }
    }
}

fn object(value: &Value) -> &Record {
    static NOTHING: std::sync::LazyLock<Record> = std::sync::LazyLock::new(Record::new);
    value.as_object().unwrap_or(&NOTHING)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Records of endpoints by address and port.
fn by_address(value: &Value) -> BTreeMap<String, &Record> {
    let key = |of: &Value| {
        let ip = of["ip"].as_str().unwrap_or_default();
        let ip = if ip.contains(':') { format!("[{ip}]") } else { ip.to_owned() };
        format!("{ip}:{}", of["port"])
    };
    list(value).iter().map(|of| (key(of), object(of))).collect()
}

/// A value as people read it; of texts the empty one is none.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
