//! Reads what `vfpctrl` prints with `/format 1`, as far as public scripts show it: rules with their conditions and
//! names, and ports. Groups, members and counters of rules are not known there, so they are not told.

use serde::Deserialize;

use super::super::model::{SwitchGroup, SwitchList, SwitchPort, SwitchRule};
use super::switch::{Switch, range};
use crate::net::Family;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    rules: Option<Vec<Rule>>,
    ports: Option<Vec<Port>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    #[serde(alias = "ID")]
    id: Option<Box<str>>,
    name: Option<Box<str>>,
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    #[serde(rename = "ConditionType")]
    kind: u32,
    protocol_list: Option<Vec<u32>>,
    destination_port_list: Option<Vec<u16>>,
    #[serde(rename = "DestinationIPv4RangeList")]
    ipv4: Option<Vec<Option<Range>>>,
    #[serde(rename = "DestinationIPv6RangeList")]
    ipv6: Option<Vec<Option<Range>>>,
}

#[derive(Deserialize)]
struct Range {
    #[serde(rename = "L")]
    first: Box<str>,
    #[serde(rename = "H")]
    last: Box<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Port {
    name: Box<str>,
    mac_address: Option<Box<str>>,
}

/// The kinds of conditions that scripts show.
const PROTOCOLS: u32 = 1;
const DESTINATION_PORTS: u32 = 5;
const DESTINATIONS: [u32; 2] = [11, 13];

/// The shortest id that names a rule; shorter ones are none (microsoft/wcnscripts).
const SHORTEST_ID: usize = 5;

/// What a document tells of the switch; `None` where it is another one.
pub(super) fn switch(document: &str) -> Option<Switch> {
    let mentions = |member: &str| document.contains(member);
    let has_rules = mentions("\"ConditionType\"");
    let has_ports = mentions("\"Ports\"") && mentions("\"MacAddress\"");
    if !has_rules && !has_ports {
        return None;
    }
    let Document { rules, ports } = serde_json::from_str(document).ok()?;
    let lists = rules.into_iter().map(|rules| list(rules.into_iter().map(Rule::read).collect())).collect();
    let ports: Vec<SwitchPort> = ports.into_iter().flatten().map(Port::read).collect();
    let switch = Switch { lists, ports };
    (!switch.lists.is_empty() || !switch.ports.is_empty()).then_some(switch)
}

/// The list of a single group, which the names and addresses of its rules tell.
fn list(rules: Vec<SwitchRule>) -> SwitchList {
    let of_family = |family| {
        let is_of = |rule: &SwitchRule| {
            rule.name.starts_with("LB_DSR_")
                && rule.destinations.iter().all(|(ip, _)| Family::of(*ip) == family)
        };
        !rules.is_empty() && rules.iter().all(is_of)
    };
    let name = match [Family::Ipv4, Family::Ipv6].map(of_family) {
        [true, false] => "LB_DSR_IPv4_OUT",
        [false, true] => "LB_DSR_IPv6_OUT",
        _ => "",
    };
    let group = SwitchGroup { name: name.into(), rules, ..SwitchGroup::default() };
    SwitchList { port: None, groups: vec![group], is_whole: true }
}

impl Rule {
    fn read(self) -> SwitchRule {
        let id = self.id.filter(|id| id.len() >= SHORTEST_ID);
        let name = self.name.filter(|name| !name.is_empty()).or(id);
        let mut rule = SwitchRule { name: name.unwrap_or_default(), ..SwitchRule::default() };
        for condition in self.conditions {
            match condition.kind {
                PROTOCOLS => rule.protocol = condition.protocol_list.as_deref().and_then(only),
                DESTINATION_PORTS => rule.port = condition.destination_port_list.as_deref().and_then(only),
                of if DESTINATIONS.contains(&of) => {
                    let listed = [&condition.ipv4, &condition.ipv6].into_iter().flatten().flatten().flatten();
                    let listed: Option<Vec<_>> = listed.map(|of| range(&of.first, &of.last)).collect();
                    match listed {
                        Some(ranges) => rule.destinations.extend(ranges),
                        None => rule.is_narrowed = true,
                    }
                }
                _ => rule.is_narrowed = true,
            }
        }
        rule
    }
}

impl Port {
    fn read(self) -> SwitchPort {
        SwitchPort {
            name: self.name,
            mac: self.mac_address.and_then(|mac| mac.parse().ok()),
            ..SwitchPort::default()
        }
    }
}

fn only<T: Copy>(list: &[T]) -> Option<T> {
    if let [only] = list { Some(*only) } else { None }
}
