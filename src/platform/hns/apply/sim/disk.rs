//! Where a simulated HNS keeps what it holds: a JSON file as people write them, and next to it a log of what
//! changed since, so that a change costs as much as it is large, and a process may die at any time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::answer::step::Fingerprint;
use crate::platform::hns::apply::HnsStep;

/// The files of a simulated HNS.
#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
    log_path: PathBuf,
    log: Option<File>,
}

/// The first line of a log: the text that it goes on from.
#[derive(Serialize, Deserialize)]
struct Base {
    base: Fingerprint,
}

impl Disk {
    /// Reads the file, and what changed since.
    pub(super) fn open(path: &Path) -> io::Result<(Self, String, Vec<HnsStep>)> {
        let text = fs::read_to_string(path)?;
        let mut log_path = path.as_os_str().to_owned();
        log_path.push(".log");
        let log_path = PathBuf::from(log_path);
        let changes = match fs::read_to_string(&log_path) {
            Ok(log) => changes(&log, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut disk = Self { path: path.to_owned(), log_path, log: None };
        if changes.is_empty() {
            disk.forget_log()?;
        }
        Ok((disk, text, changes))
    }

    /// Adds a change. `base` is the text of the file.
    pub(super) fn add(
        &mut self,
        base: impl FnOnce() -> io::Result<Fingerprint>,
        step: &HnsStep,
    ) -> io::Result<()> {
        if self.log.is_none() {
            let is_new = !self.log_path.exists();
            let mut log = OpenOptions::new().create(true).append(true).open(&self.log_path)?;
            if is_new {
                writeln!(log, "{}", serde_json::to_string(&Base { base: base()? })?)?;
            }
            self.log = Some(log);
        }
        let line = serde_json::to_string(step)? + "\n";
        self.log.as_mut().map_or(Ok(()), |log| log.write_all(line.as_bytes()))
    }

    /// Writes the file anew, as a whole or not at all.
    pub(super) fn save(&mut self, text: &str) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(fs::metadata(&self.path)?.permissions())?;
        file.persist(&self.path)?;
        self.forget_log()
    }

    /// Whether the file is not all that there is to know.
    pub(super) fn has_log(&self) -> bool {
        self.log.is_some()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn forget_log(&mut self) -> io::Result<()> {
        self.log = None;
        match fs::remove_file(&self.log_path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The changes of a log, if it goes on from this text. A torn last line never happened.
fn changes(log: &str, text: &str) -> Vec<HnsStep> {
    let mut lines = log.lines();
    let base = lines.next().and_then(|line| serde_json::from_str::<Base>(line).ok());
    if base.is_none_or(|of| of.base != Fingerprint::of_text(text)) {
        return Vec::new();
    }
    lines.map_while(|line| serde_json::from_str(line).ok()).collect()
}
