//! `interface ipv4|ipv6 add|delete route`, `set interface`, and `route ADD` of route.exe.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::arguments::{ADDRESS, Arguments, MISSING, VALUE, switch};
use super::command::Meaning;
use super::words::Word;
use crate::net::{Family, parse_cidr, parse_ip};
use crate::platform::netsh::model::{
    Command, ConnectionName, InterfaceSettings, Key, Object, Route, RouteKey, Setting, Store,
};

const ADD: &[&str] = &[
    "prefix",
    "interface",
    "nexthop",
    "siteprefixlength",
    "metric",
    "publish",
    "validlifetime",
    "preferredlifetime",
    "store",
];
const DELETE: &[&str] = &["prefix", "interface", "nexthop", "store"];

pub(super) fn add(family: Family, words: &[Word]) -> Result<Meaning, &'static str> {
    let arguments = Arguments::of(words, ADD)?;
    for (tag, usual) in
        [("siteprefixlength", "0"), ("validlifetime", "infinite"), ("preferredlifetime", "infinite")]
    {
        arguments.only(tag, usual)?;
    }
    let publish = match arguments.get("publish") {
        Some(text) if text.eq_ignore_ascii_case("age") => return Err("it says more than is known here"),
        Some(text) => Some(switch(text)?),
        None => None,
    };
    let route = Route {
        prefix: prefix(&arguments, family)?,
        interface: interface(&arguments)?,
        next_hop: arguments.ip("nexthop")?,
        metric: arguments.number("metric")?,
        publish,
        store: arguments.store()?,
    };
    Ok(created(route))
}

/// netsh needs an interface; `route.exe` finds one by itself.
fn interface(arguments: &Arguments<'_>) -> Result<Option<ConnectionName>, &'static str> {
    arguments.get("interface").map(|_| arguments.interface("interface")).transpose()
}

fn created(route: Route) -> Meaning {
    Meaning::Command(Command::Create(Object::Route(route)))
}

fn prefix(arguments: &Arguments<'_>, family: Family) -> Result<IpNet, &'static str> {
    let prefix = parse_cidr(arguments.need("prefix")?).ok_or(VALUE)?;
    if Family::of_net(&prefix) == family { Ok(prefix) } else { Err(ADDRESS) }
}

pub(super) fn delete(family: Family, words: &[Word]) -> Result<Meaning, &'static str> {
    let arguments = Arguments::of(words, DELETE)?;
    arguments.store()?;
    let key = RouteKey {
        prefix: prefix(&arguments, family)?,
        interface: interface(&arguments)?,
        next_hop: arguments.ip("nexthop")?,
    };
    Ok(Meaning::Command(Command::Delete(Key::Route(key))))
}

/// Settings with any tags: IPv6 has many more than IPv4.
pub(super) fn set_interface(family: Family, words: &[Word]) -> Result<Meaning, &'static str> {
    let (first, rest) = words.split_first().ok_or(MISSING)?;
    let (tag, name) = first.argument();
    if tag.is_some_and(|tag| !Word::bare(tag).is("interface")) {
        return Err("it does not begin with the interface");
    }
    let interface = ConnectionName::new(name)
        .map_err(|_| "the name of the interface has characters that no script can hold")?;
    let setting = |word: &Word| match word.argument() {
        (Some(tag), value) => Setting::new(tag, value).ok_or(VALUE),
        (None, _) => Err(VALUE),
    };
    let settings = rest.iter().map(setting).collect::<Result<_, _>>()?;
    let settings = InterfaceSettings { family, interface, settings };
    Ok(Meaning::Command(Command::Create(Object::Interface(settings))))
}

/// `route [-p] [-4|-6] ADD dest [MASK mask] gateway [METRIC n] [IF index]`. Such a route is often taken for a
/// way to make a Service; it only chooses a neighbour.
pub(super) fn route_exe(words: &[Word]) -> Result<Meaning, &'static str> {
    let options = words.iter().take_while(|word| word.text.starts_with('-')).count();
    let (options, words) = words.split_at(options);
    let is_persistent = options.iter().any(|word| word.text.eq_ignore_ascii_case("-p"));
    if options.iter().any(|word| word.text.eq_ignore_ascii_case("-f")) {
        return Ok(Meaning::Reset);
    }
    let [verb, destination, rest @ ..] = words else { return Err("it is no whole command") };
    if !verb.text.eq_ignore_ascii_case("add") {
        return Err("it is a command that is not known here");
    }
    let (mask, rest) = keyword(rest, "mask");
    let (gateway, rest) = match rest {
        [gateway, rest @ ..] => (parse_ip(&gateway.text).ok_or(ADDRESS)?, rest),
        [] => return Err(MISSING),
    };
    let (metric, rest) = keyword(rest, "metric");
    let (interface, rest) = keyword(rest, "if");
    if !rest.is_empty() {
        return Err("it says more than is known here");
    }
    let route = Route {
        prefix: destination_of(&destination.text, mask)?,
        interface: interface.map(|name| ConnectionName::new(name).map_err(|_| VALUE)).transpose()?,
        next_hop: Some(gateway),
        metric: metric.map(|text| text.parse().map_err(|_| VALUE)).transpose()?,
        publish: None,
        store: Some(if is_persistent { Store::Persistent } else { Store::Active }),
    };
    Ok(created(route))
}

/// `KEYWORD value` at the beginning of the words, and what follows.
fn keyword<'w>(words: &'w [Word], keyword: &str) -> (Option<&'w str>, &'w [Word]) {
    match words {
        [first, value, rest @ ..] if first.text.eq_ignore_ascii_case(keyword) => (Some(&value.text), rest),
        _ => (None, words),
    }
}

/// Without a mask a destination is one host.
fn destination_of(text: &str, mask: Option<&str>) -> Result<IpNet, &'static str> {
    if text.contains('/') {
        return parse_cidr(text).ok_or(VALUE);
    }
    match (parse_ip(text).ok_or(ADDRESS)?, mask.map(parse_ip)) {
        (ip, None) => Ok(IpNet::from(ip)),
        (IpAddr::V4(ip), Some(Some(IpAddr::V4(mask)))) => {
            let net = Ipv4Net::with_netmask(ip, mask).map_err(|_| VALUE)?;
            // Host bits are an error for route.exe.
            if net.network() == ip { Ok(net.into()) } else { Err(VALUE) }
        }
        _ => Err(VALUE),
    }
}
