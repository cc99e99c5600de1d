//! The same nouns in every platform's folder, so that whoever knows one finds the way in all of them.

use std::collections::BTreeSet;

use super::{platforms, source};

/// What every platform has, as a file or a folder.
const NOUNS: [&str; 17] = [
    "apply",
    "codes",
    "compare",
    "eval",
    "frontends",
    "held",
    "lower",
    "mod",
    "model",
    "options",
    "outcome",
    "packets",
    "picture",
    "plan",
    "read",
    "registration",
    "write",
];

/// What some platforms have besides, and why the others need none.
const MORE: &[(&str, &[&str], &str)] = &[
    (
        "lint",
        &["hns", "iptables", "nftables"],
        "netsh has no faults that the losses of its lowering do not name",
    ),
    ("names", &["iptables", "nftables"], "chains are named by hashes; other objects have ids or no names"),
    ("migration", &["nftables"], "clusters move to the nftables mode from two others"),
    (
        "release",
        &["nftables"],
        "its tables show the release of the kube-proxy that wrote them, the others hardly do",
    ),
    ("jumps", &["iptables"], "kube-proxy makes the jumps from base chains apart from the rules"),
    ("normalise", &["iptables", "nftables"], "they print rules in another form than they were given in"),
    ("identity", &["netsh"], "objects of netsh are told apart by some of their arguments"),
    ("state", &["netsh"], "scripts run on a node in memory, as commands of netsh depend on what went before"),
    ("after", &["hns"], "what HNS holds after a plan, without a node: the others have it from their texts"),
    (
        "simulate",
        &["hns"],
        "HNS refuses and changes what it gets, so that its simulator has rules of its own",
    ),
    ("host", &["hns"], "the network and endpoints of the host, which HNS plans depend on"),
    ("providers", &["hns"], "provider addresses of an overlay network"),
    ("ids", &["hns"], "planned objects need ids before HNS gives them some"),
    ("features", &["hns"], "what a version of HNS can do"),
    ("store", &["hns"], "what simulated hosts hold; rules of the others are lines of a text"),
    ("sync", &["hns", "iptables", "nftables"], "syncs after the first one; netsh has none"),
    ("windows_release", &["hns"], "what HNS does with packets depends on the release of Windows"),
    ("other_proxy", &["hns"], "on some Windows nodes kube-proxy does not run, which its HNS shows"),
    ("errors", &["hns"], "HRESULTs that HNS answers with"),
    ("proxy_log", &["hns"], "why a load balancer is missing stands only in the log of kube-proxy on Windows"),
    ("registry_switches", &["hns"], "fixes of Windows nodes are switched on and off in their registry"),
    ("flag_words", &["hns"], "numbers of HNS whose bits have names, for explain"),
    ("service_info", &["hns"], "kube-proxy on Windows keeps more about a Service than its rules show"),
];

/// The names of the files and folders of a platform.
fn nouns(platform: &str) -> BTreeSet<String> {
    let entries =
        std::fs::read_dir(source().join("platform").join(platform)).expect("the sources can be read");
    let names = entries.map(|entry| entry.expect("the sources can be read").path());
    names.map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned()).collect()
}

#[test]
fn every_platform_has_the_same_nouns() {
    let mut wrong = Vec::new();
    for platform in platforms() {
        let found = nouns(&platform);
        let is_known = |noun: &str| {
            NOUNS.contains(&noun)
                || MORE.iter().any(|(more, of, _)| *more == noun && of.contains(&&*platform))
        };
        let missing = NOUNS.iter().filter(|noun| !found.contains(**noun));
        wrong.extend(missing.map(|noun| format!("src/platform/{platform} has no {noun}")));
        let unknown = found.iter().filter(|noun| !is_known(noun));
        wrong.extend(unknown.map(|noun| {
            format!("src/platform/{platform}/{noun} is no noun of all platforms: use one of them, or give a reason here")
        }));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for (noun, of, reason) in MORE.iter().copied() {
        for platform in of {
            assert!(nouns(platform).contains(noun), "{platform} has no {noun} any more ({reason})");
        }
    }
}

#[test]
fn the_guide_lists_every_noun() {
    let guide = source().parent().expect("src is in a folder").join("docs/adding-a-platform.md");
    let guide = std::fs::read_to_string(guide).expect("there is a guide");
    let (_, folder) = guide.split_once("## The folder").expect("it has a section about the folder");
    let table: String = folder.lines().take_while(|line| !line.starts_with("## ")).collect();
    for noun in NOUNS {
        let is_listed =
            [format!("`{noun}.rs`"), format!("`{noun}/`")].iter().any(|name| table.contains(name));
        assert!(is_listed, "docs/adding-a-platform.md does not list {noun}");
    }
}
