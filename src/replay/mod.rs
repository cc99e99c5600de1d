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

use std::path::Path;

use crate::diagnostics::text;
use crate::flag::NamedText;
use crate::name::escaped;
use crate::node::Version;
use crate::pipeline::{Setup, compile};
use crate::platform::timeline::{Moment, Start, Timeline};
use crate::platform::{Holdings, Platform};
use crate::source::Sources;

pub use error::ReplayError;
use events::{Objects, events};
use folder::beside;
pub use folder::{Folder, Step};

/// A sequence that was gone through.
pub struct Replayed {
    /// The platform's own record.
    pub timeline: Box<dyn Timeline>,
    /// The version of kube-proxy.
    pub version: Version,
}

/// Goes through a sequence on a platform. `keeps_states` is whether [`Timeline::states`] will be asked for.
///
/// # Errors
/// When a file of it is wrong, or the platform has no later syncs.
pub fn replay(
    folder: &Folder,
    setup: &Setup,
    platform: &dyn Platform,
    held: &Holdings,
    keeps_states: bool,
) -> Result<Replayed, ReplayError> {
    let mut replayed: Option<Replayed> = None;
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
        let so_far = if let Some(so_far) = &mut replayed {
            so_far
        } else {
            let start = Start { rules, before: &folder.before, held, keeps_states };
            let timeline = platform.timeline(&start).ok_or(ReplayError::NoTimeline(platform.name()))?;
            let timeline = timeline.map_err(|reason| wrong(&folder.path, reason))?;
            replayed.insert(Replayed { timeline, version: rules.node.version })
        };
        let advanced = so_far.timeline.advance(&moment);
        advanced.map_err(|reason| wrong(&beside(&step.manifests, ".hns.json"), reason))?;
        before = now;
    }
    replayed.ok_or_else(|| ReplayError::NoSteps(escaped(&folder.path.display().to_string())))
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
