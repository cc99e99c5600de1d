//! What is told of a rollout.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a change leads to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rollout {
    /// The workloads whose pods change.
    pub workloads: Vec<Rolled>,
    /// Whether all orders were gone through, so that none is worse than the worst.
    pub is_exact: bool,
    /// The longest time without endpoints that an order leaves: of each Service, and where a policy is Local of each node.
    pub longest: Vec<PoolGap>,
    /// The worst order.
    pub worst: Course,
    /// The best one.
    pub best: Course,
    /// Fields that make the worst order better.
    pub remedies: Vec<Remedy>,
    /// What changes, and Services select its pods, and is made by controllers that are not modelled: `Rollout shop/web`.
    pub not_modelled: Vec<String>,
    /// What is not looked at.
    pub notes: Vec<String>,
}

/// A workload whose pods change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rolled {
    /// Its kind.
    pub kind: Cow<'static, str>,
    /// `namespace/name`
    pub name: String,
    /// How its pods are replaced.
    pub strategy: String,
    /// How many pods there are before, and after.
    pub pods: [usize; 2],
    /// Whether all pods are replaced.
    pub has_new_template: bool,
}

/// One order, moment by moment.
#[derive(Debug)]
pub struct Course {
    /// The moments.
    pub moments: Vec<Moment>,
    /// The times without endpoints.
    pub gaps: Vec<PoolGap>,
    /// Why it does not come to its end.
    pub stuck: Option<String>,
}

/// What there is at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// What happened.
    pub label: String,
    /// Services, slices and Nodes as a List in JSON.
    pub objects: String,
}

/// A time in which a Service has no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolGap {
    /// The Service, as `namespace/name`.
    pub service: String,
    /// The node on which it has none; absent where it has none at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The policy that is Local.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Cow<'static, str>>,
    /// How many pods start in that time, one after another; absent where it does not end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts: Option<u32>,
    /// The moment from which on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
    /// The moment with which it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<usize>,
}

/// A field that makes the worst order better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remedy {
    /// Whose field.
    pub field: String,
    /// The value that was tried.
    pub value: String,
    /// Whether no Service is without endpoints then, on any node that counts.
    pub removes_all: bool,
}
