//! What a sync writes whatever the Services are: the head, and the tail that must come last.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rustc_hash::FxHashSet;

use super::super::model::{
    AccountName, Address, ChainName, Command, ConntrackStates, Is, Masked, Match, Target,
};
use super::super::names::fixed::{
    EXTERNAL_SERVICES, FIREWALL, FORWARD, MARK_MASQ, NODE_PORTS, POSTROUTING, PROXY_FIREWALL, SERVICES,
};
use super::{Group, Lowering, Part, comment, stale};
use crate::net::Family;
use crate::node::NodePortMatch;

/// Declarations of the fixed chains, and the rules for masquerading.
pub(super) fn head(lowering: &Lowering<'_>) -> Group {
    let mut group = Group::default();
    for chain in [SERVICES, EXTERNAL_SERVICES, FORWARD, NODE_PORTS, PROXY_FIREWALL] {
        group.filter.chain(chain);
    }
    for chain in [SERVICES, NODE_PORTS, POSTROUTING, MARK_MASQ] {
        group.nat.chain(chain);
    }
    masquerading(&mut group.nat, lowering);
    if lowering.serves_localhost_node_ports() {
        group.filter.chain(FIREWALL);
        protect_loopback(&mut group.filter);
    }
    group
}

/// Marked packets get the node's address; the mark is cleared first, as they may come by again.
fn masquerading(nat: &mut Part, lowering: &Lowering<'_>) {
    let mark = lowering.mark;
    nat.rule(POSTROUTING, vec![Match::Mark(Is::not(mark))], Target::Return);
    nat.rule(POSTROUTING, vec![], Target::SetMark(Masked { value: mark.value, mask: 0 }));
    nat.rule(
        POSTROUTING,
        vec![comment(&["kubernetes service traffic requiring SNAT"])],
        Target::Masquerade { random_fully: lowering.node.iptables.random_fully },
    );
    nat.rule(MARK_MASQ, vec![], Target::SetMark(mark));
}

/// Node ports on loopback need `route_localnet`, which would let neighbours in (CVE-2020-8558).
fn protect_loopback(filter: &mut Part) {
    use ConntrackStates as State;
    let loopback = Address::Net(loopback_net(Family::Ipv4));
    let known = State::RELATED.or(State::ESTABLISHED).or(State::DNAT);
    let matches = vec![
        comment(&["block incoming localnet connections"]),
        Match::Destination(Is::a(loopback.clone())),
        Match::Source(Is::not(loopback)),
        Match::ConntrackState(Is::not(known)),
    ];
    filter.rule(FIREWALL, matches, Target::Drop);
}

/// Stale chains, dispatch of node ports, rules for forwarded packets.
pub(super) fn tail(
    lowering: &Lowering<'_>,
    existing: impl IntoIterator<Item = ChainName>,
    active: &FxHashSet<ChainName>,
) -> Group {
    let mut group = Group::default();
    for chain in stale(existing, active) {
        group.nat.chain(chain);
        group.nat.commands.push(Command::DeleteChain(chain));
    }
    node_ports(&mut group.nat, lowering);
    forwarding(&mut group.filter, lowering);
    group
}

/// The last rules of the dispatch: what goes to an address of the node may be for a node port.
fn node_ports(nat: &mut Part, lowering: &Lowering<'_>) {
    let last = || comment(&["kubernetes service nodeports; NOTE: this must be the last rule in this chain"]);
    let family = lowering.family;
    let serves_loopback = lowering.serves_localhost_node_ports();
    let addresses = lowering.node.node_port_addresses.get(family);
    match &addresses.serving {
        NodePortMatch::All => {
            let mut matches = vec![last(), Match::DestinationIsLocal(Is::a(()))];
            if !serves_loopback {
                matches.push(Match::Destination(Is::not(Address::Net(loopback_net(family)))));
            }
            nat.rule(SERVICES, matches, Target::Jump(NODE_PORTS));
        }
        NodePortMatch::Only(ips) => {
            for ip in ips.iter().filter(|ip| serves_loopback || !ip.is_loopback()) {
                let matches = vec![last(), Match::Destination(Is::a(Address::Ip(*ip)))];
                nat.rule(SERVICES, matches, Target::Jump(NODE_PORTS));
            }
        }
    }
}

/// Connections to Services pass, invalid packets do not: they would be answered with a reset.
fn forwarding(filter: &mut Part, lowering: &Lowering<'_>) {
    use ConntrackStates as State;
    if !lowering.node.iptables.tcp_be_liberal {
        let mut matches = vec![Match::ConntrackState(Is::a(State::INVALID))];
        if lowering.counts_packets() {
            matches.push(Match::Accounting(AccountName::INVALID_DROPPED));
        }
        filter.rule(FORWARD, matches, Target::Drop);
    }
    let marked = vec![comment(&["kubernetes forwarding rules"]), Match::Mark(Is::a(lowering.mark))];
    filter.rule(FORWARD, marked, Target::Accept);
    let known = vec![
        comment(&["kubernetes forwarding conntrack rule"]),
        Match::ConntrackState(Is::a(State::RELATED.or(State::ESTABLISHED))),
    ];
    filter.rule(FORWARD, known, Target::Accept);
}

/// `127.0.0.0/8` or `::1/128`.
pub(super) fn loopback_net(family: Family) -> IpNet {
    match family {
        Family::Ipv4 => Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into(),
        Family::Ipv6 => Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128).into(),
    }
}
