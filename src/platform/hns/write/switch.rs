//! Writes rules of the virtual switch as `vfpctrl` prints them, for tests and examples.

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::platform::hns::model::{SwitchList, SwitchPort};

/// The text of lists.
#[must_use]
pub fn switch_lists(lists: &[SwitchList]) -> String {
    let mut text = String::new();
    for list in lists {
        if let Some(port) = &list.port {
            let _ = writeln!(text, "Policy for port : {port}");
        }
        text.push_str("\n ITEM LIST\n===========\n\n");
        let mut layer = "";
        for group in &list.groups {
            if *group.layer != *layer {
                layer = &group.layer;
                let _ = writeln!(text, "  LAYER : {layer}\n      Friendly name : {layer}\n");
            }
            let _ = writeln!(text, "  GROUP : {0}\n      Friendly name : {0}\n", group.name);
            for rule in &group.rules {
                let _ = writeln!(text, "    RULE : \n        Friendly name : {}", rule.name);
                let _ = writeln!(text, "        Type : {}\n        Conditions:", rule.type_);
                let destinations: Vec<String> = rule.destinations.iter().map(range).collect();
                let conditions = [
                    ("Protocols", rule.protocol.map(|of| of.to_string())),
                    ("Source IP", rule.is_narrowed.then(|| "10.0.0.0-10.0.0.255".to_owned())),
                    ("Destination IP", Some(destinations.join(", ")).filter(|of| !of.is_empty())),
                    ("Destination ports", rule.port.map(|of| of.to_string())),
                ];
                for (name, value) in conditions {
                    if let Some(value) = value {
                        let _ = writeln!(text, "            {name} : {value}");
                    }
                }
                text.push_str("        Flow TTL: 240\n        Rule Data:\n");
                let members = rule.members.as_deref().unwrap_or_default();
                if !members.is_empty() {
                    text.push_str("            DIP Range(s)\n");
                }
                for member in members {
                    let _ = writeln!(text, "              {{ {} : {} }}", member.ip(), member.port());
                }
                if rule.members.is_some() {
                    text.push_str("        FlagsEx : 0 \n");
                }
                if let Some(packets) = rule.packets {
                    let _ = writeln!(text, "        Matched packets : {}", packets.matched);
                    let _ = writeln!(text, "        Dropped packets : {}", packets.dropped);
                }
                text.push('\n');
            }
        }
        if list.is_whole {
            text.push_str("Command list-rule succeeded!\n");
        }
    }
    text
}

fn range((first, last): &(IpAddr, IpAddr)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// The text of a list of ports.
#[must_use]
pub fn switch_ports(ports: &[SwitchPort]) -> String {
    let mut text = "\n ITEM LIST\n===========\n\n".to_owned();
    for port in ports {
        let mac = port.mac.map(|mac| mac.to_string());
        let properties = [
            ("Port name", &*port.name),
            ("Port Friendly name", &port.friendly_name),
            ("Nic name", &port.nic),
            ("MAC address", mac.as_deref().unwrap_or_default()),
            ("Port type", &port.type_),
            ("VFP Port State", &port.state),
        ];
        for (name, value) in properties {
            let _ = writeln!(text, "    {name:<22}: {value}");
        }
        text.push('\n');
    }
    text.push_str("Command list-vmswitch-port succeeded!\n");
    text
}
