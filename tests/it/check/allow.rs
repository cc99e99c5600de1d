//! Promise: findings that the allow-list accepts are neither reported nor counted, yet kept in the answer, and
//! nothing else is accepted.

use serde_json::Value;

use crate::support::exe::{Outcome, hnsplan};
use crate::support::snapshots::assert_snapshot;

const SHOP: &str = "check -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";

/// The shop, with these entries.
fn allowing(entries: &str, arguments: &str) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("allow.yaml");
    let text = format!("apiVersion: hnsplan/v1alpha1\nkind: AllowList\nallow:\n{entries}");
    std::fs::write(&path, text).expect("a file");
    hnsplan(SHOP).args(arguments).arg("--allow").arg(&path).run()
}

#[test]
fn what_is_accepted_does_not_fail() {
    hnsplan(SHOP).run().failed(1);
    let outcome = hnsplan(SHOP).args("--allow fixtures/shop/allow.yaml --show-allowed").run();
    outcome.succeeded();
    let (_, sums) = outcome.stdout.split_once("iptables and hns: ").expect("sums");
    assert_snapshot("check.allowed", sums);
    assert!(!outcome.stdout.contains("\nD0802") && !outcome.stderr.contains("H0615"), "{}", outcome.stderr);
}

#[test]
fn other_targets_services_and_ports_are_not_accepted() {
    for entry in [
        "- {code: D0802, targets: [iptables, netsh], reason: x}",
        "- {code: D0802, service: shop/web, reason: x}",
        "- {code: D0802, service: shop/front, port: http, reason: x}",
    ] {
        let outcome = allowing(entry, "");
        let stderr = outcome.failed(1);
        assert!(stderr.contains("warning[L0920]"), "{entry}\n{stderr}");
        assert!(outcome.stdout.contains("\nD0802"), "{entry}");
    }
    for entry in [
        "- {code: D0802, targets: [hns, iptables], reason: x}",
        "- {code: D0802, service: sh*/front, port: https, reason: x}",
    ] {
        let outcome = allowing(entry, "");
        assert!(!outcome.succeeded().contains("D0802") && !outcome.stderr.contains("L0920"), "{entry}");
    }
}

/// Of several Services some are accepted, and the others are reported; the packet is an example for all.
#[test]
fn the_rest_of_a_kind_is_reported() {
    let outcome = allowing("- {code: D0818, service: default/kubernetes, reason: x}", "-o json");
    let json: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let findings = json["findings"].as_array().expect("findings");
    let left = findings.iter().find(|finding| finding["code"] == "D0818").expect("most is left");
    assert_eq!(left["services"].as_array().map(Vec::len), Some(6));
    assert_eq!(json["allowed"][0]["code"], "D0818");
    assert_eq!(json["allowed"][0]["findings"], 1);
    let text = allowing("- {code: D0818, service: default/kubernetes, reason: x}", "").stdout;
    assert!(text.contains("that Service is accepted, and stands here for those that are not"), "{text}");
}

/// Lints are accepted as well, and losses of a target.
#[test]
fn lints_and_losses_are_accepted() {
    let lint = "--source-vip 10.244.3.9 --network-type L2Bridge --fail-on L0904";
    allowing("- {code: D0802, reason: x}", lint).failed(1);
    let outcome = allowing("- {code: L0904, reason: x}", lint);
    assert!(!outcome.succeeded().contains("L0904 note"), "{}", outcome.stdout);
    allowing("- {code: H0615, targets: [hns], reason: x}", "--fail-on H0615").succeeded();
    allowing("- {code: H0615, targets: [iptables], reason: x}", "--fail-on H0615").failed(1);
}

#[test]
fn a_wrong_list_is_not_used() {
    let outcome =
        allowing("- {code: D0802, service: front, reason: x}\n- {code: D0818}\n", "--message-format short");
    let stderr = outcome.failed(2);
    for wrong in ["allow.yaml:4:26: error[L0921]: `front` names no Services", "allow.yaml:5:3: error[L0921]"]
    {
        assert!(stderr.contains(wrong), "{stderr}");
    }
    assert_eq!(outcome.stdout, "");
}

/// A difference and the loss that causes it are one finding: each is told once, in every format, and accepted once,
/// by the code of either.
#[test]
fn a_loss_and_its_difference_are_one_finding() {
    let json: Value =
        serde_json::from_str(&allowing("- {code: L0901, reason: x}", "-o json").stdout).expect("JSON");
    let findings = json["findings"].as_array().expect("findings");
    let told: Vec<&Value> = json["diagnostics"].as_array().expect("a list").iter().collect();
    let mut pairs = Vec::new();
    for finding in findings {
        for cause in finding["causes"].as_array().into_iter().flatten() {
            assert_eq!(cause["loss"], true);
            let is_told =
                told.iter().any(|of| of["code"] == cause["code"] && of["object"] == cause["object"]);
            assert!(!is_told, "{cause} is told twice");
            pairs.push([finding, cause].map(|of| of["code"].as_str().expect("a code").to_owned()));
        }
    }
    pairs.dedup();
    assert!(pairs.len() > 4, "{pairs:?}");
    let plain = allowing("- {code: L0901, reason: x}", "");
    for [difference, loss] in &pairs {
        assert!(!plain.stderr.contains(&format!("[{loss}]")), "{}", plain.stderr);
        assert!(plain.stdout.contains(&format!("cause: {loss} of hns: ")), "{}", plain.stdout);
        assert_eq!(hnsplan(SHOP).args("--fail-on").arg(loss).run().code, 1, "{loss}");
        for code in [difference, loss] {
            let outcome = allowing(
                &format!("- {{code: {code}, reason: x}}"),
                &format!("--fail-on {difference},{loss}"),
            );
            let is_about_others = outcome.stdout.contains(&format!("\n{difference} "));
            assert!(code == loss || !is_about_others, "{code} of {difference}: {}", outcome.stdout);
            assert!(!outcome.stdout.contains(&format!("cause: {loss} ")), "{code}: {}", outcome.stdout);
            assert!(
                !outcome.stderr.contains("L0920") && !outcome.stderr.contains(loss.as_str()),
                "{}",
                outcome.stderr
            );
        }
    }
}
