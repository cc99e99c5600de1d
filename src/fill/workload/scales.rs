//! How many replicas a workload has where its manifest does not say so, and how many of its pods are ready.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fill::{AssumedWorkload, Assumptions, RunTimePods};
use crate::manifest::AnyObject;

/// The replicas of workloads that do not name them, and how many are ready.
pub(super) struct Scales<'o> {
    /// What is assumed of workloads, by namespace and name, in the order of the assumptions.
    assumed: BTreeMap<(&'o str, &'o str), Vec<&'o AssumedWorkload>>,
    /// Pods that exist only at run time, by namespace and name.
    run_time: BTreeMap<(&'o str, &'o str), &'o RunTimePods>,
    /// The least replicas of workloads that a `HorizontalPodAutoscaler` scales, by namespace, kind and name.
    minima: BTreeMap<(&'o str, &'o str, &'o str), u64>,
}

impl<'o> Scales<'o> {
    pub(super) fn new(objects: &'o [AnyObject], assumptions: &'o Assumptions) -> Self {
        let scalers = objects.iter().filter(|object| {
            let (version, kind) = object.kind();
            kind == "HorizontalPodAutoscaler" && version.starts_with("autoscaling/")
        });
        let minima = scalers.map(|scaler| {
            let minimum = scaler.get(&["spec", "minReplicas"]).and_then(Value::as_u64).unwrap_or(1);
            let target = |key| scaler.text(&["spec", "scaleTargetRef", key]);
            ((scaler.namespace(), target("kind"), target("name")), minimum)
        });
        let mut assumed: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for workload in &assumptions.workloads {
            assumed.entry((&*workload.namespace, &*workload.name)).or_default().push(workload);
        }
        // Of two with one name the first one counts.
        let run_time = assumptions.pods.iter().rev().map(|pods| ((&*pods.namespace, &*pods.name), pods));
        Self { assumed, run_time: run_time.collect(), minima: minima.collect() }
    }

    fn assumed(&self, kind: &str, namespace: &str, name: &str) -> Option<&'o AssumedWorkload> {
        let mut named = self.assumed.get(&(namespace, name))?.iter().copied();
        named.find(|assumed| assumed.kind.as_deref().is_none_or(|of| of == kind))
    }

    /// An assumption wins over the minimum, which is only where scaling begins.
    pub(super) fn replicas(&self, object: &AnyObject, kind: &str) -> u64 {
        let assumed = self.assumed(kind, object.namespace(), object.name());
        let minimum = || self.minima.get(&(object.namespace(), kind, object.name())).copied();
        assumed.and_then(|assumed| assumed.replicas).or_else(minimum).unwrap_or(1)
    }

    /// How many pods of a workload are ready, if an assumption says so.
    pub(super) fn ready(&self, kind: &str, namespace: &str, name: &str) -> Option<u64> {
        let assumed = self.assumed(kind, namespace, name).and_then(|assumed| assumed.ready);
        // What makes pods at run time is filled as a StatefulSet.
        let run_time = || self.run_time.get(&(namespace, name)).filter(|_| kind == "StatefulSet")?.ready;
        assumed.or_else(run_time)
    }
}
