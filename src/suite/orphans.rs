//! Snapshots whose manifest is gone: nothing is compared with them any more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::case::{EXPECTATIONS, WHOLE_FOLDER, is_manifest, is_named, settings_of, stem};
use super::{CaseOf, Output, SuiteError};

/// The snapshots and expectations of a folder and those in it that belong to no manifest, by path. Links to folders are not
/// followed.
///
/// # Errors
/// When a folder cannot be read, or settings are wrong.
pub(super) fn orphans(folder: &Path) -> Result<Vec<PathBuf>, SuiteError> {
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
    let of_stem = |name: &str| {
        let endings = Output::all().map(|output| format!(".{}", output.ending));
        let mut endings = endings.chain([EXPECTATIONS.to_owned()]);
        endings.find_map(|ending| name.strip_suffix(&*ending).map(str::to_owned))
    };
    let is_orphan = |name: &&String| {
        let stem = of_stem(name).filter(|_| !is_named(name, &settings));
        stem.is_some_and(|stem| !stems.contains(&*stem))
    };
    found.extend(files.iter().filter(is_orphan).map(|name| folder.join(name)));
    Ok(found)
}
