//! Writes rules of the virtual switch as `vfpctrl` prints them, for tests and examples.

use std::fmt::Write as _;

use crate::platform::hns::model::SwitchList;

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
                let conditions = [
                    ("Protocols", rule.protocol.map(|of| of.to_string())),
                    ("Destination IP", rule.destination.map(|of| of.to_string())),
                    ("Destination ports", rule.port.map(|of| of.to_string())),
                ];
                for (name, value) in conditions {
                    if let Some(value) = value {
                        let _ = writeln!(text, "            {name} : {value}");
                    }
                }
                text.push_str("        Flow TTL: 240\n        Rule Data:\n");
                if !rule.members.is_empty() {
                    text.push_str("            DIP Range(s)\n");
                }
                for member in &rule.members {
                    let _ = writeln!(text, "              {{ {} : {} }}", member.ip(), member.port());
                }
                text.push_str("        FlagsEx : 0 \n");
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
