//! `hnsplan test`

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
        if self.accept && in_ci {
            let message = "--accept writes files, and CI is set: accept where you can review, and commit";
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
        terminal.say(&format!("hnsplan test {folder} --accept takes what is given now as expected"));
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
        if self.accept {
            expected.accept(&now)?;
            tally.accepted += 1;
            return terminal.result([&*format!("accepted  {shown}\n")]);
        }
        tally.differ += 1;
        if !in_ci {
            expected.propose(&now)?;
        }
        let diff = similar::TextDiff::from_lines(&before, &now);
        let diff = diff.unified_diff().header("expected", "now").to_string();
        let diff: Vec<String> = diff.lines().map(escaped).collect();
        terminal.result([&*format!("{word}  {shown}\n{}\n\n", diff.join("\n"))])
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
