//! The recordings of a cluster's components, in `fixtures/assume`.

use std::path::{Path, PathBuf};

use hnsplan::diagnostics::Severity;
use hnsplan::fill::{Assumptions, Filled, fill};
use hnsplan::manifest::{AnyObjects, any_objects};
use hnsplan::source::{Input, Sources};
use serde_json::Value;

/// The folders of a kind of case, by the beginning of their names.
pub(super) fn folders(is_one: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/assume");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root)
        .expect("the recordings are there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| is_one(&name(path)))
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

/// The name of a case.
pub(super) fn name(folder: &Path) -> String {
    folder.file_name().expect("it has a name").to_string_lossy().into_owned()
}

/// Reads the files of a case that are there.
pub(super) fn read(folder: &Path, files: &[&str]) -> Sources {
    let paths = files.iter().map(|file| folder.join(file)).filter(|path| path.exists());
    let inputs: Vec<Input> = paths.map(Input::Path).collect();
    Sources::read(&inputs, false).expect("the files can be read")
}

/// Fills the files of a case that are there.
pub(super) fn filled(folder: &Path, files: &[&str], assumptions: &Assumptions) -> Filled {
    let sources = read(folder, files);
    let AnyObjects { objects, diagnostics: problems, .. } = any_objects(&sources);
    // That a recorded file is empty is a note.
    let are_notes = problems.iter().all(|found| found.code.severity() == Severity::Note);
    assert!(are_notes, "{}: {problems:?}", name(folder));
    fill(objects, assumptions)
}

/// A recorded document.
pub(super) fn recorded(folder: &Path, file: &str) -> Value {
    let text = std::fs::read_to_string(folder.join("1.36").join(file)).expect("it is recorded");
    serde_yaml::from_str(&text).expect("it is YAML")
}

/// The items of a recorded list.
pub(super) fn items(list: &Value) -> Vec<Value> {
    list["items"].as_array().expect("it is a list").clone()
}
