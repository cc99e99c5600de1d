//! What kube-proxy in userspace mode told netsh, up to its removal in 1.26.
//!
//! kube-proxy 1.5 added the address of each portal, without a mask, and a port proxy from there to a port
//! of its own process. kube-proxy 1.6 to 1.25 added the address only, and its process listened there
//! itself. Both served IPv4, and asked neither for endpoints nor for policies: the process did.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::findings::{Finding, Findings};
use super::{Lowering, Service, full_label, is_forwarded, kind};
use crate::ir::{Frontend, ServicePort};
use crate::net::{Family, Protocol};
use crate::platform::netsh::model::{
    Address, Assigned, Connect, Host, Listen, Listener, Object, PortProxy, Relay,
};
use crate::platform::netsh::options::{Mode, Options};
use crate::platform::netsh::plan::Planned;

type Owners<'r> = BTreeSet<&'r str>;

/// The address of each portal, once. kube-proxy deleted it when the first of its ports went.
pub(super) fn addresses<'r>(
    services: &[Service<'r>],
    lowering: &Lowering<'r>,
    findings: &mut Findings,
) -> Vec<Planned> {
    findings.add_to_all(Finding::LegacyForwarding(Mode::LegacyAddresses));
    let mut portals: BTreeMap<IpAddr, Owners<'r>> = BTreeMap::new();
    for (at, port, frontend) in frontends(services) {
        if port.protocol == Protocol::Sctp {
            findings.add(at, Finding::Sctp(full_label(port)));
        }
        if let Some(ip) = portal(at, frontend, lowering, findings) {
            portals.entry(ip).or_default().insert(&port.id);
        }
    }
    planned_addresses(portals, lowering.options)
}

/// The addresses, and a listener for each TCP portal and node port that leads to the process.
pub(super) fn portproxy<'r>(
    services: &[Service<'r>],
    lowering: &Lowering<'r>,
    findings: &mut Findings,
) -> Vec<Planned> {
    findings.add_to_all(Finding::LegacyForwarding(Mode::LegacyPortproxy));
    let mut portals: BTreeMap<IpAddr, Owners<'r>> = BTreeMap::new();
    let mut listeners: BTreeMap<(IpAddr, u16), (u16, Owners<'r>)> = BTreeMap::new();
    let process = process_ports(services, lowering.options, findings);
    for (at, port, frontend) in frontends(services) {
        if !is_forwarded(port.protocol) {
            findings.add(at, Finding::not_forwarded(port.protocol, full_label(port)));
            continue;
        }
        let Some(&process_port) = process.get(&*port.id) else { continue };
        let ip = match frontend.address {
            None if port.family == Family::Ipv6 => continue,
            None => Ipv4Addr::UNSPECIFIED.into(),
            Some(_) => {
                let Some(ip) = portal(at, frontend, lowering, findings) else { continue };
                portals.entry(ip).or_default().insert(&port.id);
                ip
            }
        };
        let place = (ip, frontend.port);
        let (present, owners) = listeners.entry(place).or_insert_with(|| (process_port, BTreeSet::new()));
        if *present == process_port {
            owners.insert(&port.id);
        } else {
            let held_by = owners.first().copied().unwrap_or_default().into();
            findings.add(at, Finding::Conflict { place, wanted_by: port.id.clone(), held_by });
        }
    }
    let mut objects = planned_addresses(portals, lowering.options);
    let process_ip = process_address(lowering);
    objects.extend(listeners.into_iter().map(|(place, (process_port, owners))| Planned {
        object: Object::PortProxy(listener(
            place,
            Connect { host: Host::Ip(process_ip), port: process_port },
        )),
        owners: owners.into_iter().map(Box::from).collect(),
    }));
    objects
}

/// All frontends that rules lead to, with the position of their Service.
fn frontends<'s, 'r>(
    services: &'s [Service<'r>],
) -> impl Iterator<Item = (usize, &'r ServicePort, &'r Frontend)> + 's {
    services.iter().enumerate().flat_map(|(at, service)| {
        service.ports.iter().flat_map(move |port| {
            let served = port.frontends.iter().filter(|frontend| frontend.served);
            served.map(move |frontend| (at, *port, frontend))
        })
    })
}

/// The address that kube-proxy would have added for a frontend. It had no IPv6.
fn portal(
    at: usize,
    frontend: &Frontend,
    lowering: &Lowering<'_>,
    findings: &mut Findings,
) -> Option<IpAddr> {
    let ip = frontend.address?;
    if !Lowering::can_be_claimed(ip) {
        findings.add(at, Finding::Unusable { ip, kind: kind(frontend.kind) });
    } else if ip.is_ipv6() {
        findings.add(at, Finding::Ipv4Only(ip));
    } else if !lowering.own.contains(&ip) {
        return Some(ip);
    }
    None
}

fn planned_addresses(portals: BTreeMap<IpAddr, Owners<'_>>, options: &Options) -> Vec<Planned> {
    let planned = |(ip, owners): (IpAddr, Owners<'_>)| Planned {
        object: Object::Address(Address {
            interface: options.interface.clone(),
            address: Assigned::Bare(ip),
            gateway: None,
            store: None,
            skip_as_source: None,
        }),
        owners: owners.into_iter().map(Box::from).collect(),
    };
    portals.into_iter().map(planned).collect()
}

/// A port of the process for each TCP service port, in the order of the rules.
fn process_ports<'r>(
    services: &[Service<'r>],
    options: &Options,
    findings: &mut Findings,
) -> BTreeMap<&'r str, u16> {
    let mut free = options.proxy_ports.ports();
    let mut given = BTreeMap::new();
    for (at, service) in services.iter().enumerate() {
        for port in service.ports.iter().filter(|port| is_forwarded(port.protocol)) {
            if given.contains_key(&*port.id) {
                continue;
            }
            match free.next() {
                Some(number) => drop(given.insert(&*port.id, number)),
                None => findings
                    .add(at, Finding::NoProxyPort { port: full_label(port), range: options.proxy_ports }),
            }
        }
    }
    given
}

/// Where the process listens: the node's address, or loopback where none is known.
fn process_address(lowering: &Lowering<'_>) -> IpAddr {
    let given = lowering.options.node_ips.iter().copied().find(IpAddr::is_ipv4);
    given.unwrap_or(lowering.rules.node.ips.ipv4)
}

/// The listener of a node port was added without an address.
fn listener((ip, port): (IpAddr, u16), connect: Connect) -> PortProxy {
    let is_any = ip == IpAddr::from(Ipv4Addr::UNSPECIFIED) || ip == IpAddr::from(Ipv6Addr::UNSPECIFIED);
    let address = if is_any { Listen::Any } else { Listen::Ip(ip) };
    let relay = Relay { from: Family::Ipv4, to: Family::Ipv4 };
    PortProxy { listener: Listener { relay, address, port }, connect }
}
