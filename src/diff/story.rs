//! Why objects are missing on a node, or left over there: by a sequence of what happened before.

use std::path::PathBuf;

use crate::answer::change::{Comparison, codes};
use crate::pipeline::Setup;
use crate::platform::timeline::Keeps;
use crate::platform::{Holdings, Options, find};
use crate::replay::{Remarks, ReplayError, Request, Sequence, replay};

/// What a sequence told.
pub struct Story {
    /// What is to be said about the objects of the sequence.
    pub remarks: Remarks,
    /// How much of what is missing or left over it explains; a sentence without a full stop.
    pub summary: String,
}

/// Why a sequence tells nothing about what differs.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The sequence is wrong.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// Nothing is left over by single calls.
    #[error(
        "--sequence tells which call left an object on the node, and on {0} kube-proxy changes whole tables at once; compare hns \
         with a dump of it, or leave out --sequence"
    )]
    WholeTables(&'static str),
    /// There are no objects to tell about.
    #[error(
        "--sequence tells about objects, and two platforms have none in common; compare hns with a dump of it"
    )]
    TwoPlatforms,
}

/// Adds to what is missing or left over on a node which call of kube-proxy left it so, and what happened in the cluster at
/// that step. `setup` is that of the node, where the folder of the sequence does not tell it.
///
/// # Errors
/// When the sequence is wrong, or the platform has no later syncs.
pub fn tell_story(
    comparison: Option<&mut Comparison>,
    sequence: &[PathBuf],
    setup: Setup,
    options: &Options,
) -> Result<Story, StoryError> {
    let found = comparison.and_then(|comparison| Some((find(comparison.platform)?, comparison)));
    let (platform, comparison) = found.ok_or(StoryError::TwoPlatforms)?;
    let sequence = Sequence::read(sequence)?;
    let setup = sequence.complete(setup)?;
    let held = Holdings::default();
    let keeps = Keeps { calls: false, states: false };
    let request = Request { setup: &setup, platform, options, held: &held, keeps, against: None };
    let replayed = replay(&sequence, &request)?;
    let Some(stories) = replayed.timeline.stories() else {
        return Err(StoryError::WholeTables(platform.name()));
    };
    let (mut all, mut explained) = (0, 0);
    for finding in &mut comparison.findings {
        let is_there = match finding.code {
            code if code == codes::MISSING => false,
            code if code == codes::STALE || code == codes::UNREFERENCED => true,
            _ => continue,
        };
        all += 1;
        if let Some(story) = stories(&finding.subject, is_there) {
            explained += 1;
            finding.cause = Some(format!("kube-proxy {} {story}", replayed.version));
        }
    }
    let summary = match all {
        0 => "nothing is missing or left over, so the sequence has nothing to explain".to_owned(),
        _ => format!("the sequence explains {explained} of {all} objects that are missing or left over"),
    };
    drop(stories);
    Ok(Story { remarks: replayed.remarks, summary })
}
