//! Services are stored and refused as the API server did it, in four kinds of cluster.

use std::collections::BTreeMap;
use std::path::Path;

use hnsplan::diagnostics::Severity;
use hnsplan::fill::{Assumptions, fill};
use hnsplan::manifest::{AnyObjects, Manifests, ReadOptions, any_objects};
use hnsplan::node::{Behavior, FeatureGates, Version};
use hnsplan::source::{Origin, Place};
use serde_json::Value;

use crate::support::exe::hnsplan;

use super::cases::{folders, items, name, read, recorded};

const CLUSTERS: [(&str, &[&str]); 4] = [
    ("stored.yaml", &["10.96.0.0/16"]),
    ("stored-dual.yaml", &["10.96.0.0/16", "fd00:96::/112"]),
    ("stored-v6.yaml", &["fd00:96::/112"]),
    ("stored-dual-v6.yaml", &["fd00:96::/112", "10.96.0.0/16"]),
];

/// What the API server stored or refused, one for each document of the input.
#[derive(Debug, PartialEq)]
enum Outcome {
    Stored(Box<Value>),
    /// The fields that it named.
    Refused(Vec<String>),
}

impl Outcome {
    fn recorded(item: &Value) -> Self {
        if item["kind"] != "Rejected" {
            return Self::Stored(Box::new(item.clone()));
        }
        let causes = item["causes"].as_array().into_iter().flatten();
        let mut fields: Vec<String> = causes
            .map(|cause| cause["field"].as_str().expect("a cause names its field").to_owned())
            .collect();
        fields.sort();
        Self::Refused(fields)
    }
}

impl Outcome {
    /// Whether the same is stored, or the same fields are refused. One cause is one message here: a port that defaults
    /// to a wrong one, or an entry of a list and the field in it, are not named twice.
    fn agrees(&self, actual: &Self) -> bool {
        match (self, actual) {
            (Self::Refused(expected), Self::Refused(actual)) => {
                let covers = |field: &String, other: &String| {
                    let (field, other) = (written(field), written(other));
                    field.starts_with(&other) || other.starts_with(&field)
                };
                let is_defaulted = |field: &String| {
                    field.ends_with(".targetPort") && expected.contains(&field.replace("targetPort", "port"))
                };
                expected
                    .iter()
                    .all(|field| is_defaulted(field) || actual.iter().any(|other| covers(field, other)))
                    && actual
                        .iter()
                        .all(|field| expected.iter().any(|other| covers(field, other)) || expected.is_empty())
            }
            (expected, actual) => expected == actual,
        }
    }
}

/// A field as a manifest has it: clusterIPs follows from clusterIP, and keys of annotations have quotes.
fn written(field: &str) -> String {
    field.replace("clusterIPs[0]", "clusterIP").replace("clusterIPs", "clusterIP").replace('"', "")
}

/// Replaces numbers that a cluster drew by the words that stand for them in the recording.
fn symbolic(actual: &mut Value, recorded: &Value, drawn: &mut BTreeMap<String, String>) {
    match (actual, recorded) {
        (Value::Object(actual), Value::Object(recorded)) => {
            for (key, actual) in actual {
                symbolic(actual, recorded.get(key).unwrap_or(&Value::Null), drawn);
            }
        }
        (Value::Array(actual), Value::Array(recorded)) => {
            for (actual, recorded) in actual.iter_mut().zip(recorded) {
                symbolic(actual, recorded, drawn);
            }
        }
        (actual, Value::String(word)) if word.starts_with("ALLOCATED-") => {
            let text = actual.to_string();
            let number = drawn.entry(word.clone()).or_insert_with(|| text.clone());
            if *number == text {
                *actual = word.as_str().into();
            }
        }
        _ => {}
    }
}

/// What becomes of each document.
fn outcomes(folder: &Path, cluster: &[&str]) -> Vec<Outcome> {
    let ranges = cluster.iter().map(|range| range.parse().expect("it is a network")).collect();
    let assumptions = Assumptions { service_cidrs: ranges, ..Assumptions::default() };
    let sources = read(folder, &["raw.yaml"]);
    let AnyObjects { objects, diagnostics: problems, .. } = any_objects(&sources);
    assert!(problems.is_empty(), "{problems:?}");
    let origins: Vec<Origin> = objects.iter().map(|object| object.origin).collect();
    let filled = fill(objects, &assumptions);
    let options = ReadOptions {
        default_namespace: "default".into(),
        strict: false,
        rules: Behavior::of(Version::NEWEST, &FeatureGates::default()).api,
    };
    let validated = Manifests::of_objects(filled.objects.clone(), &sources, &options).diagnostics;
    let errors: Vec<&Place> = filled
        .diagnostics
        .iter()
        .chain(&validated)
        .filter(|found| found.severity() == Severity::Error)
        .filter_map(|found| found.place.as_ref())
        .collect();
    let outcome = |origin: &Origin| {
        let stored = filled.objects.iter().find(|object| object.origin == *origin);
        let errors = errors.iter().filter(|place| place.origin == *origin);
        let mut fields: Vec<String> = errors.map(|place| place.path.to_string()).collect();
        fields.sort();
        match stored {
            Some(stored) if fields.is_empty() => {
                Outcome::Stored(Box::new(Value::Object(stored.fields.clone())))
            }
            _ => Outcome::Refused(fields),
        }
    };
    origins.iter().map(outcome).collect()
}

fn check(folder: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, cluster) in CLUSTERS {
        let recorded = items(&recorded(folder, file));
        let actual = outcomes(folder, cluster);
        assert_eq!(recorded.len(), actual.len());
        for (index, (recorded, mut actual)) in recorded.iter().zip(actual).enumerate() {
            let mut drawn = BTreeMap::new();
            if let Outcome::Stored(stored) = &mut actual {
                symbolic(stored, recorded, &mut drawn);
            }
            let expected = Outcome::recorded(recorded);
            if !expected.agrees(&actual) {
                wrong.push(format!("{} {file} #{index}:\n  {expected:?}\n  {actual:?}", name(folder)));
            }
        }
    }
    wrong
}

#[test]
fn services_are_stored_and_refused_as_by_the_api_server() {
    let folders = folders(|name| name.starts_with("defaults-"));
    let wrong: Vec<String> = folders.iter().flat_map(|folder| check(folder)).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The program prints no Service that the API server would refuse, says why with the field, and ends with exit code 1.
#[test]
fn what_is_refused_is_not_printed() {
    for folder in folders(|name| name.starts_with("defaults-")) {
        for (file, cluster) in CLUSTERS {
            let mut command = hnsplan("fill -o json --only services -f").arg(folder.join("raw.yaml"));
            for range in cluster {
                command = command.arg("--service-cidr").arg(range);
            }
            let outcome = command.run();
            let printed: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
            let printed = printed["items"].as_array().expect("a list").len();
            let recorded = items(&recorded(&folder, file));
            let stored = recorded.iter().filter(|item| item["kind"] != "Rejected").count();
            let context = format!("{} {file}: {}", name(&folder), outcome.stderr);
            assert_eq!(printed, stored, "{context}");
            // An object that is given twice in the same words is refused once, and no error.
            let is_refused = stored < recorded.len() && name(&folder) != "defaults-102-same-name-twice";
            assert_eq!(outcome.code, i32::from(is_refused), "{context}");
        }
    }
}
