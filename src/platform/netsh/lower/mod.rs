//! From the rule IR to a plan for netsh, and what is lost on the way.
//!
//! ```text
//! portproxy ─► which listeners there are, and where each connects to
//! pick ─► one endpoint of many
//! firewall ─► who is let in
//! claims ─► listeners and addresses of all Services, each once; who needs them
//! loops ─► listeners that would connect to themselves
//! legacy ─► what the userspace kube-proxy did in their place
//! findings ─► everything netsh cannot do, as diagnostics and as comments
//! ```

mod claims;
mod complement;
mod findings;
mod firewall;
mod legacy;
mod loops;
mod pick;
mod portproxy;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use self::findings::Findings;
use super::options::{Mode, Options};
use super::plan::Plan;
use crate::diagnostics::Diagnostic;
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::net::{Family, Protocol};
use crate::node::{NodeContext, NodePortMatch};

/// A plan, and what a person should know about it.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The plan.
    pub plan: Plan,
    /// Losses, warnings, errors and notes.
    pub diagnostics: Vec<Diagnostic>,
}

/// Plans what netsh can do for the rules.
#[must_use]
pub fn lower(rules: &RuleSet, options: &Options) -> Lowered {
    let services = services(rules, options);
    let lowering = Lowering { rules, options, own: own_addresses(&rules.node, options) };
    let mut findings = Findings::default();
    let objects = match options.mode {
        Mode::Portproxy => portproxy::objects(&services, &lowering, &mut findings),
        Mode::LegacyAddresses => legacy::addresses(&services, &lowering, &mut findings),
        Mode::LegacyPortproxy => legacy::portproxy(&services, &lowering, &mut findings),
    };
    let reported = findings.report(&services, &objects);
    Lowered {
        plan: Plan {
            mode: options.mode,
            node: rules.node.name.clone(),
            interface: options.interface.clone(),
            own_addresses: lowering.own.into_iter().collect(),
            remarks: reported.remarks,
            tally: reported.tally,
            objects,
        },
        diagnostics: reported.diagnostics,
    }
}

/// What every part of the lowering looks at.
struct Lowering<'r> {
    rules: &'r RuleSet,
    options: &'r Options,
    /// Addresses that the node has anyway: they are neither added nor, which is worse, deleted.
    own: BTreeSet<IpAddr>,
}

/// The ports of one Service in all families that are planned for.
struct Service<'r> {
    ports: Vec<&'r ServicePort>,
}

impl<'r> Service<'r> {
    /// What all its ports say alike.
    fn common(&self) -> &'r ServicePort {
        self.ports[0]
    }
}

/// The Services by namespace and name. In the rule set their ports need not stand together.
fn services<'r>(rules: &'r RuleSet, options: &Options) -> Vec<Service<'r>> {
    let mut by_name: BTreeMap<_, Vec<&ServicePort>> = BTreeMap::new();
    for port in rules.services.iter().filter(|port| options.families.contains(&port.family)) {
        by_name.entry((&port.namespace, &port.name)).or_default().push(port);
    }
    by_name.into_values().map(|ports| Service { ports }).collect()
}

/// The node's addresses, as far as they are known.
fn own_addresses(node: &NodeContext, options: &Options) -> BTreeSet<IpAddr> {
    let known = Family::ALL.into_iter().filter_map(|family| node_port_addresses(node, options, family));
    let own = node.addresses.own.iter().copied();
    known.flatten().chain(options.node_ips.iter().copied()).chain(own).collect()
}

/// The addresses of one family that node ports listen on: those given, those that `nodePortAddresses`
/// selects, which may be none, or the node's own; `None` if that is not known.
fn node_port_addresses(node: &NodeContext, options: &Options, family: Family) -> Option<Vec<IpAddr>> {
    let given: Vec<IpAddr> =
        options.node_ips.iter().copied().filter(|ip| Family::of(*ip) == family).collect();
    if !given.is_empty() {
        return Some(given);
    }
    match &node.node_port_addresses.get(family).serving {
        NodePortMatch::Only(addresses) => Some(addresses.clone()),
        NodePortMatch::All => {
            let own = *node.ips.get(family);
            let is_known = !own.is_loopback() && !own.is_unspecified();
            is_known.then(|| vec![own])
        }
    }
}

impl Lowering<'_> {
    /// Whether a node can have an address for itself: not unspecified, loopback, multicast or broadcast.
    fn can_be_claimed(ip: IpAddr) -> bool {
        let is_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
        !(ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || is_broadcast)
    }
}

/// How a service port is called in comments: its name, or else number and protocol.
fn label(port: &ServicePort) -> String {
    match port.port_name.as_str() {
        "" => number(port),
        name => name.to_owned(),
    }
}

/// The number of a service port with its protocol, as in `53/UDP`.
fn number(port: &ServicePort) -> String {
    format!("{}/{}", port.cluster_ip().port, port.protocol)
}

/// Name, number and protocol of a service port.
fn full_label(port: &ServicePort) -> String {
    match port.port_name.as_str() {
        "" => number(port),
        name => format!("{name} {}", number(port)),
    }
}

/// How a kind of frontend is called in comments and descriptions.
fn kind(kind: FrontendKind) -> &'static str {
    match kind {
        FrontendKind::ClusterIp => "clusterip",
        FrontendKind::ExternalIp => "externalip",
        FrontendKind::LoadBalancerIp => "loadbalancer",
        FrontendKind::NodePort => "nodeport",
    }
}

/// Ports of one name and protocol, which differ in their family: the rule set sorts them side by side.
fn by_port<'s, 'r>(service: &'s Service<'r>) -> impl Iterator<Item = &'s [&'r ServicePort]> {
    let same = |a: &&ServicePort, b: &&ServicePort| a.id == b.id && a.protocol == b.protocol;
    service.ports.chunk_by(same)
}

/// Whether netsh has a proxy for a protocol.
fn is_forwarded(protocol: Protocol) -> bool {
    protocol == Protocol::Tcp
}
