//! What a case is expected to give, and how that is kept in files.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{SuiteError, SuiteNode, redacted, redacted_but_derived};
use crate::platform::{Expectation, Platform, all};
use crate::source::{Links, note_input, write_whole};

/// Something that a case gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// What the files that are kept of it end in.
    pub ending: &'static str,
    /// What it is.
    pub makes: Makes,
}

/// What an output is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// The text that a platform gets.
    Rules(&'static dyn Platform, Expectation),
    /// What the platforms differ in.
    Check,
    /// The messages about the manifests, one line each.
    Messages,
}

/// The file with an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// What it is about.
    pub output: Output,
    /// The file.
    pub path: PathBuf,
}

/// How what is given now compares with what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotState {
    /// They are the same.
    Same,
    /// Nothing is expected yet.
    New,
    /// They differ; this was expected.
    Different(String),
}

impl Output {
    /// All outputs.
    pub fn all() -> impl Iterator<Item = Self> {
        let rules = all().iter().flat_map(|platform| {
            platform
                .expectations()
                .iter()
                .map(|of| Self { ending: of.ending, makes: Makes::Rules(*platform, *of) })
        });
        let others = [
            Self { ending: "check.txt", makes: Makes::Check },
            Self { ending: "messages.txt", makes: Makes::Messages },
        ];
        rules.chain(others)
    }

    /// The output whose files end so.
    #[must_use]
    pub fn of_ending(ending: &str) -> Option<Self> {
        Self::all().find(|output| output.ending == ending)
    }

    /// Whether one of several nodes can have it: rules are kept of the nodes of their system.
    #[must_use]
    pub fn is_for(self, node: &SuiteNode) -> bool {
        match self.makes {
            Makes::Rules(platform, _) => node.can_run(platform),
            Makes::Check | Makes::Messages => true,
        }
    }

    /// The text without what may be another one each time. Where numbers are assumed, ids that follow from them are kept.
    #[must_use]
    pub fn stable(self, text: String, is_assumed: bool) -> String {
        match self.makes {
            Makes::Rules(_, Expectation { has_ids: true, .. }) if is_assumed => redacted_but_derived(&text),
            Makes::Rules(_, Expectation { has_ids: true, .. }) | Makes::Check => redacted(&text),
            Makes::Rules(..) | Makes::Messages => text,
        }
    }
}

impl<'de> Deserialize<'de> for Output {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ending = String::deserialize(deserializer)?;
        Self::of_ending(&ending).ok_or_else(|| {
            let endings: Vec<&str> = Self::all().map(|output| output.ending).collect();
            D::Error::custom(format!("unknown output `{ending}`; expected one of {}", endings.join(", ")))
        })
    }
}

/// A suite may be a repository of somebody else: a link in it is replaced, never followed.
pub(super) fn write(path: &Path, text: &str) -> Result<(), SuiteError> {
    write_whole(path, Links::Replace, |sink| sink(text)).map_err(SuiteError::io("write", path))
}

impl Expected {
    /// Compares with what is given now.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn compare(&self, now: &str) -> Result<SnapshotState, SuiteError> {
        note_input(&self.path);
        match fs::read_to_string(&self.path) {
            // Checked out on Windows, a file may have other line ends.
            Ok(expected) if expected.replace("\r\n", "\n") == now.replace("\r\n", "\n") => {
                Ok(SnapshotState::Same)
            }
            Ok(expected) => Ok(SnapshotState::Different(expected)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(SnapshotState::New),
            Err(error) => Err(SuiteError::io("read", &self.path)(error)),
        }
    }

    /// Takes what is given now as expected.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn accept(&self, now: &str) -> Result<(), SuiteError> {
        write(&self.path, now)?;
        self.forget()
    }

    /// Writes what is given now beside what is expected, for review.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn propose(&self, now: &str) -> Result<(), SuiteError> {
        let path = self.proposal();
        write(&path, now)
    }

    /// Takes away what was written for review.
    ///
    /// # Errors
    /// When the file is there and cannot be deleted.
    pub fn forget(&self) -> Result<(), SuiteError> {
        let path = self.proposal();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(SuiteError::io("delete", &path)(error)),
            _ => Ok(()),
        }
    }

    fn proposal(&self) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".new");
        Path::new(&name).to_path_buf()
    }
}
