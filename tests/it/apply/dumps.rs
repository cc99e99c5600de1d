//! Promise: a plan that is made from a dump is the plan that is made on the node itself.

use std::path::{Path, PathBuf};

use hnsplan::net::PerFamily;
use hnsplan::platform::{self, DumpText, iptables};

use crate::support::case::fixtures;
use crate::support::exe::{Outcome, hnsplan};

#[test]
fn a_dump_of_iptables_has_the_fingerprint_of_the_node() {
    let platform = platform::find("iptables").unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(fixtures().join("iptables-save")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let saved = std::fs::read_to_string(&path).unwrap();
        let empty = "*nat\nCOMMIT\n*filter\nCOMMIT\n".to_owned();
        let texts = if name.contains("ipv6") { [empty, saved] } else { [saved, empty] };
        let dump =
            |text: &String, format| DumpText { name: name.clone(), text: text.clone(), format: Some(format) };
        let [ipv4, ipv6] = &texts;
        let read = platform.read(vec![dump(ipv4, "iptables-save"), dump(ipv6, "ip6tables-save")]);
        let state = platform.state_of(&*read.held.expect("it is a dump")).expect("both families are there");
        let [ipv4, ipv6] = texts;
        let of_node = iptables::apply::fingerprint(&PerFamily { ipv4, ipv6 });
        assert_eq!(state.fingerprint(), of_node, "{name}");
        seen += 1;
    }
    assert!(seen > 3, "only {seen} dumps");
}

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml";

/// What a target compiles to, in a file of its own.
fn compiled(folder: &Path, file: &str, flags: &str) -> PathBuf {
    let text = hnsplan(&format!("compile {SHOP} {flags}")).run();
    let path = folder.join(file);
    std::fs::write(&path, text.succeeded()).expect("a file can be written");
    path
}

/// The plan from dumps, by the text or the message.
fn plan(flags: &str, dumps: &[&PathBuf]) -> Outcome {
    let named = dumps
        .iter()
        .fold(hnsplan(&format!("plan {SHOP} {flags}")), |plan, dump| plan.arg("--dump").arg(dump));
    named.run()
}

#[test]
fn nothing_is_planned_where_a_dump_has_what_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let linux = "-t iptables --node linux-1 --include-jumps --family";
    let ipv4 = compiled(folder.path(), "v4.save", &format!("{linux} ipv4"));
    let ipv6 = compiled(folder.path(), "v6.save", &format!("{linux} ipv6"));
    let planned = plan("--node linux-1", &[&ipv4, &ipv6]);
    assert_eq!(planned.succeeded(), "No changes. Node matches the manifests.\n");
    let script = compiled(folder.path(), "script.txt", "-t netsh --node win-1");
    let planned = plan("--node win-1", &[&script]);
    assert!(planned.succeeded().starts_with("No changes."), "{}", planned.stdout);
    // Both are dumps of one Windows node.
    let before = fixtures().join("shop/win-1.json");
    let planned = plan("--node win-1 -t hns", &[&script, &before]);
    assert!(
        planned.succeeded().contains("Plan: 19 to add, 0 to change, 0 to destroy.\n"),
        "{}",
        planned.stdout
    );
}

#[test]
fn a_dump_that_has_not_enough_is_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let ipv4 = compiled(folder.path(), "v4.save", "-t iptables --node linux-1 --family ipv4");
    assert!(plan("--node linux-1", &[&ipv4]).failed(2).contains("the rules of both families are needed"));
    assert!(plan("--node win-1 -t hns", &[&ipv4]).failed(2).contains("no dump is of hns"));
    assert!(plan("--node win-1 -t nft", &[]).failed(2).contains("expected one of iptables, hns, netsh"));
    assert!(plan("--node win-1 --executor sim:x", &[&ipv4]).failed(2).contains("leave out the dumps"));
    assert!(plan("--node win-1 -S shop/nope", &[]).failed(2).contains("shop/nope"));
}
