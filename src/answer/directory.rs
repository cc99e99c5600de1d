//! Which service port an address and port, or an endpoint, belongs to.

use std::cell::OnceCell;
use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::frontend::FrontendAt;
use crate::ir::{Frontend, RuleSet, ServicePort};

/// The Services of all manifests that are known, ready to be asked.
#[derive(Debug)]
pub struct Directory<'r> {
    rules: Vec<&'r RuleSet>,
    frontends: FxHashMap<FrontendAt, Vec<Named<'r>>>,
    by_address: FxHashMap<IpAddr, Vec<&'r str>>,
    endpoints: OnceCell<FxHashMap<IpAddr, Vec<&'r str>>>,
}

/// A frontend, and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct Named<'r> {
    /// The rules that it stands in.
    pub rules: &'r RuleSet,
    /// The service port.
    pub port: &'r ServicePort,
    /// The frontend.
    pub frontend: &'r Frontend,
}

impl<'r> Directory<'r> {
    /// The directory of all these rules; of two sides with the same Services, one is enough.
    #[must_use]
    pub fn new(rules: Vec<&'r RuleSet>) -> Self {
        let mut frontends: FxHashMap<FrontendAt, Vec<Named<'r>>> = FxHashMap::default();
        let mut by_address: FxHashMap<IpAddr, Vec<&'r str>> = FxHashMap::default();
        for rules in &rules {
            for port in &rules.services {
                for frontend in &port.frontends {
                    let at = FrontendAt::of(port, frontend);
                    frontends.entry(at).or_default().push(Named { rules, port, frontend });
                    if let Some(address) = at.address {
                        by_address.entry(address).or_default().push(&port.id);
                    }
                }
                for passed in &port.passed_over {
                    by_address.entry(passed.address).or_default().push(&port.id);
                }
            }
        }
        Self { rules, frontends, by_address, endpoints: OnceCell::new() }
    }

    /// Whether no manifests are known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The frontends at an address and port; of several sides, the first side's come first.
    #[must_use]
    pub fn at(&self, at: &FrontendAt) -> &[Named<'r>] {
        self.frontends.get(at).map_or(&[], Vec::as_slice)
    }

    /// The service ports that clients reach at an address and port.
    #[must_use]
    pub fn services_at(&self, at: &FrontendAt) -> Vec<String> {
        sorted(self.at(at).iter().map(|named| &*named.port.id))
    }

    /// The service ports that have an address, on whatever port.
    #[must_use]
    pub fn services_of_address(&self, address: IpAddr) -> Vec<String> {
        sorted(self.by_address.get(&address).into_iter().flatten().copied())
    }

    /// The service ports that have an endpoint with an address, in whatever condition.
    #[must_use]
    pub fn services_of_endpoint(&self, address: IpAddr) -> Vec<String> {
        let endpoints = self.endpoints.get_or_init(|| self.all_endpoints());
        sorted(endpoints.get(&address).into_iter().flatten().copied())
    }

    fn all_endpoints(&self) -> FxHashMap<IpAddr, Vec<&'r str>> {
        let mut found: FxHashMap<IpAddr, Vec<&'r str>> = FxHashMap::default();
        for rules in &self.rules {
            for port in &rules.services {
                for endpoint in &port.endpoints {
                    if let Some(ip) = rules.backend(endpoint.backend).address.ip() {
                        found.entry(ip).or_default().push(&port.id);
                    }
                }
            }
        }
        found
    }

    /// The rules, in the order in which they were given.
    #[must_use]
    pub fn rules(&self) -> &[&'r RuleSet] {
        &self.rules
    }
}

fn sorted<'s>(services: impl Iterator<Item = &'s str>) -> Vec<String> {
    let mut services: Vec<String> = services.map(str::to_owned).collect();
    services.sort_unstable();
    services.dedup();
    services
}
