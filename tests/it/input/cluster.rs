//! Promise: `--from-cluster` runs `kubectl get` and nothing else, once, and reads what it prints as `-f` reads it from a file. Where
//! kubectl fails, nothing of its output is used, and what it says is shown without what a terminal would obey.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::refused::WHOLE;
use crate::support::exe::{Hnsplan, Outcome, hnsplan};

/// A kubectl that writes its arguments into a file beside it, and does what the script says.
fn kubectl(script: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let program = folder.path().join("kubectl");
    let log = folder.path().join("log");
    let text =
        format!("#!/bin/sh\nfor word in \"$@\"; do echo \"$word\" >>'{}'; done\n{script}\n", log.display());
    fs::write(&program, text).expect("a file can be written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it can be run");
    folder
}

/// Runs hnsplan with this kubectl; the words of its own command are one argument each.
fn run(folder: &Path, words: &[&str]) -> Outcome {
    let path = format!("{}:/usr/bin:/bin", folder.display());
    words.iter().fold(hnsplan("").env("PATH", &path), Hnsplan::arg).run()
}

fn asked(folder: &Path) -> Vec<String> {
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    log.lines().map(str::to_owned).collect()
}

fn whole() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(WHOLE);
    format!("cat '{}'", file.display())
}

const KINDS: &str = "services,endpointslices,nodes";

#[test]
fn the_answer_is_that_of_a_file() {
    let folder = kubectl(&whole());
    for (command, is_exact) in [
        ("check --node win-1 -o json", true),
        ("check --nodes all -o json", true),
        ("compile -t iptables --node linux-1 --family ipv4", true),
        ("fill", true),
        ("graph -t iptables --node linux-1 -o json", true),
        ("trace -S external:203.0.113.9 -D node:30080 -t hns --node win-1 -o json", true),
        ("diff iptables hns --node win-1", false),
        ("explain service shop/front --node win-1", false),
        ("plan -t hns --node win-1", false),
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let live = run(folder.path(), &[&words[..], &["--from-cluster"]].concat());
        let file = run(folder.path(), &[&words[..], &["-f", WHOLE]].concat());
        assert_eq!(live.code, file.code, "{command}: {}", live.stderr);
        // Columns are as wide as the name of the file.
        assert!(!live.stdout.is_empty(), "{command}: {}", live.stderr);
        if is_exact {
            let shown = live.stdout.replace("kubectl get services,endpointslices,nodes -A -o json", WHOLE);
            assert_eq!(shown.replace("--from-cluster", &format!("-f {WHOLE}")), file.stdout, "{command}");
        }
        assert_eq!(asked(folder.path()), ["get", KINDS, "-A", "-o", "json"], "{command}");
        fs::remove_file(folder.path().join("log")).expect("kubectl was run");
    }
}

/// A place in a message names the command as the file.
#[test]
fn messages_name_the_command() {
    let folder = kubectl(&format!("{} | sed 's/port: 443$/port: 70000/'", whole()));
    let outcome = run(folder.path(), &["check", "--from-cluster", "--context", "prod eu", "--node", "win-1"]);
    let place = format!("kubectl '--context=prod eu' get {KINDS} -A -o json:88:");
    assert!(outcome.stderr.contains(&place), "{}", outcome.stderr);
}

/// Whatever a value is, it is the value of its flag.
#[test]
fn values_are_no_flags() {
    let folder = kubectl(&whole());
    for value in ["prod", "-x", "--kubeconfig=/etc/shadow", "a b", "$(touch pwned)", "; exit 7", "ü", "get"]
    {
        let flags = [format!("--context={value}"), format!("--kubeconfig={value}")];
        let words = ["check", "--node", "win-1", "--from-cluster", &flags[0], &flags[1]];
        let outcome = run(folder.path(), &words);
        assert!(matches!(outcome.code, 0 | 1), "{value}: {}", outcome.stderr);
        let wanted = [&flags[0], &flags[1], "get", KINDS, "-A", "-o", "json"];
        assert_eq!(asked(folder.path()), wanted, "{value}");
        fs::remove_file(folder.path().join("log")).expect("kubectl was run");
    }
    for value in ["", "a\u{1b}[31m", "a\nb", "\u{9b}"] {
        for flag in ["context", "kubeconfig"] {
            let flag = format!("--{flag}={value}");
            let outcome = run(folder.path(), &["check", "--from-cluster", &flag]);
            assert_eq!((outcome.code, asked(folder.path()).len()), (2, 0), "{flag:?}: {}", outcome.stderr);
        }
    }
}

/// What could not be read is not taken for what is not there, also where kubectl prints the rest.
#[test]
fn where_kubectl_fails_nothing_is_answered() {
    let forbidden =
        "Error from server (Forbidden): nodes is forbidden: User \"eve\" cannot list resource \"nodes\"";
    let whole = whole();
    let failures = [
        (format!("{whole}; echo '{forbidden}' >&2; exit 1"), forbidden),
        (
            format!("{whole} | head -c 3000; echo 'Unable to connect to the server' >&2; exit 1"),
            "Unable to connect",
        ),
        (
            "echo 'error: You must be logged in to the server (Unauthorized)' >&2; exit 1".to_owned(),
            "(Unauthorized)",
        ),
        (format!("{whole}; kill -9 $$"), "failed (signal: 9"),
        ("printf '\\377\\376\\377'; exit 3".to_owned(), "failed (exit status: 3)"),
        ("printf '\\377\\376\\377'".to_owned(), "is not text"),
        ("echo hello".to_owned(), "expected a mapping"),
        ("true".to_owned(), "printed nothing"),
        ("echo '{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":['".to_owned(), "M0001"),
        ("printf '\\033[31mred\\a\\n' >&2; exit 1".to_owned(), "kubectl: \\u{1b}[31mred\\u{7}\n"),
    ];
    for (script, said) in failures {
        let folder = kubectl(&script);
        let outcome = run(folder.path(), &["check", "--from-cluster", "--node", "win-1"]);
        assert_eq!((outcome.code, &*outcome.stdout), (2, ""), "{script}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(said), "{script}: {}", outcome.stderr);
    }
}

/// It is said, and the answer is given.
#[test]
fn warnings_are_passed_on() {
    let folder = kubectl(&format!("echo 'Warning: v1 Endpoints is deprecated' >&2; {}", whole()));
    let outcome = run(folder.path(), &["check", "--from-cluster", "--node", "win-1"]);
    assert!(matches!(outcome.code, 0 | 1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("kubectl: Warning: v1 Endpoints is deprecated\n"), "{}", outcome.stderr);
    // However much it says, it is not kept waiting.
    let folder = kubectl(&format!("head -c 3000000 /dev/zero | tr '\\0' 'x' >&2; {}", whole()));
    let outcome = run(folder.path(), &["check", "--from-cluster", "--node", "win-1"]);
    assert!(matches!(outcome.code, 0 | 1) && outcome.stderr.len() < 2_000_000, "{}", outcome.stderr.len());
}

/// A program of that name in the current folder, or in a folder that depends on it, is not kubectl.
#[test]
fn kubectl_is_of_the_path_alone() {
    let folder = kubectl(&whole());
    for path in ["", ".", ":", "bin:", "/nonexistent"] {
        let command = hnsplan("check --from-cluster --node win-1").env("PATH", path);
        let outcome = command.inside(folder.path()).run();
        assert_eq!((outcome.code, asked(folder.path()).len()), (2, 0), "{path}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("in no folder of PATH"), "{path}: {}", outcome.stderr);
    }
}

#[test]
fn what_makes_no_sense_with_it_is_refused() {
    let folder = kubectl(&whole());
    for command in [
        "check --from-cluster -f FILE",
        "check --context prod -f FILE",
        "check --kubeconfig prod -f FILE",
        "rollout --from-cluster --old FILE --new FILE",
        "rollout --context prod --old FILE --new FILE",
        "diff --kubeconfig prod --old FILE --new FILE -t hns",
        "apply PLAN --context prod",
        "explain service shop/web --from-cluster --step 1",
        "replay --from-cluster FILE",
        "test --from-cluster FILE",
    ] {
        let command = command.replace("FILE", WHOLE);
        let outcome = run(folder.path(), &command.split(' ').collect::<Vec<_>>());
        assert_eq!((outcome.code, asked(folder.path()).len()), (2, 0), "{command}: {}", outcome.stderr);
    }
}

/// What makes pods is asked for where pods are made.
#[test]
fn a_rollout_asks_for_workloads() {
    let folder = kubectl(&whole());
    let outcome = run(folder.path(), &["rollout", "--from-cluster", "--scale", "shop/nothing=2"]);
    assert!(outcome.stderr.contains("shop/nothing"), "{}", outcome.stderr);
    let kinds = asked(folder.path())[1].clone();
    assert!(kinds.starts_with(KINDS) && kinds.contains("deployments") && kinds.contains("pods"), "{kinds}");
}

/// A page names the cluster as what it was made from, with what kubectl printed.
#[test]
fn a_page_says_that_it_was_made_from_the_cluster() {
    let folder = kubectl(&whole());
    let bytes = fs::metadata(Path::new(env!("CARGO_MANIFEST_DIR")).join(WHOLE)).expect("it is there").len();
    let words = ["check", "--node", "win-1", "--fail-on", "never", "-o", "html", "--from-cluster"];
    let page = run(folder.path(), &words).stdout;
    let footer = page.split("<footer>").nth(1).expect("a page has one");
    let inputs: Vec<&str> = footer.split("<li>").skip(1).collect();
    let [input] = &*inputs else { panic!("{footer}") };
    assert!(
        input.contains(&format!("kubectl get {KINDS} -A -o json</span>, {bytes} bytes, SHA-256")),
        "{input}"
    );
}
