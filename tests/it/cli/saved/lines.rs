//! Promise: shares of a fleet are shown as the answer that they are joined to, and events of a run are named as such.

use serde_json::Value;

use super::show;
use crate::support::exe::hnsplan;

const FLEET: &str = "check --nodes all -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml";

#[test]
fn lines_are_shown_as_the_answer_of_all_of_them() {
    for share in ["", "--share 0/2"] {
        let lines = hnsplan(FLEET).args(share).args("-o jsonl").run();
        let merged = hnsplan("merge -").input(lines.stdout.clone()).run();
        assert!(merged.code < 2 && !merged.stdout.is_empty(), "{}", merged.stderr);
        assert_eq!(show(&lines.stdout, ""), merged.stdout, "{share}");
        let json = hnsplan("merge - -o json").input(lines.stdout.clone()).run();
        assert_eq!(show(&lines.stdout, "-o json"), json.stdout, "{share}");
    }
}

#[test]
fn lines_that_were_cut_off_are_refused() {
    let lines = hnsplan(FLEET).args("-o jsonl").run().stdout;
    let cut: String = lines.lines().take(2).flat_map(|line| [line, "\n"]).collect();
    for text in [cut, lines.lines().skip(1).collect::<Vec<_>>().join("\n")] {
        let told = hnsplan("show -").input(text).run();
        assert!(told.stdout.is_empty(), "{}", told.stdout);
        told.failed(2);
    }
}

#[test]
fn a_missing_share_is_missing_in_the_document_as_well() {
    let document = hnsplan(FLEET).args("--share 0/2 -o json").run().stdout;
    let value: Value = serde_json::from_str(&document).expect("a document is JSON");
    assert_eq!(value["missing"]["shares"], serde_json::json!(["1/2"]));
    let text = hnsplan(FLEET).args("--share 0/2").run().stdout;
    assert_eq!(show(&document, ""), text);
}

#[test]
fn events_of_a_run_are_named_as_such() {
    let lines = "{\"event\":\"planned\",\"changes\":{},\"losses\":0}\n{\"event\":\"applied\"}\n";
    let told = hnsplan("show -").input(lines).run();
    assert!(told.failed(2).contains("hnsplan history"), "{}", told.stderr);
}
