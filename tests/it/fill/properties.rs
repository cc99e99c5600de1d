//! What holds for all that is filled: the order of objects never matters, what is filled stays, and what is added
//! renumbers nothing else.

use std::collections::BTreeMap;

use hnsplan::fill::{Assumptions, fill};
use hnsplan::manifest::{AnyObject, any_objects};
use hnsplan::source::Sources;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::cases::config;

/// A Service and the workload behind it.
#[derive(Debug, Clone)]
struct App {
    number: u32,
    type_: &'static str,
    kind: &'static str,
    replicas: u32,
    windows: bool,
}

fn app() -> impl Strategy<Value = App> {
    (0_u32..40, 0..3_usize, 0..3_usize, 0_u32..5, any::<bool>()).prop_map(
        |(number, type_, kind, replicas, windows)| App {
            number,
            type_: ["ClusterIP", "NodePort", "LoadBalancer"][type_],
            kind: ["Deployment", "StatefulSet", "DaemonSet"][kind],
            replicas,
            windows,
        },
    )
}

fn apps() -> impl Strategy<Value = Vec<App>> {
    prop::collection::btree_map(0_u32..40, app(), 1..8)
        .prop_map(|apps| apps.into_iter().map(|(number, app)| App { number, ..app }).collect())
}

impl App {
    fn service(&self) -> String {
        let Self { number, type_, .. } = self;
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: app-{number}}}, spec: {{type: {type_}, \
             selector: {{app: a{number}}}, ports: [{{port: 80, targetPort: web}}]}}}}"
        )
    }

    fn workload(&self) -> String {
        let Self { number, kind, replicas, windows, .. } = self;
        let os = if *windows { "windows" } else { "linux" };
        let replicas = if *kind == "DaemonSet" { String::new() } else { format!("replicas: {replicas}, ") };
        format!(
            "{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: app-{number}}}, spec: {{{replicas}selector: \
             {{matchLabels: {{app: a{number}}}}}, template: {{metadata: {{labels: {{app: a{number}}}}}, spec: \
             {{nodeSelector: {{kubernetes.io/os: {os}}}, containers: [{{name: main, ports: [{{name: web, \
             containerPort: 8080}}]}}]}}}}}}}}"
        )
    }
}

fn objects(texts: &[String]) -> Vec<AnyObject> {
    let mut sources = Sources::default();
    sources.add("apps.yaml", texts.join("\n---\n")).expect("it is small");
    any_objects(&sources).0
}

fn texts(apps: &[App]) -> Vec<String> {
    apps.iter().flat_map(|app| [app.service(), app.workload()]).collect()
}

/// The objects by kind and name, without their places.
fn filled(objects: Vec<AnyObject>) -> BTreeMap<(String, String), Value> {
    let filled = fill(objects, &Assumptions::default());
    let key = |object: &AnyObject| (object.kind().1.to_owned(), object.name().to_owned());
    filled.objects.into_iter().map(|object| (key(&object), Value::Object(object.fields))).collect()
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn the_order_of_objects_does_not_matter(apps in apps(), seed in any::<usize>()) {
        let texts = texts(&apps);
        let mut other = texts.clone();
        other.rotate_left(seed % texts.len());
        prop_assert_eq!(filled(objects(&texts)), filled(objects(&other)));
    }

    #[test]
    fn what_is_filled_stays_as_it_is(apps in apps()) {
        let once = fill(objects(&texts(&apps)), &Assumptions::default()).objects;
        let twice = fill(once.clone(), &Assumptions::default()).objects;
        prop_assert_eq!(once, twice);
    }

    /// Another app takes nothing that one of the others has, unless numbers collide: then that is told.
    #[test]
    fn what_is_added_renumbers_nothing_else(apps in apps(), new in app()) {
        let new = App { number: 99, ..new };
        let before = filled(objects(&texts(&apps)));
        let all = texts(&[&apps[..], &[new]].concat());
        let is_told = !fill(objects(&all), &Assumptions::default()).assumed.displaced.is_empty();
        let after = filled(objects(&all));
        prop_assert!(is_told || before.iter().all(|(key, value)| after.get(key) == Some(value)));
    }

    #[test]
    fn scaling_renumbers_nothing_else(apps in apps()) {
        let before = filled(objects(&texts(&apps)));
        let mut scaled = apps.clone();
        scaled[0].replicas += 2;
        let own = format!("app-{}", apps[0].number);
        let is_told = !fill(objects(&texts(&scaled)), &Assumptions::default()).assumed.displaced.is_empty();
        let after = filled(objects(&texts(&scaled)));
        for ((kind, name), value) in &before {
            if !is_told && !name.starts_with(&own) {
                prop_assert_eq!(after.get(&(kind.clone(), name.clone())), Some(value));
            }
        }
    }
}
