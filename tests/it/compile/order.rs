//! Promise: the arrangement and spelling of the same objects never changes a byte of the rules.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::cases::{cases, config};
use crate::support::clusters::{Cluster, cluster, compile_for_node_a, version};
use crate::support::run::{Run, diff};

/// Arbitrary numbers that arrange things: equal numbers leave them as they are.
pub(crate) type Keys = Vec<u8>;

pub(crate) fn keys() -> impl Strategy<Value = Keys> {
    vec(any::<u8>(), 16)
}

/// Arranges a list by the keys; `salt` makes lists of one arrangement differ.
fn arrange<T>(list: &mut Vec<T>, keys: &[u8], salt: usize) {
    let mut keyed: Vec<_> = std::mem::take(list).into_iter().enumerate().collect();
    keyed.sort_by_key(|(index, _)| keys[(index + salt) % keys.len()]);
    list.extend(keyed.into_iter().map(|(_, item)| item));
}

/// The objects, and within slices the endpoints and ports, in another order.
pub(crate) fn permuted(cluster: &Cluster, keys: &[u8]) -> Cluster {
    let mut objects = cluster.objects.clone();
    for (salt, object) in objects.iter_mut().enumerate() {
        for field in ["endpoints", "ports"] {
            if let Some(list) = object.get_mut(field).and_then(Value::as_array_mut) {
                arrange(list, keys, salt);
            }
        }
    }
    arrange(&mut objects, keys, 0);
    Cluster { objects }
}

/// Each slice cut in two, whose names sort anywhere.
fn split(cluster: &Cluster, keys: &[u8]) -> Cluster {
    let mut objects = Vec::new();
    for (index, object) in cluster.objects.iter().enumerate() {
        let key = usize::from(keys[index % keys.len()]);
        let endpoints = object["endpoints"].as_array().filter(|endpoints| endpoints.len() > 1 && key > 0);
        let Some(endpoints) = endpoints else {
            objects.push(object.clone());
            continue;
        };
        let (head, tail) = endpoints.split_at(key % endpoints.len());
        for (prefix, half) in [("z", head), ("b", tail)] {
            let mut slice = object.clone();
            let name = object["metadata"]["name"].as_str().expect("a slice has a name");
            slice["metadata"]["name"] = json!(format!("{prefix}-{name}"));
            slice["endpoints"] = json!(half);
            objects.push(slice);
        }
    }
    Cluster { objects }
}

type Spelling = fn(&[Value]) -> String;

/// The ways to write the objects down, each by its name.
const SPELLINGS: [(&str, Spelling); 9] = [
    ("YAML documents", |objects| joined(objects, "---\n", &yaml)),
    ("YAML documents between comments", |objects| joined(objects, "# a comment\n--- # another\n", &yaml)),
    ("a YAML list", |objects| yaml(&list("List", "v1", objects))),
    ("an indented YAML list", indented_list),
    ("a YAML sequence", |objects| yaml(&json!(objects))),
    ("JSON lines", |objects| joined(objects, "\n", &Value::to_string)),
    ("JSON values one after the other", |objects| joined(objects, "\n", &pretty)),
    ("a JSON list", |objects| pretty(&list("List", "v1", objects))),
    ("a JSON array", |objects| json!(objects).to_string()),
];

fn joined(objects: &[Value], separator: &str, spell: &dyn Fn(&Value) -> String) -> String {
    objects.iter().map(spell).collect::<Vec<_>>().join(separator)
}

fn yaml(value: &Value) -> String {
    serde_yaml::to_string(value).expect("a value of JSON is one of YAML")
}

/// As `kubectl -o json` prints it: indented by four blanks.
fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).expect("a value can be written");
    let deeper = |line: &str| format!("{}{line}", " ".repeat(line.len() - line.trim_start().len()));
    text.lines().map(deeper).collect::<Vec<_>>().join("\n") + "\n"
}

fn list(kind: &str, version: &str, items: &[Value]) -> Value {
    json!({ "apiVersion": version, "kind": kind, "items": items, "metadata": { "resourceVersion": "" } })
}

fn indented_list(objects: &[Value]) -> String {
    let items = yaml(&json!(objects)).trim_end().replace('\n', "\n  ");
    format!("apiVersion: v1\nkind: List\nitems:\n  {items}\n")
}

/// Lists of one kind, whose items have no kind of their own, as the API itself answers.
fn lists_by_kind(objects: &[Value]) -> Run {
    let mut run = Run::default();
    for (kind, version) in [("Service", "v1"), ("EndpointSlice", "discovery.k8s.io/v1"), ("Node", "v1")] {
        let mut items: Vec<Value> = objects.iter().filter(|object| object["kind"] == kind).cloned().collect();
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            item.remove("kind");
            item.remove("apiVersion");
        }
        run = run.and(kind, &pretty(&list(&format!("{kind}List"), version, &items)));
    }
    run
}

fn assert_same_texts(wanted: &[String; 2], got: &[String; 2], what: &str) -> Result<(), TestCaseError> {
    for (wanted, got) in wanted.iter().zip(got) {
        prop_assert!(wanted == got, "{}:\n{}", what, diff(wanted, got));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn a_slice_cut_in_two_is_the_same_slice(cluster in cluster(), keys in keys(), version in version()) {
        let wanted = cluster.run(version).texts();
        assert_same_texts(&wanted, &split(&cluster, &keys).run(version).texts(), "split")?;
    }

    #[test]
    fn every_spelling_of_the_objects_gives_the_same_rules(cluster in cluster(), version in version()) {
        let wanted = cluster.run(version).texts();
        for (name, spell) in SPELLINGS {
            let text = spell(&cluster.objects);
            let run = compile_for_node_a(Run::of(&text), version);
            assert_same_texts(&wanted, &run.texts(), &format!("{name}\n{text}"))?;
        }
        assert_same_texts(&wanted, &compile_for_node_a(lists_by_kind(&cluster.objects), version).texts(), "by kind")?;
    }

    #[test]
    fn one_file_for_each_object_is_the_same_as_one_for_all(cluster in cluster(), version in version()) {
        let mut run = Run::default();
        for object in cluster.objects.iter().rev() {
            run = run.and("object.yaml", &yaml(object));
        }
        assert_same_texts(&cluster.run(version).texts(), &compile_for_node_a(run, version).texts(), "files")?;
    }
}

/// Clusters must be worth arranging: if most were empty, nothing above could fail.
#[test]
fn random_clusters_have_rules_of_every_kind() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = String::new();
    // As many as show every kind, however small `HNSPLAN_CASES` is.
    for _ in 0..cases(100).max(100) {
        let cluster = cluster().new_tree(&mut runner).expect("a cluster can be made").current();
        seen.extend(cluster.run("1.36").texts());
    }
    for part in [
        "-j KUBE-SVC-",
        "-j KUBE-SVL-",
        "-j KUBE-EXT-",
        "-j KUBE-FW-",
        "--reap",
        "-j REJECT",
        "-j DROP",
        "-p udp",
        "-p sctp",
        "--to-destination [fd00",
        "health check node port",
        "--probability 0.5",
        "route LOCAL traffic",
    ] {
        assert!(seen.contains(part), "no cluster has `{part}`");
    }
}
