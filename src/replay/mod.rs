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
mod standing;
mod step;
mod unused;
mod watch;

use std::collections::BTreeSet;

use crate::diagnostics::text;
use crate::flag::NamedText;
use crate::manifest::codes;
use crate::name::escaped;
use crate::node::Version;
use crate::pipeline::{Compiled, Setup, compile};
use crate::platform::timeline::{Keeps, Moment, ServiceName, Start, StartError, Timeline};
use crate::platform::{Holdings, Options, Platform, all};
use crate::source::Sources;

pub use against::Differences;
pub use error::ReplayError;
use events::Objects;
use flags::check_operations;
pub use flags::{AGAINST, FLAGS, against};
pub use remarks::{Remark, Remarks};
pub use sequence::Sequence;
use standing::{Read, Standing};
use step::Manifests;
pub use step::Step;
use unused::Unused;
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
    /// What of the sequence made no difference, one sentence each without a full stop; safe to print.
    pub unused: Vec<String>,
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
    let (mut remarks, mut unused) = (Remarks::default(), Unused::default());
    let mut standing: Option<Standing> = None;
    let mut cursor = Cursor::default();
    for step in &sequence.steps {
        let waits = timeline.as_ref().is_some_and(|(so_far, _)| so_far.waits());
        let is_part = standing.is_some() && !step.restarts && !waits;
        let (sources, touched) = sources_of(sequence, step, &mut cursor, is_part)?;
        let mut compiled = compile(sources, setup);
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
        if timeline.is_none() && setup.overrides.node.is_some() {
            compiled.check_node()?;
        }
        if touched.is_some() {
            // That is about the sequence, and not about what changed.
            compiled.diagnostics.retain(|found| found.code != codes::NOTHING_READ);
        }
        let objects = Objects::of(&compiled.sources);
        let Compiled { rules, cluster, diagnostics, sources, .. } = compiled;
        let read = Read { rules, cluster, objects };
        let now = match (touched, standing.take()) {
            (Some(touched), Some(before)) => before.part(read, touched, step),
            (_, before) => Standing::whole(before, read, step),
        };
        let now = standing.insert(now);
        let rules = &now.rules;
        let moment = Moment {
            number: step.number,
            rules,
            cluster: &now.cluster,
            touched: now.touched.as_ref(),
            events: &now.events,
            outside: step.outside.as_ref().map(|outside| &outside.change),
            faults: &step.faults,
            restarts: step.restarts,
            meanwhile: &step.meanwhile,
            flows: step.flows.as_deref(),
        };
        let (so_far, _) = if let Some(so_far) = &mut timeline {
            so_far
        } else {
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
        let called = so_far.advance(&moment).map_err(|reason| wrong(file, reason))?;
        unused.faults(step, &called, so_far.operations());
        unused.file(step, so_far.ignores(), platform.name());
        remarks.add(diagnostics, sources);
    }
    let (timeline, version) = timeline.ok_or_else(|| ReplayError::NoSteps(sequence.name.clone()))?;
    Ok(Replayed { timeline, target: platform.name(), version, other: None, remarks, unused: unused.told() })
}

/// Whether a text says with a list what there is; one without items says that there is nothing.
fn has_list(text: &str) -> bool {
    text.lines().any(|line| line.contains("items:") || line.contains("\"items\""))
}

fn wrong(file: &str, reason: String) -> ReplayError {
    ReplayError::Wrong { file: file.to_owned(), reason }
}

/// The texts of a step: the node, and the objects of that moment. Where a part is enough, those of the Services that
/// changed, which are named then.
fn sources_of(
    sequence: &Sequence,
    step: &Step,
    cursor: &mut Cursor,
    is_part: bool,
) -> Result<(Sources, Option<BTreeSet<ServiceName>>), ReplayError> {
    let mut sources = Sources::default();
    if let Some(NamedText { name, text }) = &sequence.node {
        sources.add(name.clone(), step.relabelled(text))?;
    }
    let mut touched = None;
    match &step.manifests {
        Manifests::Nothing => {}
        Manifests::Text(NamedText { name, text }) => drop(sources.add(name.clone(), text.clone())?),
        Manifests::File(file) => drop(sources.read_file(file)?),
        Manifests::Watch(end) => {
            touched = cursor.advance(&sequence.watch, *end).filter(|_| is_part);
            sequence.watch.sources(*end, cursor, touched.as_ref(), &mut sources)?;
        }
    }
    Ok((sources, touched))
}
