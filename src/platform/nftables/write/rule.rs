//! Prints rules.

use std::fmt::Write;

use super::super::model::{
    Address, AddressRange, Braces, Comment, Destination, Interface, Key, Lookup, Name, Operation, Rule,
    Selected, Side, Statement, States, Verdict, Word, family_word,
};
use crate::net::{Family, Protocol, push_decimal, push_ip};

pub(super) fn push_name(out: &mut String, name: &Name) {
    out.push(' ');
    out.push_str(name.as_str());
}

/// A rule: its statements, and its comment.
pub(in crate::platform::nftables) fn push_rule(out: &mut String, family: Family, rule: &Rule) {
    for (place, statement) in rule.statements.iter().enumerate() {
        if place > 0 {
            out.push(' ');
        }
        push_statement(out, family, statement);
    }
    if let Some(comment) = &rule.comment {
        out.push(' ');
        push_comment(out, comment);
    }
}

/// One statement.
pub(in crate::platform::nftables) fn push_statement(out: &mut String, family: Family, statement: &Statement) {
    match statement {
        Statement::Addresses { side, not, ranges, braces } => {
            push_side(out, family, *side);
            out.push(' ');
            push_not(out, *not);
            push_ranges(out, ranges, *braces);
        }
        Statement::InSet { lookup, not, set } => {
            push_lookup(out, family, *lookup);
            out.push(' ');
            push_not(out, *not);
            out.push('@');
            out.push_str(set.as_str());
        }
        Statement::IsLocal(Side::Source) => out.push_str("fib saddr type local"),
        Statement::IsLocal(Side::Destination) => out.push_str("fib daddr type local"),
        Statement::InInterface(interface) => push_interface(out, interface),
        Statement::Protocol(protocol) => push_protocol(out, *protocol),
        Statement::Port(protocol, port) => {
            out.push_str(protocol.lower());
            out.push_str(" dport ");
            push_decimal(out, u32::from(*port));
        }
        Statement::State(states) => push_states(out, *states),
        Statement::IsTranslated => out.push_str("ct status dnat"),
        Statement::Mark { mask, is_set } => {
            let compared = if *is_set { "!=" } else { "==" };
            push_display(out, format_args!("mark and 0x{mask:08x} {compared} 0"));
        }
        Statement::SetMark(operation, mask) => {
            let word = match operation {
                Operation::Or => "or",
                Operation::Xor => "xor",
            };
            push_display(out, format_args!("mark set mark {word} 0x{mask:08x}"));
        }
        Statement::VerdictMap { lookup, map } => {
            push_lookup(out, family, *lookup);
            out.push_str(" vmap @");
            out.push_str(map.as_str());
        }
        Statement::Choose(selected) => push_selected(out, "vmap", selected, push_verdict),
        Statement::Translate(destination) => push_destination(out, family, destination),
        Statement::Remember(set) => {
            for part in ["update @", set.as_str(), " { "] {
                out.push_str(part);
            }
            push_side(out, family, Side::Source);
            out.push_str(" }");
        }
        Statement::Masquerade { fully_random } => {
            out.push_str(if *fully_random { "masquerade fully-random" } else { "masquerade" });
        }
        Statement::Reject => out.push_str("reject"),
        Statement::Verdict(verdict) => push_verdict(out, verdict),
        Statement::Counter(None) => out.push_str("counter"),
        Statement::Counter(Some(name)) => {
            for part in ["counter name \"", name.as_str(), "\""] {
                out.push_str(part);
            }
        }
        Statement::Foreign(foreign) => out.push_str(foreign.as_str()),
    }
}

fn push_display(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a String takes every text");
}

fn push_not(out: &mut String, not: bool) {
    if not {
        out.push_str("!= ");
    }
}

fn push_side(out: &mut String, family: Family, side: Side) {
    out.push_str(family_word(family));
    out.push_str(match side {
        Side::Source => " saddr",
        Side::Destination => " daddr",
    });
}

fn push_protocol(out: &mut String, protocol: Protocol) {
    out.push_str("meta l4proto ");
    out.push_str(protocol.lower());
}

fn push_lookup(out: &mut String, family: Family, lookup: Lookup) {
    let (addresses, ports): (&[Side], bool) = match lookup {
        Lookup::Source => (&[Side::Source], false),
        Lookup::Destination => (&[Side::Destination], false),
        Lookup::Service => (&[Side::Destination], true),
        Lookup::NodePort => (&[], true),
        Lookup::Pair => (&[Side::Source, Side::Destination], true),
    };
    for (place, side) in addresses.iter().enumerate() {
        if place > 0 {
            out.push_str(" . ");
        }
        push_side(out, family, *side);
    }
    if ports {
        if !addresses.is_empty() {
            out.push_str(" . ");
        }
        out.push_str("meta l4proto . th dport");
    }
}

fn push_ranges(out: &mut String, ranges: &[AddressRange], braces: Braces) {
    let (open, between, close) = match braces {
        Braces::Without => ("", "", ""),
        Braces::Spaced => ("{ ", " , ", " }"),
        Braces::Tight => ("{ ", ",", " }"),
    };
    out.push_str(open);
    for (place, range) in ranges.iter().enumerate() {
        if place > 0 {
            out.push_str(between);
        }
        push_range(out, range);
    }
    out.push_str(close);
}

fn push_range(out: &mut String, range: &AddressRange) {
    match range {
        AddressRange::Ip(ip) => push_ip(out, *ip),
        AddressRange::Net(net) => {
            push_ip(out, net.addr());
            out.push('/');
            push_decimal(out, net.prefix_len().into());
        }
        AddressRange::Range(first, last) => {
            push_ip(out, *first);
            out.push('-');
            push_ip(out, *last);
        }
        AddressRange::Verbatim(word) => out.push_str(word.as_str()),
    }
}

fn push_interface(out: &mut String, interface: &Interface) {
    out.push_str(if interface.by_number { "iif " } else { "iifname " });
    push_not(out, interface.not);
    out.push_str(interface.name.as_str());
    if interface.is_prefix {
        out.push('*');
    }
}

fn push_states(out: &mut String, states: States) {
    out.push_str("ct state ");
    let named = States::NAMES.iter().filter(|(state, _)| states.contains(*state));
    for (place, (_, name)) in named.enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push_str(name);
    }
}

fn push_selected<T>(out: &mut String, map: &str, selected: &Selected<T>, push: impl Fn(&mut String, &T)) {
    out.push_str("numgen random mod ");
    push_decimal(out, selected.of);
    out.push(' ');
    out.push_str(map);
    out.push_str(" { ");
    for (place, (number, value)) in selected.values.iter().enumerate() {
        if place > 0 {
            out.push_str(" , ");
        }
        push_decimal(out, *number);
        out.push_str(" : ");
        push(out, value);
    }
    out.push_str(" }");
}

fn push_destination(out: &mut String, family: Family, destination: &Destination) {
    match destination {
        Destination::One(address, port) => {
            out.push_str("dnat to ");
            crate::net::push_host_port(out, *port, |out| push_address(out, address));
        }
        Destination::Choose(selected) => {
            out.push_str("dnat ");
            out.push_str(family_word(family));
            out.push_str(" addr . port to ");
            push_selected(out, "map", selected, |out, (address, port)| {
                push_address(out, address);
                out.push_str(" . ");
                push_decimal(out, u32::from(*port));
            });
        }
    }
}

fn push_address(out: &mut String, address: &Address) {
    match address {
        Address::Ip(ip) => push_ip(out, *ip),
        Address::Verbatim(word) => out.push_str(word.as_str()),
    }
}

/// What becomes of a packet.
pub(in crate::platform::nftables) fn push_verdict(out: &mut String, verdict: &Verdict) {
    let (word, chain) = match verdict {
        Verdict::Jump(chain) => ("jump ", chain.as_str()),
        Verdict::Goto(chain) => ("goto ", chain.as_str()),
        Verdict::Accept => ("accept", ""),
        Verdict::Drop => ("drop", ""),
        Verdict::Return => ("return", ""),
        Verdict::Continue => ("continue", ""),
    };
    out.push_str(word);
    out.push_str(chain);
}

/// The parts of a key, joined by dots.
pub(in crate::platform::nftables) fn push_key_parts(out: &mut String, key: &Key) {
    let (addresses, port): (&[Address], Option<(Protocol, u16)>) = match key {
        Key::Address(address) => (std::slice::from_ref(address), None),
        Key::Service(address, protocol, port) => (std::slice::from_ref(address), Some((*protocol, *port))),
        Key::NodePort(protocol, port) => (&[], Some((*protocol, *port))),
        Key::Pair(addresses, protocol, port) => (addresses, Some((*protocol, *port))),
        Key::Other(words) => {
            return push_joined(out, words.iter().map(Word::as_str), " . ");
        }
    };
    for (place, address) in addresses.iter().enumerate() {
        if place > 0 {
            out.push_str(" . ");
        }
        push_address(out, address);
    }
    if let Some((protocol, port)) = port {
        if !addresses.is_empty() {
            out.push_str(" . ");
        }
        out.push_str(protocol.lower());
        out.push_str(" . ");
        push_decimal(out, port.into());
    }
}

pub(super) fn push_comment(out: &mut String, comment: &Comment) {
    out.push_str("comment \"");
    out.push_str(comment.as_str());
    out.push('"');
}

/// Words with something between them.
pub(super) fn push_joined<'w>(out: &mut String, parts: impl Iterator<Item = &'w str>, between: &str) {
    for (place, part) in parts.enumerate() {
        if place > 0 {
            out.push_str(between);
        }
        out.push_str(part);
    }
}
