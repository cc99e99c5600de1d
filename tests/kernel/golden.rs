//! A golden case brought to life: its rules on a node, its flows through them.

use crate::compiler::{Jumps, Request};
use crate::expect::Flow;
use crate::restore::{BackEnd, Family, load};
use crate::servers::Servers;
use crate::tools;
use crate::topology::{Place, Topology};

/// A golden case and the node that it is tried on.
pub(crate) struct Golden<'c> {
    case: &'c str,
    version: &'static str,
    back_ends: &'static [BackEnd],
    node_address: Option<&'static str>,
    host_rules: &'static str,
}

/// The case as the newest kube-proxy writes it, loaded with iptables-nft.
pub(crate) fn golden(case: &str) -> Golden<'_> {
    Golden { case, version: "1.36", back_ends: &[BackEnd::Nft], node_address: None, host_rules: "" }
}

impl Golden<'_> {
    /// As this version of kube-proxy writes it.
    pub(crate) fn at(self, version: &'static str) -> Self {
        Self { version, ..self }
    }

    /// With iptables-legacy also.
    pub(crate) fn on_both_back_ends(self) -> Self {
        Self { back_ends: &BackEnd::BOTH, ..self }
    }

    /// On a node that has this address too.
    pub(crate) fn on_a_node_with(self, address: &'static str) -> Self {
        Self { node_address: Some(address), ..self }
    }

    /// On a node that has rules of its own, loaded before.
    pub(crate) fn behind(self, host_rules: &'static str) -> Self {
        Self { host_rules, ..self }
    }

    /// Asserts every flow, and names all that went wrong.
    pub(crate) fn expect(self, flows: &[Flow]) {
        for &back_end in self.back_ends.iter().filter(|&&back_end| tools::are_there(back_end)) {
            let topology = self.node(back_end);
            let servers = Servers::start(&topology);
            let wrong: Vec<String> = flows.iter().filter_map(|flow| flow.check(&topology).err()).collect();
            drop(servers);
            let (case, version) = (self.case, self.version);
            assert!(wrong.is_empty(), "{case} {version}, {back_end:?}:\n{}", wrong.join("\n"));
        }
    }

    /// A node with the rules of both families, as kube-proxy always writes both.
    pub(crate) fn node(&self, back_end: BackEnd) -> Topology {
        let topology = Topology::new();
        if let Some(address) = self.node_address {
            topology.add_node_address(address);
        }
        let texts = Family::BOTH.map(|family| {
            let request = Request { case: self.case, version: self.version, family };
            (family, request.compile(Jumps::Included))
        });
        topology.at(Place::Node).run(|| {
            load(back_end, Family::Ipv4, self.host_rules).expect("the rules of the host load");
            for (family, text) in &texts {
                load(back_end, *family, text)
                    .unwrap_or_else(|error| panic!("{} {family} does not load: {error}", self.case));
            }
        });
        topology
    }
}
