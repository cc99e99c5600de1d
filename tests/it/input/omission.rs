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

/// The objects of the shop, one by one.
fn objects_of_the_shop() -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(&of_the_shop("cluster.yaml"))
        .map(|document| serde::Deserialize::deserialize(document).expect("it is YAML"))
        .collect::<Vec<Value>>();
    let items = documents.into_iter().flat_map(|document: Value| match document["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![document],
    });
    items.collect()
}

fn of_the_shop(name: &str) -> String {
    fs::read_to_string(format!("fixtures/shop/{name}")).expect("the shop is shipped")
}

/// A healthy node, and what is asked about it with less input.
struct Healthy {
    folder: tempfile::TempDir,
    target: &'static str,
    node: &'static str,
}

impl Healthy {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// No difference appears and nothing is planned, or the command ends with 2.
    fn assert_no_fault(&self, objects: &[Value], config: Option<&Value>, what: &str) {
        let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": objects });
        fs::write(self.path("some.json"), list.to_string()).expect("it can be written");
        let configured = config.map(|config| {
            fs::write(self.path("config.yaml"), config.to_string()).expect("it can be written");
            format!("--config {}", self.path("config.yaml"))
        });
        let (target, dump) = (self.target, self.path("held"));
        let flags =
            format!("-f {} --node {} {}", self.path("some.json"), self.node, configured.unwrap_or_default());
        let diff = hnsplan(&format!("diff {target} {dump} {flags}")).run();
        assert!(matches!(diff.code, 0 | 2), "{target} {what}: {}{}", diff.stdout, diff.stderr);
        let plan = hnsplan(&format!("plan -t {target} --dump {dump} {flags} -o json")).run();
        if plan.code != 2 {
            let plan: Value = serde_json::from_str(&plan.stdout).expect("a plan is JSON");
            assert_eq!(plan["steps"].as_array().map(Vec::len), Some(0), "{target} {what}");
        }
    }

    /// Tries it without any part of a Node, of the configuration, or all of either.
    fn assert_no_part_matters(&self) {
        let objects = objects_of_the_shop();
        let config: Value = serde_yaml::from_str(&of_the_shop("kube-proxy.yaml")).expect("it is YAML");
        self.assert_no_fault(&objects, Some(&config), "the whole");
        self.assert_no_fault(&objects, None, "no configuration");
        let is_inner = |way: &Vec<String>| !matches!(&*way[0], "kind" | "apiVersion");
        for (at, node) in objects.iter().enumerate().filter(|(_, object)| object["kind"] == "Node") {
            let mut some = objects.clone();
            some.remove(at);
            self.assert_no_fault(&some, Some(&config), &format!("without {}", node["metadata"]["name"]));
            for way in ways(node).into_iter().filter(is_inner) {
                let mut some = objects.clone();
                some[at] = without(node, &way);
                let what = format!("{} without {way:?}", node["metadata"]["name"]);
                self.assert_no_fault(&some, Some(&config), &what);
            }
        }
        for way in ways(&config).into_iter().filter(is_inner) {
            let less = without(&config, &way);
            self.assert_no_fault(&objects, Some(&less), &format!("the configuration without {way:?}"));
        }
    }
}

#[test]
fn a_windows_node_or_a_configuration_that_tells_less_makes_no_fault() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let healthy = Healthy { folder, target: "hns", node: "win-1" };
    fs::copy("fixtures/shop/win-1.json", healthy.path("held")).expect("the shop has a node");
    // kube-proxy has done its work.
    let sim = format!("--executor sim:{} --allow-lossy --auto-approve", healthy.path("held"));
    hnsplan(&format!("apply -f {WHOLE} {NODE} {sim}")).run().succeeded();
    healthy.assert_no_part_matters();
}

#[test]
fn a_linux_node_or_a_configuration_that_tells_less_makes_no_fault() {
    for target in ["iptables", "nftables"] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let healthy = Healthy { folder, target, node: "linux-1" };
        let flags = format!("-f {WHOLE} --config fixtures/shop/kube-proxy.yaml --node linux-1");
        let jumps = if target == "iptables" { "--include-jumps" } else { "" };
        let loaded = hnsplan(&format!("compile -t {target} {jumps} {flags}")).run();
        fs::write(healthy.path("held"), loaded.succeeded()).expect("it can be written");
        healthy.assert_no_part_matters();
    }
}
