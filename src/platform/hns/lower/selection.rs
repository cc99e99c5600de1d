//! Which endpoints of a service port its load balancers use, and with which port.

use std::collections::BTreeMap;

use super::Semantics;
use crate::ir::{self, Endpoint, EndpointId, FrontendKind, PassedOver, Pool, RuleSet, ServicePort};
use crate::manifest::{Backend, TargetPort, TrafficPolicy};
use crate::node::InternalPort;
use crate::platform::hns::features::Features;

/// What is decided about a service port before HNS is looked at.
#[derive(Debug)]
pub(super) struct Selection<'r> {
    /// The service port.
    pub(super) port: &'r ServicePort,
    /// The endpoints in use, in the order of the service port.
    pub(super) used: Vec<EndpointId>,
    /// Whether load balancers besides that of the cluster IP may be made; those of load balancer
    /// addresses are made all the same.
    pub(super) available: bool,
    /// The port of the pods, 0 where nobody says it.
    pub(super) internal_port: u16,
    /// What decides about the members of each load balancer.
    pub(super) rule: Rule,
    /// Who was chosen although it does not take new connections, and other things to tell.
    pub(super) peculiar: Peculiar,
}

/// What decides about the members of each load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Local ones are those whose HNS endpoint is local.
    Winkernel {
        /// `internalTrafficPolicy: Local`
        internal_local: bool,
        /// `externalTrafficPolicy: Local`, where HNS can keep the client's address.
        local_traffic_dsr: bool,
        /// The annotation `preserve-destination`, where HNS can do it.
        preserve_destination: bool,
        /// Whether hints choose the endpoints of traffic that no policy keeps on the node. No release does so.
        hinted: bool,
    },
    /// The pools of Kubernetes.
    Kubernetes {
        /// The annotation `preserve-destination`, where HNS can do it.
        preserve_destination: bool,
        /// `externalTrafficPolicy: Local`, where HNS can keep the client's address.
        local_traffic_dsr: bool,
    },
}

/// What is odd about a selection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Peculiar {
    /// Endpoints are used that are not ready, because none that counts serves.
    pub(super) unready: bool,
    /// Ready endpoints are left out because their port is not that of most.
    pub(super) other_ports_left_out: usize,
}

impl Selection<'_> {
    pub(super) fn endpoint(&self, id: EndpointId) -> &Endpoint {
        self.port.endpoint(id)
    }

    /// Whether an endpoint is a member of the load balancer of a frontend. One of which nobody tells where it is may be
    /// on this node, and is taken.
    pub(super) fn takes(&self, kind: FrontendKind, id: EndpointId, is_remote: Option<bool>) -> bool {
        let is_remote = is_remote == Some(true);
        match self.rule {
            Rule::Winkernel { internal_local, local_traffic_dsr, preserve_destination, hinted } => {
                let local_only = match kind {
                    FrontendKind::ClusterIp => internal_local,
                    FrontendKind::ExternalIp => local_traffic_dsr,
                    FrontendKind::NodePort | FrontendKind::LoadBalancerIp => {
                        preserve_destination || local_traffic_dsr
                    }
                };
                let is_hinted = || self.port.cluster.members.binary_search(&id).is_ok();
                if local_only { !is_remote } else { !hinted || is_hinted() }
            }
            Rule::Kubernetes { preserve_destination, .. } => {
                let keeps_address = kind != FrontendKind::ClusterIp && preserve_destination;
                let pool = pool_of(self.port, kind);
                pool.is_some_and(|pool| pool.members.binary_search(&id).is_ok())
                    && !(keeps_address && is_remote)
            }
        }
    }
}

impl Selection<'_> {
    /// Whether an endpoint is taken where it is on this node, and is not where it is on another one.
    pub(super) fn hangs_on_place(&self, kind: FrontendKind, id: EndpointId) -> bool {
        self.takes(kind, id, Some(false)) && !self.takes(kind, id, Some(true))
    }
}

/// The pool that traffic to a kind of frontend goes to.
fn pool_of(port: &ServicePort, kind: FrontendKind) -> Option<&Pool> {
    port.pool(port.frontends_of(kind).next()?.outside)
}

/// Decides about one service port.
pub(super) fn select<'r>(
    port: &'r ServicePort,
    rules: &RuleSet,
    features: &Features,
    semantics: Semantics,
) -> Selection<'r> {
    let selecting = Selecting { port, rules, features };
    match semantics {
        Semantics::KubeProxy => selecting.as_winkernel(),
        Semantics::WithHints => selecting.with_hints(),
        Semantics::Kubernetes => selecting.as_kubernetes(),
    }
}

struct Selecting<'r, 's> {
    port: &'r ServicePort,
    rules: &'s RuleSet,
    features: &'s Features,
}

impl<'r> Selecting<'r, '_> {
    fn local_traffic_dsr(&self) -> bool {
        self.port.external_policy == TrafficPolicy::Local && self.features.dsr
    }

    fn preserve_destination(&self) -> bool {
        self.port.annotations.preserve_destination && self.features.dsr
    }

    fn backend(&self, endpoint: &Endpoint) -> &Backend {
        self.rules.backend(endpoint.backend)
    }

    fn ids(&self, takes: impl Fn(&Endpoint, &Backend) -> bool) -> Vec<EndpointId> {
        let all = (0..).map(EndpointId).zip(&self.port.endpoints);
        all.filter(|(_, endpoint)| takes(endpoint, self.backend(endpoint))).map(|(id, _)| id).collect()
    }

    /// kube-proxy on Windows has its own rules, without hints and with its own idea of endpoints that end.
    fn as_winkernel(&self) -> Selection<'r> {
        let internal_local = self.port.internal_policy == TrafficPolicy::Local;
        let local_traffic_dsr = self.local_traffic_dsr();
        let summary = self.summary();
        let used = self.ids(|endpoint, backend| {
            let elsewhere = internal_local && local_traffic_dsr && !endpoint.local;
            let fit =
                !summary.some_serving || (backend.serving && (backend.ready || summary.all_terminating));
            !elsewhere && fit
        });
        let unready =
            !summary.some_serving && used.iter().any(|&id| !self.backend(self.port.endpoint(id)).ready);
        Selection {
            port: self.port,
            internal_port: self.internal_port(&used),
            used,
            available: summary.available(),
            rule: Rule::Winkernel {
                internal_local,
                local_traffic_dsr,
                preserve_destination: self.preserve_destination(),
                hinted: false,
            },
            peculiar: Peculiar { unready, ..Peculiar::default() },
        }
    }

    /// What kube-proxy on Windows would do if it followed hints: the pull request takes the endpoints that they choose for
    /// every load balancer, and those of the node where its own rules keep traffic there.
    fn with_hints(&self) -> Selection<'r> {
        let mut selection = self.as_winkernel();
        let pool = &self.port.cluster;
        let follows = matches!(pool.selection, ir::Selection::SameZone | ir::Selection::SameNode);
        let Rule::Winkernel { internal_local, local_traffic_dsr, preserve_destination, hinted } =
            &mut selection.rule
        else {
            return selection;
        };
        if follows {
            *hinted = true;
            let keeps_local = *internal_local || *local_traffic_dsr || *preserve_destination;
            let is_reachable = |id: &EndpointId| {
                pool.members.binary_search(id).is_ok() || keeps_local && self.port.endpoint(*id).local
            };
            selection.used.retain(is_reachable);
            selection.internal_port = self.internal_port(&selection.used);
        }
        selection
    }

    /// Only a Service with a load balancer address is asked how its endpoints are; for all others some are
    /// taken to serve (kube-proxy, all versions).
    fn summary(&self) -> Summary {
        if !self.has_load_balancer_address() {
            return Summary { all_terminating: false, some_serving: true };
        }
        let only_local = self.local_traffic_dsr();
        let considered = || {
            let endpoints = self.port.endpoints.iter().filter(|endpoint| !only_local || endpoint.local);
            endpoints.map(|endpoint| self.backend(endpoint))
        };
        Summary {
            all_terminating: !considered().any(|backend| backend.ready && !backend.terminating),
            some_serving: considered().any(|backend| backend.serving),
        }
    }

    fn has_load_balancer_address(&self) -> bool {
        let is_address = |passed: &PassedOver| passed.kind == FrontendKind::LoadBalancerIp;
        let others = !self.rules.node.behavior.winkernel.own_addresses;
        self.port.frontends_of(FrontendKind::LoadBalancerIp).next().is_some()
            || others && self.port.passed_over.iter().any(is_address)
    }

    fn internal_port(&self, used: &[EndpointId]) -> u16 {
        let port_of = |id: &EndpointId| self.port.endpoint(*id).port;
        let from_service = match self.port.target_port {
            TargetPort::Number(number) => Some(number),
            TargetPort::Name(_) => None,
        };
        let from_slices = match self.rules.node.behavior.winkernel.internal_port {
            InternalPort::Service => return from_service.or(used.first().map(port_of)).unwrap_or(0),
            InternalPort::LastEndpoint => used.last().map(port_of),
        };
        from_slices.or(from_service).unwrap_or(0)
    }

    /// The pools of Kubernetes, and the one port that most of their endpoints have: a load balancer has one,
    /// and an endpoint that does not listen there must not get connections.
    fn as_kubernetes(&self) -> Selection<'r> {
        let kinds = [
            FrontendKind::ClusterIp,
            FrontendKind::ExternalIp,
            FrontendKind::LoadBalancerIp,
            FrontendKind::NodePort,
        ];
        let pools: Vec<&Pool> = kinds
            .into_iter()
            .flat_map(|kind| self.port.frontends_of(kind))
            .filter_map(|frontend| self.port.pool(frontend.outside))
            .collect();
        let mut used: Vec<EndpointId> = pools.iter().flat_map(|pool| pool.members.iter().copied()).collect();
        used.sort_unstable();
        used.dedup();
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        for &id in &used {
            *counts.entry(self.port.endpoint(id).port).or_default() += 1;
        }
        // Of ports that as many endpoints have, the lowest.
        let usual = counts.iter().rev().max_by_key(|(_, count)| **count).map_or(0, |(port, _)| *port);
        let all = used.len();
        used.retain(|&id| self.port.endpoint(id).port == usual);
        Selection {
            port: self.port,
            available: true,
            internal_port: usual,
            rule: Rule::Kubernetes {
                preserve_destination: self.preserve_destination(),
                local_traffic_dsr: self.local_traffic_dsr(),
            },
            peculiar: Peculiar { unready: false, other_ports_left_out: all - used.len() },
            used,
        }
    }
}

/// How the endpoints of a service port are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Summary {
    all_terminating: bool,
    some_serving: bool,
}

impl Summary {
    fn available(self) -> bool {
        self.some_serving && !self.all_terminating
    }
}
