//! The recorded sequences, packed: `zcat fixtures/timeline/sequences.json.gz | jq keys` lists them. Inputs and what was
//! recorded on Windows are in one file, what was recorded on Linux in another.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use hnsplan::pipeline::Setup;
use hnsplan::platform::timeline::Keeps;
use hnsplan::platform::{Holdings, Options, find};
use hnsplan::replay::{Replayed, Request, Sequence, replay};
use tempfile::TempDir;

/// Texts by their path below the folder of a sequence.
pub(crate) type Files = BTreeMap<String, String>;

/// All sequences by name.
pub(crate) fn sequences() -> BTreeMap<String, Files> {
    serde_json::from_str(&text("timeline/sequences.json.gz")).expect("the recordings are JSON")
}

/// What was recorded on Linux, by sequence. Texts of syncs repeat their lines, so each line is in the file once.
pub(crate) fn linux() -> BTreeMap<String, Files> {
    #[derive(serde::Deserialize)]
    struct Packed {
        lines: Vec<String>,
        sequences: BTreeMap<String, BTreeMap<String, Vec<usize>>>,
    }
    let packed: Packed = serde_json::from_str(&text("timeline/linux.json.gz")).expect("it has this form");
    let text = |lines: Vec<usize>| lines.into_iter().map(|at| packed.lines[at].clone() + "\n").collect();
    let files = |files: BTreeMap<String, Vec<usize>>| {
        files.into_iter().map(|(path, lines)| (path, text(lines))).collect()
    };
    packed.sequences.into_iter().map(|(name, of)| (name, files(of))).collect()
}

fn text(packed: &str) -> String {
    let file = File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(packed))
        .expect("the recordings are there");
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("the recordings are packed text");
    text
}

/// A folder with these files, as the command reads it.
pub(crate) fn unpacked<'f>(files: impl IntoIterator<Item = (&'f String, &'f String)>) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (path, text) in files {
        let path: PathBuf = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    folder
}

/// The inputs of a sequence, gone through on a platform; `adjust` changes what they say of the node.
pub(crate) fn replayed(
    platform: &str,
    files: &Files,
    setup: Setup,
    keeps: Keeps,
    adjust: impl FnOnce(&mut Setup),
) -> Result<Replayed, String> {
    let folder = unpacked(files.iter().filter(|(path, _)| !path.starts_with("1.3")));
    let folder = Sequence::folder(folder.path()).map_err(|error| error.to_string())?;
    let mut setup = folder.complete(setup).map_err(|error| error.to_string())?;
    adjust(&mut setup);
    let request = Request {
        setup: &setup,
        platform: find(platform).expect("it is registered"),
        options: &Options::default(),
        held: &Holdings::default(),
        against: None,
        keeps,
    };
    replay(&folder, &request).map_err(|error| error.to_string())
}
