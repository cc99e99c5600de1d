//! A Service at a step of a sequence, as text.

use std::fmt::Write;

use crate::explain::{AtStep, FieldAtStep};
use crate::name::printable;

/// The text: each member with its value, and what changed it.
#[must_use]
pub fn at_step(at: &AtStep) -> String {
    let events = if at.events.is_empty() { "no event".to_owned() } else { at.events.join(", ") };
    let restart = if at.restart { ", kube-proxy starts anew" } else { "" };
    let mut text = format!("Step {}{restart}: {events} (kube-proxy {})\n", at.step, at.kube_proxy_version);
    for note in &at.notes {
        let _ = writeln!(text, "Note: {}.", printable(note));
    }
    for port in &at.ports {
        let _ = writeln!(text, "\n{} ({})", port.port, port.family);
        fields(&mut text, "  ", &port.fields);
        for (address, of_endpoint) in &port.endpoints {
            let _ = writeln!(text, "  endpoint {address}");
            fields(&mut text, "    ", of_endpoint);
        }
    }
    text
}

fn fields(text: &mut String, indent: &str, fields: &[FieldAtStep]) {
    let width = fields.iter().map(|field| field.name.chars().count()).max().unwrap_or_default();
    for FieldAtStep { name, value, before, because } in fields {
        let value = value.as_deref().unwrap_or("gone");
        let change = match (before, because.is_empty()) {
            (_, true) => String::new(),
            (Some(before), _) => format!("  (was {before}; {})", because.join(", ")),
            (None, _) => format!("  (new; {})", because.join(", ")),
        };
        let _ = writeln!(text, "{indent}{name:width$}  {value}{change}");
    }
}
