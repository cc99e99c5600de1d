//! `advfirewall firewall add|delete rule`, as far as plans have such rules. Others say more than the model
//! holds, so they stay unknown: half a rule would be a wrong one.

use std::net::IpAddr;

use super::arguments::{Arguments, VALUE};
use super::command::Meaning;
use super::words::Word;
use crate::net::{parse_cidr, parse_ip};
use crate::platform::netsh::model::{
    Action, Command, Description, Endpoints, FirewallKey, FirewallRule, Key, Object, Remote, RuleName,
    Transport,
};

const ADD: &[&str] = &[
    "name",
    "dir",
    "action",
    "program",
    "service",
    "description",
    "enable",
    "profile",
    "localip",
    "remoteip",
    "localport",
    "remoteport",
    "protocol",
    "interfacetype",
    "edge",
    "security",
];

pub(super) fn meaning(verb: &Word, object: &Word, words: &[Word]) -> Result<Meaning, &'static str> {
    if verb.is("show") {
        Ok(Meaning::Nothing)
    } else if !object.is("rule") {
        Err("it is a command that is not known here")
    } else if verb.is("add") {
        add(words)
    } else if verb.is("delete") {
        delete(words)
    } else {
        Err("it is a command that is not known here")
    }
}

fn add(words: &[Word]) -> Result<Meaning, &'static str> {
    let arguments = Arguments::of(words, ADD)?;
    for (tag, usual) in [
        ("dir", "in"),
        ("program", "any"),
        ("service", "any"),
        ("enable", "yes"),
        ("profile", "any"),
        ("remoteport", "any"),
        ("interfacetype", "any"),
        ("edge", "no"),
        ("security", "notrequired"),
    ] {
        arguments.only(tag, usual)?;
    }
    let rule = FirewallRule {
        name: name(&arguments)?,
        action: match arguments.need("action")?.to_ascii_lowercase().as_str() {
            "allow" => Action::Allow,
            "block" => Action::Block,
            _ => return Err(VALUE),
        },
        protocol: protocol(&arguments)?,
        local_ip: match arguments.get("localip") {
            None => None,
            Some(text) if text.eq_ignore_ascii_case("any") => None,
            Some(text) => Some(parse_ip(text).ok_or(VALUE)?),
        },
        local_port: local_port(&arguments)?,
        remote: remote(arguments.get("remoteip").unwrap_or("any"))?,
        description: Description::new(arguments.get("description").unwrap_or_default()).map_err(|_| VALUE)?,
    };
    arguments.need("dir")?;
    Ok(Meaning::Command(Command::Create(Object::Firewall(rule))))
}

/// A rule is deleted only by name, direction, protocol and port: fewer would delete rules of others.
fn delete(words: &[Word]) -> Result<Meaning, &'static str> {
    let arguments = Arguments::of(words, &["name", "dir", "protocol", "localport"])?;
    arguments.need("dir")?;
    arguments.only("dir", "in")?;
    let key = FirewallKey {
        name: name(&arguments)?,
        protocol: protocol(&arguments)?,
        local_port: local_port(&arguments)?,
    };
    Ok(Meaning::Command(Command::Delete(Key::Firewall(key))))
}

fn name(arguments: &Arguments<'_>) -> Result<RuleName, &'static str> {
    RuleName::new(arguments.need("name")?).map_err(|_| "the name of the rule is none of a plan")
}

fn protocol(arguments: &Arguments<'_>) -> Result<Transport, &'static str> {
    match arguments.need("protocol")?.to_ascii_lowercase().as_str() {
        "tcp" | "6" => Ok(Transport::Tcp),
        "udp" | "17" => Ok(Transport::Udp),
        _ => Err(VALUE),
    }
}

fn local_port(arguments: &Arguments<'_>) -> Result<u16, &'static str> {
    arguments.need("localport")?.parse().ok().filter(|port| *port > 0).ok_or(VALUE)
}

/// `any`, or addresses, networks and ranges of one family each, separated by commas.
fn remote(text: &str) -> Result<Remote, &'static str> {
    if text.eq_ignore_ascii_case("any") {
        return Ok(Remote::Any);
    }
    text.split(',').map(endpoints).collect::<Result<_, _>>().map(Remote::Only)
}

fn endpoints(text: &str) -> Result<Endpoints, &'static str> {
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = parse_ip(first).zip(parse_ip(last)).ok_or(VALUE)?;
        let is_range = first.is_ipv4() == last.is_ipv4() && first <= last;
        return if is_range { Ok(Endpoints::Range(first, last)) } else { Err(VALUE) };
    }
    let one: Option<IpAddr> = parse_ip(text);
    let net = one.map(Into::into).or_else(|| parse_cidr(text));
    net.map(Endpoints::Net).ok_or(VALUE)
}
