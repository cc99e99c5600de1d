//! Plans: steps, with what they were made from.
//!
//! ```text
//! make ─► NodePlan ─► saved: a document ─► file: read again, and signed? ─► fit: is it still for this node, and up to date?
//! ```

mod admission;
mod file;
mod fit;
mod saved;
#[cfg(feature = "apply")]
mod signature;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AnyState, AnyStep, Fingerprint, PlanCounts};
use crate::allow::{AllowList, Subject};
use crate::diagnostics::{Diagnostic, ObjectRef, Severity};
use crate::name::escaped;
use crate::pipeline::Compiled;
use crate::platform::{Holdings, Options, PlanRequest, PlanningError, Platform};
use crate::source::{Place, SourceFile};

pub use admission::Admission;
pub use file::PlanFile;
pub use fit::{names_machine, other_machine, other_mode};
pub use saved::{PLAN_KIND, PlanError, SavedPlan};
#[cfg(feature = "apply")]
pub use signature::{KeyError, SigningKey, VerifyingKey, signature_file};

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
