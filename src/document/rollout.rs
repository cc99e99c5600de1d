//! What the controllers make of a change and what clients notice of it, as `hnsplan rollout -o json` prints it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::API_VERSION;
use super::replay::{Replay, noun};
use crate::platform::schema_of;
use crate::rollout::{self, Course, NodeReplay, PoolGap, Remedy, Rolled};

/// The JSON Schema of [`Rollout`].
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Rollout>()
}

/// What a change leads to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Rollout")]
pub struct Rollout {
    /// `hnsplan/v1alpha1`
    pub api_version: Cow<'static, str>,
    /// `Rollout`
    pub kind: Cow<'static, str>,
    /// The workloads whose pods change.
    pub workloads: Vec<Rolled>,
    /// Whether all orders were gone through, so that none is worse than the worst.
    pub all_orders: bool,
    /// The longest time without endpoints that an order leaves: of each Service, and where a policy is Local of each node.
    pub longest: Vec<PoolGap>,
    /// Fields that make the worst order better.
    pub remedies: Vec<Remedy>,
    /// The worst order.
    pub worst: Order,
    /// The best one.
    pub best: Order,
    /// What changes, and Services select its pods, and is made by controllers that are not modelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_modelled: Vec<String>,
    /// What is not looked at.
    pub notes: Vec<String>,
}

/// One order of what happens.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// What happened at each moment, from the first on.
    pub moments: Vec<String>,
    /// The times without endpoints, by numbers of moments.
    pub gaps: Vec<PoolGap>,
    /// Why it does not come to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck: Option<String>,
    /// What kube-proxy does; its steps are the moments.
    pub replays: Vec<OnNode>,
}

/// What kube-proxy does on a node.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OnNode {
    /// The node; absent where none has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// What it does there.
    pub replay: Replay,
}

impl Rollout {
    /// The document of a rollout and its replays.
    #[must_use]
    pub fn of(rollout: rollout::Rollout, replays: &[NodeReplay]) -> Self {
        let on_node =
            |of: &NodeReplay, replayed| OnNode { node: of.node.clone(), replay: Replay::of(replayed) };
        let order = |course: Course, replays| Order {
            moments: course.moments.into_iter().map(|moment| moment.label).collect(),
            gaps: course.gaps,
            stuck: course.stuck,
            replays,
        };
        let worst = replays.iter().map(|of| on_node(of, &of.worst)).collect();
        let best = replays.iter().map(|of| on_node(of, &of.best)).collect();
        Self {
            api_version: API_VERSION.into(),
            kind: "Rollout".into(),
            workloads: rollout.workloads,
            all_orders: rollout.is_exact,
            longest: rollout.longest,
            remedies: rollout.remedies,
            worst: order(rollout.worst, worst),
            best: order(rollout.best, best),
            not_modelled: rollout.not_modelled,
            notes: rollout.notes,
        }
    }

    /// The same with what the rules of frontends are called, which is no member of the document.
    #[must_use]
    pub fn with_nouns(mut self) -> Self {
        for of in self.worst.replays.iter_mut().chain(&mut self.best.replays) {
            of.replay.noun = noun(&of.replay.target);
        }
        self
    }

    /// Whether clients notice anything in the worst order, it does not come to its end, or nobody knows.
    #[must_use]
    pub fn is_felt(&self) -> bool {
        !self.longest.is_empty()
            || !self.not_modelled.is_empty()
            || self.worst.stuck.is_some()
            || self.worst.replays.iter().any(|of| of.replay.is_felt())
    }
}
