//! Traffic policies and terminating endpoints: the pools of a service port.

use super::topology;
use crate::ir::{Endpoint, EndpointId, Pool, Selection};
use crate::manifest::{Backend, TrafficPolicy};
use crate::node::NodeContext;

/// What decides about pools besides the endpoints.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub internal: TrafficPolicy,
    pub external: TrafficPolicy,
    /// It has a node port, external IP or load balancer address of this family.
    pub externally_accessible: bool,
    pub wants_hints: bool,
}

/// The pools of a service port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pools {
    pub cluster: Pool,
    pub local: Pool,
    /// Some endpoint on some node can take traffic.
    pub has_endpoints: bool,
    /// Why hints that are there are not used.
    pub hints_ignored: Option<&'static str>,
}

/// Selects the endpoints of both pools (kube-proxy, all versions).
///
/// The cluster pool is needed even where both policies are local: pods and the node itself reach
/// external addresses through it.
pub(super) fn pools(
    question: Question,
    endpoints: &[Endpoint],
    backends: &[Backend],
    node: &NodeContext,
) -> Pools {
    let select = Select { endpoints, backends };
    let uses_cluster = question.internal == TrafficPolicy::Cluster || question.externally_accessible;
    let uses_local = question.internal == TrafficPolicy::Local
        || (question.external == TrafficPolicy::Local && question.externally_accessible);

    let (cluster, hints_ignored) =
        if uses_cluster { select.cluster(question.wants_hints, node) } else { (unused(), None) };
    let local = if uses_local { select.local() } else { unused() };
    let anyone = || select.any(|_, backend| backend.ready || is_fallback(backend));
    let has_endpoints = !cluster.members.is_empty() || (uses_local && anyone());
    Pools { cluster, local, has_endpoints, hints_ignored }
}

fn unused() -> Pool {
    Pool { selection: Selection::Unused, members: Vec::new() }
}

/// An endpoint that is about to end takes traffic when no ready one is left.
fn is_fallback(backend: &Backend) -> bool {
    backend.serving && backend.terminating
}

struct Select<'e> {
    endpoints: &'e [Endpoint],
    backends: &'e [Backend],
}

impl Select<'_> {
    fn backend(&self, endpoint: &Endpoint) -> &Backend {
        &self.backends[endpoint.backend.0 as usize]
    }

    fn any(&self, condition: impl Fn(&Endpoint, &Backend) -> bool) -> bool {
        self.endpoints.iter().any(|endpoint| condition(endpoint, self.backend(endpoint)))
    }

    fn pool(&self, selection: Selection, condition: impl Fn(&Endpoint, &Backend) -> bool) -> Pool {
        let members = (0..)
            .map(EndpointId)
            .zip(self.endpoints)
            .filter(|(_, endpoint)| condition(endpoint, self.backend(endpoint)))
            .map(|(id, _)| id)
            .collect();
        Pool { selection, members }
    }

    /// Ready endpoints that topology allows; in the fallback, topology does not count.
    fn cluster(&self, wants_hints: bool, node: &NodeContext) -> (Pool, Option<&'static str>) {
        let ready =
            self.endpoints.iter().map(|endpoint| self.backend(endpoint)).filter(|backend| backend.ready);
        let topology = topology::of(&ready, wants_hints, node);
        let pool = self.pool(topology.selection, |_, backend| {
            backend.ready && topology::takes(topology.selection, backend, node)
        });
        if !pool.members.is_empty() {
            return (pool, topology.ignored);
        }
        (self.pool(Selection::Terminating, |_, backend| is_fallback(backend)), topology.ignored)
    }

    /// Ready endpoints on this node, whatever their hints say.
    fn local(&self) -> Pool {
        let pool = self.pool(Selection::Ready, |endpoint, backend| endpoint.local && backend.ready);
        if !pool.members.is_empty() {
            return pool;
        }
        self.pool(Selection::Terminating, |endpoint, backend| endpoint.local && is_fallback(backend))
    }
}
