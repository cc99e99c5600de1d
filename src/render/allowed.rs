//! Draws what an allow-list accepts.

use std::fmt::Write;

use super::counted;
use crate::allow::Entry;
use crate::name::escaped;
use crate::source::Sources;

/// What entries accept, each with its count: a sum, or a line for each entry. Nothing where nothing is accepted.
#[must_use]
pub fn draw<'l>(
    accepted: impl IntoIterator<Item = (&'l Entry, usize)>,
    sources: &Sources,
    lists: bool,
) -> String {
    let accepted: Vec<(&Entry, usize)> = accepted.into_iter().collect();
    let mut text = String::new();
    if accepted.is_empty() {
        return text;
    }
    let findings = counted(accepted.iter().map(|(_, count)| count).sum(), "finding");
    let more = if lists { "" } else { "; --show-allowed lists them" };
    let _ = writeln!(text, "allowed: {findings}, by {}{more}", counted(accepted.len(), "reason"));
    for (entry, count) in accepted.iter().filter(|_| lists) {
        let of = entry.service.as_ref().map(|service| format!("  {service}")).unwrap_or_default();
        let spot = escaped(&sources.spot(&entry.place).to_string());
        let _ = writeln!(text, "  {count:5}  {}{of}  {}", entry.code.id(), entry.reason);
        let _ = writeln!(text, "         at {spot}");
    }
    text
}
