//! Changes of what netsh sets up.

use super::*;
use crate::platform::netsh::model::{
    Action, ConnectionName, Description, Endpoints, FirewallRule, Host, Listen, Listener, Remote, RuleName,
    Transport,
};

pub(super) const OF_NETSH: [Change<Object>; 8] = [
    ("endpoint", |object, by| {
        let Object::PortProxy(proxy) = object else { return None };
        let mut proxy = proxy.clone();
        match &mut proxy.connect.host {
            Host::Ip(ip) if by.is_multiple_of(2) => *ip = next(*ip),
            _ => proxy.connect.port += 1,
        }
        Some(vec![Object::PortProxy(proxy)])
    }),
    ("port", |object, _| {
        let Object::PortProxy(proxy) = object else { return None };
        let mut proxy = proxy.clone();
        proxy.listener.port += 1;
        Some(vec![Object::PortProxy(proxy)])
    }),
    ("listener", |object, _| matches!(object, Object::PortProxy(_)).then(Vec::new)),
    ("address", |object, _| matches!(object, Object::Address(_)).then(Vec::new)),
    ("firewall range", |object, by| {
        let Object::Firewall(rule) = object else { return None };
        let Remote::Only(some) = &rule.remote else { return None };
        let others = some.iter().copied().filter(|of| *of != some[by as usize % some.len()]).collect();
        let remote = if by.is_multiple_of(2) { Remote::Any } else { Remote::Only(others) };
        Some(vec![Object::Firewall(FirewallRule { remote, ..rule.clone() })])
    }),
    ("firewall range that no Service names", |object, by| {
        let Object::Firewall(rule) = object else { return None };
        let (first, last) = (by % UNIVERSE, by % UNIVERSE + by / UNIVERSE % 8);
        let remote = Remote::Only(vec![Endpoints::Range(ip(first).into(), ip(last).into())]);
        let action = if by.is_multiple_of(2) { Action::Allow } else { Action::Block };
        let changed = FirewallRule { action, remote, ..rule.clone() };
        // In its place, or besides it.
        let kept = (!by.is_multiple_of(3)).then(|| object.clone());
        Some(kept.into_iter().chain([Object::Firewall(changed)]).collect())
    }),
    ("frontend that is left over", |object, by| {
        let Object::PortProxy(proxy) = object else { return None };
        let Listen::Ip(ip) = proxy.listener.address else { return None };
        let mut proxy = proxy.clone();
        let mut added = vec![object.clone()];
        if by.is_multiple_of(2) {
            proxy.listener.address = Listen::Ip(next(ip));
            added.push(claimed(next(ip)));
        } else {
            proxy.listener.port += 1;
        }
        added.push(admitted(&proxy.listener));
        added.push(Object::PortProxy(proxy));
        Some(added)
    }),
    ("address that is left over", |object, _| {
        let Object::Address(address) = object else { return None };
        Some(vec![object.clone(), claimed(next(address.address.ip()))])
    }),
];

/// An address that the node gets for a Service.
fn claimed(ip: IpAddr) -> Object {
    let claimed = netsh::model::Address {
        interface: ConnectionName::new("vEthernet (HNS Internal NIC)").expect("a name"),
        address: netsh::model::Assigned::host(ip),
        gateway: None,
        store: None,
        skip_as_source: None,
    };
    Object::Address(claimed)
}

/// A rule of the firewall that lets everybody get to a listener.
fn admitted(listener: &Listener) -> Object {
    let Listen::Ip(ip) = listener.address else { unreachable!("those of this universe have one") };
    let name = RuleName::of_listener(Family::of(ip), Some(ip), listener.port);
    Object::Firewall(FirewallRule {
        description: Description::new("left over").expect("plain words"),
        name,
        action: Action::Allow,
        protocol: Transport::Tcp,
        local_ip: Some(ip),
        local_port: listener.port,
        remote: Remote::Any,
    })
}
