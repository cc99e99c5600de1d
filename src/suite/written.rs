//! The files that a run has written, so that a run that fails can take them back.

use std::fs;
use std::path::PathBuf;

use super::SuiteError;
use super::output::write;

/// Files that were written, with what they contained before; `None` where they were not there.
#[derive(Debug, Default, Clone)]
pub(super) struct Written(Vec<(PathBuf, Option<String>)>);

impl Written {
    /// Writes a file that was not there.
    pub(super) fn write_new(&mut self, path: PathBuf, text: &str) -> Result<(), SuiteError> {
        write(&path, text)?;
        self.note(path, None);
        Ok(())
    }

    /// Remembers a file that was written, and what it contained.
    pub(super) fn note(&mut self, path: PathBuf, before: Option<String>) {
        self.0.push((path, before));
    }

    /// Whether nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes all as it was.
    pub(super) fn take_back(&mut self) -> Result<(), SuiteError> {
        // The last one first: a file may have been written twice.
        while let Some((path, before)) = self.0.pop() {
            match before {
                Some(text) => write(&path, &text)?,
                None => fs::remove_file(&path).map_err(SuiteError::io("delete", &path))?,
            }
        }
        Ok(())
    }
}
