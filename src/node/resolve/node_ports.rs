//! `nodePortAddresses`: which addresses of the node serve node ports.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::behavior::NodePortKeywords;
use super::context::{NodeIps, NodePortAddresses, NodePortMatch};
use super::resolve::Resolver;
use crate::diagnostics::{Code, Diagnostic};
use crate::name::printable;
use crate::net::{Family, PerFamily, parse_cidr, parse_ip};

impl Resolver<'_> {
    pub(super) fn node_port_addresses(
        &mut self,
        ips: &NodeIps,
        keywords: NodePortKeywords,
    ) -> PerFamily<NodePortAddresses> {
        let said = self
            .overrides
            .node_port_addresses
            .clone()
            .unwrap_or_else(|| self.config.node_port_addresses.clone());
        let mut entries = Vec::new();
        if keywords == NodePortKeywords::Primary && said == ["primary"] {
            let ips = Family::ALL.map(|family| *ips.get(family));
            entries
                .extend(ips.into_iter().filter(|ip| !ip.is_loopback()).map(|ip| Entry::of(IpNet::from(ip))));
        } else {
            for text in &said {
                match parse_cidr(text) {
                    Some(net) => entries.push(Entry::read(text, net, keywords)),
                    None => self.invalid("nodePortAddresses", text, "CIDRs, or from 1.31 on `primary` alone"),
                }
            }
        }
        PerFamily::of(|family| {
            let entries: Vec<Entry> =
                entries.iter().copied().filter(|entry| Family::of_net(&entry.net) == family).collect();
            self.node_ports_of(&entries, ips, family)
        })
    }

    /// kube-proxy goes through the entries up to the first that matches everything.
    fn node_ports_of(&mut self, entries: &[Entry], ips: &NodeIps, family: Family) -> NodePortAddresses {
        if entries.is_empty() {
            return NodePortAddresses {
                serving: NodePortMatch::All,
                includes_loopback: family == Family::Ipv4,
            };
        }
        let all = entries.iter().position(|entry| entry.matches_all);
        let considered = &entries[..all.map_or(entries.len(), |at| at + 1)];
        let loopback = IpAddr::from(Ipv4Addr::new(127, 0, 0, 0));
        let includes_loopback =
            considered.iter().any(|entry| entry.net.addr().is_loopback() || entry.net.contains(&loopback));
        let serving = if all.is_some() {
            NodePortMatch::All
        } else {
            let mut serving = self.interface_addresses(ips);
            serving.retain(|ip| {
                Family::of(*ip) == family && considered.iter().any(|entry| entry.net.contains(ip))
            });
            serving.sort();
            serving.dedup();
            NodePortMatch::Only(serving)
        };
        NodePortAddresses { serving, includes_loopback }
    }

    fn interface_addresses(&mut self, ips: &NodeIps) -> Vec<IpAddr> {
        let said = self.overrides.interface_addresses.as_ref().or(self.facts.interface_addresses.as_ref());
        let Some(said) = said else {
            let warned = self.found.iter().any(|known| known.code == Code::InterfacesUnknown);
            if !warned {
                let message = "nodePortAddresses is set, but the addresses of the interfaces are not known";
                self.found.push(
                    Diagnostic::new(Code::InterfacesUnknown, message)
                        .help("the node's own addresses are used; give --interface-address or a facts file"),
                );
            }
            return vec![ips.ipv4, ips.ipv6];
        };
        let mut addresses = Vec::new();
        for text in said {
            if let Some(ip) = parse_ip(text.split('/').next().unwrap_or(text)) {
                addresses.push(ip);
                continue;
            }
            let message = format!("interface address `{}` cannot be read", printable(text));
            self.found.push(
                Diagnostic::new(Code::FactsInvalid, message)
                    .allowed("an address, with or without prefix length")
                    .help("it is ignored"),
            );
        }
        addresses
    }
}

/// An entry of `nodePortAddresses`.
#[derive(Debug, Clone, Copy)]
struct Entry {
    net: IpNet,
    matches_all: bool,
}

impl Entry {
    fn of(net: IpNet) -> Self {
        Self { net, matches_all: net.prefix_len() == 0 }
    }

    /// kube-proxy 1.30 compares texts: only the usual spelling of a zero CIDR matches everything.
    fn read(text: &str, net: IpNet, keywords: NodePortKeywords) -> Self {
        match keywords {
            NodePortKeywords::None => Self { net, matches_all: matches!(text, "0.0.0.0/0" | "::/0") },
            NodePortKeywords::Primary => Self::of(net),
        }
    }
}
