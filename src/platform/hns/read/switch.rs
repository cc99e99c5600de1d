//! Reads what `vfpctrl /list-rule`, `/get-rule-counter` and `/list-vmswitch-port` print, as people and log collectors
//! keep it.
//!
//! ```text
//! Policy for port : <port>            of scripts, or a command with /port <port>
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
//! is passed over. Where a text breaks off, the members of its last rule are not told, and neither is its last line.

use std::net::{IpAddr, SocketAddr};

use super::super::model::{SwitchGroup, SwitchList, SwitchPort, SwitchRule};
use crate::net::{Family, parse_ip};
use crate::node::MacAddress;

/// What a text tells of the switch.
#[derive(Debug, Default)]
pub(super) struct Switch {
    pub(super) lists: Vec<SwitchList>,
    pub(super) ports: Vec<SwitchPort>,
}

/// What a text tells of the switch, but JSON.
pub(super) fn switch(text: &str) -> Switch {
    let mut reader = Reader::default();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let is_cut = lines.peek().is_none() && !line.ends_with('\n');
        let line = line.trim();
        if !is_cut || line.starts_with("Command ") {
            reader.line(line);
        }
    }
    reader.end_list();
    reader.switch
}

#[derive(Default)]
struct Reader {
    switch: Switch,
    port: Option<Box<str>>,
    layer: Box<str>,
    /// Whether the lines belong to the last rule.
    in_rule: bool,
    /// Whether they belong to the last port.
    in_port: bool,
    /// The members of the last rule so far.
    members: Vec<SocketAddr>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if line.eq_ignore_ascii_case("ITEM LIST") {
            self.end_list();
            (self.layer, self.in_port) = ("".into(), false);
            self.switch.lists.push(SwitchList { port: self.port.clone(), ..SwitchList::default() });
            return;
        }
        if let Some(port) = line.strip_prefix("Policy for port :") {
            self.port = Some(port.trim().into());
            return;
        }
        if let Some(port) = port_of_command(line) {
            self.port = Some(port.into());
            return;
        }
        if self.switch.lists.is_empty() {
            return;
        }
        if line.starts_with("Command ") {
            let is_whole = line.contains("succeeded");
            self.end_rule();
            if let Some(list) = self.switch.lists.last_mut() {
                list.is_whole |= is_whole;
            }
            // A list of ports is none of rules.
            self.switch.lists.pop_if(|list| self.in_port && list.groups.is_empty());
            self.in_port = false;
            return;
        }
        if let Some(member) = line.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            self.members.extend(member_of(member).filter(|_| self.in_rule));
            return;
        }
        let Some((key, value)) = line.split_once(':') else { return };
        let (key, value) = (key.trim(), value.trim());
        match key {
            "LAYER" => {
                self.end_rule();
                self.layer = value.into();
            }
            "GROUP" => {
                self.end_rule();
                self.group(value);
            }
            "RULE" => {
                self.end_rule();
                let has_group = self.switch.lists.last().is_some_and(|list| !list.groups.is_empty());
                if !has_group {
                    self.group("");
                }
                let group = self.switch.lists.last_mut().and_then(|list| list.groups.last_mut());
                if let Some(group) = group {
                    group.rules.push(SwitchRule::default());
                }
                self.in_rule = true;
            }
            "Port name" if !self.in_rule => {
                self.in_port = true;
                self.switch.ports.push(SwitchPort { name: value.into(), ..SwitchPort::default() });
            }
            // What ends a rule: nothing but counters follows.
            "FlagsEx" => self.end_members(),
            _ if self.in_rule => {
                if let Some(rule) = self.last_rule() {
                    rule.property(key, value);
                }
            }
            _ if self.in_port => {
                if let Some(port) = self.switch.ports.last_mut() {
                    port.property(key, value);
                }
            }
            _ => {}
        }
    }

    fn group(&mut self, name: &str) {
        let group = SwitchGroup { layer: self.layer.clone(), name: name.into(), ..SwitchGroup::default() };
        self.switch.lists.last_mut().into_iter().for_each(|list| list.groups.push(group.clone()));
    }

    fn last_rule(&mut self) -> Option<&mut SwitchRule> {
        self.switch.lists.last_mut()?.groups.last_mut()?.rules.last_mut()
    }

    /// What comes next does not belong to the last rule: all its members are told.
    fn end_rule(&mut self) {
        self.end_members();
        self.in_rule = false;
    }

    fn end_members(&mut self) {
        let members = std::mem::take(&mut self.members);
        if let (true, Some(rule)) = (self.in_rule, self.last_rule()) {
            rule.members.get_or_insert_default().extend(members);
        }
    }

    /// A list ends; where nothing says so, it broke off, and more members of its last rule may follow.
    fn end_list(&mut self) {
        self.members.clear();
        self.in_rule = false;
        self.switch.lists.pop_if(|list| self.in_port && list.groups.is_empty());
    }
}

/// `PS C:\k> vfpctrl /port 7A31F0C2-… /list-rule`
fn port_of_command(line: &str) -> Option<&str> {
    let is_command =
        line.split(|c: char| !c.is_ascii_alphanumeric()).any(|of| of.eq_ignore_ascii_case("vfpctrl"));
    let mut words = line.split_ascii_whitespace();
    words.find(|word| is_command && word.eq_ignore_ascii_case("/port"))?;
    words.next()
}

/// `10.60.3.21 : 8443`; an address of IPv6 has colons too.
fn member_of(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.rsplit_once(" : ")?;
    let ip: IpAddr = parse_ip(ip.trim())?;
    Some(SocketAddr::new(ip, port.trim().parse().ok()?))
}

/// Ranges of addresses: `10.60.0.0-10.60.255.255`, or single ones. `None` where one is no address.
fn ranges<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Vec<(IpAddr, IpAddr)>> {
    let one = |text: &str| match text.split_once('-') {
        Some((first, last)) => range(first, last),
        None => range(text, text),
    };
    texts.map(one).collect()
}

/// A range of addresses of one family.
pub(super) fn range(first: &str, last: &str) -> Option<(IpAddr, IpAddr)> {
    let (first, last) = (parse_ip(first.trim())?, parse_ip(last.trim())?);
    (Family::of(first) == Family::of(last)).then_some((first, last))
}

impl SwitchRule {
    fn property(&mut self, key: &str, value: &str) {
        let count = |value: &str| value.parse::<u64>().ok();
        match key {
            "Friendly name" => self.name = value.into(),
            "Type" if self.type_.is_empty() => self.type_ = value.into(),
            "Protocols" => self.protocol = value.parse().ok(),
            "Destination IP" => match ranges(value.split(',')) {
                Some(ranges) => self.destinations = ranges,
                None => self.is_narrowed = true,
            },
            "Destination ports" => self.port = value.parse().ok(),
            "Matched packets" => {
                if let Some(matched) = count(value) {
                    self.packets.get_or_insert_default().matched = matched;
                }
            }
            "Dropped packets" => {
                if let Some(dropped) = count(value) {
                    self.packets.get_or_insert_default().dropped = dropped;
                }
            }
            _ if key.starts_with("Source ") || key.starts_with("ICMP ") => self.is_narrowed = true,
            _ => {}
        }
    }
}

impl SwitchPort {
    fn property(&mut self, key: &str, value: &str) {
        match key {
            "Port Friendly name" => self.friendly_name = value.into(),
            "Nic name" => self.nic = value.into(),
            "MAC address" => self.mac = value.parse::<MacAddress>().ok(),
            "Port type" => self.type_ = value.into(),
            "VFP Port State" => self.state = value.into(),
            _ => {}
        }
    }
}
