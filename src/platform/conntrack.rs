//! What kube-proxy on Linux makes the kernel forget after a sync: flows of UDP that would go on to pods that serve no
//! more. A sync that fails does not come to it, and what it would have looked at is not looked at again.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};

use super::flows::{Flow, FlowRecord};
use super::known_services::name_of;
use super::timeline::{Moment, ServiceName};
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::manifest::{AddressType, EndpointSlice};
use crate::net::{Family, Protocol};
use crate::node::SyncBehavior;

/// A service port of UDP.
type PortKey = (ServiceName, Box<str>);

/// Endpoints of a port by their text, in whose order kube-proxy has them, and whether they serve.
type Endpoints = BTreeMap<Box<str>, (SocketAddr, bool)>;

/// What the proxier of a family knows of UDP, and the flows that the kernel remembers.
#[derive(Debug)]
pub(super) struct Conntrack {
    family: Family,
    /// Endpoints of UDP as slices name them, by Service and by the name of the port.
    endpoints: BTreeMap<ServiceName, BTreeMap<Box<str>, Endpoints>>,
    ports: BTreeMap<PortKey, Addresses>,
    flows: Vec<FlowRecord>,
}

/// Where clients reach a service port of UDP.
#[derive(Debug, Clone, PartialEq)]
struct Addresses {
    port: u16,
    /// The cluster IP first, then external IPs, then addresses of the load balancer.
    ips: Vec<IpAddr>,
    node_port: Option<u16>,
}

/// What kube-proxy deletes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cleanup {
    /// Whether it lists all flows and compares them (1.32 and later), or names what is to go.
    has_listed: bool,
    pub(super) deleted: Vec<String>,
}

impl Cleanup {
    pub(super) fn document(&self) -> Value {
        let mut document = json!({"deleted": self.deleted});
        if self.has_listed {
            document["lists"] = 1.into();
        }
        document
    }
}

/// What changed of UDP with a sync.
#[derive(Debug, Default)]
struct Change {
    /// Whether a Service with endpoints of UDP before or after had an event of its slices.
    concerns_udp: bool,
    /// Endpoints that served and do not any more.
    stopped: Vec<(PortKey, IpAddr)>,
    /// Service ports that got their first serving endpoint.
    begun: Vec<PortKey>,
    /// Cluster IPs of service ports that are gone.
    gone: Vec<IpAddr>,
}

impl Addresses {
    fn of(port: &ServicePort) -> Self {
        let of_kind = |kind| {
            let all = port.frontends.iter().filter(move |of| of.kind == kind);
            all.filter_map(|of| of.address)
        };
        let kinds = [FrontendKind::ClusterIp, FrontendKind::ExternalIp, FrontendKind::LoadBalancerIp];
        let node_port = port.frontends.iter().find(|of| of.kind == FrontendKind::NodePort);
        Self {
            port: port.frontends.first().map_or(0, |of| of.port),
            ips: kinds.into_iter().flat_map(of_kind).collect(),
            node_port: node_port.map(|of| of.port),
        }
    }
}

/// What is deleted by name (1.30, 1.31), in the words of the command `conntrack -D`.
#[derive(Debug, Clone, Copy)]
enum Filter {
    To(IpAddr),
    ToPort(u16),
    ToServedBy(IpAddr, IpAddr),
    ToPortServedBy(u16, IpAddr),
}

impl Filter {
    fn text(self) -> String {
        match self {
            Self::To(ip) => format!("UDP to {ip}"),
            Self::ToPort(port) => format!("UDP to port {port}"),
            Self::ToServedBy(ip, pod) => format!("UDP to {ip} served by {pod}"),
            Self::ToPortServedBy(port, pod) => format!("UDP to port {port} served by {pod}"),
        }
    }

    /// Whether it matches a flow. It asks for an address or for a port, not for both.
    fn matches(self, flow: &FlowRecord) -> bool {
        let (to, answers) = (flow.orig_dst, flow.reply_src.ip());
        flow.protocol == Protocol::Udp
            && match self {
                Self::To(ip) => to.ip() == ip,
                Self::ToPort(port) => to.port() == port,
                Self::ToServedBy(ip, pod) => to.ip() == ip && answers == pod,
                Self::ToPortServedBy(port, pod) => to.port() == port && answers == pod,
            }
    }
}

impl Conntrack {
    pub(super) fn new(family: Family) -> Self {
        Self { family, endpoints: BTreeMap::new(), ports: BTreeMap::new(), flows: Vec::new() }
    }

    /// kube-proxy starts anew; the kernel forgets nothing.
    pub(super) fn restart(&mut self) {
        self.endpoints.clear();
        self.ports.clear();
    }

    /// What became of the flows so far.
    pub(super) fn flows(&self) -> impl Iterator<Item = &FlowRecord> {
        self.flows.iter()
    }

    /// Takes in a moment after its sync; returns what kube-proxy does about flows, or nothing if it does not look at them.
    pub(super) fn after_sync(&mut self, moment: &Moment<'_>, has_failed: bool) -> Option<Cleanup> {
        let step = moment.number;
        if let Some(flows) = moment.flows {
            self.replace(flows, step);
        }
        let change = self.take_in(moment);
        let cleanup = if has_failed {
            None
        } else if SyncBehavior::of(moment.rules.node.version).compares_flows {
            change.concerns_udp.then(|| self.compare(step))
        } else {
            self.delete_by_name(&change, step)
        };
        self.judge(moment);
        cleanup
    }

    /// From a step on the kernel remembers these flows and no others.
    fn replace(&mut self, flows: &[Flow], step: usize) {
        for old in self.flows.iter_mut().filter(|of| of.deleted.is_none()) {
            old.note(step, false, false);
        }
        let is_mine = |flow: &&Flow| Family::of(flow.to.ip()) == self.family;
        let known = |flow: &Flow| {
            let same = |of: &&FlowRecord| {
                of.deleted.is_none()
                    && (of.protocol, of.orig_src, of.orig_dst, of.reply_src)
                        == (flow.protocol, flow.from, flow.to, flow.answers)
            };
            self.flows.iter().find(same).cloned().unwrap_or_else(|| FlowRecord::new(flow))
        };
        let now: Vec<FlowRecord> = flows.iter().filter(is_mine).map(known).collect();
        self.flows.retain(|of| of.deleted.is_some());
        self.flows.extend(now);
    }

    fn take_in(&mut self, moment: &Moment<'_>) -> Change {
        let mut change = Change::default();
        let udp = moment.touched_ports().into_iter();
        let udp = udp.filter(|port| port.family == self.family && port.protocol == Protocol::Udp);
        let ports: BTreeMap<PortKey, Addresses> =
            udp.map(|port| ((name_of(port), port.port_name.as_str().into()), Addresses::of(port))).collect();
        let before = match moment.touched {
            Some(touched) => self.take_ports(touched),
            None => std::mem::take(&mut self.ports),
        };
        let gone = before.iter().filter(|(key, _)| !ports.contains_key(*key));
        change.gone.extend(gone.filter_map(|(_, of)| of.ips.first()));
        self.ports.extend(ports);
        let changed: BTreeSet<&ServiceName> = moment.changed_slices(Some(self.family)).collect();
        for name in changed {
            let now = endpoints_of(moment, name, self.family);
            let before = self.endpoints.remove(name).unwrap_or_default();
            change.concerns_udp |= !before.is_empty() || !now.is_empty();
            change.add(name, &before, &now);
            if !now.is_empty() {
                self.endpoints.insert(name.clone(), now);
            }
        }
        change
    }

    /// Takes the service ports of some Services out.
    fn take_ports(&mut self, services: &BTreeSet<ServiceName>) -> BTreeMap<PortKey, Addresses> {
        let mut taken = BTreeMap::new();
        for service in services {
            let from = self.ports.range((service.clone(), Box::default())..);
            let keys: Vec<PortKey> =
                from.map(|(key, _)| key).take_while(|(of, _)| of == service).cloned().collect();
            taken.extend(keys.iter().filter_map(|key| self.ports.remove_entry(key)));
        }
        taken
    }

    /// Deletes flows to frontends that are answered by none of the serving endpoints, also those that were never led to
    /// one (1.32 and later). Ports of pods are not looked at; a service port without serving endpoints is passed over.
    fn compare(&mut self, step: usize) -> Cleanup {
        let (mut by_ip, mut by_node_port) = (FxHashMap::default(), FxHashMap::default());
        if self.flows.iter().all(|flow| flow.deleted.is_some() || flow.protocol != Protocol::Udp) {
            return Cleanup { has_listed: true, deleted: Vec::new() };
        }
        for ((name, port), addresses) in &self.ports {
            let endpoints = self.endpoints.get(name).and_then(|of| of.get(port));
            let serving = endpoints.into_iter().flat_map(BTreeMap::values).filter(|(_, serves)| *serves);
            let serving: FxHashSet<IpAddr> = serving.map(|(address, _)| address.ip()).collect();
            if serving.is_empty() {
                continue;
            }
            for ip in &addresses.ips {
                by_ip.insert(SocketAddr::new(*ip, addresses.port), serving.clone());
            }
            if let Some(port) = addresses.node_port {
                by_node_port.insert(port, serving);
            }
        }
        let mut deleted = Vec::new();
        for flow in &mut self.flows {
            if flow.deleted.is_some() || flow.protocol != Protocol::Udp {
                continue;
            }
            let of_port = by_node_port.get(&flow.orig_dst.port());
            let mut wanted = by_ip.get(&flow.orig_dst).into_iter().chain(of_port);
            if wanted.any(|serving| !serving.contains(&flow.reply_src.ip())) {
                deleted.push(format!("{} -> {} served by {}", flow.orig_src, flow.orig_dst, flow.reply_src));
                flow.delete(step);
            }
        }
        Cleanup { has_listed: true, deleted }
    }

    /// Deletes what is named: all flows to a service port that got its first endpoint or is gone, and those to endpoints
    /// that serve no more (1.30, 1.31).
    fn delete_by_name(&mut self, change: &Change, step: usize) -> Option<Cleanup> {
        let (mut ips, mut node_ports) = (change.gone.clone(), BTreeSet::new());
        for addresses in change.begun.iter().filter_map(|key| self.ports.get(key)) {
            ips.extend(&addresses.ips);
            node_ports.extend(addresses.node_port);
        }
        // kube-proxy has them as texts, in a sorted set.
        ips.sort_by_cached_key(ToString::to_string);
        ips.dedup();
        let ips = ips.into_iter().map(Filter::To);
        let mut filters: Vec<Filter> = ips.chain(node_ports.into_iter().map(Filter::ToPort)).collect();
        for (key, pod) in &change.stopped {
            let Some(addresses) = self.ports.get(key) else { continue };
            filters.extend(addresses.node_port.map(|port| Filter::ToPortServedBy(port, *pod)));
            filters.extend(addresses.ips.iter().map(|ip| Filter::ToServedBy(*ip, *pod)));
        }
        for flow in self.flows.iter_mut().filter(|of| of.deleted.is_none()) {
            if filters.iter().any(|filter| filter.matches(flow)) {
                flow.delete(step);
            }
        }
        let deleted: Vec<String> = filters.into_iter().map(Filter::text).collect();
        (!deleted.is_empty()).then_some(Cleanup { has_listed: false, deleted })
    }

    /// Notes of each flow that was remembered before the sync whether it leads to somebody who serves.
    fn judge(&mut self, moment: &Moment<'_>) {
        let step = moment.number;
        let is_judged = |of: &FlowRecord| of.deleted.is_none_or(|deleted| deleted == step);
        if !self.flows.iter().any(is_judged) {
            return;
        }
        let rules = moment.rules;
        let (mut owners, mut serving) = (FxHashMap::default(), FxHashSet::default());
        for port in rules.services_of(self.family) {
            serving.extend(serving_pods(port, rules).map(|pod| (port.protocol, pod)));
            for of in &port.frontends {
                owners.entry((port.protocol, of.address, of.port)).or_insert(port);
            }
        }
        for flow in self.flows.iter_mut().filter(|of| is_judged(of)) {
            let to = flow.orig_dst;
            let by = |address| owners.get(&(flow.protocol, address, to.port()));
            let owner = by(Some(to.ip())).or_else(|| by(None));
            if let Some(port) = owner {
                flow.service.get_or_insert_with(|| port.id.clone());
            }
            let is_served = serving.contains(&(flow.protocol, flow.reply_src));
            if flow.deleted.is_some() {
                flow.cut_while_served = is_served;
                continue;
            }
            let others_serve = owner.is_some_and(|port| serving_pods(port, rules).next().is_some());
            flow.note(step, flow.service.is_some() && !is_served, others_serve);
        }
    }
}

impl Change {
    /// What changed of a Service's endpoints of UDP.
    fn add(
        &mut self,
        name: &ServiceName,
        before: &BTreeMap<Box<str>, Endpoints>,
        now: &BTreeMap<Box<str>, Endpoints>,
    ) {
        let serves = |all: Option<&Endpoints>, text: &str| {
            all.and_then(|all| all.get(text)).is_some_and(|(_, serves)| *serves)
        };
        for (port, endpoints) in before {
            let stopped =
                endpoints.iter().filter(|(text, (_, served))| *served && !serves(now.get(port), text));
            let key = || (name.clone(), port.clone());
            self.stopped.extend(stopped.map(|(_, (address, _))| (key(), address.ip())));
        }
        let any = |all: Option<&Endpoints>| all.is_some_and(|all| all.values().any(|(_, serves)| *serves));
        for port in now.keys().filter(|port| any(now.get(*port)) && !any(before.get(*port))) {
            self.begun.push((name.clone(), port.clone()));
        }
    }
}

/// The endpoints of UDP that the slices of a Service name, whether there is such a Service or not.
fn endpoints_of(moment: &Moment<'_>, name: &ServiceName, family: Family) -> BTreeMap<Box<str>, Endpoints> {
    let cluster = moment.cluster;
    let of =
        |slice: &EndpointSlice| (slice.namespace.as_str(), slice.service.as_str()).cmp(&(&name.0, &name.1));
    let from = cluster.slices.partition_point(|slice| of(slice).is_lt());
    let slices = cluster.slices[from..].iter().take_while(|slice| of(slice).is_eq());
    let mut found: BTreeMap<Box<str>, Endpoints> = BTreeMap::new();
    for slice in slices.filter(|of| of.address_type == AddressType::Ip(family) && !of.has_headless_label) {
        for port in slice.ports.iter().filter(|port| port.protocol == Protocol::Udp) {
            for backend in slice.backends.range().map(|id| &cluster.backends[id as usize]) {
                let Some(ip) = backend.address.ip() else { continue };
                let address = SocketAddr::new(ip, port.port);
                let of_port = found.entry(port.name.as_str().into()).or_default();
                of_port.insert(address.to_string().into(), (address, backend.serving));
            }
        }
    }
    found
}

/// The addresses of a service port's endpoints that serve, whatever policies say.
fn serving_pods<'r>(port: &'r ServicePort, rules: &'r RuleSet) -> impl Iterator<Item = SocketAddr> + 'r {
    let serving = port.endpoints.iter().filter(|of| rules.backend(of.backend).serving);
    serving.filter_map(|of| Some(SocketAddr::new(rules.backend(of.backend).address.ip()?, of.port)))
}
