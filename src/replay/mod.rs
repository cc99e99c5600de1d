//! Sequences: what happens on a node while a cluster changes.
//!
//! ```text
//! folder ─► steps: the objects of each moment ─► events: what changed ─► each platform's timeline
//! ```
//!
//! **Invariant:** no platform is named; what kube-proxy does on one at each sync is in that platform's folder.

mod error;
mod events;
mod folder;
mod remarks;

use std::path::Path;

use crate::diagnostics::text;
use crate::flag::NamedText;
use crate::name::escaped;
use crate::node::Version;
use crate::pipeline::{Setup, compile};
use crate::platform::timeline::{Moment, Start, StartError, Timeline};
use crate::platform::{Holdings, Options, Platform};
use crate::source::Sources;

pub use error::ReplayError;
use events::{Objects, events};
use folder::beside;
pub use folder::{Folder, Step};
pub use remarks::{Remark, Remarks};

/// A sequence that was gone through.
pub struct Replayed {
    /// The platform's own record.
    pub timeline: Box<dyn Timeline>,
    /// The version of kube-proxy.
    pub version: Version,
    /// What is to be said about the objects of the moments.
    pub remarks: Remarks,
}

/// On which node a sequence is gone through, and what of it is kept.
#[derive(Debug)]
pub struct Request<'r> {
    /// The setup of the compiler.
    pub setup: &'r Setup,
    /// The platform.
    pub platform: &'static dyn Platform,
    /// The options of all platforms.
    pub options: &'r Options,
    /// What the node holds at the beginning, where dumps tell it.
    pub held: &'r Holdings,
    /// Whether [`Timeline::states`] will be asked for.
    pub keeps_states: bool,
}

/// Goes through a sequence.
///
/// # Errors
/// When a file of it is wrong, or the platform has no later syncs.
pub fn replay(folder: &Folder, request: &Request<'_>) -> Result<Replayed, ReplayError> {
    let Request { setup, platform, options, held, keeps_states } = *request;
    if setup.assume.is_some() {
        return Err(ReplayError::Assumes);
    }
    let mut timeline: Option<(Box<dyn Timeline>, Version)> = None;
    let mut remarks = Remarks::default();
    let mut before = Objects::default();
    for step in &folder.steps {
        let compiled = compile(sources_of(folder, step)?, setup);
        compiled.check_read().map_err(|unread| {
            let found = unread.diagnostics.iter().map(|found| text::short(found, &unread.sources));
            ReplayError::Unread(found.collect::<Vec<_>>().join("; "))
        })?;
        let rules = &compiled.rules;
        let now = Objects::of(&compiled.sources);
        if step.restarts {
            before = Objects::default();
        }
        let events = events(&before, &now, &step.added_again, rules.node.behavior.canonical_endpoints);
        let moment = Moment {
            number: step.number,
            rules,
            cluster: &compiled.cluster,
            events: &events,
            outside: step.outside.as_ref(),
            faults: &step.faults,
            restarts: step.restarts,
        };
        let (so_far, _) = if let Some(so_far) = &mut timeline {
            so_far
        } else {
            if setup.overrides.node.is_some() {
                compiled.check_node()?;
            }
            let start = Start { rules, before: &folder.before, held, options, keeps_states };
            let begun = platform.timeline(&start).ok_or(ReplayError::NoTimeline(platform.name()))?;
            let begun = begun.map_err(|error| match error {
                StartError::Held(reason) => wrong(&folder.path, reason),
                StartError::Option(error) => error.into(),
            })?;
            timeline.insert((begun, rules.node.version))
        };
        let advanced = so_far.advance(&moment);
        advanced.map_err(|reason| wrong(&beside(&step.manifests, ".hns.json"), reason))?;
        remarks.add(compiled.diagnostics, compiled.sources);
        before = now;
    }
    let (timeline, version) =
        timeline.ok_or_else(|| ReplayError::NoSteps(escaped(&folder.path.display().to_string())))?;
    Ok(Replayed { timeline, version, remarks })
}

fn wrong(file: &Path, reason: String) -> ReplayError {
    ReplayError::Wrong { file: escaped(&file.display().to_string()), reason }
}

/// The texts of a step: the node, and the objects of that moment.
fn sources_of(folder: &Folder, step: &Step) -> Result<Sources, ReplayError> {
    let mut sources = Sources::default();
    if let Some(NamedText { name, text }) = &folder.node {
        sources.add(name.clone(), step.relabelled(text))?;
    }
    sources.read_file(&step.manifests)?;
    Ok(sources)
}
