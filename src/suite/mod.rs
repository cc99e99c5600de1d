//! Suites: folders of manifests with expected outputs beside them, as teams keep them in their own repositories.
//!
//! ```text
//! shop/
//!   hnsplan.yaml       flags for all cases of the folder
//!   front.yaml         a case
//!   front.hns.json     what is expected of it; front@win-1.hns.json where hnsplan.yaml names several nodes
//!   front.expect.yaml  what is expected of single packets
//!   front.hns.json.new what it is now, where that differs
//! ```
//!
//! **Invariant:** no platform is named; what each contributes is in its folder.

mod asked;
mod case;
mod during;
mod expectations;
mod init;
mod nodes;
mod orphans;
mod output;
mod part;
mod redact;
mod run;
mod settings;
mod tally;
mod verdicts;
mod written;

pub use asked::Asked;
pub use case::{Case, cases};
pub use expectations::{EXPECTATIONS, Expectations, ExpectationsError};
pub use nodes::{NodeEntry, NodesError, SuiteNode};
pub use output::{Expected, Makes, Output, SnapshotState};
pub use part::{Answer, CaseError, Part, Surroundings};
pub use redact::{redacted, redacted_but_derived};
pub use run::{CannotFail, Given, GivenError};
pub use settings::{CaseOf, Settings, SettingsError};
pub use tally::{Decision, Tally};
pub use verdicts::Verdicts;

/// The file with the settings of a folder.
const SETTINGS: &str = "hnsplan.yaml";

/// Why a suite cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SuiteError {
    /// A file or folder cannot be read or written.
    #[error("cannot {what} {path}: {error}")]
    Io {
        /// What was to be done.
        what: &'static str,
        /// The file or folder.
        path: String,
        /// Why not.
        error: std::io::Error,
    },
    /// The settings of a folder.
    #[error("{path}: {error}")]
    Settings {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: SettingsError,
    },
    /// A file that would be part of a suite under another name.
    #[error("{path} is not read under this name; rename it to {meant}")]
    Misnamed {
        /// The file.
        path: String,
        /// The name that is read.
        meant: String,
    },
    /// Manifests that cannot be read as a whole.
    #[error("{0}; a snapshot would keep that nothing was read: correct it first")]
    Unread(String),
    /// The expectations of a case.
    #[error("{path}:{error}")]
    Expectations {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: ExpectationsError,
    },
}

impl SuiteError {
    fn io(what: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = crate::name::escaped(&path.display().to_string());
        move |error| Self::Io { what, path, error }
    }
}
