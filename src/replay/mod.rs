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

use std::path::{Path, PathBuf};

use crate::diagnostics::text;
use crate::flag::NamedText;
use crate::name::escaped;
use crate::pipeline::{Compiled, Setup, compile};
use crate::platform::timeline::{Moment, Start, Timeline};
use crate::platform::{Holdings, Options, Platform};
use crate::source::Sources;

pub use error::ReplayError;
use events::{Objects, events};
use folder::beside;
pub use folder::{Folder, Step};

/// A sequence that was gone through.
pub struct Replayed {
    /// The platform's own record.
    pub timeline: Box<dyn Timeline>,
    /// The rules of each step, with what was found about its manifests.
    pub steps: Vec<Compiled>,
}

/// Goes through a sequence on a platform.
///
/// # Errors
/// When a file of it is wrong, or the platform has no later syncs.
pub fn replay(
    folder: &Folder,
    setup: &Setup,
    platform: &dyn Platform,
    options: &Options,
    held: &Holdings,
) -> Result<Replayed, ReplayError> {
    let mut timeline: Option<Box<dyn Timeline>> = None;
    let mut before = Objects::default();
    let mut steps: Vec<Compiled> = Vec::new();
    for step in &folder.steps {
        let sources = sources_of(folder, step)?;
        let compiled = compile(sources, setup);
        compiled.check_read().map_err(|unread| {
            let found = unread.diagnostics.iter().map(|found| text::short(found, &unread.sources));
            ReplayError::Unread(found.collect::<Vec<_>>().join("; "))
        })?;
        let now = Objects::of(&compiled.sources);
        let slices_as_read = compiled.rules.node.behavior.canonical_endpoints;
        if step.restarts {
            before = Objects::default();
        }
        let events = events(&before, &now, &step.added_again, slices_as_read);
        let wrong = |file: &Path| {
            let file = escaped(&file.display().to_string());
            move |reason: String| ReplayError::Wrong { file, reason }
        };
        if timeline.is_none() {
            let start = Start { rules: &compiled.rules, before: &folder.before, held };
            let made = platform.timeline(&start).ok_or(ReplayError::NoTimeline(platform.name()))?;
            timeline = Some(made.map_err(wrong(&folder.path))?);
        }
        let moment = Moment {
            number: step.number,
            rules: &compiled.rules,
            cluster: &compiled.cluster,
            options,
            events: &events,
            outside: step.outside.as_ref(),
            faults: &step.faults,
            restarts: step.restarts,
        };
        let made = timeline.as_mut().expect("it was just made");
        made.advance(&moment).map_err(wrong(&beside(&step.manifests, ".hns.json")))?;
        before = now;
        steps.push(compiled);
    }
    let timeline =
        timeline.ok_or_else(|| ReplayError::NoSteps(escaped(&folder.path.display().to_string())))?;
    Ok(Replayed { timeline, steps })
}

/// The texts of a step: the node, and the objects of that moment.
fn sources_of(folder: &Folder, step: &Step) -> Result<Sources, ReplayError> {
    let mut sources = Sources::default();
    if let Some(NamedText { name, text }) = &folder.node {
        sources.add(name.clone(), step.relabelled(text))?;
    }
    let path: &PathBuf = &step.manifests;
    sources.read_file(path)?;
    Ok(sources)
}
