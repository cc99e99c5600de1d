//! Promise: whatever is removed from manifests, no answer about it is "equal", and nothing of it is deleted without
//! a refusal: where that can be known, the command ends with 2, or says what is missing.

use std::fs;

use proptest::prelude::*;

use crate::support::cases::config;
use crate::support::exe::hnsplan;

const WHOLE: &str = "fixtures/shop/cluster.yaml";
const NODE: &str = "--config fixtures/shop/kube-proxy.yaml --node win-1";

proptest! {
    #![proptest_config(config(12))]

    /// A text that is cut at any byte is either refused, or nothing that it lost is called equal to the whole.
    #[test]
    fn a_cut_text_is_never_equal_to_the_whole(share in 0.0..1.0f64) {
        let whole = fs::read_to_string(WHOLE).expect("the shop is shipped");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of a length")]
        let at = (whole.len() as f64 * share) as usize;
        let at = (0..=at).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("cut.yaml");
        fs::write(&file, &whole[..at]).expect("it can be written");
        let diff = hnsplan(&format!("diff --old {WHOLE} --new {} -t hns {NODE}", file.display())).run();
        let loses_services = whole[at..].contains("kind: Service\n");
        if loses_services {
            prop_assert_ne!(diff.code, 0, "cut at byte {}: {}", at, diff.stdout);
        }
        let sim = folder.path().join("node.json");
        fs::copy("fixtures/shop/win-1.json", &sim).expect("the shop has a node");
        let before = fs::read_to_string(&sim).expect("it is a file");
        let apply = hnsplan(&format!(
            "apply -f {} {NODE} --executor sim:{} --allow-lossy --auto-approve", file.display(), sim.display()
        )).run();
        let after = fs::read_to_string(&sim).expect("it is a file");
        prop_assert!(apply.code == 0 || after == before, "cut at byte {}: {}", at, apply.stderr);
        // The list ends with its kind: without it nothing says what the text is.
        prop_assert!(apply.code == 2 || at + 40 > whole.len(), "cut at byte {}: {}", at, apply.stdout);
    }
}

/// Each field of each Service, removed one at a time: never a silent "no difference" from check.
#[test]
fn a_service_without_a_field_is_compared_or_counted() {
    let whole = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  clusterIP: 10.96.0.50\n  ports:\n  - port: 80\n";
    let lines: Vec<&str> = whole.lines().collect();
    for removed in 0..lines.len() {
        let text: Vec<&str> =
            lines.iter().enumerate().filter(|(at, _)| *at != removed).map(|(_, line)| *line).collect();
        let outcome = hnsplan("check -f - --node linux-1").input(text.join("\n") + "\n").run();
        let says_equal = outcome.code == 0 && outcome.stdout.contains("no difference");
        assert!(!says_equal, "without `{}`: {}", lines[removed], outcome.stdout);
    }
    // The whole is compared.
    let outcome = hnsplan("check -f - --node linux-1").input(whole).run();
    assert!(outcome.stdout.contains("1 service port compared"), "{}", outcome.stdout);
}
