//! Nodes that are assumed where the input has none: one of each system that its workloads may need.

use serde_json::{Value, json};

use super::pod::ASSUMED;
use crate::manifest::AnyObject;

/// A Linux node and a Windows node. Without any object to stand for them there are none.
pub(super) fn assumed(objects: &[AnyObject]) -> Vec<AnyObject> {
    let Some(first) = objects.first() else { return Vec::new() };
    [("linux-1", "linux", 1), ("windows-1", "windows", 2)]
        .into_iter()
        .map(|(name, os, number)| {
            let fields = json!({
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {
                    "name": name,
                    "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": os},
                    "annotations": {ASSUMED: "node"},
                },
                "spec": {
                    "podCIDR": format!("10.244.{number}.0/24"),
                    "podCIDRs": [format!("10.244.{number}.0/24"), format!("fd00:10:244:{number}::/64")],
                },
                "status": {
                    "addresses": [
                        {"type": "InternalIP", "address": format!("192.168.0.1{number}")},
                        {"type": "InternalIP", "address": format!("fd00:192:168::1{number}")},
                        {"type": "Hostname", "address": name},
                    ],
                    "conditions": [{"type": "Ready", "status": "True"}],
                },
            });
            let Value::Object(fields) = fields else { unreachable!("it is written as a mapping") };
            AnyObject { origin: first.origin, fields }
        })
        .collect()
}
