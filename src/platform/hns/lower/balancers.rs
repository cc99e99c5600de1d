//! The load balancers of a service port: cluster IP, node port, external IPs, load balancer addresses and
//! their health checks.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::members::Member;
use super::selection::{Rule, Selection};
use super::shape::Shape;
use super::{Lowering, Object, Outcome, Purpose, Semantics, Wanted, findings};
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::platform::hns::ids::{self, FrontendKey};
use crate::platform::hns::model::{Address, EndpointRef, LoadBalancer, LoadBalancerFlags, Parts, Telling};

/// The load balancers of a plan by what they answer to: positions among its objects.
#[derive(Debug, Default)]
pub(super) struct Balancers(FxHashMap<FrontendKey, Vec<usize>>);

/// A load balancer before anything about sharing is decided.
struct Draft {
    shape: Shape,
    members: Vec<EndpointRef>,
    told_members: Telling,
}

impl Lowering<'_> {
    /// All load balancers of a service port that has members.
    pub(super) fn make_balancers(&mut self, owner: u32, selection: &Selection<'_>, members: &[Member]) {
        let source_vip = self.source_vip(selection, members);
        for draft in self.drafts(selection, members) {
            self.make_balancer(owner, selection, draft, source_vip.clone());
        }
    }

    fn drafts(&self, selection: &Selection<'_>, members: &[Member]) -> Vec<Draft> {
        let port = selection.port;
        let windows = &self.rules.node.windows;
        let (dsr, preserve) = match selection.rule {
            Rule::Winkernel { local_traffic_dsr, preserve_destination, .. }
            | Rule::Kubernetes { local_traffic_dsr, preserve_destination } => {
                (local_traffic_dsr, preserve_destination)
            }
        };
        let draft = |kind, shape| Draft {
            shape,
            members: chosen(selection, kind, members),
            told_members: told_members(selection, kind, members),
        };
        let internal_port = selection.internal_port;
        let cluster_ip = Shape::cluster_ip(port, internal_port, windows.enable_dsr);
        let mut drafts = vec![draft(FrontendKind::ClusterIp, cluster_ip)];
        if selection.available {
            drafts.extend(port.frontends_of(FrontendKind::NodePort).map(|frontend| {
                draft(FrontendKind::NodePort, Shape::node_port(frontend, internal_port, dsr))
            }));
            let external_ips = addresses(port, FrontendKind::ExternalIp, self.rules, self.semantics);
            drafts.extend(external_ips.into_iter().map(|address| {
                draft(FrontendKind::ExternalIp, Shape::external_ip(port, address, internal_port, dsr))
            }));
        }
        let root = self.host.root_endpoint.clone();
        let root = root.filter(|_| windows.forward_health_check_vip && selection.available);
        for address in addresses(port, FrontendKind::LoadBalancerIp, self.rules, self.semantics) {
            let ingress = Shape::ingress(port, address.clone(), internal_port, preserve, dsr);
            drafts.push(draft(FrontendKind::LoadBalancerIp, ingress));
            drafts.extend(root.clone().map(|root| Draft {
                shape: Shape::health_check(port, address, windows.healthz_port, preserve),
                members: vec![root],
                told_members: Telling::Whole,
            }));
        }
        drafts
    }

    /// The source address of translated connections on an overlay network: the configured one, or the
    /// node's where an endpoint is a node or lies in no known subnet. It counts for all load balancers of
    /// the service port (kube-proxy, all versions).
    fn source_vip(&self, selection: &Selection<'_>, members: &[Member]) -> Option<Address> {
        if !self.host.is_overlay() {
            return None;
        }
        let is_node_or_public = |member: &Member| {
            let endpoint = selection.endpoint(member.id);
            let ip = self.rules.backend(endpoint.backend).address.ip();
            !endpoint.local && ip.is_some_and(|ip| self.host.providers.leaves_pods(ip))
        };
        if members.iter().any(is_node_or_public) {
            return Some(Address::Ip(self.host.node_ip));
        }
        self.rules.node.windows.source_vip.map(Address::Ip)
    }

    /// Makes a load balancer, unless it would have no members, or one like it is there.
    fn make_balancer(
        &mut self,
        owner: u32,
        selection: &Selection<'_>,
        draft: Draft,
        source_vip: Option<Address>,
    ) {
        if draft.members.is_empty() {
            return;
        }
        let (port, purpose) = (selection.port, draft.shape.purpose);
        let mut balancer = draft.shape.balancer(port, draft.members, source_vip);
        balancer.gaps.note(Parts::MEMBERS, draft.told_members);
        let key = FrontendKey::of(&balancer).expect("it has a port mapping");
        // Before addresses were told apart by family, a load balancer of the other one was taken as well.
        let ipv6 = key.ipv6 && self.rules.node.behavior.winkernel.own_addresses;
        let place = self.balancers.0.entry(FrontendKey { ipv6, ..key.clone() }).or_default();
        let present = |at: usize| match &self.objects[at].object {
            Object::LoadBalancer(present) => present,
            Object::Endpoint(_) => unreachable!("only load balancers have frontends"),
        };
        if let Some(&at) = place.iter().find(|&&at| is_same(present(at), &balancer)) {
            let other_family = present(at).flags.contains(LoadBalancerFlags::IPV6) != key.ipv6;
            let shared = &mut self.objects[at];
            if other_family && purpose == Purpose::NodePort {
                self.diagnostics.push(findings::taken_for_own(port, &key));
            } else if shared.owners.last() != Some(&owner) || shared.purpose != purpose {
                self.diagnostics.push(findings::shared(port, &key));
            }
            shared.own(owner);
            return;
        }
        let conflict =
            place.iter().find(|&&at| present(at).flags.contains(LoadBalancerFlags::IPV6) == key.ipv6);
        if let Some(&at) = conflict {
            let first = &self.rules.services[self.objects[at].owners[0] as usize];
            self.diagnostics.push(findings::frontend_taken(port, &key, first));
            self.outcomes[owner as usize] = Outcome::Refused;
            return;
        }
        place.push(self.objects.len());
        self.objects.push(Wanted {
            id: ids::load_balancer(&self.host.network.name, &key),
            object: Object::LoadBalancer(Box::new(balancer)),
            purpose,
            owners: vec![owner],
        });
    }
}

/// External IPs or load balancer addresses: those of the family, or all that the Service names.
pub(in crate::platform::hns) fn addresses(
    port: &ServicePort,
    kind: FrontendKind,
    rules: &RuleSet,
    semantics: Semantics,
) -> Vec<Address> {
    let behavior = &rules.node.behavior;
    let takes_all = semantics != Semantics::Kubernetes && !behavior.winkernel.own_addresses;
    // What is handed on as it was read, is handed on as it was spelled.
    let written = |ip: IpAddr, spelling: &Option<Box<str>>| {
        Address::spelled(ip, spelling.as_deref().filter(|_| !behavior.canonical_endpoints))
    };
    let own = port.frontends_of(kind).filter(|frontend| frontend.served);
    let own = own.filter_map(|frontend| Some(written(frontend.address?, &frontend.spelling)));
    let others = port.passed_over.iter().filter(|passed| takes_all && passed.kind == kind);
    let others = others.map(|passed| written(passed.address, &passed.spelling));
    own.chain(others).collect()
}

/// The members of the load balancer of a frontend, in the order of the service port.
fn chosen(selection: &Selection<'_>, kind: FrontendKind, members: &[Member]) -> Vec<EndpointRef> {
    let taken = members.iter().filter(|member| selection.takes(kind, member.id, member.is_remote));
    taken.map(|member| member.reference.clone()).collect()
}

/// How much is told of which endpoints are members: nothing where each hangs on whether it is on this node and nobody
/// tells, so that there may be none.
fn told_members(selection: &Selection<'_>, kind: FrontendKind, members: &[Member]) -> Telling {
    let hangs = |member: &&Member| member.is_remote.is_none() && selection.hangs_on_place(kind, member.id);
    let taken = || members.iter().filter(|member| selection.takes(kind, member.id, member.is_remote));
    match taken().filter(hangs).count() {
        0 => Telling::Whole,
        hanging if hanging == taken().count() => Telling::NotTold,
        _ => Telling::InPart,
    }
}

/// Whether kube-proxy takes one for the other: neither flags nor affinity nor source VIP count, and a
/// member that stands there twice cancels itself out, as the hashes of members are combined by XOR.
fn is_same(present: &LoadBalancer, wanted: &LoadBalancer) -> bool {
    let port = |balancer: &LoadBalancer| balancer.port_mappings.first().map(|port| port.internal_port);
    port(present) == port(wanted) && odd_members(present) == odd_members(wanted)
}

/// The members that count, in order.
pub(in crate::platform::hns) fn odd_members(balancer: &LoadBalancer) -> Vec<&EndpointRef> {
    let mut members: Vec<&EndpointRef> = balancer.endpoints.iter().collect();
    members.sort_unstable();
    let odd = members.chunk_by(|a, b| a == b).filter(|same| same.len() % 2 == 1);
    odd.map(|same| same[0]).collect()
}
