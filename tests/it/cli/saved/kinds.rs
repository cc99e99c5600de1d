//! Promise: `hnsplan show` prints each document of docs/json.md as its command prints its answer, or says what it is and
//! what to do with it.

use std::fs;

use serde_json::Value;

use super::{SOURCES, documents, show, texts_below};
use crate::support::exe::hnsplan;
use crate::support::snapshots::assert_snapshot;

/// Kinds that are for programs only, with a word of what to do with each.
const REFUSED: [(&str, &str); 8] = [
    ("RuleSet", "hnsplan compile -t TARGET"),
    ("HnsPlan", "--previous-plan"),
    ("HnsPlanV1", "hnsplan diff"),
    ("Assumptions", "--assume=FILE"),
    ("Expectations", "hnsplan test"),
    ("RuleGraph", "hnsplan graph"),
    ("ServiceInfo", "hnsplan explain service"),
    ("ServiceAtStep", "hnsplan explain service"),
];

/// Kinds of which other tests have documents: what `show -o json` prints of a plan, a journal, and lines.
const ELSEWHERE: [&str; 5] = ["PlanSummary", "History", "FleetShare", "FleetItems", "FleetNode"];

#[test]
fn every_kind_of_the_documents_is_shown_or_refused_with_advice() {
    let document = fs::read_to_string("docs/json.md").expect("it is there");
    let (_, table) = document.split_once("| schema | kind |").expect("a table of kinds");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut seen = 0;
    for row in rows {
        let cell = row.split('|').nth(2).expect("a cell with kinds");
        for kind in cell.split('`').skip(1).step_by(2) {
            seen += 1;
            let is_shown = SOURCES.iter().any(|source| source.kind == kind) || ELSEWHERE.contains(&kind);
            let refused = REFUSED.iter().find(|(known, _)| *known == kind);
            assert!(is_shown != refused.is_some(), "{kind} is to be shown, or to be refused with advice");
            let Some((_, advice)) = refused else { continue };
            let text = format!(r#"{{"apiVersion": "hnsplan/v1alpha1", "kind": "{kind}", "rules": []}}"#);
            let told = hnsplan("show -").input(text).run();
            assert!(told.stdout.is_empty() && told.failed(2).contains(advice), "{kind}: {}", told.stderr);
            assert!(told.stderr.contains("not a document that can be shown"), "{}", told.stderr);
        }
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn texts_are_those_that_were_reviewed() {
    for (source, document) in SOURCES.iter().zip(documents()) {
        let text = show(document, "");
        if source.kind != "ApplyPlan" {
            assert_snapshot(&format!("show.{}", source.name), &text);
        }
    }
}

#[test]
fn a_document_that_tells_all_is_shown_as_its_command_prints_it() {
    for (source, document) in SOURCES.iter().zip(documents()).filter(|(source, _)| source.is_same) {
        for more in ["", "-v"] {
            let own = if source.kind == "Diff" { "--view structural" } else { "" };
            let printed = source.printed(&format!("{more} {own}"));
            assert_eq!(show(document, more), printed, "{} {more}", source.command);
        }
    }
}

#[test]
fn codes_services_and_verdicts_of_a_document_are_in_its_text() {
    let mut seen = 0;
    // Of many nodes, notes are summed up: that text is the command's own.
    for (source, document) in SOURCES.iter().zip(documents()).filter(|(source, _)| source.kind != "Fleet") {
        let value: Value = serde_json::from_str(document).expect("a document is JSON");
        let text = show(document, "-v");
        // Notes about the input are printed on standard error by the command, and are no part of its answer.
        for part in
            ["lints", "findings", "differences", "changes", "frontends", "rows", "disturbances", "only"]
        {
            for member in ["code", "codes", "service", "services", "frontend", "advice"] {
                let mut found = Vec::new();
                texts_below(&value[part], member, &mut found);
                for expected in found {
                    seen += 1;
                    assert!(words(&text).contains(&words(expected)), "{}: {expected}\n{text}", source.name);
                }
            }
        }
        let mut conclusions = Vec::new();
        for part in ["findings", "targets"] {
            texts_below(&value[part], "conclusion", &mut conclusions);
        }
        for conclusion in conclusions {
            seen += 1;
            assert!(text.contains(&conclusion.to_uppercase()), "{}: {conclusion}\n{text}", source.name);
        }
    }
    assert!(seen > 200, "{seen}");
}

/// A text without the places where its lines end.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn json_of_a_document_is_the_document_again() {
    for (source, document) in SOURCES.iter().zip(documents()).filter(|(source, _)| source.kind != "ApplyPlan")
    {
        assert_eq!(show(document, "-o json"), *document, "{}", source.name);
        let value: Value = serde_json::from_str(document).expect("a document is JSON");
        let again: Value = serde_json::from_str(&show(&value.to_string(), "-o json")).expect("JSON");
        assert_eq!(again, value, "{}", source.name);
    }
}

#[test]
fn what_is_assumed_has_its_star_in_the_text() {
    let manifest = "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
";
    let trace = |more: &str| {
        hnsplan("trace --assume --matrix -f -").args(more).input(manifest).run().succeeded().to_owned()
    };
    let text = show(&trace("-o json"), "");
    assert!(text.contains("* assumed:\n"), "{text}");
    assert_eq!(text, trace(""));
}

#[test]
fn objects_of_others_with_such_a_kind_are_no_documents() {
    let text = r#"{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {}}"#;
    let told = hnsplan("show -").input(text).run();
    assert!(told.failed(2).contains("apiVersion is `argoproj.io/v1alpha1`"), "{}", told.stderr);
}

#[test]
fn a_schema_is_named_as_such() {
    let schema = hnsplan("schema check").run();
    let told = hnsplan("show -").input(schema.succeeded()).run();
    assert!(told.failed(2).contains("this is a JSON Schema"), "{}", told.stderr);
}
