//! A command as words: context, verb, object, arguments with their full tags.

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::net::Family;
use crate::platform::netsh::model::{
    Address, AddressKey, Assigned, Command, Connect, Endpoints, FirewallKey, FirewallRule, Host,
    InterfaceSettings, Key, Listen, Listener, Object, PortProxy, Remote, Route, RouteKey, Store,
};

/// A word of a command.
pub(super) enum Word<'c> {
    /// As it stands.
    Bare(&'static str),
    /// `tag=value`.
    Argument { tag: Cow<'c, str>, value: Cow<'c, str>, may_have_blanks: bool },
}

/// The words of a command, in the order in which netsh documents them.
pub(super) fn words(command: &Command) -> Vec<Word<'_>> {
    match command {
        Command::Create(Object::Interface(settings)) => set_interface(settings),
        Command::Create(Object::Route(route)) => add_route(route),
        Command::Create(Object::Address(address)) => add_address(address),
        Command::Create(Object::PortProxy(proxy)) => set_portproxy(proxy),
        Command::Create(Object::Firewall(rule)) => add_rule(rule),
        Command::Delete(Key::Route(key)) => delete_route(key),
        Command::Delete(Key::Address(key, store)) => delete_address(key, *store),
        Command::Delete(Key::PortProxy(listener)) => delete_portproxy(listener),
        Command::Delete(Key::Firewall(key)) => delete_rule(key),
    }
}

fn begin(words: &[&'static str]) -> Vec<Word<'static>> {
    words.iter().copied().map(Word::Bare).collect()
}

fn plain<'c>(tag: &'c str, value: impl Into<Cow<'c, str>>) -> Word<'c> {
    Word::Argument { tag: tag.into(), value: value.into(), may_have_blanks: false }
}

/// An argument whose value may have blanks: a name or a description.
fn free<'c>(tag: &'c str, value: &'c str) -> Word<'c> {
    Word::Argument { tag: tag.into(), value: value.into(), may_have_blanks: true }
}

fn context(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "ipv4",
        Family::Ipv6 => "ipv6",
    }
}

/// The tag of the interface in commands about addresses.
fn interface_tag(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "name",
        Family::Ipv6 => "interface",
    }
}

fn store_word(store: Option<Store>) -> Option<Word<'static>> {
    store.map(|store| plain("store", store.as_str()))
}

pub(super) fn add_address(address: &Address) -> Vec<Word<'_>> {
    let family = address.family();
    let mut words = begin(&["interface", context(family), "add", "address"]);
    words.push(free(interface_tag(family), address.interface.as_str()));
    match address.address {
        Assigned::Bare(ip) => words.push(plain("address", ip.to_string())),
        Assigned::InNet(IpNet::V4(net)) => {
            words.push(plain("address", net.addr().to_string()));
            words.push(plain("mask", net.netmask().to_string()));
        }
        Assigned::InNet(IpNet::V6(net)) => words.push(plain("address", net.to_string())),
    }
    words.extend(address.gateway.map(|gateway| plain("gateway", gateway.to_string())));
    words.extend(store_word(address.store));
    words.extend(
        address.skip_as_source.map(|skip| plain("skipassource", if skip { "true" } else { "false" })),
    );
    words
}

fn delete_address(key: &AddressKey, store: Option<Store>) -> Vec<Word<'_>> {
    let family = Family::of(key.ip);
    let mut words = begin(&["interface", context(family), "delete", "address"]);
    words.push(free(interface_tag(family), key.interface.as_str()));
    words.push(plain("address", key.ip.to_string()));
    words.extend(store_word(store));
    words
}

/// `set` makes a listener or changes it; what `add` does with one that is there is not documented.
fn set_portproxy(proxy: &PortProxy) -> Vec<Word<'_>> {
    let mut words = begin(&["interface", "portproxy", "set"]);
    words.push(Word::Bare(proxy.listener.relay.as_str()));
    words.extend(portproxy_arguments(proxy));
    words.push(plain("protocol", "tcp"));
    words
}

/// The arguments in the order of dumps.
pub(super) fn portproxy_arguments(proxy: &PortProxy) -> Vec<Word<'_>> {
    let PortProxy { listener, connect: Connect { host, port } } = proxy;
    let host = match host {
        Host::Ip(ip) => plain("connectaddress", ip.to_string()),
        Host::Name(name) => plain("connectaddress", name.as_str()),
    };
    let mut words = vec![plain("listenport", listener.port.to_string()), host];
    words.push(plain("connectport", port.to_string()));
    words.extend(listen_address(&listener.address));
    words
}

fn listen_address(address: &Listen) -> Option<Word<'_>> {
    match address {
        Listen::Any => None,
        Listen::Ip(ip) => Some(plain("listenaddress", ip.to_string())),
        Listen::Name(name) => Some(plain("listenaddress", name.as_str())),
    }
}

fn delete_portproxy(listener: &Listener) -> Vec<Word<'_>> {
    let mut words = begin(&["interface", "portproxy", "delete"]);
    words.push(Word::Bare(listener.relay.as_str()));
    words.push(plain("listenport", listener.port.to_string()));
    words.extend(listen_address(&listener.address));
    words.push(plain("protocol", "tcp"));
    words
}

fn add_rule(rule: &FirewallRule) -> Vec<Word<'_>> {
    let mut words = begin(&["advfirewall", "firewall", "add", "rule"]);
    let any_or = |ip: Option<IpAddr>| ip.map_or_else(|| "any".to_owned(), |ip| ip.to_string());
    words.extend([
        plain("name", rule.name.as_str()),
        plain("dir", "in"),
        plain("action", rule.action.as_str()),
        plain("profile", "any"),
        plain("protocol", rule.protocol.as_str()),
        plain("localip", any_or(rule.local_ip)),
        plain("localport", rule.local_port.to_string()),
        plain("remoteip", remote(&rule.remote)),
        free("description", rule.description.as_str()),
    ]);
    words
}

fn remote(remote: &Remote) -> String {
    let spelled = |endpoints: &Endpoints| match endpoints {
        Endpoints::Net(net) => net.to_string(),
        Endpoints::Range(first, last) => format!("{first}-{last}"),
    };
    match remote {
        Remote::Any => "any".to_owned(),
        Remote::Only(list) => list.iter().map(spelled).collect::<Vec<_>>().join(","),
    }
}

/// Names need not be unique, and everything that matches goes: so the key is as narrow as it can be.
fn delete_rule(key: &FirewallKey) -> Vec<Word<'_>> {
    let mut words = begin(&["advfirewall", "firewall", "delete", "rule"]);
    words.extend([
        plain("name", key.name.as_str()),
        plain("dir", "in"),
        plain("protocol", key.protocol.as_str()),
        plain("localport", key.local_port.to_string()),
    ]);
    words
}

fn add_route(route: &Route) -> Vec<Word<'_>> {
    let mut words = begin(&["interface", context(Family::of_net(&route.prefix)), "add", "route"]);
    words.push(plain("prefix", route.prefix.to_string()));
    words.extend(route.interface.iter().map(|interface| free("interface", interface.as_str())));
    words.extend(route.next_hop.map(|ip| plain("nexthop", ip.to_string())));
    words.extend(route.metric.map(|metric| plain("metric", metric.to_string())));
    words.extend(route.publish.map(|publish| plain("publish", if publish { "yes" } else { "no" })));
    words.extend(store_word(route.store));
    words
}

fn delete_route(key: &RouteKey) -> Vec<Word<'_>> {
    let mut words = begin(&["interface", context(Family::of_net(&key.prefix)), "delete", "route"]);
    words.push(plain("prefix", key.prefix.to_string()));
    words.extend(key.interface.iter().map(|interface| free("interface", interface.as_str())));
    words.extend(key.next_hop.map(|ip| plain("nexthop", ip.to_string())));
    words
}

fn set_interface(settings: &InterfaceSettings) -> Vec<Word<'_>> {
    let mut words = begin(&["interface", context(settings.family), "set", "interface"]);
    words.push(free("interface", settings.interface.as_str()));
    words.extend(settings.settings.iter().map(|setting| plain(setting.tag(), setting.value())));
    words
}
