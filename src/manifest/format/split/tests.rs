//! Where documents begin and end.

use super::*;
use crate::source::Sources;

/// A document: its line, its text, and the frame and items of a list.
type Shown = (u32, String, Option<(Option<String>, Vec<String>)>);

fn split(text: &str) -> Vec<Shown> {
    let mut sources = Sources::default();
    let id = sources.add("x", text).unwrap();
    let show = |origin: Origin| sources.text(origin).to_owned();
    let list = |list: List| (list.frame, list.items.into_iter().map(show).collect());
    documents(id, text)
        .into_iter()
        .map(|document| (document.whole.line, show(document.whole), document.list.map(list)))
        .collect()
}

#[test]
fn documents_end_at_a_marker_even_inside_a_block_scalar() {
    let found = split("a: 1\n---\nb: |\n  x\n---   \n\n--- # c\nc: 3\n----\n");
    let lines: Vec<_> = found.iter().map(|(line, text, _)| (*line, text.as_str())).collect();
    assert_eq!(
        lines,
        [(1, "a: 1\n"), (2, "---\nb: |\n  x\n"), (5, "---   \n\n"), (7, "--- # c\nc: 3\n----\n")]
    );
}

#[test]
fn a_kubectl_list_is_cut_at_its_items() {
    let found = split("apiVersion: v1\nitems:\n- a: 1\n  b: 2\n- a: 3\nkind: List\nmetadata: {}\n");
    let (frame, items) = found[0].2.clone().unwrap();
    assert_eq!(frame.unwrap(), "apiVersion: v1\nitems:\nkind: List\nmetadata: {}\n");
    assert_eq!(items, ["- a: 1\n  b: 2\n", "- a: 3\n"]);
}

#[test]
fn an_indented_list_may_end_the_text() {
    let (frame, items) = split("kind: List\nitems:\n  - a: 1\n\n  - a: 3").remove(0).2.unwrap();
    assert_eq!(
        (frame.unwrap().as_str(), items),
        ("kind: List\nitems:\n", vec!["  - a: 1\n\n".into(), "  - a: 3".into()])
    );
}

#[test]
fn a_json_list_is_cut_at_its_items() {
    let text = "{\n    \"items\": [\n        {\n            \"a\": {\n            }\n        },\n        {\n            \"b\": 1\n        }\n    ],\n    \"kind\": \"List\"\n}\n";
    let (frame, items) = split(text).remove(0).2.unwrap();
    assert!(
        serde_json::from_str::<serde_json::Value>(&frame.unwrap()).unwrap()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|item| serde_json::from_str::<serde_json::Value>(item).is_ok()));
}

#[test]
fn json_in_any_layout_is_cut_as_well() {
    let (frame, items) = split(r#"{"kind":"List","items":[{"a":1}, {"b":[2]}]}"#).remove(0).2.unwrap();
    assert_eq!(frame.unwrap(), r#"{"kind":"List","items":[]}"#);
    assert_eq!(items, [r#"{"a":1}"#, r#"{"b":[2]}"#]);
    let (frame, items) = split(r#"[{"a":1},{"b":2}]"#).remove(0).2.unwrap();
    assert_eq!((frame, items.len()), (None, 2));
}

#[test]
fn a_bare_sequence_is_cut_at_its_elements() {
    let (frame, items) = split("# c\n- a: 1\n- b:\n  - 2\n").remove(0).2.unwrap();
    assert_eq!((frame, items), (None, vec!["- a: 1\n".into(), "- b:\n  - 2\n".into()]));
}

#[test]
fn each_line_of_json_lines_is_a_document() {
    assert_eq!(split("{\"a\":1}\n{\"b\":2}\n\n").len(), 2);
    assert_eq!(split("{\"a\":1}\n").len(), 1);
}

#[test]
fn directives_belong_to_the_document_after_them() {
    let found = split("%YAML 1.1\n# c\n---\na: 1\n---\nb: 2\n");
    let texts: Vec<_> = found.iter().map(|(line, text, _)| (*line, text.as_str())).collect();
    assert_eq!(texts, [(1, "%YAML 1.1\n# c\n---\na: 1\n"), (5, "---\nb: 2\n")]);
    assert_eq!(split("a: 1\n...\n%YAML 1.1\n---\nb: 2\n").len(), 1);
}

#[test]
fn values_of_json_that_follow_each_other_are_documents() {
    for end in ["\n", "\r\n"] {
        let text = "{\n  \"a\": {\n  }\n}\n{\n  \"b\": 2\n}\n".replace('\n', end);
        let found: Vec<_> =
            split(&text).into_iter().map(|(line, text, _)| (line, text.trim().to_owned())).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|(_, text)| serde_json::from_str::<serde_json::Value>(text).is_ok()));
    }
}

#[test]
fn logs_between_documents_are_passed_over() {
    let log = "==== START logs for container c of pod a/b ====\n{ not: [json\n---\n==== END logs for container c of pod a/b ====\n";
    for text in [format!("a: 1\n{log}"), format!("{log}a: 1\n"), format!("{log}{log}a: 1\n{log}")] {
        let found: Vec<_> = split(&text).into_iter().map(|(_, text, _)| text).collect();
        assert_eq!(found, ["a: 1\n"], "{text}");
    }
    // A log that was cut off ends with the text.
    assert_eq!(split("a: 1\n==== START logs for container c of pod a/b ====\n{").len(), 1);
}
