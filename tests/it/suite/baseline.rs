//! Promise: a suite keeps no baseline of what could not be read, and a snapshot without its manifest is a difference.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

const WEB: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.0.50, ports: [{port: 80}]}\n";

fn test(folder: &Path, flags: &str, ci: &str) -> Outcome {
    hnsplan("test").arg(folder).args(flags).env("CI", ci).run()
}

#[test]
fn what_cannot_be_read_as_a_whole_is_no_baseline() {
    for (text, code) in [
        ("", "M0014"),
        ("# later\n", "M0014"),
        ("NAME  TYPE  CLUSTER-IP\nweb  ClusterIP  10.0.0.1\n", "M00"),
        ("{kind: Status, apiVersion: v1, status: Failure, message: forbidden}\n", "M0014"),
        ("kind: Service\n\tname: x\n", "M0001"),
        ("{apiVersion: v1, kind: services, metadata: {name: web}}\n", "M0017"),
        ("{apiVersion: v1, kind: List, metadata: {continue: x}, items: []}\n", "M0018"),
    ] {
        for whole in [text.to_owned(), format!("{WEB}---\n{text}")] {
            if whole.starts_with("api") && (text.is_empty() || text.starts_with('#')) {
                continue;
            }
            let folder = tempfile::tempdir().expect("a folder can be made");
            let manifest = folder.path().join("web.yaml");
            fs::write(&manifest, &whole).expect("it can be written");
            let outcome = test(folder.path(), "--init", "");
            assert!(outcome.failed(2).contains(code), "{whole}: {}", outcome.stderr);
            let files = fs::read_dir(folder.path()).expect("it is there").count();
            assert_eq!(files, 1, "nothing is written: {whole}");
            // The same where the suite was begun before.
            fs::write(&manifest, WEB).expect("it can be written");
            test(folder.path(), "--init", "").succeeded();
            fs::write(&manifest, &whole).expect("it can be written");
            assert_eq!(test(folder.path(), "--accept", "").code, 2, "{whole}");
            assert_eq!(test(folder.path(), "", "true").code, 2, "{whole}");
            fs::write(&manifest, WEB).expect("it can be written");
            test(folder.path(), "", "true").succeeded();
        }
    }
}

#[test]
fn a_snapshot_whose_manifest_is_gone_is_named() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).expect("a folder");
    for (folder, name) in [(folder.path(), "one"), (folder.path(), "two"), (&*inner, "three")] {
        let text = WEB
            .replace("name: web", &format!("name: {name}"))
            .replace("0.50", &format!("0.{}", name.as_bytes()[1]));
        fs::write(folder.join(format!("{name}.yaml")), text).expect("it can be written");
    }
    test(folder.path(), "--init", "").succeeded();
    test(folder.path(), "", "true").succeeded();
    for (manifest, kept) in [(folder.path().join("two.yaml"), "two"), (inner.join("three.yaml"), "three")] {
        let text = fs::read_to_string(&manifest).expect("it is there");
        fs::remove_file(&manifest).expect("it is there");
        for ci in ["", "true"] {
            let outcome = test(folder.path(), "", ci);
            assert_eq!(outcome.code, 1, "{}{}", outcome.stdout, outcome.stderr);
            for ending in ["ipv4.rules", "hns.json", "messages.txt"] {
                assert!(outcome.stdout.contains(&format!("{kept}.{ending}\n")), "{}", outcome.stdout);
            }
            assert!(outcome.stdout.contains("its manifest is gone"), "{}", outcome.stdout);
            assert!(!outcome.stdout.contains("gone  one"), "{}", outcome.stdout);
        }
        let junit = test(folder.path(), "-o junit", "true");
        assert_eq!(junit.stdout.matches("<failure").count(), 3, "{}", junit.stdout);
        fs::write(&manifest, text).expect("it can be written");
    }
}
