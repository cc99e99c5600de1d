//! Promise: the fields of manifests that changed are named with their lines and with the Services that they are about.

use std::collections::BTreeSet;

use hnsplan::diff::{Cause, causes};
use hnsplan::source::Sources;
use proptest::prelude::*;

use crate::support::cases::config;
use crate::support::clusters::cluster;
use crate::support::exe::hnsplan;

const MANIFESTS: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - port: 80
    targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  template:
    metadata:
      labels: {app: web, tier: front}
    spec:
      containers:
      - name: web
        ports:
        - {name: http, containerPort: 8080}
---
apiVersion: v1
kind: Node
metadata:
  name: linux-1
  labels:
    topology.kubernetes.io/zone: a
";

fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.add("web.yaml", text.to_owned()).expect("it is small");
    sources
}

fn changed(from: &str, to: &str) -> Vec<Cause> {
    assert_eq!(MANIFESTS.matches(from).count(), 1, "{from}");
    causes(&sources(MANIFESTS), &sources(&MANIFESTS.replace(from, to)), "default")
}

/// Place, path, both values and Services.
fn shown(cause: &Cause) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let services: Vec<&str> = cause.services.iter().map(String::as_str).collect();
    format!("{} {} {} → {} {services:?}", cause.place, cause.path, value(&cause.before), value(&cause.after))
}

#[test]
fn each_field_is_named_with_its_line_and_its_services() {
    let cases = [
        ("port: 80\n", "port: 81\n", "web.yaml:8 spec.ports[0].port 80 → 81 [\"default/web\"]"),
        ("replicas: 3", "replicas: 5", "web.yaml:16 spec.replicas 3 → 5 [\"default/web\"]"),
        (
            "labels: {app: web, tier: front}",
            "labels: {app: web, tier: back}",
            "web.yaml:19 spec.template.metadata.labels.tier front → back [\"default/web\"]",
        ),
        (
            "containerPort: 8080",
            "containerPort: 8081",
            "web.yaml:24 spec.template.spec.containers[0].ports[0].containerPort 8080 → 8081 [\"default/web\"]",
        ),
        ("zone: a", "zone: b", "web.yaml:31 metadata.labels[\"topology.kubernetes.io/zone\"] a → b []"),
        ("  replicas: 3\n", "", "web.yaml:16 spec.replicas 3 → - [\"default/web\"]"),
    ];
    for (from, to, wanted) in cases {
        let found: Vec<String> = changed(from, to).iter().map(shown).collect();
        assert_eq!(found, [wanted], "{from}");
    }
}

/// A workload that a Service no longer selects is about that Service as well.
#[test]
fn a_workload_is_about_the_services_of_both_sides() {
    let found = changed("labels: {app: web,", "labels: {app: other,");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].services, BTreeSet::from(["default/web".to_owned()]));
}

#[test]
fn an_object_that_is_new_or_gone_is_one_cause() {
    let node = MANIFESTS.rfind("---\napiVersion: v1\nkind: Node").expect("the last object is a Node");
    let without = &MANIFESTS[..node];
    let gone = causes(&sources(MANIFESTS), &sources(without), "default");
    let new = causes(&sources(without), &sources(MANIFESTS), "default");
    assert_eq!((gone.len(), new.len()), (1, 1));
    assert_eq!((gone[0].after.as_deref(), new[0].before.as_deref()), (None, None));
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn what_is_equal_has_no_cause_in_any_order(cluster in cluster()) {
        let mut documents: Vec<String> = cluster.objects.iter().map(ToString::to_string).collect();
        let one = documents.join("\n---\n");
        documents.reverse();
        prop_assert_eq!(causes(&sources(&one), &sources(&documents.join("\n---\n")), "default"), []);
    }
}

/// The cause stands beside the effect, object by object and in flows.
#[test]
fn markdown_has_the_cause_beside_the_effect() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let text = std::fs::read_to_string("fixtures/shop/cluster.yaml").expect("it is there");
    let new = folder.path().join("new.yaml");
    let changed = text.replacen("      port: 80\n", "      port: 81\n", 1);
    std::fs::write(&new, changed).expect("it can be written");
    for (flags, wanted) in [("-t hns", "### hns"), ("-t iptables --semantic", "### Flows")] {
        let arguments = format!("diff --old fixtures/shop/cluster.yaml -o md --node win-1 {flags} --new");
        let outcome = hnsplan(&arguments).arg(&new).run();
        assert!(outcome.stdout.contains(wanted), "{}", outcome.stderr);
        assert!(
            outcome.stdout.contains("`spec.ports[0].port` of `Service shop/catalog`: `80` → `81`"),
            "{}",
            outcome.stdout
        );
    }
}
