//! Chains, sets and maps that are there whatever the Services are.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};

use super::super::model::{
    Address, AddressRange, Base, Braces, Chain, ChainKind, Comment, Container, Element, Hook, Key, KeyShape,
    Lookup, Name, Operation, Rule, Side, Statement, States, Verdict,
};
use super::super::names::{fixed as name, localhost_reject};
use super::contents::{Claim, Contents, Shared};
use super::{Lowering, addresses, commented};
use crate::net::Family;
use crate::node::ClusterIpMasquerade;

/// Where a check hangs: base chain, hook, priority, and the chains that new connections go through there.
type Filter = (&'static str, Hook, i32, &'static [&'static str]);

/// Checks, up to 1.33.5 and 1.34.0 (N1, N2).
const FILTERS_BEFORE_TRANSLATION: [Filter; 5] = [
    ("filter-prerouting", Hook::Prerouting, -110, &[name::FIREWALL_CHECK]),
    ("filter-input", Hook::Input, -110, &[name::NODE_PORT_CHECK, name::SERVICE_CHECK]),
    ("filter-forward", Hook::Forward, -110, &[name::SERVICE_CHECK, name::CLUSTER_IPS_CHECK]),
    ("filter-output", Hook::Output, -110, &[name::SERVICE_CHECK, name::FIREWALL_CHECK]),
    ("filter-output-post-dnat", Hook::Output, -90, &[name::CLUSTER_IPS_CHECK]),
];

/// Checks since then.
const FILTERS: [Filter; 5] = [
    ("filter-prerouting-pre-dnat", Hook::Prerouting, -110, &[name::FIREWALL_CHECK]),
    ("filter-output-pre-dnat", Hook::Output, -110, &[name::FIREWALL_CHECK]),
    ("filter-input", Hook::Input, 0, &[name::NODE_PORT_CHECK, name::SERVICE_CHECK]),
    ("filter-forward", Hook::Forward, 0, &[name::SERVICE_CHECK, name::CLUSTER_IPS_CHECK]),
    ("filter-output", Hook::Output, 0, &[name::SERVICE_CHECK, name::CLUSTER_IPS_CHECK]),
];

/// Translation and masquerading (all versions).
const NATS: [(&str, Hook, i32, &str); 3] = [
    ("nat-prerouting", Hook::Prerouting, -100, name::SERVICES),
    ("nat-output", Hook::Output, -100, name::SERVICES),
    ("nat-postrouting", Hook::Postrouting, 100, name::MASQUERADING),
];

/// The chains, with their rules.
pub(super) fn chains(lowering: &Lowering<'_>) -> Vec<Chain> {
    let filters = if lowering.behavior.pre_dnat_chains { FILTERS } else { FILTERS_BEFORE_TRANSLATION };
    let checks = filters.into_iter().map(|(name, hook, priority, checks)| {
        let check = |chain: &&str| Rule::of(vec![Statement::State(States::NEW), jump(chain)]);
        base_chain(name, ChainKind::Filter, (hook, priority), checks.iter().map(check).collect())
    });
    let nats = NATS.into_iter().map(|(name, hook, priority, chain)| {
        base_chain(name, ChainKind::Nat, (hook, priority), vec![Rule::of(vec![jump(chain)])])
    });
    let mut chains: Vec<Chain> = checks.chain(nats).collect();
    if !lowering.behavior.inline_mark {
        let set = Rule::of(vec![Statement::SetMark(Operation::Or, lowering.mark)]);
        chains.push(chain(name::MARK, vec![set]));
    }
    let reject = chain(name::REJECT, vec![Rule::of(vec![Statement::Reject])]);
    let helper = "helper for @no-endpoint-services / @no-endpoint-nodeports";
    let by_service = |map| chain_of(vec![], Lookup::Service, map);
    chains.extend([
        Chain { comment: Some(Comment::from_checked(helper)), ..reject },
        chain(name::SERVICES, services(lowering)),
        chain(name::MASQUERADING, masquerading(lowering)),
        chain(name::SERVICE_CHECK, vec![by_service(name::NO_ENDPOINT_SERVICES)]),
        chain(name::NODE_PORT_CHECK, node_port_check(lowering)),
        chain(name::FIREWALL_CHECK, vec![by_service(name::FIREWALL_IPS)]),
        chain(name::CLUSTER_IPS_CHECK, cluster_ips_check(lowering)),
    ]);
    chains.extend(lowering.localhost_node_ports().rejected().iter().map(|protocol| {
        let [reject, counter] = localhost_reject(*protocol);
        let rule = Rule::of(vec![Statement::Counter(Some(counter)), Statement::Reject]);
        Chain { name: reject, base: None, comment: None, rules: vec![rule] }
    }));
    chains
}

/// The counters of packets that are rejected on loopback addresses (N16).
pub(super) fn counters(lowering: &Lowering<'_>) -> Vec<Name> {
    let rejected = lowering.localhost_node_ports().rejected().iter();
    rejected.map(|protocol| localhost_reject(*protocol)[1].clone()).collect()
}

/// Traffic to Services: marked for masquerading (since 1.36), then by address and port, then by node port.
fn services(lowering: &Lowering<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    let in_one_rule = lowering.behavior.cluster_ip_masquerade == ClusterIpMasquerade::Set;
    if let Some(who) = lowering.masqueraded_to_cluster_ips().filter(|_| in_one_rule) {
        let comment = if who.is_empty() {
            "masquerade all clusterIP traffic"
        } else {
            "masquerade clusterIP traffic from outside cluster"
        };
        let mut statements = vec![to_set(name::CLUSTER_IPS)];
        statements.extend(who);
        statements.push(lowering.masquerade());
        rules.push(commented(statements, comment));
    }
    rules.push(chain_of(vec![], Lookup::Service, name::SERVICE_IPS));
    let to_node = match lowering.node_port_ips() {
        None => vec![Statement::IsLocal(Side::Destination), loopback(lowering.family, true)],
        Some(_) => vec![to_set(name::NODE_PORT_IPS)],
    };
    rules.push(chain_of(to_node, Lookup::NodePort, name::SERVICE_NODE_PORTS));
    rules
}

/// Marked packets get the node's address; the mark is cleared first, as they may come by again.
fn masquerading(lowering: &Lowering<'_>) -> Vec<Rule> {
    let mask = lowering.mark;
    let clear = Statement::SetMark(Operation::Xor, mask);
    let masquerade = Statement::Masquerade { fully_random: true };
    let mut rules = if lowering.behavior.one_masquerade_rule {
        vec![Rule::of(vec![Statement::Mark { mask, is_set: true }, clear, masquerade.clone()])]
    } else {
        let unmarked = vec![Statement::Mark { mask, is_set: false }, Statement::Verdict(Verdict::Return)];
        vec![Rule::of(unmarked), Rule::of(vec![clear]), Rule::of(vec![masquerade.clone()])]
    };
    if lowering.behavior.set_of_hairpins {
        let set = Name::from_checked(name::HAIRPINS);
        let is_hairpin = Statement::InSet { lookup: Lookup::Pair, not: false, set };
        rules.push(Rule::of(vec![Statement::IsTranslated, is_hairpin, masquerade]));
    }
    rules
}

/// It hangs in the input hook only, so that the destination is the node's in any case.
fn node_port_check(lowering: &Lowering<'_>) -> Vec<Rule> {
    let to_node = match lowering.node_port_ips() {
        None => loopback(lowering.family, true),
        Some(_) => to_set(name::NODE_PORT_IPS),
    };
    let mut rules = vec![chain_of(vec![to_node], Lookup::NodePort, name::NO_ENDPOINT_NODE_PORTS)];
    if !lowering.localhost_node_ports().rejected().is_empty() {
        let to_loopback = loopback(lowering.family, false);
        rules.push(chain_of(vec![to_loopback], Lookup::NodePort, name::LOCALHOST_REJECTS));
    }
    rules
}

/// What is for a cluster IP was translated before, if any Service has the port.
fn cluster_ips_check(lowering: &Lowering<'_>) -> Vec<Rule> {
    let reject = vec![to_set(name::CLUSTER_IPS), Statement::Reject];
    let mut rules = vec![commented(reject, "Reject traffic to invalid ports of ClusterIPs")];
    let cidrs = lowering.node.nftables.service_cidrs.iter();
    let ranges: Vec<AddressRange> = cidrs
        .filter(|cidr| Family::of_net(cidr) == lowering.family)
        .map(|cidr| AddressRange::Net(*cidr))
        .collect();
    if lowering.behavior.drops_unallocated && !ranges.is_empty() {
        let to_any =
            Statement::Addresses { side: Side::Destination, not: false, ranges, braces: Braces::Tight };
        let drop = vec![to_any, Statement::Verdict(Verdict::Drop)];
        rules.push(commented(drop, "Drop traffic to unallocated ClusterIPs"));
    }
    rules
}

/// The sets and maps that all service ports share, and the elements that two of them wanted otherwise.
pub(super) fn containers(lowering: &Lowering<'_>, mut contents: Contents) -> (Vec<Container>, Vec<Claim>) {
    use KeyShape::{Address as AddressShape, NodePort, Pair, Service};
    let mut all =
        vec![set(name::CLUSTER_IPS, AddressShape, "Active ClusterIPs", contents.take(Shared::ClusterIps))];
    if lowering.behavior.set_of_hairpins {
        let elements = contents.take(Shared::Hairpins);
        all.push(set(name::HAIRPINS, Pair, "service hairpin connections", elements));
    }
    if let Some(ips) = lowering.node_port_ips() {
        let mut texts: Vec<(String, Element)> = ips
            .iter()
            .map(|ip| {
                let key = Key::Address(Address::Ip(*ip));
                (ip.to_string(), Element { key, verdict: None, comment: None })
            })
            .collect();
        texts.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let elements = texts.into_iter().map(|(_, element)| element).collect();
        all.push(Container { elements, ..node_port_ips() });
    }
    for (shared, name, shape, comment) in [
        (
            Shared::FirewallIps,
            name::FIREWALL_IPS,
            Service,
            "destinations that are subject to LoadBalancerSourceRanges",
        ),
        (
            Shared::NoEndpointNodePorts,
            name::NO_ENDPOINT_NODE_PORTS,
            NodePort,
            "vmap to drop or reject packets to service nodeports with no endpoints",
        ),
        (
            Shared::NoEndpointServices,
            name::NO_ENDPOINT_SERVICES,
            Service,
            "vmap to drop or reject packets to services with no endpoints",
        ),
        (Shared::ServiceIps, name::SERVICE_IPS, Service, "ClusterIP, ExternalIP and LoadBalancer IP traffic"),
        (Shared::ServiceNodePorts, name::SERVICE_NODE_PORTS, NodePort, "NodePort traffic"),
    ] {
        all.push(Container { is_map: true, ..set(name, shape, comment, contents.take(shared)) });
    }
    if !lowering.localhost_node_ports().rejected().is_empty() {
        let elements = contents.take(Shared::LocalhostRejects);
        let comment = "localhost NodePorts rejected by kube-proxy";
        all.push(Container { is_map: true, ..set(name::LOCALHOST_REJECTS, NodePort, comment, elements) });
    }
    (all, contents.into_lost())
}

/// The set of addresses that serve node ports, whether it is used or not.
pub(super) fn node_port_ips() -> Container {
    set(name::NODE_PORT_IPS, KeyShape::Address, "IPs that accept NodePort traffic", Vec::new())
}

fn set(name: &str, shape: KeyShape, comment: &str, elements: Vec<Element>) -> Container {
    let comment = Some(Comment::from_checked(comment));
    Container { name: Name::from_checked(name), shape, is_map: false, timeout: None, comment, elements }
}

fn chain(name: &str, rules: Vec<Rule>) -> Chain {
    Chain { name: Name::from_checked(name), base: None, comment: None, rules }
}

fn base_chain(name: &str, kind: ChainKind, (hook, priority): (Hook, i32), rules: Vec<Rule>) -> Chain {
    let base = Some(Base { kind, hook, priority, drops: false });
    Chain { base, ..chain(name, rules) }
}

fn jump(chain: &str) -> Statement {
    Statement::Verdict(Verdict::Jump(Name::from_checked(chain)))
}

fn to_set(set: &str) -> Statement {
    Statement::InSet { lookup: Lookup::Destination, not: false, set: Name::from_checked(set) }
}

fn chain_of(mut conditions: Vec<Statement>, lookup: Lookup, map: &str) -> Rule {
    conditions.push(Statement::VerdictMap { lookup, map: Name::from_checked(map) });
    Rule::of(conditions)
}

/// The destination is a loopback address, or none.
fn loopback(family: Family, not: bool) -> Statement {
    match family {
        Family::Ipv4 => {
            let net: IpNet = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into();
            addresses(Side::Destination, not, net)
        }
        Family::Ipv6 => Statement::Addresses {
            side: Side::Destination,
            not,
            ranges: vec![AddressRange::Ip(Ipv6Addr::LOCALHOST.into())],
            braces: Braces::Without,
        },
    }
}
