//! The frontends that Services want, and the pods that may stand behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::super::books::name_of;
use super::super::stand_in::frontend_text;
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::net::Family;
use crate::platform::hns::features::Features;
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::lower::Decisions;
use crate::platform::hns::model::{Address, Endpoint, protocol_number};
use crate::platform::timeline::{Moment, ServiceName, texts};

/// A frontend that a Service wants.
#[derive(Debug, Clone)]
pub(super) struct Frontend {
    /// The service port: `namespace/name:port`.
    pub(super) service: Box<str>,
    /// `TCP 10.96.0.10:80`
    pub(super) text: Box<str>,
    /// Whether an endpoint of the service port is ready, on whatever node.
    pub(super) is_ready: bool,
    /// Whether kube-proxy makes a load balancer for it when it starts now.
    pub(super) is_made: bool,
    /// The pods that kube-proxy uses, and those that still serve.
    pods: Rc<FxHashSet<IpAddr>>,
}

impl Frontend {
    /// Whether an endpoint may be a member: one of several addresses is that of a pod.
    pub(super) fn may_have(&self, endpoint: &Endpoint) -> bool {
        endpoint.addresses().filter_map(Address::ip).any(|ip| self.pods.contains(&ip))
    }
}

/// All frontends that Services want.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    by_key: BTreeMap<FrontendKey, Frontend>,
    by_service: BTreeMap<ServiceName, Vec<FrontendKey>>,
    /// Service ports and frontends that were wanted at any time.
    seen: BTreeSet<[Box<str>; 2]>,
}

impl Wanted {
    pub(super) fn get(&self, key: &FrontendKey) -> Option<&Frontend> {
        self.by_key.get(key)
    }

    pub(super) fn seen(&self) -> impl Iterator<Item = &[Box<str>; 2]> {
        self.seen.iter()
    }

    /// Takes in the Services that something was told of. Their frontends, those before and those now.
    pub(super) fn take_in(&mut self, moment: &Moment<'_>, features: &Features) -> BTreeSet<FrontendKey> {
        let changed: BTreeSet<&ServiceName> = moment.events.iter().map(|event| &event.service).collect();
        let mut keys = BTreeSet::new();
        for name in &changed {
            for key in self.by_service.remove(*name).into_iter().flatten() {
                self.by_key.remove(&key);
                keys.insert(key);
            }
        }
        for port in moment.rules.ports_of_all(texts(changed)) {
            let name = name_of(port);
            let of_port = frontends(port, moment.rules, features);
            let of_service = self.by_service.entry(name).or_default();
            for (key, frontend) in of_port {
                of_service.push(key.clone());
                keys.insert(key.clone());
                self.seen.insert([frontend.service.clone(), frontend.text.clone()]);
                self.by_key.insert(key, frontend);
            }
        }
        keys
    }
}

/// The frontends of a service port by what a load balancer for them answers to.
fn frontends(port: &ServicePort, rules: &RuleSet, features: &Features) -> Vec<(FrontendKey, Frontend)> {
    let decisions = Decisions::about(port, rules, features);
    let backend = |endpoint: &crate::ir::Endpoint| rules.backend(endpoint.backend);
    let used = decisions.used.iter().map(|id| port.endpoint(*id));
    let serving = port.endpoints.iter().filter(|endpoint| backend(endpoint).serving);
    let pods: FxHashSet<IpAddr> =
        used.clone().chain(serving).filter_map(|endpoint| backend(endpoint).address.ip()).collect();
    let pods = Rc::new(pods);
    let is_ready = port.endpoints.iter().any(|endpoint| backend(endpoint).ready);
    let has_members = |only_local: bool| used.clone().any(|endpoint| endpoint.local || !only_local);
    let dsr = decisions.local_traffic_dsr;
    let mut frontends = Vec::new();
    for of in port.frontends.iter().filter(|frontend| frontend.served) {
        let is_made = match of.kind {
            FrontendKind::ClusterIp => has_members(decisions.internal_local),
            FrontendKind::NodePort => {
                decisions.available && has_members(dsr || decisions.preserve_destination)
            }
            FrontendKind::ExternalIp => decisions.available && has_members(dsr),
            FrontendKind::LoadBalancerIp => has_members(dsr || decisions.preserve_destination),
        };
        let vip = of.address.filter(|_| of.kind != FrontendKind::NodePort).map(Address::Ip);
        let protocol = protocol_number(port.protocol);
        let ipv6 = port.family == Family::Ipv6;
        let text = frontend_text(protocol, vip.as_ref(), of.port, ipv6).into();
        let key = FrontendKey { vip, protocol, port: of.port, ipv6 };
        let service = port.id.clone();
        frontends.push((key, Frontend { service, text, is_ready, is_made, pods: Rc::clone(&pods) }));
    }
    frontends
}
