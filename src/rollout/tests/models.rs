//! Small models.

use crate::rollout::model::{Model, Pod, Pool, Revision, Workload};
use crate::rollout::strategy::Strategy;

/// A workload with a new template: a pod on each of the nodes before, and on each of the others after.
pub(super) fn replaced(kind: &'static str, strategy: Strategy, before: &[usize], after: &[usize]) -> Model {
    let pod = |(slot, node): (usize, &usize), revision| Pod {
        name: format!("{revision:?}-{slot}"),
        workload: 0,
        slot: if kind == "DaemonSet" { *node } else { slot },
        revision,
        node: *node,
        is_there: revision == Revision::Old,
        is_ready: true,
    };
    let old = before.iter().enumerate().map(|of| pod(of, Revision::Old));
    let new = after.iter().enumerate().map(|of| pod(of, Revision::New));
    let pods: Vec<Pod> = old.chain(new).collect();
    let nodes = before.iter().chain(after).max().map_or(0, |most| most + 1);
    let workload = Workload {
        kind,
        name: "shop/web".to_owned(),
        strategy,
        replicas: after.len(),
        has_new_revision: true,
        min_ready: 0,
        has_grace: true,
        pods: (0..pods.len()).collect(),
    };
    let mut model = Model {
        nodes: (0..nodes).map(|node| format!("node-{node}")).collect(),
        workloads: vec![workload],
        pods,
        ..Model::default()
    };
    model.pools = pools(&model);
    model
}

/// A Service that selects all pods: the pool of all, and that of each node.
pub(super) fn pools(model: &Model) -> Vec<Pool> {
    let pool = |local: Option<usize>| Pool {
        service: "shop/web".to_owned(),
        local: local.map(|node| (node, "externalTrafficPolicy")),
        members: (0..model.pods.len())
            .filter(|pod| local.is_none_or(|node| model.pods[*pod].node == node))
            .collect(),
        has_others: false,
        takes_unready: false,
    };
    std::iter::once(None).chain((0..model.nodes.len()).map(Some)).map(pool).collect()
}
