//! What HNS holds, ready to be asked about packets.

use std::any::Any;
use std::net::IpAddr;

use super::After;
use super::eval::Evaluator;
use super::model::{Address, Endpoint, LoadBalancer, NodePort, RemoteSubnet, State, protocol_number};
use super::other_proxy::other_proxy;
use super::windows_release;
use crate::answer::verdict::{Confidence, Host, Packet, Verdict};
use crate::ir::RuleSet;
use crate::net::Protocol;
use crate::node::HnsVersion;
use crate::platform::{Evaluate, Model, Site, SiteAddress};

/// What it holds once kube-proxy on Windows has done its work.
pub struct AfterModel {
    after: After,
    trusted: Confidence,
}

/// What it holds now.
pub struct StateModel<'s> {
    state: &'s State,
    is_planned: bool,
    trusted: Confidence,
}

/// The same, made ready.
struct Evaluators<'s> {
    evaluator: Evaluator<'s>,
    state: &'s State,
}

impl AfterModel {
    /// What HNS holds then; all rules are built on that anybody believes.
    #[must_use]
    pub fn new(after: After) -> Self {
        Self { after, trusted: Confidence::Believed }
    }

    /// Builds on rules that are at least as sure.
    #[must_use]
    pub fn trusting(self, trusted: Confidence) -> Self {
        Self { trusted, ..self }
    }
}

impl<'s> StateModel<'s> {
    /// What HNS holds; all rules are built on that anybody believes.
    #[must_use]
    pub fn new(state: &'s State) -> Self {
        Self { state, is_planned: false, trusted: Confidence::Believed }
    }

    /// Of a plan, which contains no more of a node than it changes.
    #[must_use]
    pub fn planned(self, is_planned: bool) -> Self {
        Self { is_planned, ..self }
    }

    /// Builds on rules that are at least as sure.
    #[must_use]
    pub fn trusting(self, trusted: Confidence) -> Self {
        Self { trusted, ..self }
    }
}

impl Model for AfterModel {
    fn evaluator<'m>(&'m self, host: &'m Host, rules: &'m RuleSet) -> Box<dyn Evaluate + 'm> {
        let After { state, is_told, version, origins, other_proxy, host_rules, .. } = &self.after;
        let evaluator = Evaluator::new(state, host).with_origins(origins.iter().copied());
        let mut evaluator = evaluator.on(&rules.node, *version).trusting(self.trusted);
        evaluator = evaluator.beside(other_proxy.clone()).with_host_rules(*host_rules);
        if *is_told {
            evaluator = evaluator.with_pods_of(&rules.node);
        }
        Box::new(Evaluators { evaluator, state })
    }

    fn remarks(&self, rules: &RuleSet) -> Vec<String> {
        let refused = self.after.refused.iter();
        let refused =
            refused.map(|(_, why)| format!("HNS would refuse: {}", crate::name::escaped(&why.to_string())));
        let release = windows_release::remark(&rules.node, self.after.version);
        self.after.other_proxy.clone().into_iter().chain(release).chain(refused).collect()
    }

    fn product(&self) -> Option<&dyn Any> {
        Some(&self.after)
    }
}

impl Model for StateModel<'_> {
    fn evaluator<'m>(&'m self, host: &'m Host, rules: &'m RuleSet) -> Box<dyn Evaluate + 'm> {
        let nodes = rules.node.windows.pod_networks.iter();
        let nodes: Vec<RemoteSubnet> = nodes.map(RemoteSubnet::from).collect();
        let evaluator = Evaluator::new(self.state, host).on(&rules.node, self.version(rules));
        let mut evaluator = evaluator.with_carriers(&nodes).trusting(self.trusted);
        if !self.is_planned {
            evaluator =
                evaluator.with_pods_of(&rules.node).beside(other_proxy(&rules.node, Some(self.state)));
            evaluator = evaluator.with_switch();
        }
        Box::new(Evaluators { evaluator, state: self.state })
    }

    fn remarks(&self, rules: &RuleSet) -> Vec<String> {
        let other = other_proxy(&rules.node, Some(self.state)).filter(|_| !self.is_planned);
        other.into_iter().chain(windows_release::remark(&rules.node, self.version(rules))).collect()
    }
}

impl StateModel<'_> {
    /// The version of HNS, where somebody told it.
    fn version(&self, rules: &RuleSet) -> Option<HnsVersion> {
        rules.node.windows.hns_version.or(self.state.hns_version)
    }
}

impl Evaluate for Evaluators<'_> {
    fn verdict(&self, packet: &Packet) -> Verdict {
        self.evaluator.verdict(packet)
    }

    fn effect(&self, packet: &Packet) -> Verdict {
        self.evaluator.effect(packet)
    }

    fn sites(&self) -> Vec<Site> {
        let owned = self.state.endpoints.iter().filter(|endpoint| !endpoint.is_remote());
        let owned = owned.flat_map(Endpoint::node_ports).filter_map(owned_site);
        self.state.load_balancers.iter().flat_map(sites).chain(owned).collect()
    }
}

/// A port of the node that an endpoint takes.
fn owned_site(port: NodePort) -> Option<Site> {
    let at = port.address.map_or(SiteAddress::Node(None), SiteAddress::Address);
    Some(Site { at, port: port.external, protocol: protocol(port.protocol)? })
}

fn protocol(number: u32) -> Option<Protocol> {
    [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter().find(|of| protocol_number(*of) == number)
}

fn sites(balancer: &LoadBalancer) -> Vec<Site> {
    let ips: Vec<Option<IpAddr>> = match &*balancer.frontend_vips {
        [] => vec![None],
        vips => vips.iter().filter_map(Address::ip).map(Some).collect(),
    };
    let ports = balancer.port_mappings.iter();
    let ports = ports.filter_map(|of| Some((of.external_port, protocol(of.protocol)?)));
    let of_port = |(port, protocol)| {
        let site = move |ip: &Option<IpAddr>| Site {
            at: ip.map_or(SiteAddress::Node(None), SiteAddress::Address),
            port,
            protocol,
        };
        ips.iter().map(site).collect::<Vec<_>>()
    };
    ports.flat_map(of_port).collect()
}
