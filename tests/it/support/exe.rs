//! The program as users run it: a process with arguments, input, output and an exit code.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A command line in the making.
pub(crate) struct Hnsplan {
    command: Command,
    input: Vec<u8>,
}

/// What became of it.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// `hnsplan` with these arguments, separated by blanks.
pub(crate) fn hnsplan(arguments: &str) -> Hnsplan {
    program(env!("CARGO_BIN_EXE_hnsplan").as_ref(), arguments)
}

/// Another program with the same command line.
pub(crate) fn program(path: &Path, arguments: &str) -> Hnsplan {
    let mut command = Command::new(path);
    command.args(arguments.split_whitespace());
    // What the caller's terminal is set to must not show in a test, nor whether the tests run in CI.
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS", "RUST_BACKTRACE", "CI"] {
        command.env_remove(variable);
    }
    Hnsplan { command, input: Vec::new() }
}

/// `hnsplan compile -t iptables` of this manifest, read from standard input.
pub(crate) fn compile(manifest: &str, arguments: &str) -> Outcome {
    hnsplan("compile -t iptables -f -").args(arguments).input(manifest).run()
}

impl Hnsplan {
    /// Adds arguments, separated by blanks.
    pub(crate) fn args(mut self, arguments: &str) -> Self {
        self.command.args(arguments.split_whitespace());
        self
    }

    /// Adds one argument as it is.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs in a folder.
    pub(crate) fn inside(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Gives it something on standard input.
    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Starts it, and kills it after a while, as a power failure would. Whether it was still running.
    pub(crate) fn killed_after(mut self, time: Duration) -> bool {
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = self.command.spawn().expect("hnsplan can be started");
        std::thread::sleep(time);
        let was_running = child.try_wait().expect("a child has a state").is_none();
        child.kill().expect("a child can be killed");
        child.wait().expect("it ends");
        was_running
    }

    /// The command, for whoever has to do with its process.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Outcome {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("hnsplan can be started");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        let input = self.input;
        // A process that reads nothing closes the pipe, which is its right.
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("hnsplan ends");
        feeder.join().expect("feeding does not panic");
        Outcome {
            code: output.status.code().expect("hnsplan is not killed"),
            stdout: String::from_utf8(output.stdout).expect("the result is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }
}

impl Outcome {
    /// The result, of a run in which nothing was wrong.
    #[track_caller]
    pub(crate) fn succeeded(&self) -> &str {
        assert_eq!(self.code, 0, "{}", self.stderr);
        &self.stdout
    }

    /// The messages, of a run that ended with this code.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{}", self.stderr);
        &self.stderr
    }
}
