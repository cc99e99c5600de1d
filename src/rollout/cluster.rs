//! The cluster before the change and after it, both filled: addresses and nodes stay, pods of changed workloads do not.

use serde_json::Value;

use super::change::{Change, UnknownObject};
use super::objects::{is_of, pods_of, set, workloads};
use crate::fill::Assumptions;
use crate::manifest::AnyObject;
use crate::pipeline::{Completed, Unread, complete, complete_with};
use crate::source::Sources;

/// The objects before a change and after it.
#[derive(Debug)]
pub struct Cluster {
    /// Before.
    pub before: Completed,
    /// After.
    pub after: Completed,
}

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Some of the manifests cannot be read.
    #[error(transparent)]
    Unread(#[from] Box<Unread>),
    /// The change names what is not there.
    #[error(transparent)]
    Unknown(#[from] UnknownObject),
}

impl Cluster {
    /// Fills manifests, and the others after the change; without others the same are changed.
    ///
    /// # Errors
    /// When some of them cannot be read, or the change names what is not there.
    pub fn read(
        before: &Sources,
        after: Option<&Sources>,
        assumptions: &Assumptions,
        change: &Change,
    ) -> Result<Self, ClusterError> {
        let before_sources = before;
        let before = complete(before_sources, assumptions)?;
        change.check(&before.objects)?;
        let mut of_after = assumptions.clone();
        // The nodes of the assumptions are among the objects then.
        of_after.nodes.clear();
        let after = complete_with(after.unwrap_or(before_sources), &of_after, |objects| {
            for object in objects.iter_mut().filter(|object| object.namespace().is_empty()) {
                let is_in_one = !is_of(object, "Node") && !is_of(object, "Namespace");
                if is_in_one {
                    let namespace = assumptions.default_namespace.as_str().into();
                    set(&mut object.fields, &["metadata", "namespace"], namespace);
                }
            }
            carry(&before.objects, objects);
            change.apply(objects);
            forget_pods(&before.objects, objects, change);
        })?;
        Ok(Self { before, after })
    }
}

/// What a cluster keeps when manifests are applied to it: nodes, and the addresses and ports of Services.
fn carry(before: &[AnyObject], after: &mut Vec<AnyObject>) {
    if !after.iter().any(|object| is_of(object, "Node")) {
        after.extend(before.iter().filter(|object| is_of(object, "Node")).cloned());
    }
    for service in after.iter_mut().filter(|object| is_of(object, "Service")) {
        let is_same = |old: &&AnyObject| {
            is_of(old, "Service") && (old.namespace(), old.name()) == (service.namespace(), service.name())
        };
        let Some(old) = before.iter().find(is_same) else { continue };
        let is_headless = |of: &AnyObject| of.text(&["spec", "clusterIP"]) == "None";
        let is_external = |of: &AnyObject| of.text(&["spec", "type"]) == "ExternalName";
        if is_external(service) || is_external(old) || is_headless(old) || is_headless(service) {
            continue;
        }
        let kept = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"];
        // Of what the manifest says of its families, all is its own.
        let says = kept.iter().any(|key| service.get(&["spec", key]).is_some_and(|value| !value.is_null()));
        let needs_check = |of: &AnyObject| of.text(&["spec", "externalTrafficPolicy"]) == "Local";
        for key in kept.iter().filter(|_| !says) {
            let is_of_policy = *key != "healthCheckNodePort" || needs_check(service);
            if let Some(value) = old.get(&["spec", key]).filter(|_| is_of_policy) {
                set(&mut service.fields, &["spec", key], value.clone());
            }
        }
        carry_node_ports(old, service);
    }
}

fn carry_node_ports(old: &AnyObject, service: &mut AnyObject) {
    if !matches!(service.text(&["spec", "type"]), "NodePort" | "LoadBalancer") {
        return;
    }
    let ports = |of: &AnyObject| of.get(&["spec", "ports"]).and_then(Value::as_array).cloned();
    let (Some(known), Some(mut own)) = (ports(old), ports(service)) else { return };
    for port in &mut own {
        let protocol = |of: &Value| of["protocol"].as_str().unwrap_or("TCP").to_owned();
        let is_same = |of: &&Value| of["port"] == port["port"] && protocol(of) == protocol(port);
        let number = known.iter().find(is_same).map(|of| of["nodePort"].clone());
        if let (Some(number), Value::Object(port)) = (number.filter(Value::is_number), port) {
            port.entry("nodePort").or_insert(number);
        }
    }
    set(&mut service.fields, &["spec", "ports"], own.into());
}

/// Takes the pods of workloads that change away, so that those of the new templates are made.
fn forget_pods(before: &[AnyObject], after: &mut Vec<AnyObject>, change: &Change) {
    let mut gone = Vec::new();
    let of_after = workloads(after);
    for key in change.touched(before, after) {
        if let Some(workload) = of_after.get(&key) {
            gone.extend(pods_of(workload, after).iter().map(|pod| pod.origin));
        }
    }
    let is_gone = |object: &AnyObject| is_of(object, "Pod") && gone.contains(&object.origin);
    after.retain(|object| !is_gone(object));
}
