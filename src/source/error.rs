//! Why an input could not be read.

use std::io;

use super::Undecodable;
use crate::name::escaped;

/// Why an input could not be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file or directory cannot be opened or read.
    #[error("cannot read {}: {cause}; check the path", escaped(name))]
    Io {
        /// The input as the user named it.
        name: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The bytes are not text.
    #[error("{} is not text: {cause}; save it as UTF-8", escaped(name))]
    Undecodable {
        /// The file.
        name: String,
        /// Which byte is wrong.
        cause: Undecodable,
    },
    /// A directory without a manifest.
    #[error(
        "{name} has no file ending in .yaml, .yml, .json, .jsonl or .ndjson; use -R to look in its folders"
    )]
    EmptyDirectory {
        /// The directory.
        name: String,
    },
    /// More than is kept in memory; offsets are kept in 32 bits.
    #[error("{} is larger than {}; {advice}", escaped(name), size(*.most))]
    TooLarge {
        /// The file.
        name: String,
        /// How many bytes it may have.
        most: u64,
        /// What to do.
        advice: &'static str,
    },
    /// Something that has no end, or is no text.
    #[error("{} is a device; pass a file, a folder, a pipe, or - for standard input", escaped(name))]
    Device {
        /// Its name.
        name: String,
    },
}

/// `4 GiB`
fn size(bytes: u64) -> String {
    match bytes.div_ceil(1 << 20) {
        mebibytes if mebibytes % 1024 == 0 => format!("{} GiB", mebibytes / 1024),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

pub(super) fn io_error(name: &str) -> impl FnOnce(io::Error) -> ReadError {
    let name = name.to_owned();
    move |cause| ReadError::Io { name, cause }
}
