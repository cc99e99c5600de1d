//! What `show` prints, in any language: only numbers, addresses and the shape of lines are looked at.
//!
//! - `interface portproxy show all`: for each pair of families a heading, titles, dashes in four groups, and
//!   rows of four words.
//! - `interface ipv4 show addresses`: the name of the interface in quotes, then lines of label and value.
//! - `interface ipv6 show addresses`: the number of the interface, a colon and its name, then titles, dashes in five
//!   groups, and rows that end with an address.
//! - `interface ipv4 show excludedportrange`: titles, dashes in two groups, and rows of two numbers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};

use super::portproxy::{host, listen, port};
use crate::net::{Family, PortRange};
use crate::platform::netsh::model::{
    Address, Assigned, Connect, ConnectionName, Host, Listen, Listener, PortProxy, Relay,
};

/// What a line of a table is.
pub(super) enum Row {
    /// A heading or a label: nothing to keep.
    Heading,
    /// The line between titles and rows.
    Dashes,
    /// The heading of an interface, and the family of the addresses that follow.
    Interface(Family, ConnectionName),
    /// The heading of a table of listeners.
    Relay(Relay),
    /// A network below the heading of an interface, without an address before it.
    Bare(ConnectionName),
    /// An address that is not followed by its network.
    Gateway(Ipv4Addr),
    Address(Address),
    PortProxy(PortProxy),
    Excluded(PortRange),
    /// A listener that can never listen.
    Inert,
}

/// Where a text stands.
#[derive(Default)]
pub(super) struct Tables {
    /// The families that the last heading names.
    heading: Option<Relay>,
    table: Table,
    interface: Option<ConnectionName>,
    /// Whether its addresses are of IPv6.
    is_ipv6: bool,
    /// An address that waits for its network.
    address: Option<Ipv4Addr>,
}

#[derive(Default, PartialEq, Eq)]
enum Table {
    #[default]
    None,
    PortProxy,
    Excluded,
    /// Addresses of IPv6.
    Addresses,
}

impl Tables {
    /// An empty line ends a table. The rows of some versions begin after one.
    pub(super) fn blank(&mut self) {
        self.table = Table::None;
    }

    /// Whether rows of a table follow.
    pub(super) fn is_listing(&self) -> bool {
        self.table != Table::None || self.interface.is_some() || self.heading.is_some()
    }

    /// Whether the last heading was that of a table of listeners.
    pub(super) fn is_portproxy(&self) -> bool {
        self.table == Table::PortProxy || self.heading.is_some() && self.interface.is_none()
    }

    /// Whether a heading tells the families of the listeners that follow.
    pub(super) fn has_heading(&self) -> bool {
        self.heading.is_some()
    }

    /// The interface whose addresses follow, and their family.
    pub(super) fn interface(&self) -> Option<(Family, &ConnectionName)> {
        let family = if self.is_ipv6 { Family::Ipv6 } else { Family::Ipv4 };
        Some((family, self.interface.as_ref()?))
    }

    /// An address that still waits for its network.
    pub(super) fn bare(&self) -> Option<IpAddr> {
        self.address.map(IpAddr::V4)
    }

    /// The line as a part of a table, if it is one.
    pub(super) fn row(&mut self, line: &str) -> Option<Row> {
        if let Some(groups) = dashes(line) {
            self.table = match groups {
                4 => Table::PortProxy,
                2 => Table::Excluded,
                5 if self.interface.is_some() && self.is_ipv6 => Table::Addresses,
                _ => Table::None,
            };
            return Some(Row::Dashes);
        }
        match self.table {
            Table::PortProxy => self.portproxy(line),
            Table::Excluded => excluded(line),
            Table::Addresses => self.address_of_ipv6(line),
            Table::None => None,
        }
        .or_else(|| self.numbered_heading(line))
        .or_else(|| self.heading(line))
        .or_else(|| self.label(line))
    }

    /// `address port address port`
    fn portproxy(&mut self, line: &str) -> Option<Row> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [listen_address, listen_port, connect_address, connect_port] = words[..] else { return None };
        let (Ok(address), Ok(host)) = (listen(Some(listen_address)), host(connect_address)) else {
            return Some(Row::Inert);
        };
        let (Some(listen_port), Some(connect_port)) = (port(listen_port), port(connect_port)) else {
            return Some(Row::Inert);
        };
        let relay = self.heading.unwrap_or_else(|| relay_of(&address, &host));
        let listener = Listener { relay, address, port: listen_port };
        Some(Row::PortProxy(PortProxy { listener, connect: Connect { host, port: connect_port } }))
    }

    /// The heading of a table of listeners names two families; that of an interface has a name in quotes.
    fn heading(&mut self, line: &str) -> Option<Row> {
        if line.contains('=') {
            return None;
        }
        if let Some(relay) = families(line) {
            self.heading = Some(relay);
            self.interface = None;
            return Some(Row::Relay(relay));
        }
        let (_, rest) = line.split_once('"')?;
        let (name, rest) = rest.split_once('"')?;
        if rest.contains('"') {
            return None;
        }
        self.interface = ConnectionName::new(name).ok();
        self.is_ipv6 = false;
        self.address = None;
        self.interface.clone().map(|name| Row::Interface(Family::Ipv4, name))
    }

    /// `Interface 12: vEthernet (HNS Internal NIC)`, in any language.
    fn numbered_heading(&mut self, line: &str) -> Option<Row> {
        let (before, name) = line.split_once(':')?;
        let (word, number) = before.rsplit_once(' ')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || word.trim().is_empty() || word.contains(['=', '"', '.']) {
            return None;
        }
        let name = ConnectionName::new(name.trim()).ok()?;
        (self.interface, self.is_ipv6, self.address) = (Some(name.clone()), true, None);
        Some(Row::Interface(Family::Ipv6, name))
    }

    /// `type state lifetime lifetime address`, where all but the address are words of a language.
    fn address_of_ipv6(&self, line: &str) -> Option<Row> {
        let interface = self.interface.clone()?;
        let last = line.split_whitespace().last()?;
        let ip: Ipv6Addr = last.split('%').next().unwrap_or_default().parse().ok()?;
        Some(Row::Address(Address {
            interface,
            address: Assigned::host(IpAddr::V6(ip)),
            gateway: None,
            store: None,
            skip_as_source: None,
        }))
    }

    /// `label: value` below the heading of an interface. An address is followed by its network; one that is
    /// not is a gateway.
    fn label(&mut self, line: &str) -> Option<Row> {
        let interface = self.interface.as_ref().filter(|_| !self.is_ipv6)?;
        let (_, value) = line.split_once(':')?;
        let value = value.trim();
        if let Ok(ip) = value.parse() {
            let before = self.address.replace(ip);
            return Some(before.map_or(Row::Heading, Row::Gateway));
        }
        let net: Option<Ipv4Net> = value.split([' ', '\t']).next().and_then(|net| net.parse().ok());
        let Some(net) = net else { return Some(Row::Heading) };
        let Some(ip) = self.address.take() else { return Some(Row::Bare(interface.clone())) };
        let assigned = IpNet::new(IpAddr::V4(ip), net.prefix_len()).ok()?;
        Some(Row::Address(Address {
            interface: interface.clone(),
            address: Assigned::InNet(assigned),
            gateway: None,
            store: None,
            skip_as_source: None,
        }))
    }
}

/// How many groups of dashes a line is made of.
fn dashes(line: &str) -> Option<usize> {
    let mut groups = line.split_whitespace();
    let all = groups.clone().all(|group| group.len() > 1 && group.bytes().all(|b| b == b'-'));
    (all && groups.next().is_some()).then(|| 1 + groups.count())
}

/// `first last`, with a `*` when an administrator reserved them.
fn excluded(line: &str) -> Option<Row> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ([first, last] | [first, last, "*"]) = words[..] else { return None };
    let range = PortRange::new(first.parse().ok()?, last.parse().ok()?)?;
    Some(Row::Excluded(range))
}

/// The two families that a heading names, in any language.
fn families(line: &str) -> Option<Relay> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric());
    let family = |word: &str| match word.to_ascii_lowercase().as_str() {
        "ipv4" => Some(Family::Ipv4),
        "ipv6" => Some(Family::Ipv6),
        _ => None,
    };
    let mut found = words.filter_map(family);
    let (from, to) = (found.next()?, found.next()?);
    found.next().is_none().then_some(Relay { from, to })
}

/// Without a heading, literals tell their families; what is none counts as IPv4.
fn relay_of(address: &Listen, host: &Host) -> Relay {
    let from = match address {
        Listen::Ip(ip) => Family::of(*ip),
        Listen::Any | Listen::Name(_) => Family::Ipv4,
    };
    let to = match host {
        Host::Ip(ip) => Family::of(*ip),
        Host::Name(_) => Family::Ipv4,
    };
    Relay { from, to }
}
