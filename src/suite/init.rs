//! The first files of a suite, for folders that have manifests only.

use std::fs;
use std::path::Path;

use super::case::{is_manifest, refuse_endless};
use super::written::Written;
use super::{CaseOf, SETTINGS, Settings, SuiteError};
use crate::diagnostics::text;
use crate::fill::Assumptions;
use crate::pipeline::{Compiled, Setup, compile};
use crate::source::{Input, Sources};

/// The file with what is assumed.
const ASSUMPTIONS: &str = "assumptions.yaml";

/// Writes settings, and what is assumed about the cluster, beside the manifests of a folder and of those in it. Links to
/// folders are not followed.
///
/// # Errors
/// When there are settings already, or files cannot be read or written.
pub(super) fn init(folder: &Path, written: &mut Written) -> Result<(), SuiteError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(SuiteError::io("read", folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut manifests = Vec::new();
    for entry in entries {
        let kind = entry.file_type().map_err(SuiteError::io("read", &entry.path()))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if kind.is_dir() && !name.starts_with('.') {
            init(&entry.path(), written)?;
        } else if !kind.is_dir() && is_manifest(&name, &Settings::default()) {
            refuse_endless(&entry.path(), &name)?;
            manifests.push(name);
        }
    }
    if manifests.is_empty() { Ok(()) } else { begin(folder, &manifests, written) }
}

/// Writes both files beside the manifests of one folder.
fn begin(folder: &Path, manifests: &[String], written: &mut Written) -> Result<(), SuiteError> {
    for name in [SETTINGS, ASSUMPTIONS] {
        let path = folder.join(name);
        if path.symlink_metadata().is_ok() {
            let why = "it is there already; run hnsplan test for this suite, with --accept for outputs that it lacks";
            let error = std::io::Error::new(std::io::ErrorKind::AlreadyExists, why);
            return Err(SuiteError::io("write", &path)(error));
        }
    }
    let whole = read(folder, manifests)?;
    whole.check_read().map_err(|unread| {
        let found = unread.diagnostics.iter().map(|found| text::short(found, &unread.sources));
        SuiteError::Unread(found.collect::<Vec<_>>().join("; "))
    })?;
    let mut case = CaseOf::File;
    if manifests.len() > 1 {
        for name in manifests {
            let alone = read(folder, std::slice::from_ref(name))?;
            if !stands_alone(&alone, &whole) {
                case = CaseOf::Folder;
            }
        }
    }
    let node = whole.find_node(|_| true).unwrap_or("linux-1").to_owned();
    let used = whole.assumed.map(|assumed| assumed.used).unwrap_or_default();
    written.write_new(folder.join(ASSUMPTIONS), &used.to_yaml())?;
    let settings = format!(
        "apiVersion: hnsplan/v1alpha1\nkind: Suite\n# What is one case: each file, or all files of the folder \
         together.\ncase: {}\nflags: [--node, {node}]\nassume: {ASSUMPTIONS}\n\
         outputs: [ipv4.rules, hns.json, messages.txt]\n",
        case.as_str()
    );
    written.write_new(folder.join(SETTINGS), &settings)
}

fn read(folder: &Path, manifests: &[String]) -> Result<Compiled, SuiteError> {
    let inputs: Vec<Input> = manifests.iter().map(|name| Input::Path(folder.join(name))).collect();
    let sources = Sources::read(&inputs, false)
        .map_err(|error| SuiteError::io("read", folder)(std::io::Error::other(error.to_string())))?;
    Ok(compile(sources, &Setup::default().assume(Assumptions::default())))
}

/// Whether a file has Services, and the rules of each are the same without the other files of its folder: then these add
/// nothing to it.
fn stands_alone(alone: &Compiled, whole: &Compiled) -> bool {
    let endpoints = |port: &crate::ir::ServicePort| -> Vec<Box<str>> {
        port.endpoints.iter().map(|endpoint| endpoint.text.clone()).collect()
    };
    let is_same = |port: &crate::ir::ServicePort| {
        let key = |of: &crate::ir::ServicePort| (of.id.clone(), of.protocol, of.family);
        let other = whole.rules.services.iter().find(|other| key(other) == key(port));
        other.is_some_and(|other| endpoints(other) == endpoints(port))
    };
    !alone.rules.services.is_empty() && alone.rules.services.iter().all(is_same)
}
