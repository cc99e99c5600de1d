//! What was done to a node, written before and after each step, so that a later process can finish it or take it
//! back.
//!
//! A folder for each node and executor; in it one file for each run, `000001.jsonl` and on, to which lines
//! are only added, and `lock`, which a process holds while it changes the node.

#[cfg(any(windows, test))]
mod access;
mod error;
mod line;
mod past;
mod record;
mod rights;
mod time;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::apply::{AnyExecutor, AnyStep};
use crate::name::printable;
use crate::platform::system::make_private;
use error::failed;
use line::{Checksum, Damaged};

pub use error::JournalError;
pub use past::{PastRun, RunEnd, past_runs};
pub use record::{Mark, Phase, Progress, Purpose, Record, Recorded, Start};
pub use time::now;

/// The ending of a run's file.
const ENDING: &str = "jsonl";

/// The ending of a run that was given up and cannot be read.
const FORGOTTEN: &str = "forgotten";

/// No node has had so many runs. What is beyond it was not counted here.
const LARGEST: u64 = 999_999_999;

/// The journal of a node. While it lives, no other process can open it.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    executor: String,
    lock: File,
}

impl Drop for Journal {
    /// A process that is being started holds all open files for a moment, and with them the lock; so it is
    /// given up, not just closed.
    fn drop(&mut self) {
        // What cannot be unlocked ends with the process.
        let _ = self.lock.unlock();
    }
}

/// A run that goes on.
#[derive(Debug)]
pub struct Run {
    path: PathBuf,
    file: File,
    checksum: Checksum,
    recorded: Recorded,
    is_resumed: bool,
}

impl Journal {
    /// Opens the folder of an executor, which is made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or another process has it.
    pub fn open(folder: &Path, executor: &str) -> Result<Self, JournalError> {
        make_private(folder).map_err(failed("make", folder))?;
        if let Some(why) = rights::refused(folder).map_err(failed("read", folder))? {
            return Err(JournalError::Rights { path: folder.to_owned(), why });
        }
        let path = folder.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(failed("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), executor: executor.to_owned(), lock }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Locked(path)),
            Err(TryLockError::Error(error)) => Err(failed("lock", &path)(error)),
        }
    }

    /// The numbers of all runs, the first one first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn numbers(&self) -> Result<Vec<u64>, JournalError> {
        numbers(&self.folder)
    }

    /// Reads a run, with the steps of an executor. What was torn when its process died is passed over.
    ///
    /// # Errors
    /// When it cannot be read, is not as it was written, or is another executor's. `None` when it has no line.
    pub fn read(&self, number: u64, of: &dyn AnyExecutor) -> Result<Option<Recorded>, JournalError> {
        read(&self.folder, number, Some(&self.executor), &|json| of.step_from_json(json))
    }

    /// Begins a run: all of its steps are on the disk before the first one may begin.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn start(&self, start: Start, steps: Vec<AnyStep>) -> Result<Run, JournalError> {
        let number = next_number(&self.folder)?;
        let path = path_of(&self.folder, number);
        // Under its own name the file has all of its steps from the beginning: one with less has lost lines.
        let fresh = path.with_extension("new");
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(&fresh);
        let file = file.map_err(failed("make", &fresh))?;
        let recorded = Recorded::new(number, start.clone());
        let mut run = Run { path, file, checksum: Checksum::START, recorded, is_resumed: false };
        let mut text = run.checksum.line(&json(&Record::Start(start)));
        for record in steps.into_iter().map(|step| Record::Step { step }).chain([Record::Ready]) {
            text.push_str(&run.checksum.line(&json(&record)));
            run.recorded.take(record).expect("steps follow the start");
        }
        run.append(text.as_bytes())?;
        fs::rename(&fresh, &run.path).map_err(failed("make", &run.path))?;
        sync_folder(&self.folder)?;
        Ok(run)
    }

    /// Goes on with a run that was cut off. What was torn is cut away.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn resume(&self, recorded: Recorded) -> Result<Run, JournalError> {
        let path = path_of(&self.folder, recorded.number);
        let text = fs::read(&path).map_err(failed("read", &path))?;
        let lines =
            line::read(&text).map_err(|Damaged(line)| JournalError::Damaged { path: path.clone(), line })?;
        let file = open_at(&path, text.len(), lines.length).map_err(failed("write", &path))?;
        Ok(Run { path, file, checksum: lines.checksum, recorded, is_resumed: true })
    }

    /// That a run has no beginning, or no end although later ones follow it.
    pub(in crate::apply) fn cut(&self, number: u64) -> JournalError {
        JournalError::Cut { path: path_of(&self.folder, number), number }
    }

    /// Gives a run up: it is no longer finished, taken back or undone. One that cannot be read is moved aside, under a
    /// name that is no longer that of a run.
    ///
    /// # Errors
    /// When there is no such run, or the journal cannot be written.
    pub fn forget(&self, number: u64, of: &dyn AnyExecutor) -> Result<(), JournalError> {
        if !self.numbers()?.contains(&number) {
            return Err(JournalError::NoRun { path: self.folder.clone(), number });
        }
        match self.read(number, of) {
            Ok(Some(recorded)) => self.resume(recorded)?.write(Record::Forgotten { at: now() }),
            Ok(None) | Err(JournalError::Damaged { .. }) => {
                let path = path_of(&self.folder, number);
                let mut aside = path.with_extension(FORGOTTEN);
                let mut copies = 1;
                while aside.exists() {
                    copies += 1;
                    aside = path.with_extension(format!("{FORGOTTEN}{copies}"));
                }
                fs::rename(&path, &aside).map_err(failed("move", &path))?;
                sync_folder(&self.folder)
            }
            Err(error) => Err(error),
        }
    }
}

/// Opens a run to add lines after its first `keep` bytes; what follows them was torn. A handle for appending has no
/// right to shorten a file on Windows, so this one is for writing.
fn open_at(path: &Path, length: usize, keep: usize) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    if keep < length {
        file.set_len(keep as u64)?;
        file.sync_data()?;
    }
    file.seek(SeekFrom::Start(keep as u64))?;
    Ok(file)
}

/// The runs of a folder, which another process may be writing to. The folder need not exist. `step` reads the steps.
///
/// # Errors
/// When it cannot be read, or is not as it was written.
pub fn history<S>(
    folder: &Path,
    step: &dyn Fn(Value) -> serde_json::Result<S>,
) -> Result<Vec<Recorded<S>>, JournalError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let runs = numbers(folder)?.into_iter().map(|number| read(folder, number, None, step));
    runs.filter_map(Result::transpose).collect()
}

fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:06}.{ENDING}"))
}

/// The number of a run, if a file has a name that [`path_of`] gives.
fn number_of(path: &Path) -> Option<u64> {
    let number = path.file_stem()?.to_str()?.parse().ok()?;
    (path_of(Path::new(""), number).file_name() == path.file_name()).then_some(number)
}

/// The numbers of all runs. A file with another name is not one of the journal.
fn numbers(folder: &Path) -> Result<Vec<u64>, JournalError> {
    let mut numbers = Vec::new();
    for path in files(folder)? {
        if let Some(number) = number_of(&path) {
            if number > LARGEST {
                return Err(JournalError::Number { path, number });
            }
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The number of the next run. Those of runs that were moved aside are not used again.
fn next_number(folder: &Path) -> Result<u64, JournalError> {
    let aside = files(folder)?.into_iter().filter_map(|path| {
        let is_aside = path.extension()?.to_str()?.starts_with(FORGOTTEN);
        path.file_stem()
            .filter(|_| is_aside)?
            .to_str()?
            .parse::<u64>()
            .ok()
            .filter(|number| *number <= LARGEST)
    });
    let last = numbers(folder)?.into_iter().chain(aside).max().unwrap_or_default();
    if last >= LARGEST {
        return Err(JournalError::Number { path: path_of(folder, last), number: last });
    }
    Ok(last + 1)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let entries = fs::read_dir(folder).map_err(failed("read", folder))?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed("read", folder))).collect()
}

fn read<S>(
    folder: &Path,
    number: u64,
    executor: Option<&str>,
    step: &dyn Fn(Value) -> serde_json::Result<S>,
) -> Result<Option<Recorded<S>>, JournalError> {
    let path = path_of(folder, number);
    let mut text = Vec::new();
    let mut file = File::open(&path).map_err(failed("read", &path))?;
    file.read_to_end(&mut text).map_err(failed("read", &path))?;
    let damaged = |line| JournalError::Damaged { path: path.clone(), line };
    let lines = line::read(&text).map_err(|Damaged(line)| damaged(line))?;
    if let (Some(wanted), Some(first)) = (executor, lines.records.first()) {
        let Record::<IgnoredAny>::Start(start) = serde_json::from_str(first).map_err(|_| damaged(1))? else {
            return Err(damaged(1));
        };
        if start.executor != wanted {
            let (found, wanted) = (printable(&start.executor), wanted.to_owned());
            return Err(JournalError::OtherExecutor { path, found, wanted });
        }
    }
    let mut recorded: Option<Recorded<S>> = None;
    for (at, record) in lines.records.into_iter().enumerate() {
        let record: Record<Value> = serde_json::from_str(record).map_err(|_| damaged(at + 1))?;
        let record = record.map(step).map_err(|_| damaged(at + 1))?;
        match (&mut recorded, record) {
            (None, Record::Start(start)) => recorded = Some(Recorded::new(number, start)),
            (Some(recorded), record) => recorded.take(record).ok_or_else(|| damaged(at + 1))?,
            (None, _) => return Err(damaged(at + 1)),
        }
    }
    Ok(recorded)
}

impl Run {
    /// Whether an earlier process began it.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// What is written so far.
    #[must_use]
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// Writes a line. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, record: Record) -> Result<(), JournalError> {
        let line = self.checksum.line(&json(&record));
        self.append(line.as_bytes())?;
        self.recorded.take(record).expect("a run writes only what fits to it");
        Ok(())
    }

    /// Nothing is written that is not on the disk when this returns.
    fn append(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        written.map_err(failed("write", &self.path))
    }
}

fn json(record: &Record) -> String {
    serde_json::to_string(record).expect("a record is JSON")
}

/// A new file is there after a power failure only if its folder says so.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(failed("sync", folder))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on other systems")]
fn sync_folder(_: &Path) -> Result<(), JournalError> {
    Ok(())
}
