//! Promise: what a person reads and answers on Windows, from the plan to the undo, stays as it was reviewed.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _, pipe};
use std::process::Stdio;

use crate::case::Case;
use crate::standin::Standin;
use crate::wine::{Windows, text, windows};

/// A point in time.
const TIME: &str = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z";

/// What stands on a screen.
struct Conversation<'w> {
    windows: &'w Windows,
    standin: Standin,
    text: String,
}

impl Conversation<'_> {
    /// Types a command, and an answer where it asks for one.
    fn says(&mut self, line: &str, manifests: &[String], answer: &str) {
        let mut command = self.windows.hnsplan(Some(&self.standin));
        command.args(line.split_whitespace()).args(manifests).args([
            "--executor",
            "hcn",
            "--journal",
            "journal",
        ]);
        command.current_dir(self.standin.folder());
        let (mut screen, printed) = pipe().expect("a pipe can be made");
        let messages = printed.try_clone().expect("a pipe has room for two");
        let mut child = command.stdin(Stdio::piped()).stdout(printed).stderr(messages).spawn();
        // The last one who could write to the screen is then the child.
        drop(command);
        let child = child.as_mut().expect("hnsplan can be started");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        // Who asks nothing reads nothing.
        let _ = stdin.write_all(answer.as_bytes());
        drop(stdin);
        let mut shown = Vec::new();
        screen.read_to_end(&mut shown).expect("a pipe can be read");
        let ended = child.wait().expect("hnsplan ends");
        let manifests = if manifests.is_empty() { "" } else { " -f …" };
        write!(self.text, "> hnsplan {line}{manifests}\n{}", text(&shown)).expect("a String takes all text");
        writeln!(self.text, "[{ended}]\n").expect("a String takes all text");
    }
}

#[test]
fn from_the_plan_to_the_undo() {
    let Some(windows) = windows() else { return };
    let case = Case::named("002-clusterip-2ep");
    let before = case.read("hns.l2bridge.before.json").expect("a state before");
    let mut manifests: Vec<String> = Vec::new();
    for manifest in case.manifests() {
        manifests.extend(["-f".to_owned(), manifest.display().to_string()]);
    }
    for (flag, name) in [("--config", "kube-proxy.yaml"), ("--facts", "facts.yaml")] {
        let file = case.file(name).expect("every case has it");
        manifests.extend([flag.to_owned(), file.display().to_string()]);
    }
    let mut talk = Conversation { windows, standin: Standin::holding(&before), text: String::new() };
    talk.says("plan -o plan.json", &manifests, "");
    talk.says("apply plan.json", &[], "y\n");
    talk.says("apply plan.json", &[], "yes\n");
    talk.says("apply plan.json", &[], "yes\n");
    talk.says("apply", &manifests, "");
    talk.says("history", &[], "");
    talk.says("undo", &[], "yes\n");
    talk.says("undo", &[], "");
    talk.says("history", &[], "");
    assert_eq!(talk.standin.violations(), "");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(TIME, "[TIME]");
    settings.bind(|| insta::assert_snapshot!("apply.windows", talk.text));
}
