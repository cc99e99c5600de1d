//! Promise: expectations about single packets are checked beside snapshots or without them, and a suite can be begun in
//! a folder that has manifests only.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

const APP: &str = "fixtures/examples/app.yaml";
const SETTINGS: &str = "apiVersion: hnsplan/v1alpha1\nkind: Suite\nflags: [--node, linux-1]\nassume: true\n";

fn run(folder: &Path, arguments: &str, ci: &str) -> Outcome {
    hnsplan(&format!("test . {arguments}")).inside(folder).env("CI", ci).run()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room");
    fs::copy(APP, folder.path().join("app.yaml")).expect("it can be copied");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("it can be written");
    }
    folder
}

fn expectations(entries: &str) -> String {
    format!("apiVersion: hnsplan/v1alpha1\nkind: Expectations\nexpect:\n{entries}\n")
}

/// Each verdict is checked by itself, on the named targets or on the first two.
#[test]
fn verdicts_are_as_expected_or_named() {
    for (entry, same, unmet) in [
        ("- {to: 'shop/front:80', expect: delivered}", 2, vec![]),
        ("- {to: 'shop/front:80', on: [iptables], expect: delivered}", 1, vec![]),
        (
            "- {from: external, to: 'shop/front:http', on: [iptables], expect: dropped}",
            0,
            vec!["on iptables: expected dropped, is delivered"],
        ),
        (
            "- {to: 'shop/front:80', on: [iptables, hns], expect: rejected}",
            0,
            vec!["on iptables: expected rejected, is delivered", "on hns: expected rejected, is delivered"],
        ),
    ] {
        let text = expectations(entry);
        let folder = folder(&[("hnsplan.yaml", SETTINGS), ("app.expect.yaml", &text)]);
        let outcome = run(folder.path(), "", "true");
        assert_eq!(
            outcome.code,
            i32::from(!unmet.is_empty()),
            "{entry}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
        for line in &unmet {
            assert!(outcome.stdout.contains(line), "{entry}: {}", outcome.stdout);
        }
        let sum = format!("1 case: {same} {} as expected, ", if same == 1 { "output" } else { "outputs" });
        assert!(outcome.stdout.contains(&sum), "{entry}: {}", outcome.stdout);
        // What is accepted are snapshots: a verdict that is expected stays so.
        assert_eq!(run(folder.path(), "--accept", "").code, outcome.code, "{entry}");
        let junit = run(folder.path(), "-o junit", "true");
        assert_eq!(junit.stdout.contains("<failure"), !unmet.is_empty(), "{entry}: {}", junit.stdout);
    }
}

/// What an expectation names and the manifests do not have is a difference: the manifests may have lost it. The message
/// says so, what is there instead, and what to do.
#[test]
fn what_the_manifests_do_not_have_is_a_difference() {
    for (entry, why) in [
        ("{to: 'shop/fornt:80', on: [iptables], expect: delivered}", "no Service matches"),
        (
            "{to: 'shop/front:81', on: [iptables], expect: delivered}",
            "its ports are shop/front:http (80/TCP)",
        ),
        (
            "{to: 'shop/front:htpt', on: [iptables], expect: dropped}",
            "its ports are shop/front:http (80/TCP)",
        ),
        (
            "{from: shop/gone-1, to: 'shop/front:80', on: [hns], expect: delivered}",
            "no endpoint is of such a pod",
        ),
        ("{from: 'shop/front#99', to: 'shop/front:80', on: [hns], expect: delivered}", "the Service has "),
        ("{from: 'shop/gone#1', to: 'shop/front:80', on: [hns], expect: delivered}", "no Service matches"),
    ] {
        let text = expectations(&format!("- {{to: 'shop/front:80', expect: delivered}}\n- {entry}"));
        let folder = folder(&[("hnsplan.yaml", SETTINGS), ("app.expect.yaml", &text)]);
        for (arguments, ci) in [("", "true"), ("--accept", ""), ("-o junit", "true")] {
            let outcome = run(folder.path(), arguments, ci);
            assert_eq!(outcome.code, 1, "{entry}: {}{}", outcome.stdout, outcome.stderr);
            for part in ["but the manifests do not have what it names", why, "or correct the expectation"] {
                assert!(outcome.stdout.contains(part), "{entry}: {part}: {}", outcome.stdout);
            }
        }
        let outcome = run(folder.path(), "", "true");
        assert!(outcome.stdout.contains("1 case: 2 outputs as expected, 1 differ"), "{}", outcome.stdout);
    }
}

/// A packet that cannot be sent has no verdict, so nothing is known of it: that is an error, and no difference.
#[test]
fn what_cannot_be_asked_is_an_error() {
    for (entry, why) in [
        (
            "{to: 'shop/front:80', on: [iptables-save], expect: delivered}",
            "on iptables-save: no dump of the node is given",
        ),
        (
            "{to: 'shop/front:80', on: [hns-state, hns], expect: delivered}",
            "on hns-state: no dump of the node is given",
        ),
        ("{to: 'shop/front:99999', expect: delivered}", "99999"),
        ("{to: 'shop/front:0', expect: delivered}", "shop/front:0 has no such"),
        ("{to: 'Shop/front:80', expect: delivered}", "no Service matches"),
        ("{from: 'shop/front#x', to: 'shop/front:80', expect: delivered}", "counted from 1"),
        ("{from: 'shop/front#0', to: 'shop/front:80', expect: delivered}", "counted from 1"),
        ("{to: '10.96.0.1', expect: unhandled}", "10.96.0.1"),
        ("{from: nobody, to: 'shop/front:80', expect: delivered}", "nobody"),
        ("{from: 'pod:10.1.2.300', to: 'shop/front:80', expect: delivered}", "10.1.2.300"),
    ] {
        let text = expectations(&format!("- {{to: 'shop/front:80', expect: delivered}}\n- {entry}"));
        let folder = folder(&[("hnsplan.yaml", SETTINGS), ("app.expect.yaml", &text)]);
        for arguments in ["", "--accept", "-o junit"] {
            let outcome = run(folder.path(), arguments, if arguments == "--accept" { "" } else { "true" });
            let message = outcome.failed(2);
            assert!(
                message.contains("app.expect.yaml: expect[1]: ") && message.contains(why),
                "{entry}: {message}"
            );
        }
    }
}

#[test]
fn wrong_expectations_are_refused_with_their_place() {
    let text = expectations("- {to: 'shop/front:80', expect: lost}");
    let folder = folder(&[("hnsplan.yaml", SETTINGS), ("app.expect.yaml", &text)]);
    let outcome = run(folder.path(), "", "true");
    assert!(outcome.failed(2).contains("app.expect.yaml:4:"), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("unknown verdict `lost`; expected one of delivered"),
        "{}",
        outcome.stderr
    );
}

/// A change of the manifest that changes what becomes of a packet fails.
#[test]
fn a_change_of_the_manifest_shows() {
    let text = expectations("- {to: 'shop/front:80', expect: delivered}");
    let folder = folder(&[("hnsplan.yaml", SETTINGS), ("app.expect.yaml", &text)]);
    run(folder.path(), "", "true").succeeded();
    let app = fs::read_to_string(APP).expect("it can be read");
    for (from, to, code) in [
        ("replicas: 2", "replicas: 0", 1),
        ("    app: front\n  ports", "    app: fornt\n  ports", 1),
        ("port: 80\n", "port: 81\n", 1),
        ("name: front\n", "name: shopfront\n", 1),
    ] {
        assert!(app.contains(from));
        fs::write(folder.path().join("app.yaml"), app.replacen(from, to, 1)).expect("it can be written");
        let outcome = run(folder.path(), "", "true");
        outcome.failed(code);
    }
}

/// What is written passes at once, keeps words for addresses, and is never written over.
#[test]
fn a_suite_is_begun() {
    let folder = folder(&[]);
    assert!(run(folder.path(), "--init", "true").failed(2).contains("--init writes files"));
    run(folder.path(), "--init", "").succeeded();
    for name in ["hnsplan.yaml", "assumptions.yaml", "app.ipv4.rules", "app.hns.json", "app.messages.txt"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    let rules = fs::read_to_string(folder.path().join("app.ipv4.rules")).expect("it is kept");
    assert!(rules.contains("-d clusterIP:shop/front"), "{rules}");
    assert!(run(folder.path(), "", "true").succeeded().contains("1 case: 3 outputs as expected, 0 differ"));
    assert!(run(folder.path(), "--init", "").failed(2).contains("it is there already"));
    let app = fs::read_to_string(APP).expect("it can be read");
    fs::write(folder.path().join("app.yaml"), app.replace("targetPort: 8443", "targetPort: 8444"))
        .expect("it can be written");
    run(folder.path(), "", "true").failed(1);
}

/// A Service in one file and its workload in another are one case; files that need no other stay cases of their own, and
/// folders below are begun as well.
#[test]
fn files_that_belong_together_are_one_case() {
    let app = fs::read_to_string(APP).expect("it can be read");
    let documents: Vec<&str> = app.split("---\n").collect();
    let of_kind = |is_service: bool| -> String {
        let of_kind = documents.iter().filter(|text| text.contains("kind: Service\n") == is_service);
        of_kind.copied().collect::<Vec<&str>>().join("---\n")
    };
    let folder = tempfile::tempdir().expect("there is room");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    };
    write("together/services.yaml", &of_kind(true));
    write("together/workloads.yaml", &of_kind(false));
    write("apart/one.yaml", &app);
    write("apart/other.yaml", &app.replace("namespace: shop", "namespace: store"));
    run(folder.path(), "--init", "").succeeded();
    let settings =
        |name: &str| fs::read_to_string(folder.path().join(name).join("hnsplan.yaml")).expect("it is there");
    assert!(settings("together").contains("case: folder\n"), "{}", settings("together"));
    assert!(settings("apart").contains("case: file\n"), "{}", settings("apart"));
    for name in
        ["together/all.ipv4.rules", "together/all.hns.json", "apart/one.ipv4.rules", "apart/other.hns.json"]
    {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    let rules = fs::read_to_string(folder.path().join("together/all.ipv4.rules")).expect("it is kept");
    assert!(rules.contains("--to-destination pod:shop/front-"), "{rules}");
    assert!(run(folder.path(), "", "true").succeeded().contains("3 cases: 9 outputs as expected, 0 differ"));

    // What is expected of packets stands beside them under the same name.
    write("together/all.expect.yaml", &expectations("- {to: shop/front, expect: dropped}\n"));
    let outcome = run(folder.path(), "", "true");
    assert!(outcome.failed(1).is_empty() || outcome.stdout.contains("all.expect.yaml"), "{}", outcome.stdout);
}

/// The schema takes what is read, and knows the words that are refused.
#[test]
fn expectations_fit_their_schema() {
    let schema: serde_json::Value =
        serde_json::from_str(hnsplan("schema expectations").run().succeeded()).expect("it is JSON");
    let misfits = |entries: &str| {
        let document: serde_json::Value = serde_yaml::from_str(&expectations(entries)).expect("it is YAML");
        let mut found = Vec::new();
        crate::cli::schema::misfits(&schema, &schema, &document, "", &mut found);
        found
    };
    let good = "- {from: external, to: 'shop/front:443', on: [iptables, hns], expect: dropped}\n- {to: shop/front, expect: delivered}\n\
                - {during: {restart: shop/front, scale: [shop/front=2]}, to: shop/front, expect: neverFails}\n";
    assert_eq!(misfits(good), Vec::<String>::new());
    for bad in [
        "- {to: a/b, expect: lost}\n",
        "- {to: a/b, expect: dropped, on: [ipvs]}\n",
        "- {expect: dropped}\n",
        "- {to: a/b, expect: dropped, when: x}\n",
        "- {during: {restarts: a/b}, to: a/b, expect: neverFails}\n",
        "- {during: {restart: 3}, to: a/b, expect: neverFails}\n",
    ] {
        assert!(!misfits(bad).is_empty(), "{bad}");
    }
}
