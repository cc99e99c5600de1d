//! Promise: whatever is removed from manifests, no answer about it is "equal", and nothing of it is deleted without
//! a refusal: where that can be known, the command ends with 2, or says what is missing.

use std::fs;

use proptest::prelude::*;
use serde_json::Value;

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

/// The ways to all values of a document.
fn ways(value: &Value) -> Vec<Vec<String>> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), member)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    let below = inner.iter().flat_map(|(step, value)| {
        ways(value).into_iter().map(move |way| std::iter::once(step.clone()).chain(way).collect())
    });
    inner.iter().map(|(step, _)| vec![step.clone()]).chain(below).collect()
}

fn without(value: &Value, way: &[String]) -> Value {
    let mut less = value.clone();
    let (last, before) = way.split_last().expect("a way has a step");
    let around = before.iter().fold(&mut less, |value, step| match value {
        Value::Array(items) => &mut items[step.parse::<usize>().expect("a number")],
        other => &mut other[step.as_str()],
    });
    match around {
        Value::Array(items) => drop(items.remove(last.parse().expect("a number"))),
        other => drop(other.as_object_mut().expect("an object").remove(last)),
    }
    less
}

/// Any part of the Node, or of the configuration, or all of either, taken away from the input of a healthy Windows node:
/// no difference appears and nothing is planned, or the command ends with 2.
#[test]
fn a_node_or_a_configuration_that_tells_less_makes_no_fault() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let yaml = |name: &str| fs::read_to_string(format!("fixtures/shop/{name}")).expect("the shop is shipped");
    let documents: Vec<Value> = serde_yaml::Deserializer::from_str(&yaml("cluster.yaml"))
        .map(|document| serde::Deserialize::deserialize(document).expect("it is YAML"))
        .collect();
    let items = documents.into_iter().flat_map(|document: Value| match document["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![document],
    });
    let objects: Vec<Value> = items.collect();
    let config: Value = serde_yaml::from_str(&yaml("kube-proxy.yaml")).expect("it is YAML");
    // kube-proxy has done its work.
    fs::copy("fixtures/shop/win-1.json", path("node.json")).expect("the shop has a node");
    hnsplan(&format!(
        "apply -f {WHOLE} {NODE} --executor sim:{} --allow-lossy --auto-approve",
        path("node.json")
    ))
    .run()
    .succeeded();
    let assert_no_fault = |objects: &[Value], config: Option<&Value>, what: &str| {
        let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": objects });
        fs::write(path("some.json"), list.to_string()).expect("it can be written");
        let configured = config.map(|config| {
            fs::write(path("config.yaml"), config.to_string()).expect("it can be written");
            format!("--config {}", path("config.yaml"))
        });
        let flags = format!("-f {} --node win-1 {}", path("some.json"), configured.unwrap_or_default());
        let diff = hnsplan(&format!("diff hns {} {flags}", path("node.json"))).run();
        assert!(matches!(diff.code, 0 | 2), "{what}: {}{}", diff.stdout, diff.stderr);
        let plan = hnsplan(&format!("plan --dump {} {flags} -o json", path("node.json"))).run();
        if plan.code != 2 {
            let plan: Value = serde_json::from_str(&plan.stdout).expect("a plan is JSON");
            assert_eq!(plan["steps"].as_array().map(Vec::len), Some(0), "{what}");
        }
    };
    assert_no_fault(&objects, Some(&config), "the whole");
    assert_no_fault(&objects, None, "no configuration");
    for (at, node) in objects.iter().enumerate().filter(|(_, object)| object["kind"] == "Node") {
        let mut some = objects.clone();
        some.remove(at);
        assert_no_fault(&some, Some(&config), &format!("without {}", node["metadata"]["name"]));
        for way in ways(node).into_iter().filter(|way| !matches!(&*way[0], "kind" | "apiVersion")) {
            let mut some = objects.clone();
            some[at] = without(node, &way);
            assert_no_fault(&some, Some(&config), &format!("{} without {way:?}", node["metadata"]["name"]));
        }
    }
    for way in ways(&config).into_iter().filter(|way| !matches!(&*way[0], "kind" | "apiVersion")) {
        assert_no_fault(
            &objects,
            Some(&without(&config, &way)),
            &format!("the configuration without {way:?}"),
        );
    }
}
