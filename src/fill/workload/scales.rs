//! How many replicas a workload has where its manifest does not say so.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fill::Assumptions;
use crate::manifest::AnyObject;

/// The replicas of workloads that do not name them.
pub(super) struct Scales<'o> {
    assumptions: &'o Assumptions,
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
        Self { assumptions, minima: minima.collect() }
    }

    /// An assumption wins over the minimum, which is only where scaling begins.
    pub(super) fn replicas(&self, object: &AnyObject, kind: &str) -> u64 {
        let assumed = self.assumptions.of_workload(kind, object.namespace(), object.name());
        let minimum = || self.minima.get(&(object.namespace(), kind, object.name())).copied();
        assumed.and_then(|assumed| assumed.replicas).or_else(minimum).unwrap_or(1)
    }
}
