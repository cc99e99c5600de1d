//! Sequences: what happens on a node while a cluster changes.
//!
//! ```text
//! folder, files, recorded watch ─► steps: the objects of each moment ─► events: what changed ─► each platform's timeline
//! ```
//!
//! **Invariant:** no platform is named; what kube-proxy does on one at each sync is in that platform's folder.

mod against;
mod error;
mod events;
mod flags;
mod folder;
mod remarks;
mod sequence;
mod step;
mod watch;

use crate::diagnostics::text;
use crate::flag::NamedText;
use crate::name::escaped;
use crate::node::Version;
use crate::pipeline::{Setup, compile};
use crate::platform::timeline::{Keeps, Moment, Start, StartError, Timeline};
use crate::platform::{Holdings, Options, Platform, all};
use crate::source::Sources;

pub use against::Differences;
pub use error::ReplayError;
use events::{Objects, events};
use flags::check_operations;
pub use flags::{AGAINST, FLAGS, against};
pub use remarks::{Remark, Remarks};
pub use sequence::Sequence;
use step::Manifests;
pub use step::Step;
use watch::Cursor;

/// A sequence that was gone through.
pub struct Replayed {
    /// The platform's own record.
    pub timeline: Box<dyn Timeline>,
    /// The platform.
    pub target: &'static str,
    /// The version of kube-proxy.
    pub version: Version,
    /// The same with another version, if that was asked for.
    pub other: Option<Box<Replayed>>,
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
    /// What its timeline will be asked for.
    pub keeps: Keeps,
    /// Another version of kube-proxy to go through it with.
    pub against: Option<Version>,
}

/// Goes through a sequence, and once more with the other version if one is given.
///
/// # Errors
/// When a file of it is wrong, or the platform has no later syncs.
pub fn replay(sequence: &Sequence, request: &Request<'_>) -> Result<Replayed, ReplayError> {
    let replayed = replay_once(sequence, request)?;
    let Some(version) = request.against else { return Ok(replayed) };
    let setup = request.setup.clone().version(version);
    let other = replay_once(sequence, &Request { setup: &setup, ..*request })?;
    Ok(Replayed { other: Some(Box::new(other)), ..replayed })
}

fn replay_once(sequence: &Sequence, request: &Request<'_>) -> Result<Replayed, ReplayError> {
    let Request { setup, platform, options, held, keeps, .. } = *request;
    if setup.assume.is_some() {
        return Err(ReplayError::Assumes);
    }
    let mut timeline: Option<(Box<dyn Timeline>, Version)> = None;
    let mut remarks = Remarks::default();
    let mut before = Objects::default();
    let mut cursor = Cursor::default();
    for step in &sequence.steps {
        let compiled = compile(sources_of(sequence, step, &mut cursor)?, setup);
        compiled.check_read().map_err(|unread| {
            let found = unread.diagnostics.iter().map(|found| text::short(found, &unread.sources));
            ReplayError::Unread(found.collect::<Vec<_>>().join("; "))
        })?;
        if let Manifests::File(file) = &step.manifests
            && compiled.is_empty()
            && !compiled
                .sources
                .iter()
                .any(|(_, of)| of.name == file.display().to_string() && has_list(&of.text))
        {
            return Err(ReplayError::NothingWanted(escaped(&file.display().to_string()), step.number));
        }
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
            outside: step.outside.as_ref().map(|outside| &outside.change),
            faults: &step.faults,
            restarts: step.restarts,
            meanwhile: &step.meanwhile,
            flows: step.flows.as_deref(),
        };
        let (so_far, _) = if let Some(so_far) = &mut timeline {
            so_far
        } else {
            if setup.overrides.node.is_some() {
                compiled.check_node()?;
            }
            let start = Start { rules, before: &sequence.before, held, options, keeps };
            let begun = platform.timeline(&start).ok_or(ReplayError::NoTimeline(platform.name()))?;
            let begun = begun.map_err(|error| match error {
                StartError::Held(reason) => wrong(&sequence.name, reason),
                StartError::Option(error) => error.into(),
            })?;
            timeline.insert((begun, rules.node.version))
        };
        let place = format!("step {}", step.number);
        let (of_file, of_flags) = step.faults.split_at(step.faults_of_file);
        // A file may be about several platforms.
        let of_all: Vec<&str> = all().iter().flat_map(|of| of.operations()).copied().collect();
        check_operations(of_file, &of_all).map_err(|reason| wrong(&step.faults_file, reason))?;
        check_operations(of_flags, so_far.operations()).map_err(|reason| wrong(&place, reason))?;
        let file = step.outside.as_ref().map_or(&place, |outside| &outside.file);
        so_far.advance(&moment).map_err(|reason| wrong(file, reason))?;
        remarks.add(compiled.diagnostics, compiled.sources);
        before = now;
    }
    let (timeline, version) = timeline.ok_or_else(|| ReplayError::NoSteps(sequence.name.clone()))?;
    Ok(Replayed { timeline, target: platform.name(), version, other: None, remarks })
}

/// Whether a text says with a list what there is; one without items says that there is nothing.
fn has_list(text: &str) -> bool {
    text.lines().any(|line| line.contains("items:") || line.contains("\"items\""))
}

fn wrong(file: &str, reason: String) -> ReplayError {
    ReplayError::Wrong { file: file.to_owned(), reason }
}

/// The texts of a step: the node, and the objects of that moment.
fn sources_of(sequence: &Sequence, step: &Step, cursor: &mut Cursor) -> Result<Sources, ReplayError> {
    let mut sources = Sources::default();
    if let Some(NamedText { name, text }) = &sequence.node {
        sources.add(name.clone(), step.relabelled(text))?;
    }
    match &step.manifests {
        Manifests::Nothing => {}
        Manifests::Text(NamedText { name, text }) => drop(sources.add(name.clone(), text.clone())?),
        Manifests::File(file) => drop(sources.read_file(file)?),
        Manifests::Watch(end) => sequence.watch.sources(*end, cursor, &mut sources)?,
    }
    Ok(sources)
}
