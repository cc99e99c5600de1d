//! Which files this process has read, so that no answer is written over one of them, and pages tell what they are of.
//!
//! Files are the same whatever name leads to them: another spelling, a link, a hard link.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

/// What tells a file from all others: its device and number there, or its name without links.
#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(not(unix))]
type FileId = PathBuf;

/// The files that were read, with the name of each that a user gave.
static READ: Mutex<Option<FxHashMap<FileId, PathBuf>>> = Mutex::new(None);

/// Remembers a file that is read. What is no regular file, a pipe or a device, is not overwritten by what is written into it.
pub fn note_input(path: &Path) {
    let Ok(metadata) = path.metadata() else { return };
    if let Some(id) = id_of(path, &metadata) {
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        read.get_or_insert_default().entry(id).or_insert_with(|| path.to_owned());
    }
}

/// The name of the file that was read, where writing to a path would overwrite it.
#[must_use]
pub fn input_at(path: &Path) -> Option<PathBuf> {
    let id = id_of(path, &path.metadata().ok()?)?;
    READ.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(&id).cloned()
}

/// The names of all files that were read, as a user gave them, sorted.
#[must_use]
pub fn inputs() -> Vec<PathBuf> {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let mut names: Vec<PathBuf> = read.iter().flatten().map(|(_, name)| name.clone()).collect();
    names.sort();
    names
}

#[cfg(unix)]
fn id_of(_: &Path, metadata: &Metadata) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    metadata.is_file().then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn id_of(path: &Path, metadata: &Metadata) -> Option<FileId> {
    if metadata.is_file() { path.canonicalize().ok() } else { None }
}
