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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Cluster;
    use crate::name::Subdomain;
    use crate::node::{Config, Facts, Overrides, resolve};

    /// An endpoint in words: `zN` and `node-x` are hints, `local`, `unready`, `dead` (not serving either),
    /// `ending` (not ready, serving, terminating), `ready-ending`.
    fn backend(words: &str) -> (bool, Backend) {
        let has = |word| words.split(' ').any(|said| said == word);
        let hints = |prefix: &str| -> Box<[Subdomain]> {
            let named = words.split(' ').filter(|word| word.starts_with(prefix));
            named.map(|word| Subdomain::new(word).unwrap()).collect()
        };
        let backend = Backend {
            address: "10.1.1.1".parse::<std::net::IpAddr>().unwrap().into(),
            more_addresses: None,
            node: None,
            zone: None,
            ready: !(has("unready") || has("dead") || has("ending") || has("dead-ending")),
            serving: !(has("dead") || has("dead-ending")),
            terminating: has("ending") || has("ready-ending") || has("dead-ending"),
            zone_hints: hints("z"),
            node_hints: hints("node-"),
            pod: None,
        };
        (has("local"), backend)
    }

    /// The members of both pools as letters, and whether there are endpoints, on node-a in zone z1.
    fn select(endpoints: &[&str], internal: TrafficPolicy, external: TrafficPolicy, reached: bool) -> String {
        let overrides = Overrides { node: Some("node-a".into()), ..Overrides::default() };
        let (mut node, _) =
            resolve(None, &Config::default(), &Facts::default(), &overrides, &Cluster::default());
        node.zone = Subdomain::new("z1").ok();
        let (local, backends): (Vec<bool>, Vec<Backend>) =
            endpoints.iter().map(|words| backend(words)).unzip();
        let endpoints: Vec<Endpoint> = (0..)
            .zip(local)
            .map(|(id, local)| Endpoint {
                text: "".into(),
                backend: crate::ir::BackendId(id),
                port: 80,
                local,
                assumed: crate::fill::IsAssumed::default(),
            })
            .collect();
        let question = Question { internal, external, externally_accessible: reached, wants_hints: false };
        let pools = pools(question, &endpoints, &backends, &node);
        let letters = |pool: &Pool| -> String {
            pool.members.iter().map(|id| char::from(b'a' + u8::try_from(id.0).unwrap())).collect()
        };
        format!("{} {} {}", letters(&pools.cluster), letters(&pools.local), pools.has_endpoints)
    }

    #[test]
    fn hints_and_terminating_endpoints_decide_about_the_cluster_pool() {
        let cluster =
            |endpoints: &[&str]| select(endpoints, TrafficPolicy::Cluster, TrafficPolicy::Cluster, false);
        assert_eq!(cluster(&["z1", "z2", "z1"]), "ac  true");
        assert_eq!(cluster(&["z1", "", "z1"]), "abc  true", "one endpoint without a hint disables them");
        assert_eq!(cluster(&["z3", "z2", "z2"]), "abc  true", "none is for this zone");
        assert_eq!(cluster(&["z1 node-a", "z2 node-b", "z1 node-c"]), "a  true", "node before zone");
        assert_eq!(cluster(&["z2 node-b", "z1 node-c"]), "b  true", "no hint for this node");
        assert_eq!(cluster(&["z1 ending", "z2"]), "b  true", "a ready endpoint is left");
        assert_eq!(cluster(&["ending z2", "dead-ending", "ending local"]), "ac  true", "the fallback");
        assert_eq!(cluster(&["unready", "dead"]), "  false");
    }

    #[test]
    fn the_policies_decide_about_the_local_pool() {
        use TrafficPolicy::{Cluster, Local};
        let external = |endpoints: &[&str]| select(endpoints, Cluster, Local, true);
        assert_eq!(external(&["local z2", "z1", "z1"]), "bc a true", "hints do not count for local ones");
        assert_eq!(external(&["local ending", "", ""]), "bc a true", "the fallback is for each pool");
        assert_eq!(external(&["", ""]), "ab  true");
        assert_eq!(external(&["dead", "dead"]), "  false");
        assert_eq!(external(&["local ending", "local ready-ending", ""]), "bc b true", "ready wins");
        assert_eq!(select(&["", "local"], Local, Cluster, false), " b true");
        assert_eq!(select(&["", ""], Local, Cluster, false), "  true", "others could: dropped, not rejected");
        assert_eq!(select(&["", "local"], Local, Cluster, true), "ab b true");
        assert_eq!(select(&["", "local dead"], Local, Local, true), "a  true");
        assert_eq!(select(&["", "local"], Cluster, Local, false), "ab  true", "it cannot be reached");
    }
}
