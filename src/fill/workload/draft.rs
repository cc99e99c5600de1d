//! A pod in the making: what its template says, and what is its own.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::placement::PlacedNode;
use crate::fill::pod::{ASSUMED, Pod, PodSpec, typed};
use crate::manifest::AnyObject;
use crate::source::Origin;

/// What pods are made of: the template of a workload, or a pod that a manifest asks for by itself.
pub(super) struct Template<'o> {
    pub(super) origin: Origin,
    /// `metadata` of a pod by itself. The pods of a workload have none in common.
    metadata: Option<&'o Map<String, Value>>,
    /// `spec` of the pods.
    pub(super) spec: Option<&'o Map<String, Value>>,
    /// The same, as the controller of slices reads it.
    read: PodSpec,
}

/// A pod that has neither a node nor an address yet.
pub(super) struct Draft<'o> {
    pub(super) template: Rc<Template<'o>>,
    /// What its address is drawn by.
    pub(super) key: String,
    pub(super) namespace: &'o str,
    pub(super) name: String,
    pub(super) labels: Arc<BTreeMap<String, String>>,
    /// The Service by which DNS knows a pod of a `StatefulSet`, empty if there is none.
    pub(super) serves: Option<&'o str>,
}

/// A pod that runs on its node.
pub(super) struct Running<'d, 'o> {
    pub(super) draft: &'d Draft<'o>,
    pub(super) node: &'d PlacedNode,
    pub(super) ips: &'d [IpAddr],
    pub(super) is_ready: bool,
}

/// A field of another type than Kubernetes gives it.
pub(super) struct WrongType {
    /// Its path.
    pub(super) field: &'static str,
    pub(super) error: serde_json::Error,
}

impl<'o> Template<'o> {
    /// The template of a workload.
    ///
    /// # Errors
    /// When a field of it, or one that tells which pods there are, has another type than Kubernetes gives it.
    pub(super) fn of_workload(workload: &'o AnyObject) -> Result<Self, WrongType> {
        // The API server refuses negative ones.
        read::<u32>(workload, "spec.replicas")?;
        if workload.get(&["spec", "selector", "matchLabels"]).is_some() {
            read::<Labels>(workload, "spec.selector.matchLabels")?;
        }
        read::<Labels>(workload, "spec.template.metadata.labels")?;
        let read = read(workload, "spec.template.spec")?.unwrap_or_default();
        let spec = workload.get(&["spec", "template", "spec"]).and_then(Value::as_object);
        Ok(Self { origin: workload.origin, metadata: None, spec, read })
    }

    /// A pod that a manifest asks for by itself.
    ///
    /// # Errors
    /// When a field has another type than Kubernetes gives it.
    pub(super) fn of_pod(pod: &'o AnyObject) -> Result<Self, WrongType> {
        read::<Labels>(pod, "metadata.labels")?;
        let read = read(pod, "spec")?.unwrap_or_default();
        let part = |key| pod.get(&[key]).and_then(Value::as_object);
        Ok(Self { origin: pod.origin, metadata: part("metadata"), spec: part("spec"), read })
    }

    /// Whether a manifest asks for the pod by itself.
    pub(super) fn is_bare(&self) -> bool {
        self.metadata.is_some()
    }

    pub(super) fn has_host_network(&self) -> bool {
        self.read.host_network == Some(true)
    }
}

/// Labels as Kubernetes reads them: texts, of which none may be a number or a truth value.
type Labels = BTreeMap<String, Option<String>>;

/// Reads the field at a path; `None` where it is not given.
fn read<'v, T: Deserialize<'v>>(object: &'v AnyObject, field: &'static str) -> Result<Option<T>, WrongType> {
    let path: Vec<&str> = field.split('.').collect();
    typed(object, &path).map_err(|error| WrongType { field, error })
}

impl Running<'_, '_> {
    /// The pod, as the controller of slices reads it.
    pub(super) fn pod(&self) -> Pod {
        let Draft { template, namespace, name, labels, serves, .. } = self.draft;
        let mut spec = template.read.clone();
        spec.node_name = Some(self.node.name.clone());
        if let Some(service) = serves {
            spec.hostname = Some(name.clone());
            spec.subdomain = Some((*service).to_owned()).filter(|service| !service.is_empty());
        }
        let deleted = template.metadata.and_then(|metadata| metadata.get("deletionTimestamp"));
        Pod {
            origin: template.origin,
            is_assumed: !template.is_bare(),
            namespace: (*namespace).to_owned(),
            name: name.clone(),
            uid: None,
            labels: Arc::clone(labels),
            is_deleted: deleted.is_some_and(|time| !time.is_null()),
            spec,
            is_finished: false,
            is_ready: self.is_ready,
            ips: self.ips.to_vec(),
        }
    }

    /// The pod, as a cluster has it.
    pub(super) fn object(&self) -> AnyObject {
        let fields = Map::from_iter([
            ("apiVersion".to_owned(), "v1".into()),
            ("kind".to_owned(), "Pod".into()),
            ("metadata".to_owned(), self.metadata().into()),
            ("spec".to_owned(), self.spec().into()),
            ("status".to_owned(), self.status()),
        ]);
        AnyObject { origin: self.draft.template.origin, fields, is_made: true }
    }

    fn metadata(&self) -> Map<String, Value> {
        let Draft { template, namespace, name, labels, .. } = self.draft;
        let of_workload = || {
            Map::from_iter([
                ("name".to_owned(), name.as_str().into()),
                ("namespace".to_owned(), (*namespace).into()),
                (
                    "labels".to_owned(),
                    labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
                ),
            ])
        };
        let mut metadata = template.metadata.cloned().unwrap_or_else(of_workload);
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        if !annotations.is_object() {
            *annotations = json!({});
        }
        annotations[ASSUMED] = if template.is_bare() { "status" } else { "pod" }.into();
        metadata
    }

    fn spec(&self) -> Map<String, Value> {
        let Draft { template, name, serves, .. } = self.draft;
        let mut spec = template.spec.cloned().unwrap_or_default();
        if let Some(service) = serves {
            spec.insert("hostname".into(), name.as_str().into());
            match *service {
                "" => spec.remove("subdomain"),
                service => spec.insert("subdomain".into(), service.into()),
            };
        }
        spec.insert("nodeName".into(), self.node.name.as_str().into());
        spec
    }

    fn status(&self) -> Value {
        let ready = if self.is_ready { "True" } else { "False" };
        let mut status = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]});
        if let Some(first) = self.ips.first() {
            status["podIP"] = json!(first);
            status["podIPs"] = self.ips.iter().map(|ip| json!({"ip": ip})).collect();
        }
        status
    }
}
