//! What clients notice, in sentences that every format prints.

use std::collections::BTreeMap;

use crate::name::printable;
use crate::platform::timeline::{Basis, CallAt, Client, Disturbance, Trouble};

/// A trouble in one sentence: `shop/web:http: no load balancer between calls 2 and 3 of step 3 (TCP 10.96.0.10:80)`.
pub(in crate::render) fn sentence(of: &Disturbance, noun: &str) -> String {
    let (service, frontend) = (printable(&of.service), printable(&of.frontend));
    let comma = if of.what == Trouble::NoRules { "" } else { "," };
    format!("{service}: {}{comma} {} ({frontend})", what(of, noun), span(of))
}

/// What is wrong, without when.
pub(super) fn what(of: &Disturbance, noun: &str) -> String {
    let share = match of.share.as_deref() {
        None => "some".to_owned(),
        Some("1") => "all".to_owned(),
        Some(share) => format!("{share} of"),
    };
    let members = of.members.join(", ");
    let (is, serves) = if of.members.len() == 1 { ("is", "serves") } else { ("are", "serve") };
    match of.what {
        Trouble::NoRules => format!("no {noun}"),
        Trouble::GoneMembers => {
            format!("{share} new connections go to {members}, which {is} not on the node any more")
        }
        Trouble::WrongMembers => format!("{share} new connections go to {members}, which {serves} no more"),
    }
}

/// From which call to which.
pub(super) fn span(of: &Disturbance) -> String {
    let (from, to) = (of.from, of.to);
    match to {
        Some(to) if to.step == from.step && from.call > 0 => {
            format!("between calls {} and {} of step {}", from.call, to.call, to.step)
        }
        Some(to) if to.step == from.step => format!("until call {} of step {}", to.call, to.step),
        Some(to) => format!("from {} to {}", place(from), place(to)),
        None => format!("from {} to the end", place(from)),
    }
}

fn place(at: CallAt) -> String {
    match at.call {
        0 => format!("the start of step {}", at.step),
        call => format!("call {call} of step {}", at.step),
    }
}

/// What is told of each frontend, each once.
pub(super) fn listed<'d>(
    of: impl Iterator<Item = &'d Disturbance>,
    tell: impl Fn(&Disturbance) -> Option<String>,
) -> BTreeMap<Box<str>, String> {
    let mut listed = BTreeMap::new();
    for disturbance in of {
        if let Some(told) = tell(disturbance) {
            listed.entry(disturbance.frontend.clone()).or_insert(told);
        }
    }
    listed
}

/// Whose connections a trouble touches, and what becomes of those that are open; nothing where nothing is known.
pub(super) fn reach(of: &Disturbance) -> Option<String> {
    let names = |is_known: bool| {
        let reached = of.clients.iter().filter(|of| of.is_served.is_some() == is_known);
        let named = reached.map(|of| format!("{}{}", name(of.client), id(&of.basis)));
        named.collect::<Vec<_>>()
    };
    let (served, unknown) = (names(true), names(false));
    let mut parts = Vec::new();
    match served.join(", ") {
        served if served.is_empty() => {}
        served => parts.push(format!("no new connections from {served}")),
    }
    match unknown.join(", ") {
        unknown if unknown.is_empty() => {}
        unknown => parts.push(format!("unknown whether from {unknown}")),
    }
    if let Some(established) = &of.established {
        let what = match established.is_kept {
            Some(true) => "open connections go on",
            Some(false) => "open connections break",
            None => "unknown whether open connections go on",
        };
        parts.push(format!("{what}{}", id(&established.basis)));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn id(basis: &Basis) -> String {
    basis.rests_on.as_deref().map(|id| format!(" ({id})")).unwrap_or_default()
}

fn name(client: Client) -> &'static str {
    match client {
        Client::Pod => "pods on this node",
        Client::Node => "the node itself",
        Client::Outside => "outside",
    }
}
