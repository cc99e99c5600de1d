//! Reads what `vfpctrl /list-rule` and `/get-rule-counter` print, as people and log collectors keep it.
//!
//! ```text
//! Policy for port : <port>            of scripts
//! ITEM LIST
//!   LAYER : <name>
//!   GROUP : <name>
//!     RULE : [<id>]
//!       <name> : <value>              conditions, type, counters
//!       { <address> : <port> }        members
//! Command list-rule succeeded!
//! ```
//!
//! Indentation is often lost, so it says nothing: a layer, a group and a rule go on up to the next one. What is not known
//! is passed over.

use std::net::{IpAddr, SocketAddr};

use super::super::model::{SwitchCount, SwitchGroup, SwitchList, SwitchRule};
use crate::net::parse_ip;

/// The lists of a text.
pub(super) fn lists(text: &str) -> Vec<SwitchList> {
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.line(line.trim());
    }
    reader.lists
}

#[derive(Default)]
struct Reader {
    lists: Vec<SwitchList>,
    port: Option<Box<str>>,
    layer: Box<str>,
    /// Whether the lines belong to the last rule.
    in_rule: bool,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if line.eq_ignore_ascii_case("ITEM LIST") {
            self.layer = "".into();
            self.in_rule = false;
            self.lists.push(SwitchList { port: self.port.clone(), ..SwitchList::default() });
            return;
        }
        if let Some(port) = line.strip_prefix("Policy for port :") {
            self.port = Some(port.trim().into());
            return;
        }
        let Some(list) = self.lists.last_mut() else { return };
        if line.starts_with("Command ") {
            list.is_whole |= line.contains("succeeded");
            self.in_rule = false;
            return;
        }
        if let Some(member) = line.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            if let (true, Some(rule)) = (self.in_rule, last_rule(list)) {
                rule.members.extend(member_of(member));
            }
            return;
        }
        let Some((key, value)) = line.split_once(':') else { return };
        let (key, value) = (key.trim(), value.trim());
        match key {
            "LAYER" => {
                self.layer = value.into();
                self.in_rule = false;
            }
            "GROUP" => {
                let group =
                    SwitchGroup { layer: self.layer.clone(), name: value.into(), ..SwitchGroup::default() };
                list.groups.push(group);
                self.in_rule = false;
            }
            "RULE" => {
                if list.groups.is_empty() {
                    list.groups.push(SwitchGroup { layer: self.layer.clone(), ..SwitchGroup::default() });
                }
                if let Some(group) = list.groups.last_mut() {
                    group.rules.push(SwitchRule::default());
                }
                self.in_rule = true;
            }
            _ if self.in_rule => {
                if let Some(rule) = last_rule(list) {
                    rule.property(key, value);
                }
            }
            _ => {}
        }
    }
}

fn last_rule(list: &mut SwitchList) -> Option<&mut SwitchRule> {
    list.groups.last_mut()?.rules.last_mut()
}

/// `10.60.3.21 : 8443`; an address of IPv6 has colons too.
fn member_of(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.rsplit_once(" : ")?;
    let ip: IpAddr = parse_ip(ip.trim())?;
    Some(SocketAddr::new(ip, port.trim().parse().ok()?))
}

impl SwitchRule {
    fn property(&mut self, key: &str, value: &str) {
        let count = |value: &str| value.parse::<u64>().ok();
        match key {
            "Friendly name" => self.name = value.into(),
            "Type" if self.type_.is_empty() => self.type_ = value.into(),
            "Protocols" => self.protocol = value.parse().ok(),
            "Destination IP" => self.destination = parse_ip(value),
            "Destination ports" => self.port = value.parse().ok(),
            "Matched packets" => {
                if let Some(matched) = count(value) {
                    self.packets.get_or_insert_default().matched = matched;
                }
            }
            "Dropped packets" => {
                if let Some(dropped) = count(value) {
                    self.packets.get_or_insert_with(SwitchCount::default).dropped = dropped;
                }
            }
            _ => {}
        }
    }
}
