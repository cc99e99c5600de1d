//! The text of an `Assumptions` document.

use std::net::IpAddr;

use ipnet::IpNet;

use super::document::{API_VERSION, Document, KIND, NodeEntry, PodsEntry, System, WorkloadEntry};
use super::{
    AddressRange, AssumedNode, AssumedWorkload, Assumptions, RunTimePods, RunTimePort, is_service_range,
};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::yaml::not_parsable;
use crate::fill::codes;
use crate::name::printable;
use crate::net::{Family, parse_cidr, parse_ip};
use crate::source::{Origin, SourceId, hazard};

impl Assumptions {
    /// Reads an `Assumptions` document.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read(source: SourceId, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let mut reader =
            Reader { origin: Origin { source, start: 0, end, line: 1, item: None }, found: Vec::new() };
        if let Some(hazard) = hazard(text) {
            reader.wrong("document", hazard.to_string(), "a document that people write");
            return Err(reader.found);
        }
        let document: Document = serde_yaml::from_str(text)
            .map_err(|error| vec![not_parsable(codes::ASSUMPTIONS_INVALID, text, reader.origin, &error)])?;
        if (&*document.api_version, &*document.kind) != (API_VERSION, KIND) {
            let allowed = format!("apiVersion: {API_VERSION}, kind: {KIND}");
            reader.wrong("kind", format!("this is not a document of the kind {KIND}"), &allowed);
            return Err(reader.found);
        }
        let assumptions = reader.assumptions(document);
        if reader.found.is_empty() { Ok(assumptions) } else { Err(reader.found) }
    }
}

struct Reader {
    origin: Origin,
    found: Vec<Diagnostic>,
}

/// How many replicas a workload has at most, whoever says it: no Service of a cluster has more endpoints.
pub(in crate::fill) const MOST_REPLICAS: u64 = 100_000;

impl Reader {
    fn assumptions(&mut self, document: Document) -> Assumptions {
        let node_ports = document.node_port_range.and_then(|text| {
            self.parsed("nodePortRange", &text, text.parse().ok(), "FIRST-LAST, each from 1 to 65535")
        });
        let pools = (0..).zip(&document.load_balancers);
        let load_balancers = pools
            .filter_map(|(at, text)| {
                let range = text.parse::<AddressRange>();
                let allowed = range.err().map(|error| error.to_string()).unwrap_or_default();
                self.parsed(&format!("loadBalancers[{at}]"), text, range.ok(), &allowed)
            })
            .collect();
        let assumptions = Assumptions {
            service_cidrs: self.networks("serviceCIDRs", &document.service_cidrs),
            node_ports,
            pod_cidrs: self.networks("podCIDRs", &document.pod_cidrs),
            load_balancers,
            nodes: (0..).zip(document.nodes).map(|(at, node)| self.node(at, node)).collect(),
            workloads: (0..)
                .zip(document.workloads)
                .filter_map(|(at, workload)| self.workload(at, workload))
                .collect(),
            pods: (0..).zip(document.pods).filter_map(|(at, pods)| self.pods(at, pods)).collect(),
            ..Assumptions::default()
        };
        for (at, node) in assumptions.nodes.iter().enumerate() {
            if assumptions.nodes[..at].iter().any(|earlier| earlier.name == node.name) {
                let message = format!("node {} is given twice", node.name);
                self.wrong(&format!("nodes[{at}].name"), message, "each name once");
            }
        }
        for (at, range) in (0..).zip(&assumptions.service_cidrs) {
            if !is_service_range(range) {
                let message = format!("the service range {range} is too large");
                self.wrong(&format!("serviceCIDRs[{at}]"), message, "an IPv6 network of /64 or smaller");
            }
        }
        assumptions
    }

    fn node(&mut self, at: usize, node: NodeEntry) -> AssumedNode {
        let path = format!("nodes[{at}]");
        self.check_name(&format!("{path}.name"), &node.name);
        let mut addresses: Vec<IpAddr> = Vec::new();
        for (index, text) in (0..).zip(&node.addresses) {
            let path = format!("{path}.addresses[{index}]");
            let free = parse_ip(text)
                .filter(|ip| addresses.iter().all(|other| Family::of(*other) != Family::of(*ip)));
            addresses.extend(self.parsed(&path, text, free, "one IP address of each family"));
        }
        AssumedNode {
            pod_cidrs: self.networks(&format!("{path}.podCIDRs"), &node.pod_cidrs),
            name: node.name,
            is_windows: node.os == System::Windows,
            zone: node.zone,
            addresses,
            labels: node.labels,
            taints: node.taints,
        }
    }

    fn workload(&mut self, at: usize, workload: WorkloadEntry) -> Option<AssumedWorkload> {
        let path = format!("workloads[{at}]");
        let (namespace, name) = self.object(&format!("{path}.name"), &workload.name)?;
        self.check_count(&format!("{path}.replicas"), workload.replicas);
        Some(AssumedWorkload {
            namespace,
            name,
            kind: workload.kind,
            replicas: workload.replicas,
            ready: workload.ready,
        })
    }

    fn pods(&mut self, at: usize, pods: PodsEntry) -> Option<RunTimePods> {
        let path = format!("pods[{at}]");
        let (namespace, name) = self.object(&format!("{path}.name"), &pods.name)?;
        self.check_count(&format!("{path}.replicas"), Some(pods.replicas));
        if pods.labels.is_empty() {
            let message = "pods without labels belong to no Service".to_owned();
            self.wrong(&format!("{path}.labels"), message, "the labels that Services select");
        }
        let ports = pods.ports.into_iter().map(|port| RunTimePort {
            name: port.name,
            number: port.port,
            protocol: port.protocol.into(),
        });
        Some(RunTimePods {
            namespace,
            name,
            replicas: pods.replicas,
            ready: pods.ready,
            labels: pods.labels,
            ports: ports.collect(),
            is_windows: pods.os == System::Windows,
            host_network: pods.host_network,
        })
    }

    /// Networks, at most one of each family.
    fn networks(&mut self, path: &str, texts: &[String]) -> Vec<IpNet> {
        let mut networks: Vec<IpNet> = Vec::new();
        for (at, text) in (0..).zip(texts) {
            let free = parse_cidr(text)
                .map(|network| network.trunc())
                .filter(|network| networks.iter().all(|of| Family::of_net(of) != Family::of_net(network)));
            networks.extend(self.parsed(
                &format!("{path}[{at}]"),
                text,
                free,
                "one network of each family, as in 10.96.0.0/12",
            ));
        }
        networks
    }

    /// `NAMESPACE/NAME`
    fn object(&mut self, path: &str, text: &str) -> Option<(String, String)> {
        let parts = text.split_once('/').filter(|(namespace, name)| is_name(namespace) && is_name(name));
        let parts = parts.map(|(namespace, name)| (namespace.to_owned(), name.to_owned()));
        self.parsed(path, text, parts, "NAMESPACE/NAME")
    }

    fn check_name(&mut self, path: &str, text: &str) {
        let name = is_name(text).then_some(());
        self.parsed(path, text, name, "lower-case letters, digits, - and .");
    }

    fn check_count(&mut self, path: &str, count: Option<u64>) {
        if let Some(count) = count.filter(|count| *count > MOST_REPLICAS) {
            self.wrong(path, format!("{count} pods are too many"), &format!("0 to {MOST_REPLICAS}"));
        }
    }

    fn parsed<T>(&mut self, path: &str, text: &str, value: Option<T>, allowed: &str) -> Option<T> {
        if value.is_none() {
            let field = path.rsplit('.').next().unwrap_or(path);
            let field = field.split('[').next().unwrap_or(field);
            self.wrong(path, invalid(field, text), allowed);
        }
        value
    }

    fn wrong(&mut self, path: &str, message: String, allowed: &str) {
        let place = self.origin.field(path);
        self.found.push(Diagnostic::new(codes::ASSUMPTIONS_INVALID, message).at(place).allowed(allowed));
    }
}

/// Whether the API server takes a name: that of a node is one of DNS.
fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_part = |part: &str| {
        let ends = part.bytes().next().zip(part.bytes().last());
        ends.is_some_and(|(first, last)| is_letter(first) && is_letter(last))
            && part.bytes().all(|byte| is_letter(byte) || byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_part)
}

fn invalid(field: &str, text: &str) -> String {
    format!("invalid {field} `{}`", printable(text))
}
