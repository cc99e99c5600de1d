//! Which field makes a rollout less bad: each is tried, and told where the worst order is better with it.

use super::model::{Model, Pool};
use super::orders::{Extremes, extremes};
use super::report::Remedy;
use super::strategy::Strategy;

/// How bad the worst order is: whether a pool is empty at all, and for how long.
fn badness(extremes: &Extremes) -> (usize, u32) {
    let gaps = extremes.longest.iter().flatten();
    (gaps.clone().count(), gaps.copied().max().unwrap_or_default())
}

/// The fields that make it better, in the order of what they leave.
pub(super) fn remedies(model: &Model, found: &Extremes) -> Vec<Remedy> {
    let now = badness(found);
    if now.0 == 0 {
        return Vec::new();
    }
    let mut better = Vec::new();
    for (field, value, tried) in candidates(model) {
        let then = badness(&extremes(&tried));
        if then < now {
            better.push((then, Remedy { field, value, removes_all: then.0 == 0 }));
        }
    }
    better.sort_by_key(|(place, _)| *place);
    better.into_iter().map(|(_, remedy)| remedy).collect()
}

/// Other values of fields, as models.
fn candidates(model: &Model) -> Vec<(String, String, Model)> {
    let mut all = Vec::new();
    for (at, of) in model.workloads.iter().enumerate() {
        let name = format!("{} {}", of.kind, of.name);
        let with = |strategy: Strategy| {
            let mut tried = model.clone();
            tried.workloads[at].strategy = strategy;
            tried
        };
        match of.strategy {
            Strategy::Recreate => {
                let surge = of.replicas.div_ceil(4);
                let tried = with(Strategy::Rolling { surge, unavailable: of.replicas / 4 });
                all.push((format!("{name}: spec.strategy.type"), "RollingUpdate".to_owned(), tried));
            }
            Strategy::Rolling { surge, unavailable } if unavailable > 0 || surge == 0 => {
                let tried = with(Strategy::Rolling { surge: surge.max(1), unavailable: 0 });
                let value = format!("maxSurge: {}, maxUnavailable: 0", surge.max(1));
                all.push((format!("{name}: spec.strategy.rollingUpdate"), value, tried));
            }
            Strategy::ByNode { surge: 0, replaces, .. } => {
                let tried = with(Strategy::ByNode { surge: 1, unavailable: 0, replaces });
                let value = "maxSurge: 1, maxUnavailable: 0".to_owned();
                all.push((format!("{name}: spec.updateStrategy.rollingUpdate"), value, tried));
            }
            _ => {}
        }
    }
    let mut local: Vec<(&str, &'static str)> =
        model.pools.iter().filter_map(|pool| Some((&*pool.service, pool.field()?))).collect();
    local.dedup();
    for (service, field) in local {
        let mut tried = model.clone();
        let is_kept = |pool: &Pool| pool.service != service || pool.local.is_none();
        tried.pools.retain(is_kept);
        all.push((format!("Service {service}: spec.{field}"), "Cluster".to_owned(), tried));
    }
    all
}
