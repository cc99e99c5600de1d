//! Reading: what `-f` names becomes text, each file once, in the order given.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use super::bytes::{LARGEST_STREAM, SPLIT, bytes_of, is_endless, read_at_most};
use super::decode;
use super::error::{ReadError, io_error};
use super::exclude::Exclude;
use super::index::Index;
use super::lines::Lines;
use super::locate::{Found, line_end, search, way};
use super::place::{Origin, Place, SourceId, Spot};

/// What a user names after `-f`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// `-`
    Stdin,
    /// A file, or a directory whose manifests are read.
    Path(PathBuf),
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        if text == "-" { Self::Stdin } else { Self::Path(text.into()) }
    }
}

/// One text with the name a user knows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path as given, or `-`.
    pub name: String,
    /// The decoded text.
    pub text: String,
    /// Whether it was found in a folder, and not named itself.
    pub is_found: bool,
    /// Whether it stands beside the input, such as a configuration: places in it are shown, and no object is read from it.
    pub is_beside: bool,
}

/// All texts of one run. Values point into them by [`Origin`].
#[derive(Debug, Default)]
pub struct Sources {
    /// Shared by copies: of many nodes each gets one.
    files: Arc<Vec<SourceFile>>,
    /// What folders have with names of manifests, and is no file: reading it might never end.
    endless: Arc<Vec<String>>,
    /// What is known of texts about which there is much to report.
    known: Mutex<Known>,
}

/// What was found out about texts while places in them were looked up.
#[derive(Debug, Default)]
struct Known {
    /// By file and first byte.
    texts: FxHashMap<(SourceId, u32), Searched>,
    lines: FxHashMap<SourceId, Arc<Lines>>,
}

/// A text in which places were looked up.
#[derive(Debug, Default)]
struct Searched {
    times: usize,
    /// Its values, once it was searched often.
    index: Option<Arc<Index>>,
}

/// How many places are searched in a text before all of its values are indexed.
const SEARCHES: usize = 8;

impl Clone for Sources {
    /// The same texts; what is known of them is found out again.
    fn clone(&self) -> Self {
        Self { files: self.files.clone(), endless: self.endless.clone(), known: Mutex::default() }
    }
}

impl Sources {
    /// Reads every input; directories in the order of their file names, their folders if `recursive`.
    ///
    /// # Errors
    /// When an input cannot be read or is not text.
    pub fn read(inputs: &[Input], recursive: bool) -> Result<Self, ReadError> {
        Self::read_without(inputs, recursive, &[])
    }

    /// The same, without the files and folders of directories whose names or paths match one of the patterns.
    ///
    /// # Errors
    /// When an input cannot be read or is not text.
    pub fn read_without(inputs: &[Input], recursive: bool, excluded: &[Exclude]) -> Result<Self, ReadError> {
        let mut sources = Self::default();
        for input in inputs {
            match input {
                Input::Stdin => {
                    let bytes = read_at_most(io::stdin().lock(), LARGEST_STREAM, "standard input")?;
                    sources.add_bytes("-".into(), bytes)?;
                }
                Input::Path(path) => sources.read_path(path, recursive, excluded)?,
            }
        }
        Ok(sources)
    }

    /// Adds a text that is already in memory.
    ///
    /// # Errors
    /// When the text is larger than 4 GiB.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> Result<SourceId, ReadError> {
        let (name, text) = (name.into(), text.into());
        if u32::try_from(text.len()).is_err() {
            return Err(ReadError::TooLarge { name, most: u64::from(u32::MAX), advice: SPLIT });
        }
        Ok(self.push(SourceFile { name, text, is_found: false, is_beside: false }))
    }

    /// The number of a text that stands beside the input, which is added unless it is there.
    pub fn beside(&mut self, name: &str, text: &str) -> SourceId {
        let is_same = |file: &SourceFile| file.is_beside && file.name == name && file.text == text;
        match (0..).map(SourceId).zip(self.files.iter()).find(|(_, file)| is_same(file)) {
            Some((id, _)) => id,
            None => self.push(SourceFile {
                name: name.to_owned(),
                text: text.to_owned(),
                is_found: false,
                is_beside: true,
            }),
        }
    }

    fn push(&mut self, file: SourceFile) -> SourceId {
        let id = SourceId(u32::try_from(self.files.len()).expect("fewer files than 2^32"));
        Arc::make_mut(&mut self.files).push(file);
        id
    }

    /// Adds a text as it was saved or printed.
    ///
    /// # Errors
    /// When it is no text, or larger than 4 GiB.
    pub fn add_bytes(&mut self, name: String, bytes: Vec<u8>) -> Result<SourceId, ReadError> {
        match decode(bytes) {
            Ok(text) => self.add(name, text),
            Err(cause) => Err(ReadError::Undecodable { name, cause }),
        }
    }

    /// Reads one file and returns its number.
    ///
    /// # Errors
    /// When the file cannot be read or is not text.
    pub fn read_file(&mut self, path: &Path) -> Result<SourceId, ReadError> {
        self.read_small(path, u64::from(u32::MAX))
    }

    /// Reads one file of at most so many bytes, and returns its number.
    ///
    /// # Errors
    /// When the file cannot be read, is larger, or is not text.
    pub fn read_small(&mut self, path: &Path, most: u64) -> Result<SourceId, ReadError> {
        let name = path.display().to_string();
        let bytes = bytes_of(path, &name, most)?;
        self.add_bytes(name, bytes)
    }

    fn read_path(&mut self, path: &Path, recursive: bool, excluded: &[Exclude]) -> Result<(), ReadError> {
        let name = path.display().to_string();
        if !path.metadata().map_err(io_error(&name))?.is_dir() {
            return self.read_file(path).map(drop);
        }
        let mut files = manifests_below(path, path, recursive, excluded)?;
        let endless = files.extract_if(.., |file| is_endless(file));
        Arc::make_mut(&mut self.endless).extend(endless.map(|file| file.display().to_string()));
        if files.is_empty() {
            return Err(ReadError::EmptyDirectory { name });
        }
        files.iter().try_for_each(|file| {
            let id = self.read_file(file)?;
            Arc::make_mut(&mut self.files)[id.index()].is_found = true;
            Ok(())
        })
    }

    /// The files of the input with their numbers; those beside it are left out.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &SourceFile)> {
        (0..).map(SourceId).zip(self.files.iter()).filter(|(_, file)| !file.is_beside)
    }

    /// Pipes, sockets and devices that folders have among their manifests; they are passed over.
    #[must_use]
    pub fn endless(&self) -> &[String] {
        &self.endless
    }

    /// One file.
    #[must_use]
    pub fn file(&self, id: SourceId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// The text that holds an object.
    #[must_use]
    pub fn text(&self, origin: Origin) -> &str {
        &self.file(origin.source).text[origin.start as usize..origin.end as usize]
    }

    /// The bytes of a place within its file: of the field, or of the nearest thing around it that exists.
    #[must_use]
    pub fn bytes(&self, place: &Place) -> Range<usize> {
        let origin = place.origin;
        let text = self.text(origin);
        let start = origin.start as usize;
        let found = self.search(origin, &place.path);
        if let (None, Some(byte)) = (&found.exact, place.byte) {
            let byte = byte as usize;
            return byte..line_end(&self.file(origin.source).text, byte);
        }
        let found = found.bytes(text);
        found.start + start..found.end + start
    }

    /// Searches a path in an object. After a few searches in one text all of its values are indexed, so that the
    /// time for many messages about one text grows with their number only.
    fn search(&self, origin: Origin, path: &str) -> Found {
        let text = self.text(origin);
        let index = {
            let mut known = self.known.lock().expect("looking up does not panic");
            let searched = known.texts.entry((origin.source, origin.start)).or_default();
            searched.times += 1;
            if searched.times > SEARCHES && searched.index.is_none() {
                searched.index = Some(Arc::new(Index::of(text)));
            }
            searched.index.clone()
        };
        match index {
            Some(index) => {
                let (wanted, base) = way(text, origin.item, path);
                index.find(&wanted, base)
            }
            None => search(text, origin.item, path),
        }
    }

    fn lines(&self, source: SourceId) -> Arc<Lines> {
        let mut known = self.known.lock().expect("looking up does not panic");
        Arc::clone(known.lines.entry(source).or_insert_with(|| Arc::new(Lines::of(&self.file(source).text))))
    }

    /// The spot of a place: file, line and column.
    #[must_use]
    pub fn spot(&self, place: &Place) -> Spot {
        let file = self.file(place.origin.source);
        let at = self.bytes(place).start;
        let column = 1 + self.lines(place.origin.source).characters_before(&file.text, at);
        Spot { file: file.name.clone(), line: self.line_of(place.origin, at), column }
    }

    /// The line of a byte of the file that lies in the text of an object.
    #[must_use]
    pub fn line_of(&self, origin: Origin, at: usize) -> usize {
        let lines = self.lines(origin.source);
        origin.line as usize + lines.number(at) - lines.number(origin.start as usize)
    }
}

/// The manifests of a directory, sorted by name so that no file system's order shows.
fn manifests_below(
    root: &Path,
    directory: &Path,
    recursive: bool,
    excluded: &[Exclude],
) -> Result<Vec<PathBuf>, ReadError> {
    let name = directory.display().to_string();
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory).map_err(io_error(&name))? {
        entries.push(below(directory, &entry.map_err(io_error(&name))?.file_name()));
    }
    entries.sort();
    let mut files = Vec::new();
    let is_excluded = |entry: &PathBuf| {
        let below = entry.strip_prefix(root).unwrap_or(entry).to_string_lossy().replace('\\', "/");
        excluded.iter().any(|pattern| pattern.matches(&below))
    };
    for entry in entries.into_iter().filter(|entry| !is_excluded(entry)) {
        if !entry.is_dir() {
            if has_manifest_ending(&entry) {
                files.push(entry);
            }
        } else if recursive && !entry.is_symlink() {
            // A link to a directory may lead back here.
            files.extend(manifests_below(root, &entry, recursive, excluded)?);
        }
    }
    Ok(files)
}

/// An entry of a directory, with a slash between the two on every platform: Windows takes it, and what is
/// written about a file is the same everywhere.
fn below(directory: &Path, entry: &OsStr) -> PathBuf {
    let mut path = directory.as_os_str().to_owned();
    if !directory.to_string_lossy().ends_with(std::path::is_separator) {
        path.push("/");
    }
    path.push(entry);
    path.into()
}

fn has_manifest_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    matches!(ending.as_deref(), Some("yaml" | "yml" | "json" | "jsonl" | "ndjson"))
}
