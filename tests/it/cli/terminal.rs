//! Promise: `-q`, `-v`, `--color`, `--width` and `--message-format` are in every command, and mean the same in each.

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::repository::documents::commands::flags_of_program;
use crate::support::exe::{Outcome, hnsplan};

/// What a command prints on standard output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prints {
    /// What was found, in long; the exit code is the short form.
    Answer,
    /// What it is run for.
    Result,
}

use Prints::{Answer, Result};

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node";

/// A folder with a plan, a share and an allow-list, for runs that write nothing but a journal.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = hnsplan("plan -o json --dump fixtures/shop/win-1.json").args(&format!("{SHOP} win-1")).run();
    fs::write(folder.path().join("plan.json"), plan.succeeded()).expect("a file");
    let share = hnsplan("check -f fixtures/shop/cluster.yaml --nodes all -o jsonl --fail-on never").run();
    fs::write(folder.path().join("share.jsonl"), share.succeeded()).expect("a file");
    folder
});

/// A run of every command.
fn runs() -> Vec<(&'static str, Prints, String)> {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let folder = FOLDER.path().display();
    // Tests run at the same time, and a simulated node and its journal are for one of them.
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let node = FOLDER.path().join(format!("node-{call}.json"));
    fs::copy("fixtures/shop/win-1.json", &node).expect("a file");
    let sim = format!("--executor sim:{} --journal {folder}/journal-{call}", node.display());
    vec![
        ("compile", Result, format!("compile -t hns {SHOP} win-1")),
        ("fill", Result, "fill -f fixtures/shop/cluster.yaml".to_owned()),
        ("check", Answer, format!("check {SHOP} win-1")),
        ("diff", Answer, format!("diff iptables hns {SHOP} win-1")),
        ("merge", Answer, format!("merge {folder}/share.jsonl")),
        ("trace", Answer, format!("trace --to shop/catalog {SHOP} win-1")),
        ("replay", Answer, "replay fixtures/rollout --hns-version 16.0".to_owned()),
        ("rollout", Answer, "rollout -f fixtures/rollouts/front.yaml --restart shop/front".to_owned()),
        ("graph", Result, format!("graph -t hns-state --dump fixtures/shop/win-1.json {SHOP} win-1")),
        ("plan", Answer, format!("plan {SHOP} win-1 --dump fixtures/shop/win-1.json")),
        ("apply", Answer, format!("apply --dry-run --allow fixtures/shop/allow.yaml {SHOP} win-1 {sim}")),
        ("undo", Answer, format!("undo --auto-approve {sim}")),
        ("history", Result, format!("history {sim}")),
        ("show", Result, format!("show {folder}/plan.json")),
        ("test", Answer, "test fixtures/suite".to_owned()),
        ("explain", Result, "explain M0107".to_owned()),
        ("explain flags", Result, "explain flags port 28".to_owned()),
        ("explain log", Result, "explain log fixtures/proxy-log/kube-proxy.log".to_owned()),
        ("explain service", Result, format!("explain service shop/front {SHOP} win-1")),
        ("explain version", Result, "explain version 1.34.2".to_owned()),
        ("schema", Result, "schema ir".to_owned()),
        ("completions", Result, "completions bash".to_owned()),
        ("man", Result, "man".to_owned()),
    ]
}

/// Runs it with more flags; nothing that a run writes matters to the next one.
fn run(arguments: &str, flags: &str) -> Outcome {
    hnsplan(arguments).args(flags).env("CI", "true").run()
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn every_command_is_run_here() {
    let program = flags_of_program();
    let program: BTreeSet<&str> =
        program.keys().map(String::as_str).filter(|name| *name != "hnsplan").collect();
    let runs = runs();
    assert_eq!(runs.iter().map(|(command, ..)| *command).collect::<BTreeSet<_>>(), program);
}

#[test]
fn quiet_commands_answer_by_their_exit_codes() {
    for (command, prints, arguments) in runs() {
        let usual = run(&arguments, "");
        let quiet = run(&arguments, "-q");
        assert_eq!(quiet.code, usual.code, "{command}: {}", quiet.stderr);
        assert!(usual.code < 2, "{command} runs: {}", usual.stderr);
        assert_eq!(quiet.stderr, "", "{command}");
        let left = if prints == Result { &*usual.stdout } else { "" };
        assert_eq!(quiet.stdout, left, "{command}");
        // The flag may precede the command as well.
        let first = run("-q", &arguments);
        assert_eq!((first.code, first.stdout, first.stderr), (quiet.code, quiet.stdout, quiet.stderr));
    }
}

#[test]
fn what_ends_a_command_is_always_printed() {
    for (command, _, arguments) in runs() {
        for flag in ["--no-such-flag", "-v"] {
            let wrong = run(&arguments, &format!("-q {flag}"));
            assert!(wrong.failed(2).starts_with("error: "), "{command}: {}", wrong.stderr);
        }
    }
    for file in ["compile -t iptables", "check", "trace --to a/b", "graph -t iptables", "fill", "plan"] {
        let unread = run(file, "-q -f no-such-file.yaml");
        assert!(unread.failed(2).contains("no-such-file.yaml"), "{file}: {}", unread.stderr);
    }
    let unapproved = run("undo --executor sim:fixtures/shop/win-1.json", "-q");
    assert!(unapproved.failed(2).contains("add --auto-approve"), "{}", unapproved.stderr);
}

/// Colors change nothing but the colors, and the flag holds for both streams.
#[test]
fn colors_are_on_or_off_in_both_streams() {
    let mut colored = [0; 2];
    for (command, _, arguments) in runs() {
        let [never, always] = ["never", "always"].map(|when| {
            let outcome = run(&arguments, &format!("-v --color {when}"));
            [outcome.stdout, outcome.stderr]
        });
        for (at, (never, always)) in never.iter().zip(&always).enumerate() {
            assert!(!never.contains('\u{1b}'), "{command}: {never}");
            assert_eq!(&plain(always), never, "{command}");
            colored[at] += usize::from(never != always);
        }
        for at in [0, 1] {
            let when = ["always", "never"][at];
            let wrong = run(&format!("--color={when} {arguments}"), "--no-such-flag");
            assert_eq!(wrong.failed(2).contains('\u{1b}'), at == 0, "{command} --color {when}");
        }
    }
    assert!(colored[0] > 2 && colored[1] > 2, "{colored:?} commands have colors");
}

#[test]
fn messages_have_one_format() {
    let mut objects = 0;
    for (command, _, arguments) in runs() {
        let usual = run(&arguments, "-v");
        let json = run(&arguments, "-v --message-format json");
        assert_eq!((json.code, &json.stdout), (usual.code, &usual.stdout), "{command}");
        assert!(!json.stderr.contains("\n  |"), "{command}: {}", json.stderr);
        for line in json.stderr.lines() {
            let object: serde_json::Value = serde_json::from_str(line).expect(line);
            let what = object["code"].as_str().or(object["message"].as_str()).expect("a code or a message");
            assert!(usual.stderr.contains(what), "{command}: {line}");
            objects += 1;
        }
    }
    assert!(objects > 10, "{objects}");
}

/// What ends a command is a message as any other: of the command line, of files, of what they contain.
#[test]
fn errors_that_end_a_command_are_lines_of_json_as_well() {
    let broken = FOLDER.path().join("broken.yaml");
    fs::write(&broken, "kind: [\n").expect("a file");
    let broken = broken.display();
    let shop = format!("{SHOP} win-1");
    for wrong in [
        "check".to_owned(),
        "check --no-such-flag".to_owned(),
        "no-such-command".to_owned(),
        format!("check {shop} --node="),
        format!("check {shop} --masquerade-all=perhaps"),
        format!("check {shop} --iptables-masquerade-bit 77"),
        format!("check {shop} -S no/such"),
        "check -f fixtures/shop/cluster.yaml --node no-such".to_owned(),
        "check --node a -f no-such-file".to_owned(),
        format!("check --node a -f {broken}"),
        format!("compile -t hns {shop} --config {broken}"),
        format!("compile -t hns {shop} --facts {broken}"),
        format!("check {shop} --allow {broken}"),
        format!("trace {shop} --to no/such"),
        format!("trace {shop} --from 224.0.0.1 --to shop/catalog"),
        format!("diff hns {broken} {shop}"),
        format!("plan {shop} --dump {broken}"),
        format!("show {broken}"),
        "history --executor sim:no-such-file.json".to_owned(),
        "apply no-such-plan.json --executor sim:no-such-file.json".to_owned(),
        "replay no-such-folder".to_owned(),
        "test no-such-folder".to_owned(),
    ] {
        for format in ["--message-format json", "--message-format=json"] {
            let outcome = hnsplan(&wrong).args(format).run();
            assert_eq!(outcome.code, 2, "{wrong}: {}", outcome.stderr);
            let mut errors = 0;
            for line in outcome.stderr.lines() {
                let object: serde_json::Value = serde_json::from_str(line).expect(line);
                assert!(object["message"].as_str().is_some_and(|text| !text.is_empty()), "{wrong}: {line}");
                errors += usize::from(object["severity"] == "error");
            }
            assert!(errors > 0, "{wrong}: {}", outcome.stderr);
        }
    }
}

/// A variable of a script that is not set must not mean that nothing was asked for.
#[test]
fn empty_values_are_refused_in_every_command_with_what_is_allowed() {
    let mut refused = 0;
    let flags_of = flags_of_program();
    for (command, _, arguments) in runs() {
        for flag in flags_of.get(command).into_iter().flatten() {
            // It may be given without a value, and these take none.
            if flag == "--assume" {
                continue;
            }
            let outcome = hnsplan(&arguments).arg(format!("{flag}=")).run();
            assert_eq!(outcome.code, 2, "{command} {flag}=: {}", outcome.stderr);
            refused += usize::from(outcome.stderr.contains("an empty value for"));
        }
    }
    // Others have no value, or more is missing than that.
    assert!(refused > 100, "{refused}");
    for (arguments, expected) in [
        ("check -f fixtures/shop/cluster.yaml --node=", "--node; expected NAME"),
        ("check -f fixtures/shop/cluster.yaml --hostname-override=", "--node; expected NAME"),
        (
            "check -f fixtures/shop/cluster.yaml --node win-1 --cluster-cidr=",
            "--cluster-cidr; expected CIDR[,CIDR]",
        ),
        (
            "check -f fixtures/shop/cluster.yaml --node win-1 --nodeport-addresses=10.0.0.0/8,",
            "--nodeport-addresses",
        ),
        ("check -f fixtures/shop/cluster.yaml --node win-1 --masquerade-all=", "--masquerade-all"),
        ("check -f fixtures/shop/cluster.yaml --node win-1 -n=", "--namespace"),
        ("check -f= --node win-1", "--filename"),
        (
            "compile -t hns -f fixtures/shop/cluster.yaml --node win-1 --source-vip=",
            "--source-vip; expected IP",
        ),
    ] {
        let outcome = hnsplan(arguments).run();
        assert!(
            outcome.failed(2).contains(&format!("an empty value for {expected}")),
            "{arguments}: {}",
            outcome.stderr
        );
    }
}

/// A width that is given is kept by what is wrapped, and a command that wraps nothing accepts it.
#[test]
fn a_width_is_kept() {
    let longest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    for (command, _, arguments) in runs() {
        let [narrow, wide] = ["70", "200"].map(|width| run(&arguments, &format!("--width {width}")));
        assert_eq!(narrow.code, wide.code, "{command}: {}", narrow.stderr);
        let is_wrapped =
            ["check", "diff", "merge", "trace", "explain", "explain flags", "explain log", "explain version"]
                .contains(&command);
        assert_eq!(narrow.stdout != wide.stdout, is_wrapped, "{command}");
        if command == "explain" {
            assert!(longest(&narrow.stdout) <= 70, "{}", narrow.stdout);
        }
    }
}

/// What cannot be written is said, whatever it is: a result, an answer, help.
#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_is_no_success() {
    let prints = ["--help", "--help-all", "--version", "check --help", "schema plan", "explain D0802", "man"];
    let shop = format!("compile -t iptables {SHOP} linux-1");
    for arguments in prints.into_iter().chain([&*shop]) {
        let full = fs::File::create("/dev/full").expect("Linux has it");
        let mut hnsplan = std::process::Command::new(env!("CARGO_BIN_EXE_hnsplan"));
        let output =
            hnsplan.args(arguments.split(' ')).stdout(full).output().expect("hnsplan can be started");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        assert!(message.contains("cannot write the result"), "{arguments}: {message}");
    }
}
