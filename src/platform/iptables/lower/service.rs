//! The rules of one service port: dispatch to it, and its own chains.

use super::super::model::{AccountName, Address, ChainName, Command, Is, Match, Rule, Target};
use super::super::names::fixed::{EXTERNAL_SERVICES, MARK_MASQ, NODE_PORTS, PROXY_FIREWALL, SERVICES};
use super::super::names::{ServiceChain, ServiceChains};
use super::balance::{self, EndpointChains};
use super::fixed::loopback_net;
use super::{Group, Lowering, Part, comment};
use crate::ir::{Frontend, FrontendKind, Masquerade, Route, ServicePort};
use crate::manifest::TrafficPolicy;
use crate::net::{Family, Protocol};

/// Everything for one service port, in kube-proxy's order.
pub(super) fn lower(port: &ServicePort, lowering: &Lowering<'_>) -> Group {
    let chains = ServiceChains::new(&port.id, port.protocol);
    let lower = Lower { port, lowering, chains };
    let mut group = Group::default();
    lower.cluster_ip(&mut group);
    lower.external_ips(&mut group);
    lower.load_balancer_ips(&mut group);
    lower.node_ports(&mut group);
    lower.health_check(&mut group.filter);
    lower.masquerade_to_cluster_ip(&mut group.nat);
    lower.external_chain(&mut group.nat);
    lower.firewall_chain(&mut group.nat);
    lower.endpoints(&mut group.nat);
    group
}

struct Lower<'l> {
    port: &'l ServicePort,
    lowering: &'l Lowering<'l>,
    chains: ServiceChains,
}

impl Lower<'_> {
    fn comment(&self, what: &str) -> Match {
        comment(&[&self.port.id, what])
    }

    fn protocol(&self) -> Match {
        Match::Protocol(Is::a(self.port.protocol))
    }

    /// Traffic to the address and port of a frontend.
    fn to(&self, frontend: &Frontend) -> [Match; 3] {
        let ip = frontend.address.expect("all frontends but node ports have an address");
        [
            self.protocol(),
            Match::Destination(Is::a(Address::Ip(ip))),
            Match::DestinationPort(Is::a(frontend.port)),
        ]
    }

    /// The chain of a pool.
    fn pool_chain(&self, route: Route) -> Option<ChainName> {
        match route {
            Route::Cluster => Some(self.chains.name(ServiceChain::Cluster)),
            Route::Local => Some(self.chains.name(ServiceChain::Local)),
            Route::Reject | Route::Drop => None,
        }
    }

    /// The refusal of a route without endpoints: comment and target.
    fn refusal(&self, route: Route) -> Option<(Match, Target)> {
        match route {
            Route::Cluster | Route::Local => None,
            Route::Reject => Some((self.comment(" has no endpoints"), Target::Reject(None))),
            Route::Drop => Some((self.comment(" has no local endpoints"), Target::Drop)),
        }
    }

    /// Where external traffic goes: to any external frontend alike.
    fn external_route(&self) -> Option<Route> {
        self.port.frontends.get(1).map(|frontend| frontend.outside)
    }

    /// Whether external traffic of any source can be served.
    fn uses_external_chain(&self) -> bool {
        self.port.has_endpoints && self.port.is_externally_accessible()
    }

    fn uses_firewall(&self) -> bool {
        self.port.has_endpoints && self.port.frontends.iter().any(|frontend| frontend.restricted)
    }

    fn cluster_ip(&self, group: &mut Group) {
        let frontend = self.port.cluster_ip();
        if let Some(chain) = self.pool_chain(frontend.inside) {
            let [protocol, address, port] = self.to(frontend);
            let matches = vec![self.comment(" cluster IP"), protocol, address, port];
            group.nat.rule(SERVICES, matches, Target::Jump(chain));
        }
        self.refuse(&mut group.filter, SERVICES, frontend, frontend.inside);
    }

    /// REJECT or DROP, where the route of a frontend has no endpoints.
    fn refuse(&self, filter: &mut Part, chain: ChainName, frontend: &Frontend, route: Route) {
        if let Some((comment, target)) = self.refusal(route) {
            let [protocol, address, port] = self.to(frontend);
            filter.rule(chain, vec![comment, protocol, address, port], target);
        }
    }

    fn external_ips(&self, group: &mut Group) {
        let external = self.chains.name(ServiceChain::External);
        let served = self.port.frontends_of(FrontendKind::ExternalIp).filter(|frontend| frontend.served);
        for frontend in served {
            if self.port.has_endpoints {
                let [protocol, address, port] = self.to(frontend);
                let matches = vec![self.comment(" external IP"), protocol, address, port];
                group.nat.rule(SERVICES, matches, Target::Jump(external));
            }
            self.refuse(&mut group.filter, EXTERNAL_SERVICES, frontend, frontend.outside);
        }
    }

    fn load_balancer_ips(&self, group: &mut Group) {
        let firewall = self.chains.name(ServiceChain::Firewall);
        let entry = if self.uses_firewall() { firewall } else { self.chains.name(ServiceChain::External) };
        for frontend in self.port.frontends_of(FrontendKind::LoadBalancerIp) {
            if self.port.has_endpoints {
                let [protocol, address, port] = self.to(frontend);
                let matches = vec![self.comment(" loadbalancer IP"), protocol, address, port];
                group.nat.rule(SERVICES, matches, Target::Jump(entry));
            }
            if self.uses_firewall() {
                let [protocol, address, port] = self.to(frontend);
                let not_accepted = comment(&[&self.port.id, " traffic not accepted by ", firewall.as_str()]);
                let matches = vec![not_accepted, protocol, address, port];
                group.filter.rule(PROXY_FIREWALL, matches, Target::Drop);
            }
        }
        for frontend in self.port.frontends_of(FrontendKind::LoadBalancerIp) {
            self.refuse(&mut group.filter, EXTERNAL_SERVICES, frontend, frontend.outside);
        }
    }

    fn node_ports(&self, group: &mut Group) {
        for frontend in self.port.frontends_of(FrontendKind::NodePort) {
            let port = Match::DestinationPort(Is::a(frontend.port));
            if self.port.has_endpoints {
                self.dispatch_node_port(&mut group.nat, &port);
            }
            if let Some((comment, target)) = self.refusal(frontend.outside) {
                let to_node = Match::DestinationIsLocal(Is::a(()));
                group.filter.rule(EXTERNAL_SERVICES, vec![comment, to_node, self.protocol(), port], target);
            }
        }
    }

    fn dispatch_node_port(&self, nat: &mut Part, port: &Match) {
        let external = self.chains.name(ServiceChain::External);
        let on_localhost = self.lowering.serves_localhost_node_ports();
        if on_localhost && self.lowering.counts_packets() {
            let matches = vec![
                self.comment(""),
                self.protocol(),
                Match::Destination(Is::a(Address::Net(loopback_net(Family::Ipv4)))),
                port.clone(),
                Match::Accounting(AccountName::LOCALHOST_NODE_PORTS),
            ];
            nat.rule(NODE_PORTS, matches, Target::Jump(external));
        }
        let matches = vec![self.comment(""), self.protocol(), port.clone()];
        nat.rule(NODE_PORTS, matches, Target::Jump(external));
    }

    /// The health server is on the node itself, whatever the endpoints are. Once for each service port.
    fn health_check(&self, filter: &mut Part) {
        if let Some(port) = self.port.health_check_node_port {
            let matches = vec![
                self.comment(" health check node port"),
                Match::Protocol(Is::a(Protocol::Tcp)),
                Match::DestinationPort(Is::a(port)),
            ];
            filter.rule(NODE_PORTS, matches, Target::Accept);
        }
    }

    /// Traffic to the cluster IP that does not come from a local pod must come back through this node.
    fn masquerade_to_cluster_ip(&self, nat: &mut Part) {
        let frontend = self.port.cluster_ip();
        let Some(chain) = self.pool_chain(frontend.inside) else { return };
        let [protocol, address, port] = self.to(frontend);
        let mut matches = vec![self.comment(" cluster IP"), protocol, address, port];
        match frontend.masquerade {
            Masquerade::All => {}
            Masquerade::AllButLocalPods => matches.extend(self.lowering.local_traffic(false)),
            Masquerade::Node | Masquerade::None => return,
        }
        nat.rule(chain, matches, Target::Jump(MARK_MASQ));
    }

    /// Traffic to external addresses: masqueraded, or with the policy Local, short-circuited for pods
    /// and the node and kept as it is for all others.
    fn external_chain(&self, nat: &mut Part) {
        if !self.uses_external_chain() {
            return;
        }
        let chain = self.chains.name(ServiceChain::External);
        let about = |before: &str| comment(&[before, " for ", &self.port.id, " external destinations"]);
        nat.chain(chain);
        match self.port.external_policy {
            TrafficPolicy::Cluster => {
                nat.rule(chain, vec![about("masquerade traffic")], Target::Jump(MARK_MASQ));
            }
            TrafficPolicy::Local => {
                let cluster = Target::Jump(self.chains.name(ServiceChain::Cluster));
                if let Some(from_pod) = self.lowering.local_traffic(true) {
                    nat.rule(chain, vec![about("pod traffic"), from_pod], cluster.clone());
                }
                let from_node = || Match::SourceIsLocal(Is::a(()));
                let masquerade = vec![about("masquerade LOCAL traffic"), from_node()];
                nat.rule(chain, masquerade, Target::Jump(MARK_MASQ));
                nat.rule(chain, vec![about("route LOCAL traffic"), from_node()], cluster);
            }
        }
        if let Some(pool) = self.external_route().and_then(|route| self.pool_chain(route)) {
            nat.rule(chain, vec![], Target::Jump(pool));
        }
    }

    /// Sources that may use the load balancer addresses; all others fall off the chain untranslated.
    fn firewall_chain(&self, nat: &mut Part) {
        if !self.uses_firewall() {
            return;
        }
        let chain = self.chains.name(ServiceChain::Firewall);
        let external = Target::Jump(self.chains.name(ServiceChain::External));
        nat.chain(chain);
        for range in &self.port.source_ranges {
            let from = Match::Source(Is::a(Address::Net(*range)));
            nat.rule(chain, vec![self.comment(" loadbalancer IP"), from], external.clone());
        }
        // A node that reaches a load balancer address of its own has that address as source.
        let node_ip = self.lowering.node.ips.get(self.lowering.family);
        if self.port.source_ranges.iter().any(|range| range.contains(node_ip)) {
            for frontend in self.port.frontends_of(FrontendKind::LoadBalancerIp) {
                let vip = frontend.address.expect("a load balancer frontend has an address");
                let from = Match::Source(Is::a(Address::Ip(vip)));
                nat.rule(chain, vec![self.comment(" loadbalancer IP"), from], external.clone());
            }
        }
        let end =
            comment(&["other traffic to ", &self.port.id, " will be dropped by ", PROXY_FIREWALL.as_str()]);
        nat.commands.push(Command::Append(Rule { chain, matches: vec![end], target: None }));
    }

    /// The chains of the pools, then those of their endpoints.
    fn endpoints(&self, nat: &mut Part) {
        let used = balance::members(self.port);
        let chains = EndpointChains::new(self.port, self.lowering, &used);
        for (pool, kind) in
            [(&self.port.cluster, ServiceChain::Cluster), (&self.port.local, ServiceChain::Local)]
        {
            if !pool.members.is_empty() {
                let chain = self.chains.name(kind);
                nat.chain(chain);
                chains.balance(nat, chain, pool);
            }
        }
        for &id in &used {
            chains.endpoint(nat, id);
        }
    }
}
