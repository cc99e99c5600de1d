//! The recorded sequences, packed in one file: `zcat fixtures/timeline/sequences.json.gz | jq keys` lists them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use tempfile::TempDir;

use crate::support::case::fixtures;

/// Texts by their path below the folder of a sequence.
pub(super) type Files = BTreeMap<String, String>;

/// All sequences by name.
pub(super) fn sequences() -> BTreeMap<String, Files> {
    let file = File::open(fixtures().join("timeline/sequences.json.gz")).expect("the recordings are there");
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("the recordings are packed text");
    serde_json::from_str(&text).expect("the recordings are JSON")
}

/// A folder with these files, as the command reads it.
pub(super) fn unpacked<'f>(files: impl IntoIterator<Item = (&'f String, &'f String)>) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (path, text) in files {
        let path: PathBuf = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    folder
}
