//! Promise: whatever files and rules are called, no message and no answer steers a terminal, begins a line of its own, or
//! turns the direction of writing.

use std::fs;

use crate::support::damage::HOSTILE;
use crate::support::exe::{Outcome, hnsplan};

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml";

/// What may not be printed: control characters but line ends, what is invisible, what turns the text.
fn is_dangerous(character: char) -> bool {
    hnsplan::name::is_unprintable(character) && character != '\n'
}

#[track_caller]
fn is_harmless(outcome: &Outcome, what: &str) {
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!text.chars().any(is_dangerous), "{what}: {text:?}");
        assert!(
            !text.lines().any(|line| line.starts_with("::") || line.starts_with("evil")),
            "{what}: {text}"
        );
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_stay_in_their_line() {
    let names = HOSTILE.iter().filter(|name| !name.contains(['\0', '/']));
    for name in names.copied().chain(["x\n::error::evil", "x\r\nevil"]) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join(format!("x{name}"));
        fs::create_dir(&path).expect("a folder can be made");
        fs::write(path.join("file"), "evil").expect("a file can be made");
        let below = path.join("file/none");
        let commands = [
            ("compile -t iptables --node linux-1 -f", path.clone(), ""),
            ("compile -t iptables --node linux-1", below.clone(), "--out"),
            ("trace -D 10.96.10.1:443 --node linux-1", below.clone(), "--out"),
            ("man", below.clone(), "--out"),
            ("show", below.clone(), ""),
            ("test", path.join("none"), ""),
            ("diff iptables", below, ""),
        ];
        for (command, path, flag) in commands {
            let manifests = if flag == "--out" && !command.starts_with("man") { SHOP } else { "" };
            let with = hnsplan(command).args(manifests).args(flag).arg(&path);
            let outcome = with.run();
            assert!(matches!(outcome.code, 1 | 2), "{command}: {}", outcome.stderr);
            is_harmless(&outcome, command);
        }
    }
}

/// Rules of others have texts that no rule of kube-proxy has.
#[test]
fn signs_in_rules_are_shown_and_not_sent() {
    for sign in ['\u{202e}', '\u{2066}', '\u{2069}', '\u{2028}', '\u{200f}', '\u{61c}', '\u{feff}', '\u{ad}']
    {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("node.save");
        let rule = format!("-A KUBE-SERVICES -m foo --bar x{sign}evil -j KUBE-X");
        let text = format!(
            "*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-X - [0:0]\n-A PREROUTING -j KUBE-SERVICES\n\
             {rule}\n-A KUBE-X -m comment --comment \"a{sign}b\" -j RETURN\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n\
             -A INPUT -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n"
        );
        fs::write(&path, text).expect("a file can be made");
        for command in [
            "trace -t iptables-save -D 10.96.10.1:443 --iptables-save",
            "trace -t iptables-save -D 10.96.10.1:443 -o json --iptables-save",
            "check -t iptables,iptables-save --iptables-save",
            "check -t iptables,iptables-save -o json --iptables-save",
            "graph -t iptables-save --iptables-save",
            "graph -t iptables-save -o json --iptables-save",
            "diff iptables",
            "diff --view unified iptables",
            "diff --view side-by-side iptables",
            "diff -o json iptables",
        ] {
            let outcome = hnsplan(command).arg(&path).args(SHOP).args("--node linux-1").run();
            assert!(matches!(outcome.code, 0 | 1), "{command}: {}", outcome.stderr);
            is_harmless(&outcome, command);
        }
    }
}
