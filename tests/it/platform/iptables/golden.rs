//! Promise: the text is byte for byte what the real kube-proxy handed to `iptables-restore`, in every recorded
//! case.

use hnsplan::net::Family;
use serde_json::Value;

use crate::support::case::{Case, RELEASES, equals, spelled};
use crate::support::exe::hnsplan;
use crate::support::restore_text::{table, tables};
use crate::support::run::{assert_same, diff};

/// So many texts were recorded; a case that cannot be found is a failure, too.
const RECORDED: usize = 3_658;

#[test]
fn every_recorded_text_is_reproduced_byte_for_byte() {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for case in Case::all() {
        for (version, family, nfacct, wanted) in case.recorded_by_all() {
            compared += 1;
            let got = case.compiled(version, nfacct).iptables(family).to_string();
            if got != wanted {
                let counting = if nfacct { ", nfacct" } else { "" };
                wrong.push(format!("{} {version} {family}{counting}\n{}", case.name, diff(&wanted, &got)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} texts differ:\n\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(compared, RECORDED, "recorded texts found");
}

/// The table of what is equal is as good as copies would be: it names every stored text once, and those of one file
/// differ.
#[test]
fn what_equals_another_release_is_stored_once() {
    for (file, alike) in equals() {
        let (case, file) = file.split_once('/').expect("a case and a file");
        let case = Case::named(case);
        let texts: Vec<String> = alike.iter().filter_map(|of| case.recording(of.releases[0], file)).collect();
        let releases: Vec<&str> = alike.iter().flat_map(|of| &of.releases).copied().collect();
        for (at, text) in texts.iter().enumerate() {
            assert!(!texts[..at].contains(text), "{} {file}: two are equal", case.name);
        }
        for release in RELEASES {
            let count = releases.iter().filter(|of| **of == release).count();
            assert!(count <= 1, "{} {file} {release}", case.name);
            if let Some(stored) = case.read(&format!("{release}/{file}")) {
                assert_eq!(case.recording(release, file), Some(stored), "{} {file} {release}", case.name);
            }
        }
    }
}

#[test]
fn the_program_prints_what_the_library_makes() {
    let chosen = [
        "030-lb-source-ranges",
        "051-dualstack",
        "068-nodeport-addresses",
        "080-stale-chains",
        "078-v1-list",
    ];
    for case in chosen.map(Case::named) {
        for (version, family, nfacct, wanted) in case.recorded() {
            let mut command = hnsplan("compile -t iptables --family").arg(spelled(family));
            for manifest in case.manifests() {
                command = command.arg("-f").arg(manifest);
            }
            let config = case.file("kube-proxy.yaml").expect("every case has a configuration");
            let facts = case.file("facts.yaml").expect("every case has facts");
            let outcome = command
                .arg("--config")
                .arg(config)
                .arg("--facts")
                .arg(facts)
                .arg(format!("--nfacct={nfacct}"))
                .args("--kube-proxy-version")
                .arg(version)
                .run();
            assert_same(&wanted, &outcome.stdout, &format!("{} {version} {family}", case.name));
        }
    }
}

#[test]
fn the_jumps_are_those_that_kube_proxy_ensures() {
    let mut compared = 0;
    for case in Case::all() {
        for version in RELEASES {
            let Some(recorded) = case.recording(version, "iptables.jumps.json") else { continue };
            let recorded: Vec<Value> = serde_json::from_str(&recorded).expect("the recording is JSON");
            let compiled = case.compiled(version, false);
            for family in Family::ALL {
                compared += 1;
                let text = compiled.iptables_with_jumps(family);
                for name in ["filter", "nat"] {
                    let got: Vec<_> =
                        text_of_table(&text, name).filter(|line| line.starts_with("-I")).collect();
                    let what = format!("{} {version} {family} {name}", case.name);
                    assert_eq!(got, jumps(&recorded, family, name), "{what}");
                }
            }
        }
    }
    assert!(compared > 300, "only {compared} recordings were found");
}

fn text_of_table<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let head = format!("*{name}");
    text.lines().skip_while(move |line| *line != head).take_while(|line| *line != "COMMIT")
}

/// The recorded calls for one table, as lines of a restore text.
fn jumps(recorded: &[Value], family: Family, table: &str) -> Vec<String> {
    let wanted = |call: &&Value| call["family"] == spelled(family) && call["table"] == table;
    let quoted = |word: &str| if word.contains(' ') { format!("\"{word}\"") } else { word.to_owned() };
    let line = |call: &Value| {
        let words = call["args"].as_array().expect("args is a list").iter();
        let words: Vec<_> = words.map(|word| quoted(word.as_str().expect("a word is text"))).collect();
        let command = call["position"].as_str().expect("-I");
        format!("{command} {} {}", call["chain"].as_str().expect("a chain is text"), words.join(" "))
    };
    recorded.iter().filter(wanted).map(line).collect()
}

#[test]
fn with_jumps_the_text_declares_every_chain_that_they_lead_to_and_nothing_else_changes() {
    for case in ["064-no-cluster-cidr", "068-nodeport-addresses", "051-dualstack"].map(Case::named) {
        let compiled = case.compiled("1.36", false);
        for family in Family::ALL {
            let (with, without) =
                (compiled.iptables_with_jumps(family), compiled.iptables(family).to_string());
            let (with_tables, without_tables) = (tables(&with), tables(&without));
            for name in ["filter", "nat"] {
                let (with, without) = (table(&with_tables, name), table(&without_tables, name));
                let inserted: Vec<_> = with.rules.iter().filter(|rule| rule.inserted).collect();
                assert!(!inserted.is_empty());
                for rule in &inserted {
                    let target = rule.target().expect("a jump has a target");
                    assert!(with.chains.iter().any(|chain| chain == target), "{target} is declared");
                    assert!(!with.chains.contains(&rule.chain), "{} would be emptied", rule.chain);
                }
                assert_eq!(with.rules.len() - inserted.len(), without.rules.len());
            }
            let kept: Vec<_> = with.lines().filter(|line| !line.starts_with("-I")).collect();
            let added: Vec<_> =
                kept.iter().filter(|line| !without.lines().any(|old| old == **line)).collect();
            // KUBE-FIREWALL is kubelet's as well: where kube-proxy does not fill it, it only makes sure of it.
            let expected =
                if without.contains(":KUBE-FIREWALL ") { vec![] } else { vec![&":KUBE-FIREWALL - [0:0]"] };
            assert_eq!(added, expected, "{} {family}", case.name);
        }
    }
}
