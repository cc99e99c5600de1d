//! `hnsplan test`

use std::io::{BufRead, IsTerminal, stderr, stdin, stdout};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;

use super::Failure;
use super::output::Terminal;
use crate::name::escaped;
use crate::suite::{Case, Comparison, Expected, cases};

/// Compare what manifests give with what is kept beside them.
///
/// Each manifest NAME.yaml of a folder is a case. Beside it stand the outputs that are expected, as far as
/// they are of interest: NAME.ipv4.rules, NAME.ipv6.rules, NAME.hns.json, NAME.netsh.txt, NAME.check.txt,
/// NAME.messages.txt. A file hnsplan.yaml gives flags for all cases of its folder, and outputs for new ones.
/// What differs is shown and written to NAME.….new. Ids in plans are kept as numbers.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan test tests/services\n  \
    hnsplan test tests/services --review\n  \
    hnsplan test tests/services --accept\n\n\
    A folder's hnsplan.yaml:\n  \
    apiVersion: hnsplan/v1alpha1\n  \
    kind: Suite\n  \
    flags: [--node, win-1, --config, kube-proxy.yaml]\n  \
    outputs: [ipv4.rules, hns.json, messages.txt]\n\n\
    Where the variable CI is set, nothing is ever written.\n\
    Exit codes:  0 all as expected, 1 something differs, 2 something cannot be run")]
pub(super) struct Test {
    /// The folder; those in it as well
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Take what is given now as expected
    #[arg(long)]
    accept: bool,
    /// Ask about each output that differs whether to take it
    #[arg(long, conflicts_with = "accept")]
    review: bool,
}

/// What becomes of an output that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// What is given now is expected from now on.
    Accept,
    /// What is expected was right; nothing is kept of what is given now.
    Reject,
    /// It is kept beside what is expected, for later.
    Skip,
}

/// What came of all cases.
#[derive(Default)]
struct Tally {
    same: usize,
    differ: usize,
    accepted: usize,
}

impl Test {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        self.test(terminal).map_err(|failure| match failure {
            // Exit code 1 is for what differs.
            Failure::Message(message) => Failure::Usage(message),
            other => other,
        })
    }

    fn test(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        let refused = match (self.accept, self.review) {
            (true, _) if in_ci => {
                Some("--accept writes files, and CI is set: accept where you can review, and commit")
            }
            (_, true) if in_ci => Some("--review asks a person, and CI is set: review elsewhere, and commit"),
            (_, true) if !is_on_terminal() => {
                Some("--review asks on a terminal, and here is none: --accept takes all without a question")
            }
            _ => None,
        };
        if let Some(message) = refused {
            return Err(Failure::Usage(message.to_owned()));
        }
        let cases = cases(&self.folder)?;
        let folder = escaped(&self.folder.display().to_string());
        if cases.iter().all(|case| case.expected.is_empty()) {
            return Err(Failure::Usage(format!(
                "{folder} has no manifest with an expected output; name some under outputs in its hnsplan.yaml, then --accept"
            )));
        }
        let mut tally = Tally::default();
        for case in &cases {
            for expected in &case.expected {
                self.check(case, expected, in_ci, &mut tally, terminal)?;
            }
        }
        let Tally { same, differ, accepted } = tally;
        let accepted = if accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
        terminal.result([&*format!(
            "{} cases: {same} outputs as expected{accepted}, {differ} differ\n",
            cases.len()
        )])?;
        if differ == 0 {
            return Ok(());
        }
        terminal.say(&format!(
            "hnsplan test {folder} --review asks about each, --accept takes all that is given now as expected"
        ));
        Err(Failure::Findings)
    }

    fn check(
        &self,
        case: &Case,
        expected: &Expected,
        in_ci: bool,
        tally: &mut Tally,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        let now = given(case, expected)?;
        let shown = escaped(&expected.path.display().to_string());
        let (word, before) = match expected.compare(&now)? {
            Comparison::Same => {
                tally.same += 1;
                if !in_ci {
                    expected.forget()?;
                }
                return Ok(());
            }
            Comparison::New => ("new", String::new()),
            Comparison::Different(before) => ("differs", before),
        };
        if !self.accept {
            let diff = similar::TextDiff::from_lines(&before, &now);
            let diff = diff.unified_diff().header("expected", "now").to_string();
            let diff: Vec<String> = diff.lines().map(escaped).collect();
            terminal.result([&*format!("{word}  {shown}\n{}\n\n", diff.join("\n"))])?;
        }
        let decision = match (self.accept, self.review) {
            (true, _) => Decision::Accept,
            (_, true) => decision(terminal),
            _ => Decision::Skip,
        };
        match decision {
            Decision::Accept => {
                expected.accept(&now)?;
                tally.accepted += 1;
                terminal.result([&*format!("accepted  {shown}\n")])
            }
            Decision::Reject => {
                expected.forget()?;
                tally.differ += 1;
                terminal.result([&*format!("rejected  {shown}\n")])
            }
            Decision::Skip => {
                tally.differ += 1;
                if in_ci { Ok(()) } else { Ok(expected.propose(&now)?) }
            }
        }
    }
}

/// Whether there is somebody who sees what is shown, and can answer.
fn is_on_terminal() -> bool {
    stdin().is_terminal() && stdout().is_terminal() && stderr().is_terminal()
}

/// Asks what is to become of an output, until there is an answer. Whoever goes away decides nothing.
fn decision(terminal: &mut Terminal) -> Decision {
    loop {
        terminal.say("a: accept it   r: reject it   s: skip it, for later");
        let mut answer = String::new();
        if !matches!(stdin().lock().read_line(&mut answer), Ok(1..)) {
            return Decision::Skip;
        }
        match answer.trim() {
            "a" | "accept" => return Decision::Accept,
            "r" | "reject" => return Decision::Reject,
            "s" | "skip" => return Decision::Skip,
            _ => {}
        }
    }
}

/// What a case gives now: a process of its own in the folder of the case, so that flags name files from there.
fn given(case: &Case, expected: &Expected) -> Result<String, Failure> {
    let output = expected.output;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--color=never").args(output.command()).arg("-f").arg(&case.manifest).args(&case.flags);
    let run = command.current_dir(&case.folder).stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&run.stderr);
    // With 1, something is wrong with the manifests, which may be what the case is about.
    if !matches!(run.status.code(), Some(0 | 1)) || (run.stdout.is_empty() && !output.is_said()) {
        let manifest = escaped(&case.folder.join(&case.manifest).display().to_string());
        return Err(Failure::Message(format!(
            "{manifest}: {} gives nothing: {}",
            output.ending(),
            escaped(said.lines().next().unwrap_or_default())
        )));
    }
    let text =
        if output.is_said() { said.into_owned() } else { String::from_utf8_lossy(&run.stdout).into_owned() };
    Ok(output.stable(text))
}
