//! Files, folders and standard input, as texts.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::CaptureError;
use super::archive::{Zip, is_zip};
use super::host::has_facts;
use crate::flag::Given;
use crate::name::escaped;
use crate::platform::{DumpText, ExecutorName, OpenError, all};
use crate::source::{decode_capture, is_endless, note_input};

/// The texts of a file, of the files in a folder, or of standard input for `-`.
///
/// # Errors
/// When something cannot be read, or a folder has no file.
pub fn texts_of(path: &str, format: Option<&'static str>) -> Result<Vec<DumpText>, CaptureError> {
    if path == "-" {
        return Ok(vec![DumpText { format, ..texts_of_stdin()? }]);
    }
    if let Some(executor) = live(path) {
        return texts_of_node(path, executor);
    }
    let path = Path::new(path);
    if !is_folder(path) {
        return Ok(vec![text_of(path, format)?]);
    }
    Folder::read(path)?.dumps_of(path, format)?.iter().map(|file| file.text(format)).collect()
}

/// Before the name of an executor: what the node holds now, as that reads it.
pub const LIVE: &str = "live:";

/// The name of the executor in `live:EXECUTOR`; a file may have such a name.
#[must_use]
pub fn live(path: &str) -> Option<&str> {
    path.strip_prefix(LIVE).filter(|_| !Path::new(path).exists())
}

/// What the node holds now, as its executor reads it. Nothing is changed.
fn texts_of_node(path: &str, executor: &str) -> Result<Vec<DumpText>, CaptureError> {
    let executor: ExecutorName = executor.parse().map_err(|error| {
        CaptureError(format!("{}: {error}; the part after `{LIVE}` is what reads the node", escaped(path)))
    })?;
    let shown = escaped(path);
    let silent = |why: String, advice: &str| {
        let why = why.trim_end_matches('.');
        let advice = if advice.is_empty() { String::new() } else { format!("; {advice}") };
        CaptureError(format!("{shown}: the node does not answer: {why}{advice}"))
    };
    let mut node = executor.open(&Given::default()).map_err(|error| match error {
        OpenError::Node(failure) => silent(failure.to_string(), &failure.advice),
        OpenError::Flag(error) => CaptureError(format!("{shown}: {error}")),
    })?;
    let texts = node.dump().map_err(|failure| silent(failure.to_string(), &failure.advice))?;
    Ok(texts.into_iter().map(|text| DumpText { name: format!("{shown} ({})", text.name), ..text }).collect())
}

/// The text of standard input.
///
/// # Errors
/// When it cannot be read.
pub fn texts_of_stdin() -> Result<DumpText, CaptureError> {
    let bytes = once(Path::new("-"), || {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    });
    let bytes = bytes.map_err(|error| CaptureError(format!("cannot read standard input: {error}")))?;
    Ok(DumpText { name: "standard input".to_owned(), text: decode_capture(bytes).0, format: None })
}

/// The text of a file.
///
/// # Errors
/// When it cannot be read.
pub fn text_of(path: &Path, format: Option<&'static str>) -> Result<DumpText, CaptureError> {
    let name = escaped(&path.display().to_string());
    note_input(path);
    let read = || std::fs::read(path);
    let bytes = if is_endless(path) { once(path, read) } else { read() };
    let bytes = bytes.map_err(|error| CaptureError(format!("cannot read {name}: {error}")))?;
    Ok(DumpText { name, text: decode_capture(bytes).0, format })
}

/// What a pipe gives. It gives it once, and a dump is read for what it tells about the host and for what the node holds.
fn once(path: &Path, read: impl FnOnce() -> std::io::Result<Vec<u8>>) -> std::io::Result<Vec<u8>> {
    static READ: Mutex<BTreeMap<PathBuf, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut known = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = known.get(path) {
        return Ok(bytes.clone());
    }
    let bytes = read()?;
    known.insert(path.to_owned(), bytes.clone());
    Ok(bytes)
}

/// Whether several files are meant: a folder, or a zip of one.
pub(super) fn is_folder(path: &Path) -> bool {
    path.is_dir() || is_zip(path)
}

/// A file of a folder.
#[derive(Debug)]
pub(super) enum FolderFile {
    Plain(PathBuf),
    /// In a zip, by its position there.
    Packed(Arc<Zip>, usize),
}

impl FolderFile {
    /// Its name without folders.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Plain(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            Self::Packed(zip, at) => zip.name(*at).rsplit('/').next().map(str::to_owned),
        }
        .unwrap_or_default()
    }

    pub(super) fn text(&self, format: Option<&'static str>) -> Result<DumpText, CaptureError> {
        match self {
            Self::Plain(path) => text_of(path, format),
            Self::Packed(zip, at) => Ok(DumpText {
                name: format!("{}/{}", escaped(&zip.path().display().to_string()), escaped(zip.name(*at))),
                text: decode_capture(zip.read(*at).map_err(CaptureError)?).0,
                format,
            }),
        }
    }
}

/// The files of a folder or zip, by what their names tell.
pub(super) struct Folder {
    /// Those that may be dumps, by name.
    collected: Vec<FolderFile>,
    /// Those that tell about the host.
    pub(super) facts: Vec<FolderFile>,
    /// All others.
    pub(super) others: Vec<FolderFile>,
    /// Whether a log collector made the folder.
    pub(super) is_of_collector: bool,
}

impl Folder {
    pub(super) fn read(folder: &Path) -> Result<Self, CaptureError> {
        let files = if folder.is_dir() {
            plain(folder)?
        } else {
            let zip = Arc::new(Zip::open(folder).map_err(CaptureError)?);
            (0..zip.len()).map(|at| FolderFile::Packed(Arc::clone(&zip), at)).collect()
        };
        let (facts, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| has_facts(&file.name()));
        let is_collected = |file: &FolderFile| all().iter().any(|platform| platform.collects(&file.name()));
        let (collected, others): (Vec<_>, Vec<_>) = files.into_iter().partition(is_collected);
        let is_text = |file: &FolderFile| Path::new(&file.name()).extension().is_some_and(|of| of == "txt");
        let is_of_collector = collected.iter().any(is_text);
        Ok(Self { collected, facts, others, is_of_collector })
    }

    /// The dumps that a log collector writes, or else all files.
    fn dumps_of(self, folder: &Path, format: Option<&'static str>) -> Result<Vec<FolderFile>, CaptureError> {
        let mut files = self.collected;
        if !self.is_of_collector && format.is_none() {
            files.extend(self.others);
            files.sort_by_cached_key(FolderFile::name);
        }
        if files.is_empty() && self.facts.is_empty() {
            return Err(CaptureError(format!(
                "{} contains no dump of a node; looked for files that a log collector writes (policy.txt, endpoint.txt, \
                 network.txt, hnsdiag.txt) and *.json",
                escaped(&folder.display().to_string())
            )));
        }
        Ok(files)
    }
}

fn plain(folder: &Path) -> Result<Vec<FolderFile>, CaptureError> {
    let shown = escaped(&folder.display().to_string());
    let entries = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| CaptureError(format!("cannot read {shown}: {error}")))?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    Ok(files.into_iter().map(FolderFile::Plain).collect())
}
