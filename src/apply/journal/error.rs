//! Why a journal cannot be used, and what to do then.

use std::io;
use std::path::{Path, PathBuf};

use super::number_of;
use crate::name::escaped;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The system refuses.
    #[error("cannot {what} {}: {error}", shown(.path))]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// Another process has it.
    #[error("another hnsplan is changing this node: it has locked {}", shown(.0))]
    Locked(PathBuf),
    /// A line is not as it was written.
    #[error("{}:{line}: the journal is damaged: this line was changed", shown(.path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A run has no beginning, or no end although later ones follow it.
    #[error("{}: the journal lost lines: run {number} has no steps, or it has no end and later runs follow it", shown(.path))]
    Cut {
        /// The file.
        path: PathBuf,
        /// The run.
        number: u64,
    },
    /// There is no number for another run.
    #[error("{}: {number} is not the number of a run that hnsplan wrote", shown(.path))]
    Number {
        /// The file.
        path: PathBuf,
        /// The number.
        number: u64,
    },
    /// Somebody else owns the folder or may write into it, and could have an administrator carry out what it says.
    #[error("the folder {} {why}, who could write what is carried out from the journal in it", shown(.path))]
    Rights {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such run.
    #[error("the journal {} has no run {number}", shown(.path))]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// The number.
        number: u64,
    },
    /// It is of another executor.
    #[error("{} is the journal of {found}, not of {wanted}", shown(.path))]
    OtherExecutor {
        /// The file.
        path: PathBuf,
        /// The executor whose journal it is.
        found: String,
        /// The executor whose journal it should be.
        wanted: String,
    },
}

impl JournalError {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Io { .. } => {
                "free space or grant access there, or choose another folder with --journal".to_owned()
            }
            Self::Rights { .. } if cfg!(windows) => {
                "choose another folder with --journal, or look into this one and take it over as administrator with \
                 takeown /a /f FOLDER, then icacls FOLDER /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F \
                 *S-1-5-32-544:(OI)(CI)F"
                    .to_owned()
            }
            Self::Rights { .. } => {
                "choose another folder with --journal, or take this one over with chown and chmod 700"
                    .to_owned()
            }
            Self::Locked(_) => "wait until it ends".to_owned(),
            Self::Damaged { path, .. } => match number_of(path) {
                Some(number) => format!(
                    "restore the file; or give the run up with `hnsplan history forget {number}`, after which it \
                     cannot be undone"
                ),
                None => "restore the file".to_owned(),
            },
            Self::Cut { number, .. } => format!(
                "restore the file; or give the run up with `hnsplan history forget {number}`, after which it cannot \
                 be undone"
            ),
            Self::Number { .. } => "move the file out of the journal".to_owned(),
            Self::NoRun { .. } => "`hnsplan history` lists the runs".to_owned(),
            Self::OtherExecutor { .. } => "choose another folder with --journal".to_owned(),
        }
    }
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string())
}

/// What the system refused, and where.
pub(super) fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    move |error| JournalError::Io { what, path: path.to_owned(), error }
}
