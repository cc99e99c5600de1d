//! Promise: a damaged document is an error that says what is wrong, or is shown as far as it makes sense; never is there a
//! panic or half an answer, and nothing of it steers the terminal.

use hnsplan::document::saved::Saved;
use hnsplan::render::saved::{Detail, text};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{SOURCES, documents};
use crate::support::damage::HOSTILE;
use crate::support::exe::hnsplan;

/// The ways to all members and elements of a document, as JSON Pointers.
fn pointers(value: &Value, own: &str, found: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let way = format!("{own}/{}", name.replace('~', "~0").replace('/', "~1"));
        found.push(way.clone());
        pointers(value, &way, found);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| below(&at.to_string(), value));
        }
        _ => {}
    }
}

/// The value without what a way leads to.
fn remove(document: &mut Value, way: &str) {
    let (parent, name) = way.rsplit_once('/').expect("a way begins with a slash");
    match document.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(values)) => {
            values.remove(name.parse().expect("a number"));
        }
        _ => unreachable!("{way}"),
    }
}

/// What stands in the place of a value: of each type, too large, or hostile.
fn values() -> Vec<Value> {
    let mut values = vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u32::MAX),
        json!(u64::MAX),
        json!(""),
        json!("10.0.0.1:80"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"kind": {"kind": []}}),
    ];
    values.extend(HOSTILE.iter().map(|text| json!(text)));
    values
}

/// What is shown, without styles.
fn shown(document: &str, all: bool) -> Result<String, String> {
    let saved = Saved::from_text(document)?;
    let drawn = text(&saved, Detail { all, width: 40, targets: Some(120), sides: 100 });
    let mut plain = String::new();
    let mut rest = drawn.as_str();
    while let Some((before, style)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = style.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(style.len());
        // What is no style stays, to be found.
        rest = style[end..].strip_prefix('m').unwrap_or_else(|| panic!("no style: {style:?}"));
    }
    Ok(plain + rest)
}

fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c))
}

#[test]
fn a_document_without_a_member_is_shown_or_refused() {
    for (source, document) in SOURCES.iter().zip(documents()) {
        let value: Value = serde_json::from_str(document).expect("a document is JSON");
        let mut ways = Vec::new();
        pointers(&value, "", &mut ways);
        // Of lists, some elements stand for all.
        let step = (ways.len() / 150).max(1);
        for way in ways.iter().step_by(step) {
            let mut damaged = value.clone();
            remove(&mut damaged, way);
            match shown(&damaged.to_string(), true) {
                Ok(text) => assert!(is_harmless(&text), "{} {way}", source.name),
                Err(why) => assert!(!why.is_empty(), "{} {way}", source.name),
            }
        }
    }
}

#[test]
fn a_document_without_one_of_its_own_members_says_which() {
    let answers = SOURCES.iter().zip(documents()).filter(|(source, _)| source.kind != "ApplyPlan");
    for (source, document) in answers {
        let value: Value = serde_json::from_str(document).expect("a document is JSON");
        let mut refused = 0;
        for name in value.as_object().expect("a document is an object").keys() {
            let mut damaged = value.clone();
            remove(&mut damaged, &format!("/{name}"));
            if let Err(why) = shown(&damaged.to_string(), false) {
                refused += 1;
                assert!(name == "kind" || why.contains(name), "{} without {name}: {why}", source.name);
            }
        }
        assert!(refused > 1, "{}", source.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_document_with_another_value_is_shown_or_refused(
        document in 0..SOURCES.len(),
        way in any::<prop::sample::Index>(),
        value in prop::sample::select(values()),
        all in any::<bool>(),
    ) {
        let mut damaged: Value = serde_json::from_str(&documents()[document]).expect("a document is JSON");
        let mut ways = Vec::new();
        pointers(&damaged, "", &mut ways);
        *damaged.pointer_mut(&ways[way.index(ways.len())]).expect("it is there") = value;
        if let Ok(text) = shown(&damaged.to_string(), all) {
            prop_assert!(is_harmless(&text), "{text:?}");
        }
    }
}

#[test]
fn hostile_texts_in_all_places_do_no_harm() {
    let mut shown_at_all = 0;
    for (source, document) in SOURCES.iter().zip(documents()) {
        for hostile in HOSTILE {
            let value: Value = serde_json::from_str(document).expect("a document is JSON");
            let mut ways = Vec::new();
            pointers(&value, "", &mut ways);
            let names = [
                "name", "service", "message", "rule", "within", "reason", "sides", "title", "verdict", "help",
            ];
            let mut damaged = value.clone();
            for way in &ways {
                let is_free = way.split('/').any(|part| names.contains(&part));
                if let Some(text @ Value::String(_)) = damaged.pointer_mut(way).filter(|_| is_free) {
                    *text = json!(hostile);
                }
            }
            if let Ok(text) = shown(&damaged.to_string(), true) {
                shown_at_all += 1;
                assert!(is_harmless(&text), "{}: {text:?}", source.name);
            }
        }
    }
    assert!(shown_at_all > 50, "{shown_at_all}");
}

#[test]
fn nothing_is_printed_of_what_is_refused() {
    let deep = "[".repeat(100_000);
    let nested = format!("{{\"kind\": \"Check\", \"sides\": {deep}");
    let check = &documents()[0];
    let cut = &check[..check.len() / 2];
    let typed = check.replacen("\"packets\": ", "\"packets\": \"\u{1b}[2J\", \"was\": ", 1);
    for text in [deep.as_str(), nested.as_str(), cut, typed.as_str()] {
        let told = hnsplan("show -").input(text.as_bytes()).run();
        assert!(told.stdout.is_empty(), "{}", told.stdout);
        let why = told.failed(2);
        assert!(is_harmless(why) && !why.contains("panicked"), "{why:?}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let text = "{\n  \"apiVersion\": \"hnsplan/v1alpha1\",\n  \"kind\": \"SemanticDiff\",\n  \"sides\": [\"a\", 1]\n}\n";
    let told = hnsplan("show -").input(text).run();
    assert!(told.failed(2).contains("line 4, column"), "{}", told.stderr);
}
