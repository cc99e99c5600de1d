//! Promise: the reader understands kube-proxy's own texts, and what the kernel's tools make of them.

use std::fs;
use std::path::{Path, PathBuf};

use hnsplan::net::Family;
use hnsplan::platform::iptables::model::{Command, Match, Ruleset, Target};
use hnsplan::platform::iptables::{read, write};

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads a text that has no problems.
fn clean(text: &str, family: Family, of: &str) -> Ruleset {
    let (ruleset, problems) = read(text, family);
    assert_eq!(problems, [], "{of}");
    ruleset
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// The restore texts of all cases and versions, with their families.
fn golden_texts() -> Vec<(PathBuf, Family)> {
    let versions =
        entries(&fixture("golden")).into_iter().filter(|case| case.is_dir()).flat_map(|case| entries(&case));
    let files = versions.filter(|version| version.is_dir()).flat_map(|version| entries(&version));
    let family = |file: &PathBuf| {
        let name = file.file_name()?.to_str()?;
        let family = name.strip_prefix("iptables.")?.strip_suffix(".rules")?;
        Some(if family.starts_with("ipv6") { Family::Ipv6 } else { Family::Ipv4 })
    };
    files.filter_map(|file| family(&file).map(|family| (file, family))).collect()
}

#[test]
fn every_golden_text_is_understood_and_written_again() {
    let texts = golden_texts();
    assert!(texts.len() > 500, "{} golden texts", texts.len());
    for (path, family) in texts {
        let golden = text(&path);
        let ruleset = clean(&golden, family, &path.display().to_string());
        assert!(unknown(&ruleset).is_empty(), "{}", path.display());
        // Not `assert_eq`: it would print megabytes.
        assert!(write(&ruleset) == golden, "{} is written differently", path.display());
    }
}

/// The rules with something that this program does not know.
fn unknown(ruleset: &Ruleset) -> Vec<&Command> {
    let commands = ruleset.tables.iter().flat_map(|table| &table.commands);
    let unknown = |command: &&Command| match command {
        Command::Append(rule) | Command::Insert(rule) => {
            matches!(rule.target, Some(Target::Unknown(_)))
                || rule.matches.iter().any(|condition| matches!(condition, Match::Unknown(_)))
        }
        Command::DeleteChain(_) => false,
    };
    commands.filter(unknown).collect()
}

/// The jumps to kube-proxy's chains, in the order in which it inserts them.
const JUMPS: &str = r#"*filter
:KUBE-FIREWALL - [0:0]
-I INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-I FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-I INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
-I FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-I OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-I FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-I INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-I OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-I FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-I INPUT -j KUBE-FIREWALL
-I OUTPUT -j KUBE-FIREWALL
COMMIT
*nat
-I OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-I PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-I POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
COMMIT
"#;

/// A golden text was loaded after the jumps, on an empty host; `saved` is what the host had then.
fn assert_saved(saved: &str, case: &str, version: &str, family: Family) {
    let protocol = if family == Family::Ipv6 { "ipv6" } else { "ipv4" };
    let name = format!("{case}.{version}.{protocol}.{saved}.save");
    let mut saved = clean(&text(&fixture("iptables-save").join(&name)), family, &name).normalise();
    for table in &mut saved.tables {
        // What the kernel adds by itself.
        table.chains.retain(|chain| chain.policy.is_none());
    }
    let golden = text(&fixture("golden").join(case).join(version).join(format!("iptables.{protocol}.rules")));
    let loaded = clean(&format!("{JUMPS}{golden}"), family, &name).normalise();
    assert_eq!(write(&saved), write(&loaded), "{name}");
    assert_eq!(saved, loaded, "{name}");
}

#[test]
fn affinity_is_saved_by_the_nf_tables_back_end_as_it_was_loaded() {
    assert_saved("nft-1.8.9", "019-affinity-clientip-timeout", "1.30", Family::Ipv4);
}

#[test]
fn source_ranges_are_saved_by_the_legacy_back_end_as_they_were_loaded() {
    assert_saved("legacy-1.8.9", "031-lb-source-ranges-node", "1.36", Family::Ipv4);
}

#[test]
fn ipv6_is_saved_as_it_was_loaded() {
    assert_saved("nft-1.8.9", "051-dualstack", "1.36", Family::Ipv6);
}

#[test]
fn stale_chains_are_gone_when_saved() {
    assert_saved("legacy-1.8.9", "080-stale-chains", "1.30", Family::Ipv4);
}

#[test]
fn foreign_rules_are_kept() {
    let name = "foreign-rules.ipv4.nft-1.8.9.save";
    let saved = clean(&text(&fixture("iptables-save").join(name)), Family::Ipv4, name);
    assert_eq!(unknown(&saved).len(), 15);
    let written = write(&saved);
    assert_eq!(clean(&written, Family::Ipv4, "written again"), saved);
    for words in ["--dports 22,2222", "--log-prefix \"-j ACCEPT: \"", "--dport 8000:8010", "! -o docker0"] {
        assert!(written.contains(words), "{words}");
    }
}
