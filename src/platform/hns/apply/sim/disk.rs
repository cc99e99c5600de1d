//! Where a simulated HNS keeps what it holds: a JSON file as people write them, and next to it a log of what
//! changed since, so that a change costs as much as it is large, and a process may die at any time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::answer::step::Fingerprint;
use crate::platform::hns::apply::HnsStep;
use crate::source::note_input;

/// The files of a simulated HNS.
#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
    log_path: PathBuf,
    log: Option<File>,
    log_state: LogState,
}

/// What is in the place of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LogState {
    /// No file.
    Absent,
    /// A log that goes on from the text.
    Fits,
    /// A log of another text: the file was edited since. It stays until a run has succeeded.
    OfAnotherText,
    /// Another file, which is left alone.
    Foreign,
}

/// The first line of a log: the text that it goes on from.
#[derive(Serialize, Deserialize)]
struct Base {
    base: Fingerprint,
}

impl Disk {
    /// Reads the file, and what changed since.
    pub(super) fn open(path: &Path) -> io::Result<(Self, String, Vec<HnsStep>)> {
        // The file behind a link is the one that is written anew, in its own folder.
        let path = &fs::canonicalize(path)?;
        note_input(path);
        let text = fs::read_to_string(path)?;
        let mut log_path = path.as_os_str().to_owned();
        log_path.push(".log");
        let log_path = PathBuf::from(log_path);
        let (log_state, changes) = match fs::read(&log_path) {
            Ok(log) => read_log(&String::from_utf8_lossy(&log), &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (LogState::Absent, Vec::new()),
            Err(error) => return Err(error),
        };
        Ok((Self { path: path.clone(), log_path, log: None, log_state }, text, changes))
    }

    /// Adds a change. `base` is the text of the file.
    pub(super) fn add(
        &mut self,
        base: impl FnOnce() -> io::Result<Fingerprint>,
        step: &HnsStep,
    ) -> io::Result<()> {
        if self.log.is_none() {
            if self.log_state == LogState::Foreign {
                return Err(foreign(&self.log_path));
            }
            let goes_on = self.log_state == LogState::Fits;
            let mut options = OpenOptions::new();
            let mut log = if goes_on {
                options.append(true).open(&self.log_path)?
            } else {
                options.create(true).write(true).truncate(true).open(&self.log_path)?
            };
            self.log_state = LogState::Fits;
            if !goes_on {
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

    /// The file in the place of the log, if it is none of ours.
    pub(super) fn foreign_log(&self) -> Option<&Path> {
        (self.log_state == LogState::Foreign).then_some(&*self.log_path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn forget_log(&mut self) -> io::Result<()> {
        self.log = None;
        if self.log_state == LogState::Foreign {
            return Ok(());
        }
        self.log_state = LogState::Absent;
        match fs::remove_file(&self.log_path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// What a log is, and its changes, if it goes on from this text. A torn last line never happened.
fn read_log(log: &str, text: &str) -> (LogState, Vec<HnsStep>) {
    let mut lines = log.lines();
    let Some(first) = lines.next() else { return (LogState::OfAnotherText, Vec::new()) };
    match serde_json::from_str::<Base>(first) {
        Err(_) if is_torn(log) => (LogState::OfAnotherText, Vec::new()),
        Err(_) => (LogState::Foreign, Vec::new()),
        Ok(of) if of.base != Fingerprint::of_text(text) => (LogState::OfAnotherText, Vec::new()),
        Ok(_) => (LogState::Fits, lines.map_while(|line| serde_json::from_str(line).ok()).collect()),
    }
}

/// Whether a text is the beginning of the first line of a log.
fn is_torn(log: &str) -> bool {
    const BEGINNING: &str = "{\"base\":\"";
    !log.contains('\n') && (BEGINNING.starts_with(log) || log.starts_with(BEGINNING))
}

/// A file of somebody else is in the place of the log.
fn foreign(path: &Path) -> io::Error {
    let name = crate::name::escaped(&path.display().to_string());
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!("{name} is another file, and changes are logged there"),
    )
}
