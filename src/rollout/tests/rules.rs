//! The documented rules of the controllers, each as the sequence that follows from it.
//!
//! Sources: the API reference of apps/v1 (`maxSurge`: "by rounding up", `maxUnavailable` of a Deployment: "by rounding
//! down", of a `DaemonSet`: "by rounding up"), the pages Deployments, `StatefulSets` and `DaemonSets` of the documentation
//! of Kubernetes, and the files of its controllers that the modules beside name.

use serde_json::{Value, json};

use super::models::replaced;
use crate::manifest::AnyObject;
use crate::rollout::action::Action;
use crate::rollout::model::{Model, PodId, Revision};
use crate::rollout::run::{Order, Run, run};
use crate::rollout::state::{Happening, Phase, State};
use crate::rollout::strategy::Strategy;
use crate::source::Sources;

/// Takes the first of all, and lets pods get ready before others end.
struct First;

impl Order for First {
    fn choose(&mut self, _: &Model, _: &State, action: &Action) -> Vec<PodId> {
        action.among[..action.choose].to_vec()
    }

    fn first(&mut self, _: &Model, _: &State, open: &[Happening]) -> usize {
        open.iter().position(|of| !matches!(of, Happening::Ended(_))).unwrap_or_default()
    }
}

fn object(fields: &Value) -> AnyObject {
    let mut sources = Sources::default();
    sources.add("object.json", fields.to_string()).expect("it is small");
    crate::manifest::any_objects(&sources).objects.remove(0)
}

fn strategy(kind: &str, spec: &Value, replicas: usize) -> Strategy {
    let object =
        object(&json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": spec}));
    Strategy::of(&object, kind, replicas)
}

/// A run as words: `+2` pods are made, `-1` is deleted, `r` is ready, `.` has ended.
fn words(run: &Run) -> String {
    let word = |of: &Happening| match of {
        Happening::Made(pods) => format!("+{}", pods.len()),
        Happening::Deleted(pods) => format!("-{}", pods.len()),
        Happening::Ready(_) => "r".to_owned(),
        Happening::Available(_) => "a".to_owned(),
        Happening::Ended(_) => ".".to_owned(),
    };
    run.happenings.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// The sequence of a Deployment whose pods are on nodes of their own.
fn deployment(spec: &Value, replicas: usize) -> String {
    let nodes: Vec<usize> = (0..replicas).collect();
    words(&run(
        &replaced("Deployment", strategy("Deployment", spec, replicas), &nodes, &nodes),
        &[],
        &mut First,
    ))
}

#[test]
fn eight_deployments_go_by_their_strategies() {
    let rolling = |surge: Value, unavailable: Value| {
        json!({"strategy": {"type": "RollingUpdate",
               "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}})
    };
    let cases = [
        // Nothing is said: 25% of 4 are 1 and 1. At once one more is made and one is deleted, which makes room for one.
        (json!({}), 4, "+1 -1 +1 r -1 +1 r -1 +1 r -1 r . . . ."),
        // 25% of 3 are 1 more (rounded up), and none unavailable (rounded down).
        (json!({}), 3, "+1 r -1 +1 r -1 +1 r -1 . . ."),
        // One pod: it is replaced once the new one is available.
        (json!({}), 1, "+1 r -1 ."),
        (rolling(json!(1), json!(0)), 2, "+1 r -1 +1 r -1 . ."),
        // No more than wanted: one is taken away before another is made.
        (rolling(json!(0), json!(1)), 2, "-1 +1 r -1 +1 r . ."),
        // Both come to nothing, so one may be unavailable.
        (rolling(json!("0%"), json!("10%")), 2, "-1 +1 r -1 +1 r . ."),
        // All new ones are made at once; each that is available takes the place of an old one.
        (rolling(json!("100%"), json!(0)), 3, "+3 r -1 r -1 r -1 . . ."),
        // All old ones have to end before.
        (json!({"strategy": {"type": "Recreate"}}), 2, "-2 . . +2 r r"),
    ];
    for (spec, replicas, expected) in cases {
        assert_eq!(deployment(&spec, replicas), expected, "{spec} {replicas}");
    }
}

#[test]
fn pods_count_as_available_after_min_ready_seconds() {
    let nodes = [0, 1];
    let mut model = replaced("Deployment", Strategy::Rolling { surge: 1, unavailable: 0 }, &nodes, &nodes);
    model.workloads[0].min_ready = 10;
    assert_eq!(words(&run(&model, &[], &mut First)), "+1 r a -1 +1 r a -1 . .");
}

/// "Pods on nodes with more replicas come before pods on nodes with fewer replicas" (`ReplicaSet`, scaling down).
#[test]
fn a_pod_is_deleted_where_another_one_is() {
    let model = replaced("Deployment", Strategy::Rolling { surge: 1, unavailable: 0 }, &[0, 1], &[1, 0]);
    let run = run(&model, &[], &mut First);
    assert_eq!(run.happenings[2], Happening::Deleted(vec![1]), "the old pod beside the new one");
}

/// "it will do so in reverse ordinal order, and wait until an updated Pod is Running and Ready".
#[test]
fn a_stateful_set_goes_backwards_one_by_one() {
    let of = |spec: Value, many: usize| {
        let nodes: Vec<usize> = (0..many).collect();
        let model = replaced("StatefulSet", strategy("StatefulSet", &spec, many), &nodes, &nodes);
        let run = run(&model, &[], &mut First);
        let deleted = run.happenings.iter().filter_map(|of| match of {
            Happening::Deleted(pods) => {
                Some(pods.iter().map(|pod| model.pods[*pod].slot).collect::<Vec<_>>())
            }
            _ => None,
        });
        (words(&run), deleted.collect::<Vec<_>>())
    };
    assert_eq!(of(json!({}), 2), ("-1 . +1 r -1 . +1 r".to_owned(), vec![vec![1], vec![0]]));
    let with = |update: Value| json!({"updateStrategy": {"rollingUpdate": update}});
    assert_eq!(of(with(json!({"partition": 1})), 2), ("-1 . +1 r".to_owned(), vec![vec![1]]));
    assert_eq!(of(with(json!({"maxUnavailable": "70%"})), 3).1, [vec![1, 2], vec![0]]);
    assert_eq!(of(json!({"updateStrategy": {"type": "OnDelete"}}), 2).0, "");
}

/// `maxUnavailable` of nodes without a pod at most, or with `maxSurge` a second pod before the first one goes.
#[test]
fn a_daemon_set_goes_node_by_node() {
    let of = |update: Value, many: usize| {
        let nodes: Vec<usize> = (0..many).collect();
        let spec = json!({"updateStrategy": update});
        words(&run(
            &replaced("DaemonSet", strategy("DaemonSet", &spec, many), &nodes, &nodes),
            &[],
            &mut First,
        ))
    };
    assert_eq!(of(json!({}), 2), "-1 . +1 r -1 . +1 r");
    assert_eq!(of(json!({"rollingUpdate": {"maxUnavailable": "34%"}}), 3), "-2 . +1 r -1 . +1 r . +1 r");
    let surge = json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}});
    assert_eq!(of(surge, 2), "+1 r -1 +1 r -1 . .");
    assert_eq!(of(json!({"type": "OnDelete"}), 2), "");
}

#[test]
fn pods_that_end_serve_until_they_have_ended_unless_they_get_no_time() {
    let mut model = replaced("Deployment", Strategy::Recreate, &[0], &[0]);
    let mut state = State::before(&model);
    state.take(&model, &Happening::Deleted(vec![0]));
    assert_eq!(state.phase(0), Phase::Terminating { serves: true });
    model.workloads[0].has_grace = false;
    let mut state = State::before(&model);
    state.take(&model, &Happening::Deleted(vec![0]));
    assert_eq!(state.phase(0), Phase::Gone);
    assert_eq!(model.pods[1].revision, Revision::New);
}
