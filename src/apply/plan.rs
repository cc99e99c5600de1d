//! Plans: steps, with what they were made from; saved as a document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AnyState, AnyStep, Fingerprint, PlanCounts};
use crate::allow::{AllowList, Subject};
use crate::diagnostics::{Diagnostic, ObjectRef, Severity};
use crate::name::{escaped, printable};
use crate::pipeline::Compiled;
use crate::platform::{self, Holdings, Options, PlanRequest, PlanningError, Platform};
use crate::source::{Place, SourceFile};

/// The version of the document.
const API_VERSION: &str = "hnsplan/v1alpha1";

/// The kind of the document.
pub const PLAN_KIND: &str = "ApplyPlan";

/// What to do on a node, and what that was made from.
#[derive(Clone)]
#[non_exhaustive]
pub struct NodePlan {
    platform: &'static dyn Platform,
    /// The node, if it has a name.
    pub node: Option<String>,
    /// The manifests.
    pub inputs: Vec<InputFile>,
    /// What the node held; `None` where that was not known.
    pub state: Option<Fingerprint>,
    /// Whether it deletes what the manifests want.
    pub destroy: bool,
    /// How much of what is wanted the platform cannot do.
    pub losses: usize,
    /// What of it.
    pub lost: Vec<PlannedLoss>,
    /// How much of the manifests was left out, as it is wrong.
    pub errors: usize,
    /// Where the service ports of the steps are in the manifests: `file:line`.
    pub places: BTreeMap<String, String>,
    /// How much of the node is not as it should be, and stays so; known of a plan that was just made.
    pub unmet: usize,
    /// What to do, in this order.
    pub steps: Vec<AnyStep>,
}

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

/// Something that is wanted of a Service and that the platform cannot do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedLoss {
    /// The code.
    pub code: String,
    /// The Service or another object; absent where it is about the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Where it is in the manifests: `file:line`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What is lost.
    pub message: String,
    /// Why it is accepted; absent if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

impl PlannedLoss {
    fn of(found: &Diagnostic, compiled: &Compiled) -> Self {
        let line = |place: &Place| {
            let spot = compiled.sources.spot(place);
            format!("{}:{}", escaped(&spot.file), spot.line)
        };
        Self {
            code: found.code.id().to_owned(),
            object: found.object.as_ref().map(ToString::to_string),
            place: found.place.as_ref().map(line),
            message: found.message.clone(),
            accepted: None,
        }
    }

    /// Namespace and name of the Service that it is about.
    fn service(&self) -> Option<(&str, &str)> {
        self.object.as_deref()?.strip_prefix("Service ")?.split_once('/')
    }
}

/// A file that a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputFile {
    /// Its name, as it was given.
    pub name: String,
    /// SHA-256 of its text.
    pub sha256: Fingerprint,
}

/// Why a text is not a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The parser gave up.
    #[error("not a saved plan: {0}")]
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
    /// Plans what brings a node to what was compiled. What is found while planning is added to what is known of the
    /// manifests.
    ///
    /// # Errors
    /// When the platform cannot plan what is requested.
    pub fn make(
        platform: &'static dyn Platform,
        compiled: &mut Compiled,
        options: &Options,
        request: &PlanRequest<'_>,
    ) -> Result<Self, PlanningError> {
        let planned = platform.steps(compiled.context(options, &Holdings::default()), request)?;
        compiled.diagnostics.extend(planned.diagnostics);
        let input = |(_, file): (_, &SourceFile)| InputFile {
            name: file.name.clone(),
            sha256: Fingerprint::of_text(&file.text),
        };
        let count = |is: &dyn Fn(&&Diagnostic) -> bool| compiled.diagnostics.iter().filter(is).count();
        let is_lost = |found: &&Diagnostic| found.code.is_loss() && is_asked_for(found, compiled, request);
        let lost = compiled.diagnostics.iter().filter(is_lost);
        let lost: Vec<PlannedLoss> = lost.map(|found| PlannedLoss::of(found, compiled)).collect();
        Ok(Self {
            node: compiled.rules.node.name.as_ref().map(ToString::to_string),
            inputs: compiled.sources.iter().map(input).collect(),
            state: request.state.map(AnyState::fingerprint),
            destroy: request.destroy,
            losses: lost.len(),
            lost,
            places: places(compiled, &planned.steps),
            errors: count(&|found| found.severity() == Severity::Error && !found.code.is_loss()),
            unmet: planned.unmet,
            ..Self::new(platform, planned.steps)
        })
    }

    /// A plan of which nothing is known but its steps.
    #[must_use]
    pub fn new(platform: &'static dyn Platform, steps: Vec<AnyStep>) -> Self {
        Self {
            platform,
            node: None,
            inputs: Vec::new(),
            state: None,
            losses: 0,
            errors: 0,
            unmet: 0,
            destroy: false,
            steps,
            lost: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    /// Whether the name of a machine is that of the node: machines have short names, and Windows cuts them after 15
    /// letters. A plan without a node fits everywhere.
    #[must_use]
    pub fn is_for_machine(&self, host: &str) -> bool {
        self.node.as_deref().is_none_or(|node| names_machine(node, host))
    }

    /// Notes why losses are accepted, each by the first entry that accepts it.
    pub fn accept(&mut self, list: &AllowList) {
        let targets = [self.platform.name()];
        for lost in self.lost.iter_mut().filter(|lost| lost.accepted.is_none()) {
            let subject =
                Subject { code: &lost.code, service: lost.service(), port: None, targets: &targets };
            let entry = list.accepts(&subject).map(|at| &list.entries[at]);
            lost.accepted = entry.map(|entry| entry.reason.to_string());
        }
    }

    /// How many losses are not accepted.
    #[must_use]
    pub fn open_losses(&self) -> usize {
        self.losses.saturating_sub(self.lost.iter().filter(|lost| lost.accepted.is_some()).count())
    }

    /// The platform that it is for.
    #[must_use]
    pub fn platform(&self) -> &'static dyn Platform {
        self.platform
    }

    /// How much it changes.
    #[must_use]
    pub fn counts(&self) -> PlanCounts {
        PlanCounts::of(&self.steps)
    }

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

/// Whether a node and a machine may be the same, by their names.
#[must_use]
pub fn names_machine(node: &str, host: &str) -> bool {
    /// The longest name of a machine in the old way of Windows.
    const NETBIOS: usize = 15;
    let [node, host] = [node, host].map(str::to_ascii_lowercase);
    if node == host || [&node, &host].iter().any(|name| name.parse::<IpAddr>().is_ok()) {
        return node == host;
    }
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let (node, host) = (short(&node), short(&host));
    node == host || host.len() == NETBIOS && node.starts_with(&host)
}

/// Whether a loss is one of what is planned: deleting loses nothing, and what is not selected is not touched.
fn is_asked_for(found: &Diagnostic, compiled: &Compiled, request: &PlanRequest<'_>) -> bool {
    if request.destroy {
        return false;
    }
    let Some(ObjectRef { kind: "Service", namespace, name }) = &found.object else { return true };
    if request.selector.is_all() {
        return true;
    }
    let service = format!("{namespace}/{name}");
    let is_port =
        |id: &str| id.strip_prefix(&service).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    let mut ports = compiled.rules.services.iter().map(|port| &*port.id).filter(|id| is_port(id)).peekable();
    // One that has no rules at all has no port that could be selected.
    if ports.peek().is_none() {
        return request.selector.selects(&service);
    }
    ports.any(|id| request.selector.selects(id))
}

/// Where the service ports of steps are in the manifests.
fn places(compiled: &Compiled, steps: &[AnyStep]) -> BTreeMap<String, String> {
    let named: BTreeSet<String> =
        steps.iter().flat_map(AnyStep::changes).flat_map(|line| line.services).collect();
    let services = compiled.rules.services.iter().filter(|port| named.contains(&*port.id));
    services.map(|port| (port.id.to_string(), compiled.rules.place(port.origin))).collect()
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
