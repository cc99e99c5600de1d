//! Chains and elements of one service port.

use super::super::model::{
    Address, AddressRange, Braces, Chain, Comment, Container, Element, Key, Name, Rule, Side, Statement,
    Verdict,
};
use super::super::names::fixed::REJECT;
use super::super::names::{ServiceChain, ServiceNames, localhost_reject};
use super::contents::{Claim, Shared};
use super::endpoints::Endpoints;
use super::{Group, Lowering, commented};
use crate::ir::{Frontend, FrontendKind, Route, ServicePort};
use crate::manifest::TrafficPolicy;
use crate::node::ClusterIpMasquerade;

/// Adds everything for one service port, in kube-proxy's order.
pub(super) fn lower(port: &ServicePort, lowering: &Lowering<'_>, group: &mut Group) {
    let names = ServiceNames::new(port);
    let lower = Lower { port, lowering, names: &names, endpoints: Endpoints::new(port, lowering, &names) };
    lower.endpoints.hairpins(group);
    lower.cluster_ip(group);
    lower.external_ips(group);
    lower.load_balancer_ips(group);
    lower.node_ports(group);
    lower.external_chain(group);
    lower.firewall_chain(group);
    lower.pools(group);
    lower.endpoints.chains(group);
}

/// The parts of a service port, each in its order, for those who write them apart.
#[derive(Debug)]
pub(super) struct Parts {
    /// Whether each used endpoint runs on this node.
    pub(super) locals: Vec<bool>,
    /// The chains of the used endpoints, where they have any.
    pub(super) endpoints: Vec<Chain>,
    /// The sets of clients that stay with them, where clients do.
    pub(super) sets: Vec<Container>,
    /// Elements for endpoints on this node that may reach themselves.
    pub(super) hairpins: Vec<Claim>,
    /// The chains of the pools.
    pub(super) pools: Vec<Chain>,
    /// How the traffic to the cluster IP is masqueraded, in the chain of its pool.
    pub(super) masquerade: Option<Name>,
    /// The chain of external traffic.
    pub(super) external: Vec<Chain>,
    /// The chain of source ranges.
    pub(super) firewall: Vec<Chain>,
    /// Elements of the cluster IP and of external IPs.
    pub(super) addresses: Vec<Claim>,
    /// Elements of addresses of the load balancer, and of the node port.
    pub(super) load_balancers: Vec<Claim>,
}

/// The parts of one service port.
pub(super) fn parts(port: &ServicePort, lowering: &Lowering<'_>) -> Parts {
    let names = ServiceNames::new(port);
    let lower = Lower { port, lowering, names: &names, endpoints: Endpoints::new(port, lowering, &names) };
    let filled = |fill: &dyn Fn(&mut Group)| {
        let mut group = Group::default();
        fill(&mut group);
        group
    };
    let endpoints = filled(&|group| lower.endpoints.chains(group));
    let internal = Lower::pool_chain(port.cluster_ip().inside).map(|kind| names.chain(kind));
    Parts {
        locals: lower.endpoints.locals(),
        endpoints: endpoints.chains,
        sets: endpoints.sets,
        hairpins: filled(&|group| lower.endpoints.hairpins(group)).claims,
        pools: filled(&|group| lower.pools(group)).chains,
        masquerade: internal.filter(|_| lower.masquerade_to_cluster_ip().is_some()),
        external: filled(&|group| lower.external_chain(group)).chains,
        firewall: filled(&|group| lower.firewall_chain(group)).chains,
        addresses: filled(&|group| {
            lower.cluster_ip(group);
            lower.external_ips(group);
        })
        .claims,
        load_balancers: filled(&|group| {
            lower.load_balancer_ips(group);
            lower.node_ports(group);
        })
        .claims,
    }
}

struct Lower<'l> {
    port: &'l ServicePort,
    lowering: &'l Lowering<'l>,
    names: &'l ServiceNames,
    endpoints: Endpoints<'l>,
}

impl Lower<'_> {
    fn goto(&self, chain: ServiceChain) -> Verdict {
        Verdict::Goto(self.names.chain(chain))
    }

    /// The service port as comments name it. What is too long is refused by nft, and cut by those versions that know it.
    fn comment(&self) -> Comment {
        let id = &*self.port.id;
        let end = if self.lowering.behavior.cut_comments { id.len().min(Comment::LONGEST) } else { id.len() };
        Comment::from_checked(&id[..end])
    }

    /// The address and port of a frontend.
    fn key(&self, frontend: &Frontend) -> Key {
        match frontend.address {
            Some(ip) => Key::Service(Address::Ip(ip), self.port.protocol, frontend.port),
            None => Key::NodePort(self.port.protocol, frontend.port),
        }
    }

    /// The chain of a pool.
    fn pool_chain(route: Route) -> Option<ServiceChain> {
        match route {
            Route::Cluster => Some(ServiceChain::Cluster),
            Route::Local => Some(ServiceChain::Local),
            Route::Reject | Route::Drop => None,
        }
    }

    /// Where external traffic goes: to any external frontend alike.
    fn external_route(&self) -> Option<ServiceChain> {
        self.port.frontends.get(1).and_then(|frontend| Self::pool_chain(frontend.outside))
    }

    /// Rejects or drops, where a frontend has no endpoints.
    fn refuse(&self, group: &mut Group, frontend: &Frontend) {
        let verdict =
            if self.port.has_endpoints { Verdict::Drop } else { Verdict::Goto(Name::from_checked(REJECT)) };
        let shared = match frontend.kind {
            FrontendKind::NodePort => Shared::NoEndpointNodePorts,
            _ => Shared::NoEndpointServices,
        };
        group.claims.push(claim(shared, self.key(frontend), verdict, Some(self.comment())));
    }

    fn cluster_ip(&self, group: &mut Group) {
        let frontend = self.port.cluster_ip();
        if let Some(ip) = frontend.address {
            let element = Element { key: Key::Address(Address::Ip(ip)), verdict: None, comment: None };
            group.claims.push(Claim { shared: Shared::ClusterIps, element });
        }
        match Self::pool_chain(frontend.inside) {
            Some(chain) => {
                group.claims.push(claim(Shared::ServiceIps, self.key(frontend), self.goto(chain), None));
            }
            None => self.refuse(group, frontend),
        }
    }

    fn to_external(&self, group: &mut Group, shared: Shared, frontend: &Frontend) {
        if self.port.has_endpoints {
            let external = self.goto(ServiceChain::External);
            group.claims.push(claim(shared, self.key(frontend), external, None));
        }
    }

    fn external_ips(&self, group: &mut Group) {
        for frontend in self.port.frontends_of(FrontendKind::ExternalIp).filter(|frontend| frontend.served) {
            self.to_external(group, Shared::ServiceIps, frontend);
            if self.external_route().is_none() {
                self.refuse(group, frontend);
            }
        }
    }

    fn load_balancer_ips(&self, group: &mut Group) {
        for frontend in self.port.frontends_of(FrontendKind::LoadBalancerIp) {
            self.to_external(group, Shared::ServiceIps, frontend);
            // Whether it has endpoints or not: packets of others never learn that.
            if frontend.restricted {
                let comment = self.lowering.behavior.firewall_comments.then(|| self.comment());
                let firewall = self.goto(ServiceChain::Firewall);
                group.claims.push(claim(Shared::FirewallIps, self.key(frontend), firewall, comment));
            }
        }
        if self.external_route().is_none() {
            for frontend in self.port.frontends_of(FrontendKind::LoadBalancerIp) {
                self.refuse(group, frontend);
            }
        }
    }

    fn node_ports(&self, group: &mut Group) {
        for frontend in self.port.frontends_of(FrontendKind::NodePort) {
            self.to_external(group, Shared::ServiceNodePorts, frontend);
            if self.external_route().is_none() {
                self.refuse(group, frontend);
            }
            // With endpoints or without (N16): on loopback addresses rules lead to none.
            if self.lowering.localhost_node_ports().rejected().contains(&self.port.protocol) {
                let [chain, _] = localhost_reject(self.port.protocol);
                let reject = Verdict::Goto(chain);
                group.claims.push(claim(Shared::LocalhostRejects, self.key(frontend), reject, None));
            }
        }
    }

    fn chain(&self, chain: ServiceChain, rules: Vec<Rule>) -> Chain {
        Chain { name: self.names.chain(chain), base: None, comment: None, rules }
    }

    /// Traffic to the cluster IP that does not come from a local pod must come back through this node (up to 1.35).
    fn masquerade_to_cluster_ip(&self) -> Option<Rule> {
        let masquerade = self.lowering.behavior.cluster_ip_masquerade;
        if masquerade == ClusterIpMasquerade::Set {
            return None;
        }
        let frontend = self.port.cluster_ip();
        let mut statements = vec![Statement::Addresses {
            side: Side::Destination,
            not: false,
            ranges: vec![AddressRange::Ip(frontend.address?)],
            braces: Braces::Without,
        }];
        if masquerade == ClusterIpMasquerade::Port {
            statements.push(Statement::Port(self.port.protocol, frontend.port));
        }
        statements.extend(self.lowering.masqueraded_to_cluster_ips()?);
        statements.push(self.lowering.masquerade());
        Some(Rule::of(statements))
    }

    /// Traffic to external addresses: masqueraded, or with the policy Local, short-circuited for pods and the node and
    /// kept as it is for all others.
    fn external_chain(&self, group: &mut Group) {
        if !self.port.has_endpoints || !self.port.is_externally_accessible() {
            return;
        }
        let mut rules = Vec::new();
        match self.port.external_policy {
            TrafficPolicy::Cluster => {
                let comment = self.lowering.behavior.masquerade_comment;
                let comment = comment.then(|| Comment::from_checked("masquerade"));
                rules.push(Rule { statements: vec![self.lowering.masquerade()], comment });
            }
            TrafficPolicy::Local => {
                let cluster = || Statement::Verdict(self.goto(ServiceChain::Cluster));
                if let Some(from_pod) = self.lowering.local_traffic(true) {
                    rules.push(commented(vec![from_pod, cluster()], "short-circuit pod traffic"));
                }
                let from_node = Statement::IsLocal(Side::Source);
                let masquerade = vec![from_node.clone(), self.lowering.masquerade()];
                rules.push(commented(masquerade, "masquerade local traffic"));
                rules.push(commented(vec![from_node, cluster()], "short-circuit local traffic"));
            }
        }
        if let Some(pool) = self.external_route() {
            rules.push(Rule::of(vec![Statement::Verdict(self.goto(pool))]));
        }
        group.chains.push(self.chain(ServiceChain::External, rules));
    }

    /// Sources that may not use the load balancer addresses.
    fn firewall_chain(&self, group: &mut Group) {
        if !self.port.frontends.iter().any(|frontend| frontend.restricted) {
            return;
        }
        let mut ranges: Vec<AddressRange> =
            self.port.source_ranges.iter().map(|range| AddressRange::Net(*range)).collect();
        // A node that reaches a load balancer address of its own has that address as source.
        let node_ip = self.lowering.node.ips.get(self.lowering.family);
        if self.port.source_ranges.iter().any(|range| range.contains(node_ip)) {
            let vips = self.port.frontends_of(FrontendKind::LoadBalancerIp);
            ranges.extend(vips.filter_map(|frontend| frontend.address).map(AddressRange::Ip));
        }
        let others = Statement::Addresses { side: Side::Source, not: true, ranges, braces: Braces::Spaced };
        let drop = Rule::of(vec![others, Statement::Verdict(Verdict::Drop)]);
        group.chains.push(self.chain(ServiceChain::Firewall, vec![drop]));
    }

    /// The chains of the pools.
    fn pools(&self, group: &mut Group) {
        let internal = Self::pool_chain(self.port.cluster_ip().inside);
        for (pool, kind) in
            [(&self.port.cluster, ServiceChain::Cluster), (&self.port.local, ServiceChain::Local)]
        {
            if pool.members.is_empty() {
                continue;
            }
            let mut rules = Vec::new();
            if internal == Some(kind) {
                rules.extend(self.masquerade_to_cluster_ip());
            }
            self.endpoints.balance(&mut rules, pool);
            group.chains.push(self.chain(kind, rules));
        }
    }
}

/// An element of a map.
fn claim(shared: Shared, key: Key, verdict: Verdict, comment: Option<Comment>) -> Claim {
    Claim { shared, element: Element { key, verdict: Some(verdict), comment } }
}
