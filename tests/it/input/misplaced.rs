//! Promise: a file that is passed in the place of another one is named for what it is, with the next step, wherever it is
//! passed; nothing is done then.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::exe::hnsplan;

const SHOP: &str = "-f fixtures/shop/cluster.yaml --node win-1";

/// A file of each kind: its name, a word of what it is called, and of what to do with it.
const KINDS: [(&str, &str, &str); 10] = [
    ("hns.json", "a dump of a node (hns-state)", "--dump"),
    ("node.save", "a dump of a node (iptables-save)", "--dump"),
    ("netsh.txt", "a dump of a node (netsh-dump)", "--dump"),
    ("plan.json", "a plan of hnsplan plan", "hnsplan apply"),
    ("compiled.json", "a plan of hnsplan compile", "--previous-plan"),
    ("journal.jsonl", "a journal of hnsplan apply", "hnsplan history"),
    ("cluster.yaml", "Kubernetes objects", "-f"),
    ("kube-proxy.yaml", "a configuration of kube-proxy", "--config"),
    ("facts.yaml", "a facts file", "--facts"),
    ("allow.yaml", "an allow-list", "--allow"),
];

/// The places, and the kinds that each takes or about which its own reader says more.
const PLACES: [(&str, &[&str]); 9] = [
    (
        "compile -t iptables --node win-1 -f FILE",
        &["cluster.yaml", "plan.json", "compiled.json", "kube-proxy.yaml", "facts.yaml", "allow.yaml"],
    ),
    ("compile -t iptables SHOP --config FILE", &["kube-proxy.yaml", "cluster.yaml"]),
    ("compile -t iptables SHOP --facts FILE", &["facts.yaml"]),
    ("check SHOP --allow FILE", &["allow.yaml"]),
    ("trace SHOP --to 10.96.0.1:443 -t hns --dump FILE", &["hns.json", "node.save", "netsh.txt"]),
    ("compile -t iptables SHOP --existing-rules FILE", &["node.save", "compiled.json"]),
    ("compile -t hns SHOP --previous-plan FILE", &["hns.json", "compiled.json"]),
    ("apply FILE --executor sim:NODE --dry-run", &["plan.json"]),
    ("fill -f fixtures/shop/cluster.yaml --assumptions FILE", &[]),
];

/// Makes one file of each kind.
fn files(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file");
    for (name, file) in [
        ("hns.json", "win-1.json"),
        ("cluster.yaml", "cluster.yaml"),
        ("kube-proxy.yaml", "kube-proxy.yaml"),
        ("facts.yaml", "facts.yaml"),
        ("allow.yaml", "allow.yaml"),
    ] {
        write(name, &fs::read_to_string(PathBuf::from("fixtures/shop").join(file)).expect("a fixture"));
    }
    let compiled = |command: &str| hnsplan(&format!("compile {SHOP} {command}")).run().stdout;
    write("node.save", &compiled("-t iptables --family ipv4 --include-jumps"));
    write("netsh.txt", &compiled("-t netsh --style dump"));
    write("compiled.json", &compiled("-t hns"));
    let plan = hnsplan(&format!("plan {SHOP} --dump fixtures/shop/win-1.json -o json")).run().stdout;
    write("plan.json", &plan);
    let journal =
        fs::read_dir("fuzz/seeds/journal").expect("seeds").next().expect("one").expect("a file").path();
    fs::copy(journal, folder.join("journal.jsonl")).expect("a journal");
}

#[test]
fn a_file_in_the_place_of_another_is_named_for_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    files(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (place, takes) in PLACES {
        for (name, words, advice) in KINDS.iter().filter(|(name, ..)| !takes.contains(name)) {
            let command =
                place.replace("SHOP", SHOP).replace("FILE", &path(name)).replace("NODE", &path("hns.json"));
            let outcome = hnsplan(&command).run();
            let message = outcome.failed(2);
            assert!(message.contains(words) && message.contains(advice), "{place}, {name}: {message}");
            assert!(message.contains(name), "{place}, {name}: {message}");
            // One cause is one message.
            let errors = message.lines().filter(|line| line.starts_with("error")).count();
            assert_eq!(errors, 1, "{place}, {name}: {message}");
            assert_eq!(outcome.stdout, "", "{place}, {name}");
        }
    }
}

/// A long list before its kind does not make an object a dump.
#[test]
fn objects_with_sorted_members_are_objects() {
    let endpoints = vec![r#"{"addresses":["10.1.2.3"],"conditions":{}}"#; 200].join(",");
    let slice = format!(
        r#"{{"addressType":"IPv4","apiVersion":"discovery.k8s.io/v1","endpoints":[{endpoints}],"kind":"EndpointSlice","metadata":{{"name":"a","namespace":"shop"}},"ports":"none"}}"#
    );
    let outcome = hnsplan("compile -t iptables -f -").input(slice).run();
    assert!(outcome.failed(2).contains("error[M0002]"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("dump"), "{}", outcome.stderr);
}
