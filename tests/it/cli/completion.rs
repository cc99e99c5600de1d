//! Promise: the script for bash completes values: codes, types, versions, targets in lists, and the Services and nodes
//! of the manifests that the line names.

use std::path::Path;
use std::process::Command;

use crate::support::skip::{not_started, skip};

/// The words of a line as bash cuts them: at blanks, and at its separators, which are words of their own.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for text in line.split(' ') {
        let mut word = String::new();
        let is_separator = |c: char| c == '=' || c == ':';
        for character in text.chars() {
            if word.chars().next_back().is_some_and(|last| is_separator(last) != is_separator(character)) {
                words.push(std::mem::take(&mut word));
            }
            word.push(character);
        }
        words.push(word);
    }
    words
}

/// What bash offers where a line ends; `None` where there is no bash.
fn offered(line: &str) -> Option<Vec<String>> {
    let program = Path::new(env!("CARGO_BIN_EXE_hnsplan")).parent().expect("it is in a folder");
    let search = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let script = "source <(hnsplan completions bash)\n\
                  COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMP_LINE=\"$*\"; COMP_POINT=${#COMP_LINE}\n\
                  function=$(complete -p hnsplan); function=${function##*-F }; function=${function%% *}\n\
                  $function hnsplan \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"\n\
                  for value in \"${COMPREPLY[@]}\"; do echo \"$value\"; done";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script, "bash"]).args(words(line)).env("PATH", search);
    match bash.current_dir(env!("CARGO_MANIFEST_DIR")).output() {
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(errors.is_empty(), "{line}: {errors}");
            Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
        }
        Err(error) => {
            skip(&not_started("bash", &error));
            None
        }
    }
}

const SHOP: &str = "-f fixtures/shop/cluster.yaml";

#[test]
fn bash_completes_values() {
    for (line, expected) in [
        // What the program itself knows.
        ("compile --fail-on M010".to_owned(), "M0101 M0102"),
        ("check --fail-on=los".to_owned(), "loss"),
        ("check --fail-on loss,war".to_owned(), "loss,warning"),
        ("explain h0".to_owned(), "H01 H02"),
        ("explain HCN_E_PORT_A".to_owned(), "HCN_E_PORT_ALREADY_EXISTS"),
        ("check --network-type l2".to_owned(), "L2Bridge L2Tunnel"),
        ("diff --kube-proxy-version 1.3".to_owned(), "1.30 1.36"),
        ("check --against 1.30".to_owned(), "1.30"),
        ("trace -t ipt".to_owned(), "iptables iptables-save"),
        ("trace -t iptables,hn".to_owned(), "iptables,hns iptables,hns-state"),
        ("trace --from rem".to_owned(), "remote-pod"),
        ("compile -t i".to_owned(), "iptables ir"),
        ("compile --detect-local-mode B".to_owned(), "BridgeInterface"),
        ("apply --executor si".to_owned(), "sim:"),
        // What the manifests of the line name.
        (format!("compile {SHOP} -S shop/"), "shop/front"),
        (format!("compile -S shop/fr {SHOP} --service shop/fr"), "shop/front"),
        (format!("graph {SHOP} --service=shop/fr"), "shop/front"),
        (format!("graph --filename={} -S web,shop/fr", &SHOP[3..]), "web,shop/front"),
        (format!("trace {SHOP} --to shop/front:"), "https"),
        (format!("trace {SHOP} --node "), "linux-1 win-1"),
        (format!("diff iptables hns {SHOP} --hostname-override li"), "linux-1"),
        (format!("check {SHOP} -n s"), "shop"),
        (format!("explain service {SHOP} shop/fr"), "shop/front"),
        ("compile -f 'fixtures/shop/cluster.yaml' --node li".to_owned(), "linux-1"),
        (r"compile -f fix\tures/shop/cluster.yaml --node li".to_owned(), "linux-1"),
        // What clap's own script completes.
        ("comp".to_owned(), "compile completions"),
        ("compile --kube-pr".to_owned(), "--kube-proxy-version"),
    ] {
        let Some(offered) = offered(&format!("hnsplan {line}")) else { return };
        for value in expected.split(' ') {
            assert!(offered.iter().any(|offered| offered == value), "{line}: {value} is not in {offered:?}");
        }
        let typed = line.rsplit([' ', '=', ':']).next().unwrap_or_default().to_lowercase();
        let fits = |value: &String| value.to_lowercase().starts_with(&typed);
        assert!(offered.iter().all(fits), "{line}: {offered:?}");
    }
}

#[test]
fn where_nothing_is_known_bash_offers_nothing_or_files() {
    for line in
        ["compile -S x", "compile -f missing.yaml -S x", "trace -f - --node x", "explain service -f . -- x"]
    {
        let Some(offered) = offered(&format!("hnsplan {line}")) else { return };
        assert_eq!(offered, Vec::<String>::new(), "{line}");
    }
    let Some(offered) = offered("hnsplan compile -f fixtures/shop/clus") else { return };
    assert_eq!(offered, ["fixtures/shop/cluster.yaml"]);
}
