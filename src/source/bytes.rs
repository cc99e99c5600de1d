//! The bytes of files and pipes, which may be larger than memory or have no end.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::error::{ReadError, io_error};
use super::inputs::note_input;

/// How many bytes a pipe may give: more than any cluster, and less than memory.
pub(super) const LARGEST_STREAM: u64 = 384 << 20;

/// How to make a file smaller.
pub(super) const SPLIT: &str = "split it, for example by namespace";

/// The bytes of a file of at most so many.
pub(super) fn bytes_of(path: &Path, name: &str, most: u64) -> Result<Vec<u8>, ReadError> {
    let metadata = path.metadata().map_err(io_error(name))?;
    if is_device(&metadata) {
        return Err(ReadError::Device { name: name.to_owned() });
    }
    let file = fs::File::open(path).map_err(io_error(name))?;
    note_input(path);
    // The size of a pipe is not known before its end.
    if !metadata.is_file() {
        return read_at_most(file, most.min(LARGEST_STREAM), name);
    }
    if metadata.len() > most {
        return Err(too_large(name, most));
    }
    // A file may grow while it is read.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    file.take(most + 1).read_to_end(&mut bytes).map_err(io_error(name))?;
    if bytes.len() as u64 > most { Err(too_large(name, most)) } else { Ok(bytes) }
}

/// The bytes of a pipe, of at most as many as standard input may have.
///
/// # Errors
/// When there are more, or it cannot be read.
pub fn stream_bytes(from: impl Read, name: &str) -> Result<Vec<u8>, ReadError> {
    read_at_most(from, LARGEST_STREAM, name)
}

/// Reads to the end, or says that there is more than so many bytes as soon as there is.
pub(super) fn read_at_most(mut from: impl Read, most: u64, name: &str) -> Result<Vec<u8>, ReadError> {
    // In pieces: a text that grows in one piece takes three times its size while it is moved to a larger place, and it
    // may have no end.
    const PIECE: usize = 4 << 20;
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut length = 0;
    loop {
        let mut piece = Vec::with_capacity(if pieces.is_empty() { 0 } else { PIECE });
        let read = from.by_ref().take(PIECE as u64).read_to_end(&mut piece).map_err(io_error(name))?;
        length += read as u64;
        if length > most {
            return Err(too_large(name, most));
        }
        pieces.push(piece);
        if read < PIECE {
            return Ok(if pieces.len() == 1 { pieces.remove(0) } else { pieces.concat() });
        }
    }
}

/// Whether it is a pipe, socket or device: to read it may take from whoever else reads it, and may never end.
#[must_use]
pub fn is_endless(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn too_large(name: &str, most: u64) -> ReadError {
    let advice = if most == LARGEST_STREAM { "write it to a file and pass that" } else { SPLIT };
    ReadError::TooLarge { name: name.to_owned(), most, advice }
}

#[cfg(unix)]
fn is_device(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_char_device() || metadata.file_type().is_block_device()
}

#[cfg(not(unix))]
fn is_device(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_is_too_large_is_refused_while_it_is_read() {
        const MOST: u64 = 9 << 20;
        let is_refused = |read: Result<Vec<u8>, ReadError>| matches!(read, Err(ReadError::TooLarge { most, .. }) if most == MOST);
        // It has no end.
        assert!(is_refused(read_at_most(io::repeat(b'x'), MOST, "pipe")));
        assert_eq!(
            read_at_most(io::repeat(b'x').take(MOST), MOST, "pipe").expect("it fits").len() as u64,
            MOST
        );
        let file = tempfile::NamedTempFile::new().expect("a file");
        file.as_file().set_len(MOST).expect("it is made longer");
        assert_eq!(bytes_of(file.path(), "file", MOST).expect("it fits").len() as u64, MOST);
        // A hole takes no room: nothing of it is read.
        file.as_file().set_len(u64::from(u32::MAX)).expect("it is made longer");
        assert!(is_refused(bytes_of(file.path(), "file", MOST)));
    }
}
