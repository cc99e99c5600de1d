//! Where text comes from: files, directories, standard input; and the way back from a value to the
//! bytes it was read from.
//!
//! **Invariant:** nothing here knows Kubernetes.

mod bytes;
mod encoding;
mod error;
mod exclude;
mod growth;
mod hazard;
mod index;
mod inputs;
mod lines;
mod locate;
mod outline;
mod place;
mod read;
mod write;

pub use bytes::{is_endless, stream_bytes};
pub use encoding::{Undecodable, decode, decode_capture};
pub use error::ReadError;
pub use exclude::Exclude;
pub use hazard::{Hazard, hazard};
pub use inputs::{input_at, inputs, note_input};
pub use locate::{Located, has_root_sequence, line_start, locate, locate_key};
pub use outline::{Outline, Outlined, OutlinedKind};
pub use place::{Origin, Place, SourceId, Spot};
pub use read::{Input, SourceFile, Sources};
pub use write::{Links, Sink, write_whole};
