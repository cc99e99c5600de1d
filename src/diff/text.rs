//! A side as text in normal order, for tools that compare text line by line.

use std::fmt::Write;

use super::hns::side::{HnsSide, MemberName};
use super::netsh::NetshSide;
use super::{Row, Sheet, Side};
use crate::name::printable;
use crate::net::Family;
use crate::target::hns::model::{Endpoint, EndpointRef, IpConfiguration, LoadBalancer};
use crate::target::netsh::model::Command;
use crate::target::{iptables, netsh};

/// A text of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The name of a file for it.
    pub file: &'static str,
    /// The text; of two equal sides it is the same.
    pub text: String,
}

impl Side {
    /// The texts of the side. What has no meaning is left out or in an order of its own: ids, the order of
    /// load balancers and their members, the order of Services in a table.
    #[must_use]
    pub fn artifacts(&self) -> Vec<Artifact> {
        match self {
            Self::Iptables(side) => {
                let files = [(Family::Ipv4, "iptables.ipv4.rules"), (Family::Ipv6, "iptables.ipv6.rules")];
                let files = files.into_iter().filter_map(|(family, file)| {
                    let rules = side.rules.get(family).as_ref()?;
                    Some(Artifact { file, text: iptables::write(&rules.normalise()) })
                });
                files.collect()
            }
            Self::Hns(side) => vec![Artifact { file: "hns.json", text: hns(side) }],
            Self::Netsh(side) => vec![Artifact { file: "netsh.txt", text: of_netsh(side) }],
        }
    }
}

impl Sheet {
    /// What one side says of all frontends, for sides of two platforms, which have no other text in common.
    #[must_use]
    pub fn artifact(&self, side: usize) -> Artifact {
        let mut text = String::new();
        for Row { at, service, lines, .. } in &self.rows {
            let service = service.as_deref().unwrap_or("of no Service");
            let _ = match at.address {
                Some(ip) => {
                    writeln!(text, "{service} {}/{}", std::net::SocketAddr::new(ip, at.port), at.protocol)
                }
                None => writeln!(text, "{service} node port {}/{} {}", at.port, at.protocol, at.family),
            };
            for line in lines.iter().filter_map(|pair| pair.sides[side].as_ref()) {
                let _ = writeln!(text, "    {line}");
            }
        }
        Artifact { file: "frontends.txt", text }
    }
}

/// The objects as HCN gets them, without ids, members by their addresses.
fn hns(side: &HnsSide) -> String {
    let mut objects: Vec<(String, String)> = Vec::new();
    for balancer in &side.balancers {
        let members = balancer.members.iter().map(|member| match &member.name {
            MemberName::At(address) => EndpointRef::Local(address.clone()),
            other => EndpointRef::Named(other.to_string().into()),
        });
        let mut object = LoadBalancer { id: None, endpoints: members.collect(), ..balancer.object.clone() };
        object.source_vip = object.source_vip.filter(|_| side.is_overlay);
        objects.push((format!("a {:?} {}", balancer.key, balancer.number), pretty(&object)));
    }
    for known in side.endpoints.iter().filter(|known| known.object.is_remote()) {
        let addresses = known.object.addresses().cloned();
        let addresses = addresses.map(|ip_address| IpConfiguration { ip_address, prefix_length: 0 });
        let object = Endpoint {
            id: None,
            network: None,
            name: Box::default(),
            mac_address: None,
            ip_configurations: addresses.collect(),
            ..known.object.clone()
        };
        objects.push((format!("b {} {}", known.address, known.number), pretty(&object)));
    }
    objects.sort_unstable();
    let texts: Vec<String> = objects.into_iter().map(|(_, text)| text + "\n").collect();
    texts.concat()
}

fn pretty(object: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(object).expect("texts and numbers are JSON")
}

fn of_netsh(side: &NetshSide) -> String {
    let lines = side.objects.iter().map(|owned| netsh::write_command(&Command::Create(owned.object.clone())));
    let mut lines: Vec<String> = lines.map(|line| printable_line(&line)).collect();
    lines.sort_unstable();
    lines.concat()
}

fn printable_line(line: &str) -> String {
    let line: String = line.split(' ').map(printable).collect::<Vec<_>>().join(" ");
    line + "\n"
}
