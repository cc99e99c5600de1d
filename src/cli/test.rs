//! `hnsplan test`

use std::path::PathBuf;

use clap::{Args, Parser};

use super::request::{Request, WritingFlags};
use crate::capture;
use crate::name::escaped;
use crate::pipeline::Loaded;
use crate::shell::choice::{choice, is_on_terminal};
use crate::shell::formats::TestFormat;
use crate::shell::{Failure, FindingFlags, Flags, Inside, Terminal};
use crate::source::Sources;
use crate::suite::{
    Answer, Asked, Case, CaseError, Decision, Expectations, Part, Surroundings, Tally, cases,
};

/// Run snapshot tests of manifests.
///
/// Each manifest NAME.yaml of a folder is a case, or with case: folder all of them are one, whose NAME is all. Beside it stand the outputs that are expected, as far as
/// they are of interest: NAME.ipv4.rules, NAME.ipv6.rules, NAME.hns.json, NAME.netsh.txt, NAME.check.txt,
/// NAME.messages.txt. NAME.expect.yaml says what becomes of single packets, and of all while a change is rolled out. A file hnsplan.yaml gives flags for all cases of its folder, outputs for new ones, and nodes where there are several, of which NAME@NODE.hns.json and so on are kept.
/// What differs is shown and written to NAME.….new. Ids in plans are kept as numbers.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan test tests/services\n  \
    hnsplan test tests/services --review\n  \
    hnsplan test tests/services --accept\n  \
    hnsplan test tests/services --init\n\n\
    A folder's hnsplan.yaml:\n  \
    apiVersion: hnsplan/v1alpha1\n  \
    kind: Suite\n  \
    flags: [--node, win-1, --config, kube-proxy.yaml]\n  \
    outputs: [ipv4.rules, hns.json, messages.txt]\n\n  \
    nodes: [linux-1, os=windows] in the place of --node keeps outputs of each node.\n\n\
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
    /// Write the first files of a suite beside the manifests of a folder: hnsplan.yaml, assumptions.yaml, snapshots
    ///
    /// Files that refer to each other, as a Service to a Deployment in another file, become one case. Folders in the
    /// folder get files of their own.
    #[arg(long, conflicts_with_all = ["accept", "review"])]
    init: bool,
    /// Format of the answer
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: TestFormat,
    /// Write the answer into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    findings: FindingFlags,
}

impl Test {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut tally = Tally::default();
        self.test(&mut tally, terminal).map_err(|failure| match failure {
            Failure::Findings => failure,
            // A new suite is written as a whole, or not at all.
            _ => tally.take_back(|said| terminal.say(said)).map_or_else(Failure::from, |()| failure),
        })
    }

    fn test(&self, tally: &mut Tally, terminal: &mut Terminal) -> Result<(), Failure> {
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        let asked = Asked { init: self.init, accept: self.accept, review: self.review };
        if let Some(reason) = asked.refusal(in_ci, terminal.is_quiet(), is_on_terminal()) {
            return Err(Failure::Usage(reason.to_owned()));
        }
        if self.init {
            tally.init(&self.folder)?;
        }
        let cases = cases(&self.folder)?;
        let folder = escaped(&self.folder.display().to_string());
        if cases.iter().all(Case::is_empty) {
            return Err(Failure::Usage(format!(
                "{folder} has no manifest with an expected output; name some under outputs in its hnsplan.yaml, then --accept"
            )));
        }
        let orphans = tally.add_orphans(&self.folder)?;
        self.show(&orphans, terminal)?;
        let mut found = Vec::new();
        let more = self.findings.arguments()?;
        for case in &cases {
            let packets = case.expectations()?;
            let mut all = Answer::default();
            for part in case.parts() {
                add_answer(case, &part, packets.as_ref(), &more, &mut all, terminal)?;
            }
            case.check_kept(&mut all, self.accept || self.review || self.init).map_err(refused)?;
            found.append(&mut all.codes);
            let said = tally.add_strays(case, &all.nodes)? + &tally.add_packets(case, &all.verdicts);
            self.show(&said, terminal)?;
            for (expected, now) in all.outputs {
                let decide = |difference: &str| self.decide(difference, terminal);
                let word = match tally.add_output(&expected, &now, !in_ci, decide)? {
                    Some(Decision::Accept) => "accepted",
                    Some(Decision::Reject) => "rejected",
                    Some(Decision::Skip) | None => continue,
                };
                let path = escaped(&expected.path.display().to_string());
                terminal.answer(&format!("{word}  {path}\n"), None)?;
            }
        }
        match self.output {
            TestFormat::Junit => terminal.answer(&tally.junit(&folder), self.out.as_deref())?,
            TestFormat::Text => terminal.answer(&tally.summary(&cases), None)?,
        }
        if tally.differ == 0 {
            return self.findings.conclude(found, false, false);
        }
        terminal.say(&format!(
            "hnsplan test {folder} --review asks about each, --accept takes all that is given now as expected"
        ));
        self.findings.conclude(None, true, false)
    }

    /// Shows a difference to people; programs get all of them at the end.
    fn show(&self, difference: &str, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.output == TestFormat::Text { terminal.answer(difference, None) } else { Ok(()) }
    }

    /// What becomes of an output that differs.
    fn decide(&self, difference: &str, terminal: &mut Terminal) -> Result<Decision, Failure> {
        if self.accept || self.init {
            return Ok(Decision::Accept);
        }
        self.show(difference, terminal)?;
        if !self.review {
            return Ok(Decision::Skip);
        }
        let question = "a: accept it   r: reject it   s: skip it, for later";
        let words = [("accept", Decision::Accept), ("reject", Decision::Reject), ("skip", Decision::Skip)];
        Ok(choice(question, &words, terminal).unwrap_or(Decision::Skip))
    }
}

/// What a case gives now, and what its flags say.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct CaseFlags {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    writing: Flags<WritingFlags>,
    #[command(flatten)]
    findings: FindingFlags,
}

/// Adds what a case gives on some of its nodes. Flags name files from the folder of the case; `more` are those of the
/// command line.
fn add_answer(
    case: &Case,
    part: &Part<'_>,
    packets: Option<&Expectations>,
    more: &[String],
    answer: &mut Answer,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let manifest = case.name();
    let usage = |reason: String| Failure::Usage(format!("{manifest}: {reason}"));
    let _inside = Inside::of(&case.folder)?;
    let files = case.manifests.iter().flat_map(|name| ["-f", name]);
    let words = files.chain(part.flags()).chain(more.iter().map(String::as_str));
    let flags = CaseFlags::try_parse_from(words).map_err(|error| {
        let first = error.to_string().lines().next().unwrap_or_default().to_owned();
        usage(format!("flags of the suite: {}", escaped(first.trim_start_matches("error: "))))
    })?;
    let request = &flags.request;
    let options = &request.options_with(&flags.writing.given, None)?;
    let files = capture::files_of(&request.dumps.given).map_err(|error| usage(error.to_string()))?;
    let held = &capture::read(&files).map_err(|error| usage(error.to_string()))?.holdings;
    let (setup, selector, has_dumps) = (&request.setup()?, &request.selector(), !request.dumps.is_empty());
    let sources = request.manifests.read().map_err(|failure| usage(failure.to_string()))?;
    let allow = &flags.findings.list(&mut Sources::default(), terminal)?;
    let around = Surroundings { setup, options, held, has_dumps, selector, allow };
    part.answer(&Loaded::new(sources).parse(setup), &around, packets, answer).map_err(refused)
}

fn refused(error: CaseError) -> Failure {
    match error {
        CaseError::Unread(unread) => Failure::unread(unread),
        other => Failure::usage(other),
    }
}
