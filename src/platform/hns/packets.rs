//! What HNS holds, ready to be asked about packets.

use std::any::Any;
use std::net::IpAddr;

use super::After;
use super::eval::Evaluator;
use super::model::{Address, Endpoint, LoadBalancer, NodePort, RemoteSubnet, State, protocol_number};
use crate::answer::verdict::{Host, Packet, Verdict};
use crate::ir::RuleSet;
use crate::net::Protocol;
use crate::platform::{Evaluate, Model, Site, SiteAddress};

/// What it holds once kube-proxy on Windows has done its work.
pub struct AfterModel(pub After);

/// What it holds now.
pub struct StateModel<'s>(pub &'s State);

/// The same, made ready.
struct Evaluators<'s> {
    evaluator: Evaluator<'s>,
    state: &'s State,
}

impl Model for AfterModel {
    fn evaluator<'m>(&'m self, host: &'m Host, rules: &'m RuleSet) -> Box<dyn Evaluate + 'm> {
        let origins = self.0.origins.iter().copied();
        let mut evaluator = Evaluator::new(&self.0.state, host).with_origins(origins);
        if self.0.is_told {
            evaluator = evaluator.on(&rules.node, &self.0.state);
        }
        Box::new(Evaluators { evaluator, state: &self.0.state })
    }

    fn remarks(&self) -> Vec<String> {
        let refused = self.0.refused.iter();
        refused
            .map(|(_, why)| format!("HNS would refuse: {}", crate::name::escaped(&why.to_string())))
            .collect()
    }

    fn product(&self) -> Option<&dyn Any> {
        Some(&self.0)
    }
}

impl Model for StateModel<'_> {
    fn evaluator<'m>(&'m self, host: &'m Host, rules: &'m RuleSet) -> Box<dyn Evaluate + 'm> {
        let nodes = rules.node.windows.pod_networks.iter();
        let nodes: Vec<RemoteSubnet> = nodes.map(RemoteSubnet::from).collect();
        let evaluator = Evaluator::new(self.0, host).on(&rules.node, self.0).with_carriers(&nodes);
        Box::new(Evaluators { evaluator, state: self.0 })
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
