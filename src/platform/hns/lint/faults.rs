//! Faults of the node's kube-proxy that the input meets, and the first release without each.

use std::collections::BTreeSet;
use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use super::WindowsNode;
use crate::diagnostics::Diagnostic;
use crate::ir::ServicePort;
use crate::manifest::{TargetPort, TrafficPolicy};
use crate::node::{FAULTS, Fault, Meets};
use crate::platform::Totals;
use crate::platform::hns::model::{Address, Endpoint, LoadBalancer};

impl<'s> WindowsNode<'s> {
    pub(super) fn known_faults(self) -> Vec<Diagnostic> {
        let (met, version) = (self.met_faults(), self.rules.node.version);
        let report = |fault: &Fault| {
            let services = met.names(fault.id).chain(self.rest.names(fault.id)).cloned().collect();
            fault.report(version, &services)
        };
        FAULTS.iter().filter(|fault| fault.is_of_windows).filter_map(report).collect()
    }

    /// The Services that meet each fault of the version.
    pub(super) fn met_faults(self) -> Totals {
        let version = self.rules.node.version;
        let has = |fault: &&Fault| fault.is_of_windows && fault.first_without(version).is_some();
        let mut met = Totals::default();
        for fault in FAULTS.iter().filter(has) {
            let ports = self.that_meet(fault.meets).into_iter();
            met.name(fault.id, ports.map(|port| format!("{}/{}", port.namespace, port.name)));
        }
        met
    }

    /// The service ports that meet a fault.
    fn that_meet(self, meets: Meets) -> Vec<&'s ServicePort> {
        let rules = self.rules;
        let ports = rules.services.iter().filter(|port| !port.endpoints.is_empty());
        match meets {
            Meets::NothingTold | Meets::OddSpelling => Vec::new(),
            Meets::Endpoints => ports.collect(),
            Meets::UnmappedLoadBalancers => {
                let balancers = self.hns.state.into_iter().flat_map(|state| state.load_balancers.iter());
                let has_one = balancers.into_iter().any(LoadBalancer::is_incomplete);
                ports.filter(|_| has_one).collect()
            }
            Meets::Hns15p4 => {
                let told = rules.node.windows.hns_version;
                let version = told.or(self.hns.state.and_then(|state| state.hns_version));
                let is_15_4 = version.is_some_and(|of| (of.major, of.minor) == (15, 4));
                ports.filter(|_| is_15_4).collect()
            }
            Meets::LocalPolicy => {
                let is_local = |policy| policy == TrafficPolicy::Local;
                ports
                    .filter(|port| is_local(port.internal_policy) || is_local(port.external_policy))
                    .collect()
            }
            Meets::OtherAddresses => ports.filter(|port| !port.passed_over.is_empty()).collect(),
            Meets::OtherPorts => {
                let has_other = |port: &&ServicePort| match port.target_port {
                    TargetPort::Number(number) => port.endpoints.iter().any(|of| of.port != number),
                    TargetPort::Name(_) => false,
                };
                ports.filter(has_other).collect()
            }
            Meets::SharedPods => {
                let mut users: FxHashMap<IpAddr, BTreeSet<(&str, &str)>> = FxHashMap::default();
                for port in ports.clone() {
                    for ip in self.addresses(port, |is_local| !is_local) {
                        users.entry(ip).or_default().insert((port.namespace.as_str(), port.name.as_str()));
                    }
                }
                let is_shared = |ip: IpAddr| users.get(&ip).is_some_and(|users| users.len() > 1);
                ports.filter(|port| self.addresses(port, |is_local| !is_local).any(is_shared)).collect()
            }
            Meets::TwinEndpoints => {
                let twins = self.twins();
                ports.filter(|port| self.addresses(port, |_| true).any(|ip| twins.contains(&ip))).collect()
            }
        }
    }

    /// The addresses of endpoints of a service port, by whether they are of this node.
    fn addresses(
        self,
        port: &'s ServicePort,
        is_wanted: impl Fn(bool) -> bool,
    ) -> impl Iterator<Item = IpAddr> {
        let endpoints = port.endpoints.iter().filter(move |of| is_wanted(of.local));
        endpoints.filter_map(move |of| self.rules.backend(of.backend).address.ip())
    }

    /// The addresses that HNS has both of a pod of this node and of another node.
    fn twins(self) -> FxHashSet<IpAddr> {
        let endpoints = || self.hns.state.into_iter().flat_map(|state| state.endpoints.iter());
        let of = |is_remote: bool| -> FxHashSet<IpAddr> {
            let some = endpoints().filter(|endpoint| endpoint.is_remote() == is_remote);
            some.flat_map(Endpoint::addresses).filter_map(Address::ip).collect()
        };
        of(true).intersection(&of(false)).copied().collect()
    }
}
