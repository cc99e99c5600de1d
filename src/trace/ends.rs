//! The ends of a packet as people write them, looked up among what was read.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use super::{Client, ClientKind, Clients};
use crate::compile::why_skipped;
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::manifest::{Backend, Cluster};
use crate::name::{nearest, printable};
use crate::net::{Family, Protocol, parse_ip};
use crate::scope::no_such_service;

/// A text names no end of a packet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EndsError {
    message: String,
    is_absent: bool,
}

impl EndsError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_absent: false }
    }

    /// About `what`, `NAMESPACE/NAME`, which the input does not have, or not so.
    fn absent(what: &str, message: impl Into<String>) -> Self {
        Self { is_absent: may_name_an_object(what), ..Self::new(message) }
    }

    /// Whether the text is written as it should be, and other manifests could have what it names.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.is_absent
    }
}

/// A frontend, or any other address.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'r> {
    /// The address and port.
    pub to: SocketAddr,
    /// The protocol.
    pub protocol: Protocol,
    /// The service port that listens there, if one is known.
    pub port: Option<&'r ServicePort>,
}

const SOURCES: &str = "pod, remote-pod, node, localhost or external, each with or without :IP, an IP address, \
                       NAMESPACE/POD, or NAMESPACE/SERVICE#NUMBER for an endpoint of a Service, counted from 1";
const DESTINATIONS: &str = "NAMESPACE/SERVICE, NAMESPACE/SERVICE:PORT by name or number, node:PORT, or IP:PORT, the last two with \
     /UDP or /SCTP if it is not TCP";

/// Whether a text has the form of `NAMESPACE/NAME`.
fn may_name_an_object(text: &str) -> bool {
    let is_part = |part: &str| {
        part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) && !part.is_empty()
    };
    text.split_once('/').is_some_and(|(namespace, name)| is_part(namespace) && name.split('.').all(is_part))
}

/// Whether a Service can have a port of that number or name.
fn may_be_a_port(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().is_ok_and(|number: u16| number > 0) } else { !text.contains([':', '/']) }
}

/// Whom `-S` names.
pub(super) fn client(
    text: &str,
    family: Family,
    clients: &Clients,
    cluster: &Cluster,
    rules: &RuleSet,
) -> Result<Client, EndsError> {
    if let Some(ip) = parse_ip(text) {
        return Ok(clients.at(ip));
    }
    if text.contains('#') {
        return endpoint(text, family, clients, cluster, rules);
    }
    if text.contains('/') {
        return pod(text, family, cluster).map(|ip| clients.at(ip));
    }
    let (name, ip) = text.split_once(':').map_or((text, None), |(name, ip)| (name, Some(ip)));
    let kind = ClientKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    let kind =
        kind.ok_or_else(|| EndsError::new(format!("-S `{}` is none of {SOURCES}", printable(text))))?;
    let Some(ip) = ip else {
        return clients.any(kind, family).ok_or_else(|| unknown_address(kind, family));
    };
    let ip = parse_ip(ip)
        .ok_or_else(|| EndsError::new(format!("-S {name}: `{}` is no IP address", printable(ip))))?;
    Ok(clients.client(kind, ip))
}

/// Refuses an address that opens no connection: an answer about its packets would be about none that exist.
pub(super) fn check_source(client: &Client) -> Result<(), EndsError> {
    let ip = client.ip;
    let is_of_node = matches!(client.kind, ClientKind::Node | ClientKind::Localhost);
    let why = match ip {
        _ if ip.is_unspecified() => "the unspecified address, which no packet comes from",
        _ if ip.is_multicast() => "a multicast address, which no connection comes from",
        IpAddr::V4(ip) if ip.is_broadcast() => "the broadcast address, which no connection comes from",
        _ if ip.is_loopback() && !is_of_node => {
            "a loopback address, which only processes of the node itself send from; use -S localhost"
        }
        _ => return Ok(()),
    };
    Err(EndsError::new(format!(
        "-S {ip}: this is {why}; expected the address of a pod, of a node or of another host"
    )))
}

fn unknown_address(kind: ClientKind, family: Family) -> EndsError {
    let name = kind.as_str();
    EndsError::new(format!(
        "no {family} address of a {name} is known: add the Nodes to the input, or say it as in -S {name}:IP"
    ))
}

/// The address of a pod, by what slices say of the pods behind their endpoints.
fn pod(text: &str, family: Family, cluster: &Cluster) -> Result<IpAddr, EndsError> {
    let (shown, (namespace, name)) = (printable(text), text.split_once('/').unwrap_or_default());
    let slices = cluster.slices.iter().filter(|slice| slice.namespace.as_str() == namespace);
    let backends: Vec<&Backend> = slices.flat_map(|slice| cluster.backends_of(slice)).collect();
    let is_it = |backend: &&&Backend| backend.pod.as_ref().is_some_and(|pod| pod.as_str() == name);
    let ips: BTreeSet<IpAddr> = backends.iter().filter(is_it).filter_map(|of| of.address.ip()).collect();
    let of_family: Vec<IpAddr> = ips.iter().copied().filter(|ip| Family::of(*ip) == family).collect();
    let listed = |ips: &mut dyn Iterator<Item = String>| ips.collect::<Vec<_>>().join(", ");
    let message = match &*of_family {
        [only] => return Ok(*only),
        [] if !ips.is_empty() => {
            let known = listed(&mut ips.iter().map(IpAddr::to_string));
            format!("-S `{shown}`: the pod has no {family} address that is known, only {known}")
        }
        [] => {
            let pods: BTreeSet<String> = backends
                .iter()
                .filter_map(|backend| Some(format!("{namespace}/{}", backend.pod.as_ref()?.as_str())))
                .collect();
            let near = nearest(text, pods.iter().map(String::as_str));
            let near = match &*near {
                [] => String::new(),
                near => format!("; there is {}", near.join(", ")),
            };
            format!(
                "-S `{shown}`: no endpoint is of such a pod{near}. Pods are known by targetRef of \
                 EndpointSlices only: one that no Service selects is named by its address, as in -S pod:IP. \
                 An endpoint of a Service is NAMESPACE/SERVICE#NUMBER"
            )
        }
        several => {
            let several = listed(&mut several.iter().map(|ip| format!("-S {ip}")));
            format!("-S `{shown}`: slices know the pod by several {family} addresses; say which: {several}")
        }
    };
    Err(if of_family.is_empty() { EndsError::absent(text, message) } else { EndsError::new(message) })
}

/// An endpoint of a Service.
fn endpoint(
    text: &str,
    family: Family,
    clients: &Clients,
    cluster: &Cluster,
    rules: &RuleSet,
) -> Result<Client, EndsError> {
    let shown = printable(text);
    let (service, number) = text.split_once('#').unwrap_or((text, ""));
    let ports = ports_of(service, cluster, rules)?;
    let mut ips: Vec<IpAddr> = ports
        .iter()
        .filter(|port| port.family == family)
        .flat_map(|port| &port.endpoints)
        .filter_map(|endpoint| rules.backend(endpoint.backend).address.ip())
        .collect();
    ips.sort_unstable();
    ips.dedup();
    let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    at.and_then(|at| ips.get(at)).map(|ip| clients.at(*ip)).ok_or_else(|| {
        let many = ips.len();
        let message = format!("-S `{shown}`: the Service has {many} {family} endpoints, counted from 1");
        if at.is_some() { EndsError::absent(service, message) } else { EndsError::new(message) }
    })
}

/// Where `-D` leads.
pub(super) fn destination<'r>(
    text: &str,
    family: Option<Family>,
    clients: &Clients,
    cluster: &Cluster,
    rules: &'r RuleSet,
) -> Result<Destination<'r>, EndsError> {
    let no_destination = || EndsError::new(format!("-D `{}` is none of {DESTINATIONS}", printable(text)));
    let (socket, protocol) =
        match text.rsplit_once('/').map(|(rest, last)| (rest, Protocol::parse(&last.to_uppercase()))) {
            Some((rest, Some(protocol))) if rest.contains(':') && !rest.contains('/') => (rest, protocol),
            _ => (text, Protocol::Tcp),
        };
    let family_asked = family.unwrap_or(rules.node.primary_family);
    let node = || {
        clients.node(family_asked).ok_or_else(|| {
            EndsError::new(format!(
                "the node has no {family_asked} address: name a Node that was read with --node"
            ))
        })
    };
    let to = match (socket.parse::<SocketAddr>(), socket.strip_prefix("node:")) {
        (Ok(to), _) => to,
        (Err(_), Some(port)) => SocketAddr::new(node()?, port.parse().map_err(|_| no_destination())?),
        (Err(_), None) if text.contains('/') => return service_port(text, family, cluster, rules),
        (Err(_), None) => return Err(no_destination()),
    };
    if to.port() == 0 {
        let text = printable(text);
        return Err(EndsError::new(format!(
            "-D `{text}`: nothing listens on port 0; expected a port from 1 to 65535"
        )));
    }
    Ok(Destination { to, protocol, port: listening(to, protocol, clients, rules) })
}

/// The service port with a frontend at an address.
fn listening<'r>(
    to: SocketAddr,
    protocol: Protocol,
    clients: &Clients,
    rules: &'r RuleSet,
) -> Option<&'r ServicePort> {
    let family = Family::of(to.ip());
    let own = clients.own().any(|own| own == to.ip()) || to.ip().is_loopback();
    rules.services_of(family).filter(|port| port.protocol == protocol).find(|port| {
        port.frontends.iter().any(|frontend| {
            frontend.port == to.port() && frontend.address.map_or(own, |address| address == to.ip())
        })
    })
}

/// The ports of a Service in all families.
pub(super) fn ports_of<'r>(
    service: &str,
    cluster: &Cluster,
    rules: &'r RuleSet,
) -> Result<Vec<&'r ServicePort>, EndsError> {
    let (namespace, name) = service.split_once('/').unwrap_or_default();
    let is_it = |port: &&ServicePort| port.namespace.as_str() == namespace && port.name.as_str() == name;
    let ports: Vec<_> = rules.services.iter().filter(is_it).collect();
    let mut known = cluster.services.iter();
    let known = known.find(|of| of.namespace.as_str() == namespace && of.name.as_str() == name);
    if let Some(of) = known.filter(|_| ports.is_empty()) {
        let why = why_skipped(of, &rules.node).unwrap_or("it has no usable port or address");
        let message = format!(
            "kube-proxy has no rules for Service {namespace}/{name}: {why}; name the address of an endpoint as in IP:PORT to \
             follow a packet to it"
        );
        return Err(EndsError::absent(service, message));
    }
    if ports.is_empty() {
        let ids = rules.services.iter().map(|port| &*port.id);
        return Err(EndsError::absent(service, no_such_service(&printable(service), ids)));
    }
    Ok(ports)
}

/// The cluster IP of a Service.
fn service_port<'r>(
    text: &str,
    family: Option<Family>,
    cluster: &Cluster,
    rules: &'r RuleSet,
) -> Result<Destination<'r>, EndsError> {
    let (service, wanted) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let all = ports_of(service, cluster, rules)?;
    let family = family.unwrap_or(all[0].family);
    let is_wanted = |port: &&&ServicePort| {
        let by_number = |wanted: &str| wanted.parse() == Ok(port.cluster_ip().port);
        port.family == family
            && wanted.is_none_or(|wanted| wanted == port.port_name.as_str() || by_number(wanted))
    };
    let found: Vec<&ServicePort> = all.iter().filter(is_wanted).copied().collect();
    let (port, address) = match &*found {
        [port] => (*port, port.cluster_ip().address),
        [] => {
            let message = format!("{} has no such {family} port; {}", printable(text), listed(&all));
            let is_possible = wanted.is_none_or(may_be_a_port);
            return Err(if is_possible {
                EndsError::absent(service, message)
            } else {
                EndsError::new(message)
            });
        }
        _ => return Err(EndsError::new(format!("{} has several ports; {}", printable(text), listed(&all)))),
    };
    let Some(address) = address else { unreachable!("the first frontend is the cluster IP") };
    debug_assert_eq!(port.cluster_ip().kind, FrontendKind::ClusterIp);
    let to = SocketAddr::new(address, port.cluster_ip().port);
    Ok(Destination { to, protocol: port.protocol, port: Some(port) })
}

/// `it is one of shop/front:http (80/TCP), …`
fn listed(ports: &[&ServicePort]) -> String {
    let mut names: Vec<String> = ports
        .iter()
        .map(|port| format!("{} ({}/{})", port.id, port.cluster_ip().port, port.protocol))
        .collect();
    names.sort();
    names.dedup();
    format!(
        "its ports are {}; to choose between protocols on one port, use IP:PORT/PROTOCOL",
        names.join(", ")
    )
}
