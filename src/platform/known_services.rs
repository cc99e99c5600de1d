//! Which Services a proxier takes for changed: what they say differs from what it knows of them, or their slices do.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use rustc_hash::FxHashSet;

use super::timeline::{Moment, ServiceName, texts};
use crate::ir::{FrontendKind, ServicePort};
use crate::manifest::TrafficPolicy;
use crate::net::{Family, Protocol};

/// What a Service says of one of its ports, as far as rules of Linux hang on it. Where traffic goes is decided by
/// endpoints, and is not part of it (kube-proxy, all versions).
#[derive(Debug, Clone, PartialEq)]
struct Said {
    frontends: Vec<(FrontendKind, Option<IpAddr>, u16, bool)>,
    internal_policy: TrafficPolicy,
    external_policy: TrafficPolicy,
    affinity_seconds: Option<u32>,
    source_ranges: Vec<IpNet>,
    health_check_node_port: Option<u16>,
}

impl Said {
    fn of(port: &ServicePort) -> Self {
        Self {
            frontends: port.frontends.iter().map(|of| (of.kind, of.address, of.port, of.served)).collect(),
            internal_policy: port.internal_policy,
            external_policy: port.external_policy,
            affinity_seconds: port.affinity_seconds,
            source_ranges: port.source_ranges.clone(),
            health_check_node_port: port.health_check_node_port,
        }
    }
}

/// The ports of a Service, and whether it asks for hints where versions read that.
#[derive(Debug, Default, PartialEq)]
struct Ports {
    by_name: BTreeMap<(Box<str>, Protocol), Said>,
    has_hints_annotation: bool,
}

/// What the proxier of a family knows of Services.
#[derive(Debug, Default)]
pub(super) struct KnownServices(BTreeMap<ServiceName, Ports>);

impl KnownServices {
    /// Takes in a moment, and tells which Services have changed, or their slices: also those that are gone.
    pub(super) fn take_in(&mut self, moment: &Moment<'_>, family: Family) -> BTreeSet<ServiceName> {
        let mut now: BTreeMap<ServiceName, Ports> = BTreeMap::new();
        for port in moment.touched_ports().into_iter().filter(|port| port.family == family) {
            let ports = now.entry(name_of(port)).or_default();
            ports.by_name.insert((port.id.clone(), port.protocol), Said::of(port));
        }
        if moment.rules.node.behavior.hints_need_annotation {
            for service in &moment.cluster.services {
                let name = (service.namespace.as_str().into(), service.name.as_str().into());
                if let Some(ports) = now.get_mut(&name) {
                    ports.has_hints_annotation = service.has_hints_annotation;
                }
            }
        }
        let mut changed: BTreeSet<ServiceName> = moment.changed_slices(Some(family)).cloned().collect();
        let known: Vec<ServiceName> = match moment.touched {
            Some(touched) => touched.iter().filter(|name| self.0.contains_key(*name)).cloned().collect(),
            None => self.0.keys().cloned().collect(),
        };
        for name in known.into_iter().filter(|name| !now.contains_key(name)) {
            self.0.remove(&name);
            changed.insert(name);
        }
        for (name, ports) in now {
            if self.0.get(&name) != Some(&ports) {
                changed.insert(name.clone());
                self.0.insert(name, ports);
            }
        }
        changed
    }
}

/// Services by name, to ask of many service ports whether they are theirs.
pub(super) struct Named<'n>(FxHashSet<(&'n str, &'n str)>);

impl<'n> Named<'n> {
    pub(super) fn new(services: &'n BTreeSet<ServiceName>) -> Self {
        Self(texts(services).collect())
    }

    pub(super) fn has(&self, port: &ServicePort) -> bool {
        self.0.contains(&(port.namespace.as_str(), port.name.as_str()))
    }
}

/// The Service of a service port.
pub(super) fn name_of(port: &ServicePort) -> ServiceName {
    (port.namespace.as_str().into(), port.name.as_str().into())
}
