//! A rollout ends with what `fill` makes of the manifests after the change, but for names and addresses of pods.

use proptest::prelude::*;
use serde_json::Value;

use crate::fill::Assumptions;
use crate::rollout::objects::is_of;
use crate::rollout::{Change, Cluster, rollout};
use crate::source::Sources;

fn manifests(kind: &str, replicas: usize, image: u8, update: &str) -> Sources {
    let strategy = if kind == "Deployment" { "strategy" } else { "updateStrategy" };
    let replicas = if kind == "DaemonSet" { String::new() } else { format!("replicas: {replicas}, ") };
    let text = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: {image}080}}]}}\n---\n\
         apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{{replicas}{strategy}: {update}, selector: {{matchLabels: {{app: web}}}}, \
         template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: c, image: 'c:{image}'}}]}}}}}}\n"
    );
    let mut sources = Sources::default();
    sources.add("manifests.yaml", text).expect("it is small");
    sources
}

/// Ports, node and conditions of all endpoints.
fn endpoints<'s>(slices: impl Iterator<Item = &'s Value>) -> Vec<String> {
    let of = slices.flat_map(|slice| {
        let endpoints = slice["endpoints"].as_array().cloned().unwrap_or_default();
        let told = |of: Value| format!("{} {} {}", slice["ports"], of["nodeName"], of["conditions"]);
        endpoints.into_iter().map(told)
    });
    let mut all: Vec<String> = of.collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_rollout_ends_with_the_new_manifests(
        kind in prop::sample::select(vec!["Deployment", "StatefulSet", "DaemonSet"]),
        before in 1usize..4,
        after in 1usize..4,
        changes in any::<bool>(),
        type_ in prop::sample::select(vec!["{}", "{type: RollingUpdate}"]),
    ) {
        let (old, new) = (manifests(kind, before, 1, type_), manifests(kind, after, 1 + u8::from(changes), type_));
        let change = Change::default();
        let cluster = Cluster::read(&old, Some(&new), &Assumptions::default(), &change).expect("they are read");
        let rollout = rollout(&cluster, &change);
        let filled = cluster.after.objects.iter().filter(|object| is_of(object, "EndpointSlice"));
        let filled: Vec<Value> = filled.map(|object| Value::Object(object.fields.clone())).collect();
        for course in [&rollout.worst, &rollout.best] {
            prop_assert_eq!(&course.stuck, &None);
            let last = course.moments.last().expect("there is one");
            let list: Value = serde_json::from_str(&last.objects).expect("it is JSON");
            let items = list["items"].as_array().expect("a list").clone();
            let slices = items.iter().filter(|of| of["kind"] == "EndpointSlice");
            prop_assert_eq!(endpoints(slices), endpoints(filled.iter()));
        }
    }
}

/// Names, states and whose fields are told; a change of something that is not there is refused with what there is.
#[test]
fn what_is_not_there_cannot_change() {
    let sources = manifests("Deployment", 2, 1, "{}");
    let error = |change: &Change| {
        let read = Cluster::read(&sources, None, &Assumptions::default(), change);
        read.expect_err("it is refused").to_string()
    };
    let scale = Change { scales: vec!["shop/wep=3".parse().expect("a scale")], ..Change::default() };
    assert_eq!(
        error(&scale),
        "--scale: workload shop/wep is not in the input; did you mean shop/web? workloads in the input: shop/web"
    );
    let drain = Change { drain: Some("linux-2".to_owned()), ..Change::default() };
    assert!(error(&drain).starts_with("--drain: node linux-2 is not in the input"), "{}", error(&drain));
    for wrong in ["web=3", "shop/web", "shop/web=many", "shop/=1", "shop/web=99999999"] {
        assert!(wrong.parse::<crate::rollout::Scale>().is_err(), "{wrong}");
    }
}

/// A budget lets no pod go, so the drain says so and does not end.
#[test]
fn a_budget_holds_a_drain() {
    let mut sources = manifests("Deployment", 2, 1, "{}");
    let budget = |least: u8| {
        format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web, namespace: shop}}\n\
             spec: {{minAvailable: {least}, selector: {{matchLabels: {{app: web}}}}}}\n---\n\
             apiVersion: v1\nkind: Node\nmetadata: {{name: a}}\n---\n\
             apiVersion: v1\nkind: Node\nmetadata: {{name: b}}\n"
        )
    };
    let of = |least: u8, sources: &mut Sources| {
        sources.add("budget.yaml", budget(least)).expect("it is small");
        let change = Change { drain: Some("a".to_owned()), ..Change::default() };
        let cluster = Cluster::read(sources, None, &Assumptions::default(), &change).expect("they are read");
        rollout(&cluster, &change)
    };
    let held = of(2, &mut sources.clone());
    assert_eq!(
        held.worst.stuck.as_deref(),
        Some("the drain of a does not end: PodDisruptionBudget shop/web lets no more pods go")
    );
    let free = of(1, &mut sources);
    assert_eq!(free.worst.stuck, None);
    let last = &free.worst.moments.last().expect("there is one").objects;
    assert!(!last.contains("\"nodeName\": \"a\""), "{last}");
}
