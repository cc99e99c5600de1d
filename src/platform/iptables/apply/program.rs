//! Runs programs of iptables: both ends of a pipe are served at the same time, and for a limited time.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use crate::answer::step::{Failure, FailureClass};
use crate::name::escaped;

/// How long one program may take; longer than it waits for the lock of another one.
const LONGEST: Duration = Duration::from_secs(90);

/// How often to check whether it has ended.
const SLICE: Duration = Duration::from_millis(2);

/// The exit code of iptables for a lock that another program holds.
const RESOURCE_PROBLEM: i32 = 4;

/// Runs a program with a text as its standard input; the answer is what it printed.
///
/// # Errors
/// When it cannot be run, does not end, or ends with another exit code than 0.
pub(super) fn run(program: &str, arguments: &[&str], input: Option<String>) -> Result<String, Failure> {
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_run(program, &error))?;
    let written = child
        .stdin
        .take()
        .zip(input)
        .map(|(mut stdin, text)| std::thread::spawn(move || stdin.write_all(text.as_bytes())));
    let [output, errors] = [reader(child.stdout.take()), reader(child.stderr.take())];
    let ended = wait(&mut child).map_err(|error| cannot_run(program, &error))?;
    let Some(status) = ended else {
        return Err(Failure::permanent(
            format!("{program} did not end within {} seconds.", LONGEST.as_secs()),
            "Find what blocks it: another program that changes rules, or a lock that is not released.",
        ));
    };
    let [output, errors] = [output, errors].map(|text| text.join().unwrap_or_default());
    if !status.success() {
        return Err(refused(program, status.code(), &errors));
    }
    // A program that ends well before it has read everything has not done what it was told.
    let written = written.map_or(Ok(()), |writer| writer.join().unwrap_or(Ok(())));
    written.map_err(|error| cannot_run(program, &error))?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is as good as what was read before the end.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// How it ended, or nothing where it had to be ended.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let end = Instant::now() + LONGEST;
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

fn cannot_run(program: &str, error: &io::Error) -> Failure {
    Failure::permanent(
        format!("cannot run {program}: {error}."),
        "Install iptables, or apply on the node itself.",
    )
}

/// The kernel takes a table as a whole or not at all: with an exit code of its own, the program has changed nothing.
fn refused(program: &str, code: Option<i32>, stderr: &[u8]) -> Failure {
    let stderr = String::from_utf8_lossy(stderr);
    // What follows is how to ask for help.
    let text: Vec<String> =
        stderr.lines().take_while(|line| !line.starts_with("Try `")).take(20).map(escaped).collect();
    let ended = code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with {code}"));
    let failure = Failure::permanent(
        format!("{program} {ended}: {}.", text.join(" ").trim()),
        "It needs root, and a kernel with the modules that the rules use.",
    );
    // A chain that cannot be deleted since somebody uses it ends with the same code.
    let is_locked = code == Some(RESOURCE_PROBLEM) && stderr.contains("lock");
    let class = if is_locked { FailureClass::Retry } else { failure.class };
    let failure = Failure { class, ..failure };
    if code.is_some() { failure.that_changed_nothing() } else { failure }
}
