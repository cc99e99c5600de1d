//! Rollouts: what the controllers of workloads and of `EndpointSlices` make of a change, moment by moment.
//!
//! ```text
//! manifests, a change ─► filled before and after ─► model ─ controllers, an order ─► happenings ─► moments ─► replay
//! ```
//!
//! A pure function of both states of the objects. What nothing determines, which pod is ready first or which of several
//! is deleted, is decided by an order; the worst and the best are told.
//!
//! **Invariant:** no platform is named; what is asked of them is a replay of the moments.

mod action;
mod build;
mod change;
mod cluster;
mod course;
mod daemon_set;
mod deployment;
mod disruption;
mod drain;
mod ending;
mod every;
mod model;
mod objects;
mod orders;
mod pools;
mod remedy;
mod replays;
mod report;
mod run;
mod selected;
mod state;
mod stateful_set;
mod strategy;
#[cfg(test)]
mod tests;

pub use change::{Change, Named, Scale, UnknownObject};
pub use cluster::{Cluster, ClusterError};
pub use replays::{NodeReplay, Where, replays};
pub use report::{Course, Moment, PoolGap, Remedy, Rolled, Rollout};

/// What a change leads to.
#[must_use]
pub fn rollout(cluster: &Cluster, change: &Change) -> Rollout {
    let built = build::build(cluster, change);
    let model = &built.model;
    let found = orders::extremes(model);
    let longest = model.pools.iter().zip(&found.longest).filter_map(|(pool, starts)| {
        Some(PoolGap {
            service: pool.service.clone(),
            node: pool.local.map(|(node, _)| model.nodes[node].clone()),
            field: pool.field().map(Into::into),
            starts: Some((*starts)?),
            from: None,
            to: None,
        })
    });
    let rolled = model.workloads.iter().map(|of| {
        let there = of.pods.iter().filter(|pod| model.pods[**pod].is_there).count();
        Rolled {
            kind: of.kind.into(),
            name: of.name.clone(),
            strategy: of.strategy.words(),
            pods: [there, of.replicas],
            has_new_template: of.has_new_revision,
        }
    });
    Rollout {
        workloads: rolled.collect(),
        is_exact: found.is_exact,
        longest: longest.collect(),
        worst: course::course(cluster, &built, &found.worst),
        best: course::course(cluster, &built, &found.best),
        remedies: remedy::remedies(model, &found),
        not_modelled: selected::not_modelled(&cluster.before.objects, &cluster.after.objects),
        notes: built.notes,
    }
}
