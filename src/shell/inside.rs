//! The process in another folder, for as long as names of files are meant from there.

use std::io;
use std::path::{Path, PathBuf};

/// The process in a folder, and back where it was in the end.
#[derive(Debug)]
pub(crate) struct Inside(PathBuf);

impl Inside {
    /// Goes there.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        let before = std::env::current_dir()?;
        std::env::set_current_dir(folder)?;
        Ok(Self(before))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        // It was there a moment ago; where it is gone, whoever opens a file next says so.
        let _ = std::env::set_current_dir(&self.0);
    }
}
