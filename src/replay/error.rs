//! Why a sequence cannot be replayed.

use crate::flag::FlagError;
use crate::name::escaped;
use crate::node::WrongSettings;
use crate::pipeline::UnknownNode;
use crate::source::ReadError;

/// Why a sequence cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The folder has no steps.
    #[error(
        "{0} has no steps: expected numbered manifests as in 01.yaml, in it or in its folder steps; each has all \
         Services and EndpointSlices of that moment"
    )]
    NoSteps(String),
    /// Standard input is no recorded watch.
    #[error(
        "standard input is no recorded watch: expected what kubectl get services -A --watch --output-watch-events \
         -o json prints; name files and folders as arguments"
    )]
    NoWatch,
    /// Several kinds of input.
    #[error(
        "{0} cannot stand beside the others: expected one folder, files of moments in order, or recorded watches"
    )]
    Mixed(String),
    /// A file beside a step is wrong.
    #[error("{file}: {reason}")]
    Wrong {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of settings in the folder is wrong.
    #[error(transparent)]
    Settings(#[from] WrongSettings),
    /// Some objects of a step cannot be read.
    #[error("{0}; a replay needs all objects of a step: correct them")]
    Unread(String),
    /// A step says nothing about Services.
    #[error(
        "{0}: step {1} has neither a Service nor an EndpointSlice, so that everything would be deleted: each step has all \
         of that moment; for a moment without any, write kind: List with items: [], or leave the file empty"
    )]
    NothingWanted(String, usize),
    /// Something would be assumed.
    #[error(
        "--assume: a replay shows what follows from changes of objects, so nothing may be assumed of them; write the \
         objects of each step with hnsplan fill and replay those"
    )]
    Assumes,
    /// A flag means nothing over a sequence.
    #[error(transparent)]
    Flag(#[from] FlagError),
    /// The node that a flag names is in no moment.
    #[error(transparent)]
    Node(#[from] UnknownNode),
    /// The platform has no later syncs.
    #[error("{0} has no later syncs: what is run again writes everything again")]
    NoTimeline(&'static str),
}

/// That something is wrong with a file.
pub(super) fn wrong(file: &str, reason: &dyn std::fmt::Display) -> ReplayError {
    ReplayError::Wrong { file: escaped(file), reason: reason.to_string() }
}
