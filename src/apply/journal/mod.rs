//! What was done to a node, written before and after each step, so that a later process can finish it or take it
//! back.
//!
//! A folder for each node and executor; in it one file for each run, `000001.jsonl` and on, to which lines
//! are only added, and `lock`, which a process holds while it changes the node.

mod line;
mod past;
mod record;
mod time;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::apply::{AnyExecutor, AnyStep};
use crate::name::{escaped, printable};
use line::{Chain, Damaged};

pub use past::{PastRun, RunEnd, past_runs};
pub use record::{Mark, Phase, Progress, Purpose, Record, Recorded, Start};
pub use time::now;

/// The ending of a run's file.
const ENDING: &str = "jsonl";

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
    chain: Chain,
    recorded: Recorded,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The system refuses.
    #[error("cannot {what} {}: {error}", shown(.path))]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// Another process has it.
    #[error("another hnsplan is changing this node: it has locked {}", shown(.0))]
    Locked(PathBuf),
    /// A line is not as it was written.
    #[error("{}:{line}: the journal is damaged: this line was changed", shown(.path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// It is of another executor.
    #[error("{} is the journal of {found}, not of {wanted}", shown(.path))]
    OtherExecutor {
        /// The file.
        path: PathBuf,
        /// The executor whose journal it is.
        found: String,
        /// The executor whose journal it should be.
        wanted: String,
    },
}

impl JournalError {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Io { .. } => "free space or grant access there, or choose another folder with --journal",
            Self::Locked(_) => "wait until it ends",
            Self::Damaged { .. } => "restore the file; if you move it away, hnsplan forgets that run",
            Self::OtherExecutor { .. } => "choose another folder with --journal",
        }
    }
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string())
}

/// What the system refused, and where.
fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    move |error| JournalError::Io { what, path: path.to_owned(), error }
}

impl Journal {
    /// Opens the folder of an executor, which is made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or another process has it.
    pub fn open(folder: &Path, executor: &str) -> Result<Self, JournalError> {
        fs::create_dir_all(folder).map_err(failed("make", folder))?;
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
    /// When it cannot be read, is not as it was written, or is another executor's. `None` when its process died
    /// before the first line was written.
    pub fn read(&self, number: u64, of: &dyn AnyExecutor) -> Result<Option<Recorded>, JournalError> {
        read(&self.folder, number, Some(&self.executor), &|json| of.step_from_json(json))
    }

    /// Begins a run: all of its steps are on the disk before the first one may begin.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn start(&self, start: Start, steps: Vec<AnyStep>) -> Result<Run, JournalError> {
        let number = self.numbers()?.last().map_or(1, |last| last + 1);
        let path = path_of(&self.folder, number);
        let file = OpenOptions::new().create_new(true).append(true).open(&path);
        let file = file.map_err(failed("make", &path))?;
        let recorded = Recorded::new(number, start.clone());
        let mut run = Run { path, file, chain: Chain::START, recorded };
        let mut text = run.chain.line(&json(&Record::Start(start)));
        for step in steps {
            let record = Record::Step { step };
            text.push_str(&run.chain.line(&json(&record)));
            run.recorded.take(record);
        }
        run.append(text.as_bytes())?;
        sync_folder(&self.folder)?;
        run.write(Record::Ready)?;
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
        let file = OpenOptions::new().append(true).open(&path).map_err(failed("open", &path))?;
        file.set_len(lines.length as u64).map_err(failed("write", &path))?;
        Ok(Run { path, file, chain: lines.chain, recorded })
    }
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

fn numbers(folder: &Path) -> Result<Vec<u64>, JournalError> {
    let entries = fs::read_dir(folder).map_err(failed("read", folder))?;
    let mut numbers = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed("read", folder))?.path();
        let is_run = path.extension().is_some_and(|ending| ending == ENDING);
        numbers
            .extend(path.file_stem().filter(|_| is_run).and_then(|name| name.to_str()?.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
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
        let line = self.chain.line(&json(&record));
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
