//! Calls programs of Windows: without a shell, by their full path, and with a time limit.

use std::io::ErrorKind;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::answer::step::{Failure, FailureClass};
use crate::platform::program::{reader, wait};
use crate::platform::system;
use crate::source::decode_capture;

/// How long one command may take.
const LONGEST: Duration = Duration::from_secs(30);

/// Something that runs commands of netsh.
pub trait Shell {
    /// Runs netsh with these arguments.
    ///
    /// # Errors
    /// When it cannot be run. That it ends with an exit code is no error.
    fn netsh(&mut self, arguments: &[String]) -> Result<Answer, Failure>;

    /// The name of this machine; `None` where that is no machine.
    fn host(&self) -> Option<String> {
        None
    }

    /// Whether this process may change the network, if that is known.
    fn is_elevated(&mut self) -> Option<bool> {
        None
    }

    /// Whether the service behind the port proxy runs, if that is known.
    fn relays(&mut self) -> Option<bool> {
        None
    }
}

/// What a program answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub output: String,
}

/// netsh of this Windows.
#[derive(Debug)]
pub struct Netsh;

impl Netsh {
    /// netsh of this Windows.
    ///
    /// # Errors
    /// Where this is not Windows.
    pub fn of_system() -> Result<Self, Failure> {
        if !cfg!(windows) {
            return Err(Failure::permanent(
                "this is not Windows, and only Windows has netsh",
                "write a script with hnsplan compile -t netsh, and run it on the node",
            ));
        }
        Ok(Self)
    }

    fn program(name: &str, arguments: &[String]) -> Result<Answer, Failure> {
        let cannot = |error: std::io::Error| {
            let advice = match error.kind() {
                ErrorKind::NotFound => "This Windows does not have it; use another executor.",
                _ => "Run hnsplan as administrator.",
            };
            Failure::permanent(format!("{name} cannot be run: {error}."), advice)
        };
        let mut command = Command::new(system::program(name).map_err(cannot)?);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(cannot)?;
        // Both pipes are emptied while it runs, or it would wait for that.
        let texts = [reader(child.stdout.take()), reader(child.stderr.take())];
        let ended = wait(&mut child, LONGEST).map_err(cannot)?;
        let Some(status) = ended else {
            return Err(Failure {
                class: FailureClass::Retry,
                ..Failure::permanent(
                    format!("{name} did not end within {} seconds", LONGEST.as_secs()),
                    "Find what blocks it: another netsh, or a service that does not answer.",
                )
            });
        };
        let output =
            texts.into_iter().map(|text| text.join().unwrap_or_default()).collect::<Vec<_>>().concat();
        Ok(Answer { code: status.code(), output: decode_capture(output).0 })
    }
}

impl Shell for Netsh {
    fn host(&self) -> Option<String> {
        std::env::var("COMPUTERNAME").ok().filter(|name| !name.is_empty())
    }

    fn netsh(&mut self, arguments: &[String]) -> Result<Answer, Failure> {
        Self::program("netsh.exe", arguments)
    }

    /// By the integrity level of this process, whose number is the same in every language: high or system.
    fn is_elevated(&mut self) -> Option<bool> {
        let groups = Self::program("whoami.exe", &["/groups".to_owned()]).ok()?;
        let has = |level: &str| groups.output.contains(level);
        has("S-1-16-").then(|| has("S-1-16-12288") || has("S-1-16-16384"))
    }

    /// By the number of its state, 4.
    fn relays(&mut self) -> Option<bool> {
        let service = Self::program("sc.exe", &["query".to_owned(), "iphlpsvc".to_owned()]).ok()?;
        let state = |line: &str| Some(line.split_once(':')?.1.trim().split(' ').next()?.to_owned());
        // The lines are name, type, state; and type is never 4.
        (service.code == Some(0))
            .then(|| service.output.lines().filter_map(state).any(|number| number == "4"))
    }
}
