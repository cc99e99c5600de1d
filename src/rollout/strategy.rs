//! How a controller may replace pods: `spec.strategy` of a Deployment, `spec.updateStrategy` of the others.
//!
//! Percentages are of the wanted number of pods. A Deployment rounds `maxSurge` up and `maxUnavailable` down, and where
//! both come to nothing takes one pod away (`ResolveFenceposts` of its controller). A `DaemonSet` rounds both up. A
//! `StatefulSet` rounds `maxUnavailable` down and takes at least 1.

use serde_json::Value;

use crate::manifest::AnyObject;

/// How pods are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Strategy {
    /// A Deployment adds and takes away pods in turn.
    Rolling {
        /// How many more pods there may be.
        surge: usize,
        /// How many pods may be unavailable.
        unavailable: usize,
    },
    /// A Deployment deletes all pods, and makes new ones once they have ended.
    Recreate,
    /// Pods are replaced when someone deletes them.
    Never,
    /// A `StatefulSet` replaces pods from the highest ordinal on.
    Ordered {
        /// Ordinals below this one stay.
        partition: usize,
        /// How many pods may be unavailable.
        unavailable: usize,
        /// Whether pods are made and deleted one after another.
        one_by_one: bool,
        /// Whether a change of the template replaces pods at all.
        replaces: bool,
    },
    /// A `DaemonSet` deletes the pod of a node before it makes the new one, or the other way round.
    ByNode {
        /// On how many nodes there may be two.
        surge: usize,
        /// On how many nodes there may be none.
        unavailable: usize,
        /// Whether a change of the template replaces pods at all.
        replaces: bool,
    },
}

/// Which way a percentage is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    Up,
    Down,
}

/// A number, or a percentage of `all`; `None` where the field is neither.
pub(super) fn scaled(value: &Value, all: usize, round: Round) -> Option<usize> {
    if let Some(number) = value.as_u64() {
        return usize::try_from(number).ok();
    }
    let text = value.as_str()?;
    let percent: usize = text.strip_suffix('%')?.parse().ok()?;
    let of = percent.checked_mul(all)?;
    Some(if round == Round::Up { of.div_ceil(100) } else { of / 100 })
}

impl Strategy {
    /// That of a workload that should have so many pods.
    pub(super) fn of(workload: &AnyObject, kind: &str, replicas: usize) -> Self {
        let field = |path: &[&str], default: Value, round| {
            let given = workload.get(path).filter(|value| !value.is_null());
            scaled(given.unwrap_or(&default), replicas, round)
                .or_else(|| scaled(&default, replicas, round))
                .unwrap_or_default()
        };
        let rolling = |key, default: Value, round| {
            field(&["spec", "updateStrategy", "rollingUpdate", key], default, round)
        };
        let is_on_delete = workload.text(&["spec", "updateStrategy", "type"]) == "OnDelete";
        match kind {
            "Deployment" if workload.get(&["spec", "paused"]) == Some(&Value::Bool(true)) => Self::Never,
            "Deployment" if workload.text(&["spec", "strategy", "type"]) == "Recreate" => Self::Recreate,
            "Deployment" => {
                let of = |key, round| field(&["spec", "strategy", "rollingUpdate", key], "25%".into(), round);
                let (surge, unavailable) = (of("maxSurge", Round::Up), of("maxUnavailable", Round::Down));
                let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
                Self::Rolling { surge, unavailable: unavailable.min(replicas) }
            }
            "StatefulSet" => Self::Ordered {
                partition: rolling("partition", 0.into(), Round::Down),
                unavailable: rolling("maxUnavailable", 1.into(), Round::Down).max(1),
                one_by_one: workload.text(&["spec", "podManagementPolicy"]) != "Parallel",
                replaces: !is_on_delete,
            },
            "DaemonSet" => {
                let surge = rolling("maxSurge", 0.into(), Round::Up);
                let unavailable = if surge > 0 { 0 } else { rolling("maxUnavailable", 1.into(), Round::Up) };
                Self::ByNode { surge, unavailable, replaces: !is_on_delete }
            }
            _ => Self::Never,
        }
    }

    /// In the words of the manifest.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Recreate => "Recreate".to_owned(),
            Self::Never => "pods are replaced when they are deleted".to_owned(),
            Self::Ordered { replaces: false, .. } | Self::ByNode { replaces: false, .. } => {
                "OnDelete".to_owned()
            }
            Self::Ordered { partition, unavailable, one_by_one, .. } => {
                let policy = if *one_by_one { "OrderedReady" } else { "Parallel" };
                let partition =
                    if *partition > 0 { format!(", partition {partition}") } else { String::new() };
                format!("RollingUpdate, {policy}{partition}, maxUnavailable {unavailable}")
            }
            Self::Rolling { surge, unavailable } | Self::ByNode { surge, unavailable, .. } => {
                format!("RollingUpdate, maxSurge {surge}, maxUnavailable {unavailable}")
            }
        }
    }

    /// Whether a new template leads to new pods by itself.
    pub(super) fn replaces(&self) -> bool {
        match self {
            Self::Rolling { .. } | Self::Recreate => true,
            Self::Never => false,
            Self::Ordered { replaces, .. } | Self::ByNode { replaces, .. } => *replaces,
        }
    }
}
