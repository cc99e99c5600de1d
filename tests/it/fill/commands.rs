//! What holds for `fill` holds for the commands that fill: the order of documents never matters, what is added moves
//! nothing of others, and a cluster's own dump means the same with `--assume` as without it.

use std::collections::BTreeMap;

use hnsplan::check::Check;
use hnsplan::diff::{Directory, Ownership, compare};
use hnsplan::fill::Assumptions;
use hnsplan::pipeline::{Compiled, Setup};
use hnsplan::platform::{Context, Side, all};
use hnsplan::render::check::{Detail, text};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::assume::{compiled, rules};
use super::properties::{App, app, apps, texts, yaml_of};
use crate::platform::every::platforms;
use crate::support::cases::config;

const NODES: [&str; 2] = ["linux-1", "windows-1"];

fn assumed(texts: &[String], node: &str) -> Compiled {
    compiled(&texts.join("\n---\n"), &Setup::of_node(node).assume(Assumptions::default()))
}

/// What check prints, without the lines of the input.
fn checked(compiled: Compiled) -> String {
    let sides: Vec<Side> = all().iter().take(2).map(|platform| Side::wanted(*platform)).collect();
    let versions = [compiled];
    let answer = Check::new(&versions, &sides).run(|report| text::draw(report, Detail::default()));
    let lines = answer.lines().map(|line| match line.split_once("input.yaml:") {
        Some((before, after)) => {
            format!("{before}{}\n", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// How many objects differ, by the Services that they are for.
fn differences(old: &Compiled, new: &Compiled) -> BTreeMap<Vec<String>, usize> {
    let directory = Directory::new(vec![&old.rules, &new.rules]);
    let mut found = BTreeMap::new();
    for platform in platforms() {
        let mut sides = [old, new].map(|side| platform.objects(Context::of(&side.rules)).value);
        let comparison =
            compare(&mut sides, &directory, &Ownership::default()).expect("they are of one platform");
        for change in comparison.counting() {
            *found.entry(change.subject.services.clone()).or_default() += 1;
        }
    }
    found
}

/// The rules of each service port, as far as they are its own.
fn by_service(compiled: &Compiled) -> BTreeMap<String, Value> {
    let ir: Value = serde_json::from_str(&compiled.ir()).expect("it is JSON");
    let backends = ir["backends"].clone();
    let mut ports = BTreeMap::new();
    for service in ir["services"].as_array().expect("a list") {
        let mut service = service.clone();
        service["source"] = Value::Null;
        for endpoint in service["endpoints"].as_array_mut().expect("a list") {
            let at =
                endpoint["backend"].as_u64().and_then(|at| usize::try_from(at).ok()).expect("a position");
            endpoint["backend"] = backends[at].clone();
        }
        ports.insert(service["id"].as_str().expect("a text").to_owned(), service);
    }
    ports
}

/// The objects as the API server prints them.
fn dumped(apps: &[App]) -> String {
    let filled = yaml_of(&texts(apps).join("\n---\n"), &Assumptions::default());
    let documents = filled.split("---\n").filter(|text| !text.trim().is_empty());
    let objects = documents.enumerate().map(|(at, text)| {
        let mut object: Value = serde_yaml::from_str(text).expect("it is YAML");
        object["metadata"]["uid"] = format!("00000000-0000-4000-8000-{at:012}").into();
        object["metadata"]["resourceVersion"] = at.to_string().into();
        object["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
        object
    });
    let items: Vec<Value> = objects.collect();
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn the_order_of_documents_does_not_matter(apps in apps(), seed in any::<usize>(), node in 0_usize..2) {
        let (texts, node) = (texts(&apps), NODES[node]);
        let mut other = texts.clone();
        other.rotate_left(seed % texts.len());
        other.reverse();
        let [one, other] = [texts, other].map(|texts| assumed(&texts, node));
        prop_assert_eq!(rules(&one), rules(&other));
        prop_assert_eq!(differences(&one, &other), BTreeMap::new());
        prop_assert_eq!(checked(one), checked(other));
    }

    /// Another app takes nothing of the others, on no platform, unless numbers collide: then that is told.
    #[test]
    fn what_is_added_moves_nothing_else(apps in apps(), new in app(), node in 0_usize..2) {
        let (new, node) = (new.numbered(99), NODES[node]);
        let old = assumed(&texts(&apps), node);
        let new = assumed(&texts(&[&apps[..], &[new]].concat()), node);
        let is_told = new.assumed.as_ref().is_some_and(|assumed| !assumed.displaced.is_empty());
        prop_assume!(!is_told);
        let (before, after) = (by_service(&old), by_service(&new));
        for (port, value) in &before {
            prop_assert_eq!(after.get(port), Some(value));
        }
        for services in differences(&old, &new).keys() {
            prop_assert!(services.iter().all(|port| port.starts_with("default/app-99")), "{services:?}");
        }
    }

    /// What comes from a cluster is told nothing by it, and nothing of it changes.
    #[test]
    fn a_dump_of_a_cluster_means_the_same(apps in apps(), node in 0_usize..2) {
        let (dump, node) = (dumped(&apps), NODES[node]);
        let as_it_is = compiled(&dump, &Setup::of_node(node));
        let with_flag = compiled(&dump, &Setup::of_node(node).assume(Assumptions::default()));
        prop_assert!(with_flag.assumed.as_ref().is_some_and(hnsplan::fill::Assumed::is_empty));
        prop_assert!(with_flag.rules.assumed.is_empty());
        prop_assert_eq!(rules(&as_it_is), rules(&with_flag));
        prop_assert_eq!(differences(&as_it_is, &with_flag), BTreeMap::new());
        prop_assert_eq!(checked(as_it_is), checked(with_flag));
    }
}
