//! What holds for all that is filled: the order of objects never matters, what is filled stays, and what is added
//! renumbers nothing else.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hnsplan::fill::{Assumptions, fill};
use hnsplan::manifest::{AnyObject, any_objects};
use hnsplan::source::Sources;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::cases::config;

/// A Service and the workload behind it.
#[derive(Debug, Clone)]
pub(super) struct App {
    number: u32,
    type_: &'static str,
    kind: &'static str,
    replicas: u32,
    windows: bool,
}

pub(super) fn app() -> impl Strategy<Value = App> {
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

pub(super) fn apps() -> impl Strategy<Value = Vec<App>> {
    prop::collection::btree_map(0_u32..40, app(), 1..8)
        .prop_map(|apps| apps.into_iter().map(|(number, app)| App { number, ..app }).collect())
}

impl App {
    /// The same with another name.
    pub(super) fn numbered(self, number: u32) -> Self {
        Self { number, ..self }
    }

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
        let replicas = if *kind == "DaemonSet" || *replicas == 4 {
            String::new()
        } else {
            format!("replicas: {replicas}, ")
        };
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
    any_objects(&sources).objects
}

pub(super) fn texts(apps: &[App]) -> Vec<String> {
    apps.iter().flat_map(|app| [app.service(), app.workload()]).collect()
}

/// Assumptions as the text of a document.
pub(super) fn assumptions() -> impl Strategy<Value = String> {
    let ranges = prop::sample::select(vec![
        "",
        "serviceCIDRs: [10.96.0.0/24]\n",
        "serviceCIDRs: [10.96.0.0/12, 'fd00:96::/112']\n",
        "serviceCIDRs: ['fd00:96::/112']\npodCIDRs: ['fd01::/48']\n",
        "nodePortRange: 31000-31100\nloadBalancers: [203.0.113.0/28]\npodCIDRs: [10.9.0.0/20]\n",
    ]);
    let nodes = prop::collection::vec((any::<bool>(), any::<bool>()), 0..4);
    let workloads = prop::collection::btree_map(0_u32..40, (0_u64..4, prop::option::of(0_u64..3)), 0..4);
    (ranges, nodes, workloads).prop_map(|(ranges, nodes, workloads)| {
        let mut text = format!("apiVersion: hnsplan/v1alpha1\nkind: Assumptions\n{ranges}nodes:\n");
        for (at, (windows, zone)) in nodes.iter().enumerate() {
            let os = if *windows { "windows" } else { "linux" };
            let zone = if *zone { format!(", zone: z{at}") } else { String::new() };
            let _ = writeln!(text, "- {{name: n{at}, os: {os}{zone}}}");
        }
        text += "workloads:\n";
        for (number, (replicas, ready)) in workloads {
            let ready = ready.map(|ready| format!(", ready: {ready}")).unwrap_or_default();
            let _ = writeln!(text, "- {{name: default/app-{number}, replicas: {replicas}{ready}}}");
        }
        text.replace("nodes:\nworkloads", "workloads").trim_end_matches("workloads:\n").to_owned()
    })
}

/// The objects by kind and name, without their places.
fn filled(objects: Vec<AnyObject>) -> BTreeMap<(String, String), Value> {
    filled_with(objects, &Assumptions::default())
}

fn filled_with(objects: Vec<AnyObject>, assumptions: &Assumptions) -> BTreeMap<(String, String), Value> {
    let filled = fill(objects, assumptions);
    let key = |object: &AnyObject| (object.kind().1.to_owned(), object.name().to_owned());
    filled.objects.into_iter().map(|object| (key(&object), Value::Object(object.fields))).collect()
}

/// What fill prints of a text.
pub(super) fn yaml_of(text: &str, assumptions: &Assumptions) -> String {
    let mut sources = Sources::default();
    sources.add("input.yaml", text).expect("it is small");
    let filled = fill(any_objects(&sources).objects, assumptions).objects;
    let documents = filled.iter().map(|object| serde_yaml::to_string(&object.fields).expect("it is YAML"));
    documents.collect::<Vec<String>>().join("---\n")
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

    /// All of it holds whatever is assumed, and what was used gives the same again.
    #[test]
    fn what_was_used_can_be_kept(apps in apps(), text in assumptions(), seed in any::<usize>()) {
        let given = super::assumptions::read(&text).map_err(|wrong| TestCaseError::fail(wrong.join("; ")))?;
        let mut texts = texts(&apps);
        let first = fill(objects(&texts), &given);
        let kept = super::assumptions::read(&first.assumed.used.to_yaml()).map_err(|wrong| TestCaseError::fail(wrong.join("; ")))?;
        prop_assert_eq!(&kept, &first.assumed.used);
        let again = fill(objects(&texts), &kept);
        prop_assert_eq!(&again.objects, &first.objects);
        prop_assert_eq!(&again.assumed.used, &first.assumed.used);
        prop_assert_eq!(&fill(first.objects.clone(), &given).objects, &first.objects);
        let at = seed % texts.len();
        texts.rotate_left(at);
        prop_assert_eq!(filled_with(objects(&texts), &given), filled_with(first.objects, &given));
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
