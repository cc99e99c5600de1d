//! `interface portproxy add|set|delete`

use super::arguments::{Arguments, MISSING, VALUE};
use super::command::Meaning;
use super::words::Word;
use crate::net::parse_ip;
use crate::platform::netsh::model::{
    Command, Connect, Host, HostName, Key, Listen, Listener, Object, PortProxy, Relay,
};

const SET: &[&str] = &["listenport", "connectaddress", "connectport", "listenaddress", "protocol"];
const DELETE: &[&str] = &["listenport", "listenaddress", "protocol"];

pub(super) fn set(relay: Relay, words: &[Word]) -> Result<Meaning, &'static str> {
    let arguments = Arguments::of(words, SET)?;
    arguments.only("protocol", "tcp")?;
    let listen_port = arguments.need("listenport")?;
    // netsh takes any text for a port, shows it, and does nothing with it.
    let (Some(port), Some(connect_port)) =
        (port(listen_port), port(arguments.get("connectport").unwrap_or(listen_port)))
    else {
        return Ok(Meaning::Inert);
    };
    let host = match arguments.get("connectaddress") {
        Some(text) => host(text)?,
        None => Host::local(relay.to),
    };
    let listener = Listener { relay, address: listen(arguments.get("listenaddress"))?, port };
    let connect = Connect { host, port: connect_port };
    Ok(Meaning::Command(Command::Create(Object::PortProxy(PortProxy { listener, connect }))))
}

pub(super) fn delete(relay: Relay, words: &[Word]) -> Result<Meaning, &'static str> {
    let arguments = Arguments::of(words, DELETE)?;
    arguments.only("protocol", "tcp")?;
    let port = port(arguments.get("listenport").ok_or(MISSING)?).ok_or(VALUE)?;
    let listener = Listener { relay, address: listen(arguments.get("listenaddress"))?, port };
    Ok(Meaning::Command(Command::Delete(Key::PortProxy(listener))))
}

/// The address of a listener; `*` is what is shown when none was said.
pub(super) fn listen(text: Option<&str>) -> Result<Listen, &'static str> {
    match text {
        None | Some("*") => Ok(Listen::Any),
        Some(text) => host(text).map(|host| match host {
            Host::Ip(ip) => Listen::Ip(ip),
            Host::Name(name) => Listen::Name(name),
        }),
    }
}

pub(super) fn host(text: &str) -> Result<Host, &'static str> {
    match parse_ip(text) {
        Some(ip) => Ok(Host::Ip(ip)),
        None => HostName::new(text).map(Host::Name).map_err(|_| VALUE),
    }
}

/// A port from 1 to 65535, as a number or by the name of a service that people write so.
pub(super) fn port(text: &str) -> Option<u16> {
    const NAMES: [(&str, u16); 8] = [
        ("domain", 53),
        ("ftp", 21),
        ("http", 80),
        ("https", 443),
        ("ldap", 389),
        ("ms-wbt-server", 3389),
        ("smtp", 25),
        ("ssh", 22),
    ];
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().filter(|port| *port > 0);
    }
    NAMES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, port)| *port)
}
