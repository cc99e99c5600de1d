//! Runs programs of this machine: both ends of a pipe are served at the same time, and for a limited time.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use crate::answer::step::Failure;

/// How long one program may take; longer than any waits for the lock of another one.
const LONGEST: Duration = Duration::from_secs(90);

/// How often to check whether it has ended.
const SLICE: Duration = Duration::from_millis(2);

/// How a program ended.
pub(super) struct Ended {
    /// Its exit code; none where a signal ended it.
    pub(super) code: Option<i32>,
    /// What it printed.
    pub(super) output: String,
    /// What it said about mistakes.
    pub(super) errors: String,
}

/// Runs a program with a text as its standard input. `advice` is what to do where there is no such program.
///
/// # Errors
/// When it cannot be run, or does not end.
pub(super) fn run(
    program: &str,
    arguments: &[&str],
    input: Option<String>,
    advice: &str,
) -> Result<Ended, Failure> {
    let cannot_run = |error: io::Error| Failure::permanent(format!("cannot run {program}: {error}."), advice);
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot_run)?;
    let written = child
        .stdin
        .take()
        .zip(input)
        .map(|(mut stdin, text)| std::thread::spawn(move || stdin.write_all(text.as_bytes())));
    let [output, errors] = [reader(child.stdout.take()), reader(child.stderr.take())];
    let ended = wait(&mut child, LONGEST).map_err(cannot_run)?;
    let Some(status) = ended else {
        return Err(Failure::permanent(
            format!("{program} did not end within {} seconds.", LONGEST.as_secs()),
            "Find what blocks it: another program that changes rules, or a lock that is not released.",
        ));
    };
    let [output, errors] = [output, errors].map(|text| text.join().unwrap_or_default());
    // A program that ends well before it has read everything has not done what it was told.
    let written = written.map_or(Ok(()), |writer| writer.join().unwrap_or(Ok(())));
    if status.success() {
        written.map_err(cannot_run)?;
    }
    let [output, errors] = [output, errors].map(|text| String::from_utf8_lossy(&text).into_owned());
    Ok(Ended { code: status.code(), output, errors })
}

/// Reads a pipe to its end, whatever else happens; or the program would wait for that.
pub(super) fn reader(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is as good as what was read before the end.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// How it ended, or nothing where it had to be ended after this time.
pub(super) fn wait(child: &mut Child, longest: Duration) -> io::Result<Option<ExitStatus>> {
    let end = Instant::now() + longest;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(SLICE);
    }
}
