//! The first files of a suite, for a folder that has manifests only.

use std::path::Path;

use super::output::write;
use super::{SETTINGS, SuiteError};
use crate::fill::Assumptions;
use crate::pipeline::{Setup, compile};
use crate::source::{Input, Sources};

/// The file with what is assumed.
const ASSUMPTIONS: &str = "assumptions.yaml";

/// Writes settings, and what is assumed about the cluster, beside the manifests of a folder.
///
/// # Errors
/// When there are settings already, or files cannot be read or written.
pub fn init(folder: &Path) -> Result<(), SuiteError> {
    for name in [SETTINGS, ASSUMPTIONS] {
        let path = folder.join(name);
        if path.symlink_metadata().is_ok() {
            let error = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "it is there already");
            return Err(SuiteError::io("write", &path)(error));
        }
    }
    let sources = Sources::read(&[Input::Path(folder.to_owned())], false)
        .map_err(|error| SuiteError::io("read", folder)(std::io::Error::other(error.to_string())))?;
    let compiled = compile(sources, &Setup::default().assume(Assumptions::default()));
    let node = compiled.find_node(|_| true).unwrap_or("linux-1").to_owned();
    let used = compiled.assumed.map(|assumed| assumed.used).unwrap_or_default();
    write(&folder.join(ASSUMPTIONS), &used.to_yaml())?;
    let settings = format!(
        "apiVersion: hnsplan/v1alpha1\nkind: Suite\nflags: [--node, {node}]\nassume: {ASSUMPTIONS}\n\
         outputs: [ipv4.rules, hns.json, messages.txt]\n"
    );
    write(&folder.join(SETTINGS), &settings)
}
