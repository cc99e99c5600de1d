//! What `netsh dump` would print after a script: sections with a context, arguments in the order of real
//! dumps, no store, every mask filled in. Firewall rules are in no dump.
//!
//! Real sections begin with `reset`, which would wipe the node if someone ran the text; here it is left out.

use super::command::{Word, add_address, portproxy_arguments};
use super::{Lines, Quotes};
use crate::net::Family;
use crate::platform::netsh::model::{Address, Assigned, Command, Object, PortProxy};
use crate::platform::netsh::plan::Script;

pub(super) fn write(script: &Script) -> String {
    let mut out = Lines::new("# ");
    for comment in &script.heading {
        out.comment(comment);
    }
    let addresses = |family| {
        let of_family =
            move |object: &&Object| matches!(object, Object::Address(address) if address.family() == family);
        objects(script).filter(of_family).map(line).collect()
    };
    let listeners =
        objects(script).filter(|object| matches!(object, Object::PortProxy(_))).map(line).collect();
    section(&mut out, "IPv4", "ipv4", addresses(Family::Ipv4));
    section(&mut out, "IPv6", "ipv6", addresses(Family::Ipv6));
    section(&mut out, "Port Proxy", "portproxy", listeners);
    if objects(script).any(|object| matches!(object, Object::Firewall(_))) {
        out.titled("firewall rules are in no dump");
    }
    if let Some(comment) = &script.closing {
        out.comment(comment);
    }
    out.text
}

fn objects(script: &Script) -> impl Iterator<Item = &Object> {
    script.commands.iter().filter_map(|command| match command {
        Command::Create(object) => Some(object),
        Command::Delete(_) => None,
    })
}

/// A section, unless it would be empty.
fn section(out: &mut Lines, title: &str, context: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    out.titled(&format!("{title} configuration"));
    out.line(&format!("pushd interface {context}"));
    out.line("");
    for line in lines {
        out.line(&line);
    }
    out.line("");
    out.line("popd");
    out.titled(&format!("end of {title} configuration"));
}

fn line(object: &Object) -> String {
    match object {
        Object::Address(address) => added("add address", add_address(&as_dumped(address))),
        Object::PortProxy(proxy) => proxy_line(proxy),
        Object::Interface(_) | Object::Route(_) | Object::Firewall(_) => String::new(),
    }
}

fn proxy_line(proxy: &PortProxy) -> String {
    added(&format!("add {}", proxy.listener.relay.as_str()), portproxy_arguments(proxy))
}

/// The verb and the arguments, without the context that the section has said.
fn added(verb: &str, words: Vec<Word<'_>>) -> String {
    let mut line = verb.to_owned();
    for word in words {
        if let Word::Argument { .. } = word {
            line.push(' ');
            line.push_str(&word.spelled(Quotes::Netsh));
        }
    }
    line
}

/// Dumps fill in the mask and never say where an address is kept.
fn as_dumped(address: &Address) -> Address {
    Address {
        address: Assigned::InNet(address.address.net()),
        store: None,
        skip_as_source: None,
        ..address.clone()
    }
}
