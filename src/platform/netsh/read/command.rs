//! What a command means.

use super::words::Word;
use super::{address, firewall, portproxy, route};
use crate::net::Family;
use crate::platform::netsh::model::{Command, Relay};

/// What a command means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It creates or deletes an object.
    Command(Command),
    /// It deletes everything of a context.
    Reset,
    /// It is known and says nothing about Services.
    Nothing,
    /// It makes a listener that can never listen.
    Inert,
}

/// What a section of a dump shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Addresses(Family),
    PortProxy,
}

/// What the section of a context shows.
pub(super) fn section(context: &[String]) -> Option<Section> {
    let words: Vec<Word> = context.iter().map(|word| Word::bare(word)).collect();
    let (context, rest) = split_context(&words)?;
    match context {
        _ if !rest.is_empty() => None,
        Context::Ip(family) => Some(Section::Addresses(family)),
        Context::PortProxy => Some(Section::PortProxy),
        Context::Firewall => None,
    }
}

/// The contexts that Services have to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Ip(Family),
    PortProxy,
    Firewall,
}

fn split_context(words: &[Word]) -> Option<(Context, &[Word])> {
    let [first, second, rest @ ..] = words else { return None };
    let is = |full: &str| second.text.eq_ignore_ascii_case(full) && !second.quoted;
    let context = if first.is("interface") && (is("ipv4") || is("ip")) {
        Context::Ip(Family::Ipv4)
    } else if first.is("interface") && is("ipv6") {
        Context::Ip(Family::Ipv6)
    } else if first.is("interface") && second.is("portproxy") {
        Context::PortProxy
    } else if first.is("advfirewall") && second.is("firewall") {
        Context::Firewall
    } else {
        return None;
    };
    Some((context, rest))
}

/// Understands a whole command, or says why not.
pub(super) fn meaning(words: &[Word]) -> Result<Meaning, &'static str> {
    if words.first().is_some_and(|word| word.text.eq_ignore_ascii_case("route") && !word.quoted) {
        return route::route_exe(&words[1..]);
    }
    let (context, words) = split_context(words).ok_or("it is no command known here")?;
    match words {
        [verb, ..] if verb.is("reset") => Ok(Meaning::Reset),
        [verb, object, arguments @ ..] => match context {
            Context::Ip(family) => of_ip(family, verb, object, arguments),
            Context::PortProxy => of_portproxy(verb, object, arguments),
            Context::Firewall => firewall::meaning(verb, object, arguments),
        },
        _ => Err("it is no whole command"),
    }
}

fn of_ip(family: Family, verb: &Word, object: &Word, arguments: &[Word]) -> Result<Meaning, &'static str> {
    if verb.is("add") && object.is("address") {
        address::add(family, arguments)
    } else if verb.is("delete") && object.is("address") {
        address::delete(family, arguments)
    } else if verb.is("add") && object.is("route") {
        route::add(family, arguments)
    } else if verb.is("delete") && object.is("route") {
        route::delete(family, arguments)
    } else if verb.is("set") && object.is("interface") {
        route::set_interface(family, arguments)
    } else if verb.is("set") && object.is("global") || verb.is("show") {
        Ok(Meaning::Nothing)
    } else {
        Err("it is a command that is not known here")
    }
}

fn of_portproxy(verb: &Word, object: &Word, arguments: &[Word]) -> Result<Meaning, &'static str> {
    if verb.is("show") || verb.is("dump") {
        return Ok(Meaning::Nothing);
    }
    let relay = Relay::ALL.into_iter().find(|relay| object.text.eq_ignore_ascii_case(relay.as_str()));
    let relay = relay.ok_or("it names no pair of families")?;
    if verb.is("add") || verb.is("set") {
        portproxy::set(relay, arguments)
    } else if verb.is("delete") {
        portproxy::delete(relay, arguments)
    } else {
        Err("it is a command that is not known here")
    }
}
