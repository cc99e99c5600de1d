//! Pods that a manifest asks for by themselves, and that no cluster has run yet.

use serde_json::{Map, Value};

use super::template::Draft;
use crate::manifest::AnyObject;

/// Whether a pod has not run yet, and will serve: without status, and made neither by a cluster nor to end.
pub(in crate::fill) fn is_bare(object: &AnyObject) -> bool {
    let has = |path: &[&str]| object.get(path).is_some_and(|value| !value.is_null());
    object.kind() == ("v1", "Pod")
        && !has(&["status"])
        && !has(&["metadata", "uid"])
        && !has(&["metadata", "resourceVersion"])
        && !has(&["metadata", "annotations", "helm.sh/hook"])
        && matches!(object.text(&["spec", "restartPolicy"]), "" | "Always")
}

/// The pod before it has a node.
pub(super) fn draft(object: &AnyObject) -> Draft {
    let part = |key: &str| -> Map<String, Value> {
        object.fields.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
    };
    Draft {
        origin: object.origin,
        key: format!("{}/Pod/{}", object.namespace(), object.name()),
        metadata: part("metadata"),
        spec: part("spec"),
    }
}
