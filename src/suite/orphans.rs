//! Snapshots whose manifest or node is gone: nothing is compared with them any more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::case::{EXPECTATIONS, NODE_SIGN, WHOLE_FOLDER, is_manifest, is_named, of_node, settings_of, stem};
use super::{Case, CaseOf, Output, SuiteError, SuiteNode};

/// A file that nothing is compared with, and why.
pub(super) type Orphan = (PathBuf, &'static str);

const NO_MANIFEST: &str = "its manifest is gone; delete it, or bring the manifest back";
const NO_NODES: &str =
    "hnsplan.yaml has no nodes, so nothing is compared with a snapshot of one; delete it, or add nodes";
const WITHOUT_NODE: &str = "hnsplan.yaml has nodes, and it names none; rename it to NAME@NODE, or delete it";
const NO_NODE: &str =
    "no node of the suite has this output; delete it, or add the node to nodes in hnsplan.yaml";

/// The snapshots of a case that are of none of its nodes, where it has several.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn strays(case: &Case, nodes: &[SuiteNode]) -> Result<Vec<Orphan>, SuiteError> {
    if case.nodes.is_empty() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&case.folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(SuiteError::io("read", &case.folder))?;
    let expected: BTreeSet<PathBuf> =
        nodes.iter().flat_map(|node| case.expected(Some(node))).map(|expected| expected.path).collect();
    let is_of_case = |name: &str| {
        let found = case.outputs.iter().find_map(|output| of_node(name, *output));
        found.is_some_and(|(stem, _)| stem == case.stem)
    };
    let names = entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok());
    let found: BTreeSet<PathBuf> =
        names.filter(|name| is_of_case(name)).map(|name| case.folder.join(name)).collect();
    Ok(found.difference(&expected).map(|path| (path.clone(), NO_NODE)).collect())
}

/// The snapshots and expectations of a folder and those in it that belong to no manifest, by path. Links to folders are not
/// followed.
///
/// # Errors
/// When a folder cannot be read, or settings are wrong.
pub(super) fn orphans(folder: &Path) -> Result<Vec<Orphan>, SuiteError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(SuiteError::io("read", folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let (mut files, mut found) = (BTreeSet::new(), Vec::new());
    for entry in entries {
        if entry.file_type().map_err(SuiteError::io("read", &entry.path()))?.is_dir() {
            found.extend(orphans(&entry.path())?);
        } else if let Ok(name) = entry.file_name().into_string() {
            files.insert(name);
        }
    }
    let settings = settings_of(folder, &files)?;
    let manifests = files.iter().filter(|name| is_manifest(name, &settings));
    let stems: BTreeSet<&str> = match settings.case {
        CaseOf::File => manifests.map(|name| stem(name)).collect(),
        CaseOf::Folder => manifests.map(|_| WHOLE_FOLDER).collect(),
    };
    let why = |name: &str| {
        if let Some(stem) = name.strip_suffix(EXPECTATIONS) {
            return (!stems.contains(stem)).then_some(NO_MANIFEST);
        }
        let ending = Output::all().map(|output| format!(".{}", output.ending));
        let whole = ending.into_iter().find_map(|ending| name.strip_suffix(&*ending).map(str::to_owned))?;
        let stem = whole.rsplit_once(NODE_SIGN).map(|(stem, _)| stem);
        match (stem, settings.nodes.is_empty()) {
            _ if stems.contains(&*whole) => (!settings.nodes.is_empty()).then_some(WITHOUT_NODE),
            (Some(stem), true) if stems.contains(stem) => Some(NO_NODES),
            (Some(stem), false) if stems.contains(stem) => None,
            _ => Some(NO_MANIFEST),
        }
    };
    let orphan = |name: &String| Some((folder.join(name), why(name)?));
    found.extend(files.iter().filter(|name| !is_named(name, &settings)).filter_map(orphan));
    Ok(found)
}
