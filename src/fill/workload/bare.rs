//! Pods that a manifest asks for by themselves, and that no cluster has run yet.

use std::rc::Rc;
use std::sync::Arc;

use super::draft::{Draft, Template};
use crate::manifest::{AnyObject, labels};

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
pub(super) fn draft<'o>(object: &'o AnyObject, template: Template<'o>) -> Draft<'o> {
    Draft {
        template: Rc::new(template),
        key: format!("{}/Pod/{}", object.namespace(), object.name()),
        namespace: object.namespace(),
        name: object.name().to_owned(),
        labels: Arc::new(labels(object.get(&["metadata", "labels"]))),
        serves: None,
    }
}
