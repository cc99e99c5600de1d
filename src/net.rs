//! The words of the network that every platform shares: family, protocol, address texts.
//!
//! Addresses are read as kube-proxy reads them: an octet with leading zeros is decimal
//! (`010.0.0.001` is 10.0.0.1), and an IPv4-mapped IPv6 address is an IPv4 address.

mod networks;
mod port_range;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use networks::Networks;
pub use port_range::{NotAPortRange, PortRange};

/// An IP family. kube-proxy runs one independent proxier for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Family {
    /// IPv4, written by `iptables-restore`.
    #[serde(rename = "IPv4")]
    Ipv4,
    /// IPv6, written by `ip6tables-restore`.
    #[serde(rename = "IPv6")]
    Ipv6,
}

impl Family {
    /// Both families, in the order in which kube-proxy serves them.
    pub const ALL: [Self; 2] = [Self::Ipv4, Self::Ipv6];

    /// The family of an address.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        if ip.is_ipv4() { Self::Ipv4 } else { Self::Ipv6 }
    }

    /// The family of a network.
    #[must_use]
    pub fn of_net(net: &IpNet) -> Self {
        Self::of(net.addr())
    }

    /// The name as Kubernetes writes it in `ipFamilies` and `addressType`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        }
    }

    /// Reads a family in the exact spelling of the API (`IPv4`, `IPv6`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.as_str() == text)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One value for each family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PerFamily<T> {
    /// Of IPv4.
    pub ipv4: T,
    /// Of IPv6.
    pub ipv6: T,
}

impl<T> PerFamily<T> {
    /// Makes the value of each family.
    pub fn of(mut value: impl FnMut(Family) -> T) -> Self {
        Self { ipv4: value(Family::Ipv4), ipv6: value(Family::Ipv6) }
    }

    /// The value of a family.
    pub fn get(&self, family: Family) -> &T {
        match family {
            Family::Ipv4 => &self.ipv4,
            Family::Ipv6 => &self.ipv6,
        }
    }
}

/// A transport protocol of a service port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// Stream Control Transmission Protocol.
    Sctp,
    /// Transmission Control Protocol, the default of the API.
    Tcp,
    /// User Datagram Protocol.
    Udp,
}

impl Protocol {
    /// The name as Kubernetes writes it: upper case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sctp => "SCTP",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }

    /// The name as iptables writes it and as chain names hash it: lower case.
    #[must_use]
    pub fn lower(self) -> &'static str {
        match self {
            Self::Sctp => "sctp",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    /// Reads a protocol in the exact spelling of the API (`TCP`, `UDP`, `SCTP`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Sctp, Self::Tcp, Self::Udp].into_iter().find(|protocol| protocol.as_str() == text)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads an IP address as kube-proxy does; `None` for what is no address.
#[must_use]
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    let ip = if text.contains(':') { IpAddr::V6(parse_ipv6(text)?) } else { IpAddr::V4(parse_ipv4(text)?) };
    Some(ip.to_canonical())
}

/// Reads a CIDR as kube-proxy does and clears its host bits; `None` for what is no CIDR.
#[must_use]
pub fn parse_cidr(text: &str) -> Option<IpNet> {
    let (address, length) = text.split_once('/')?;
    if length.is_empty() || length.len() > 3 || !length.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let length: u8 = length.parse().ok()?;
    let net = if address.contains(':') {
        let address = parse_ipv6(address)?;
        // The mapped form of an IPv4 network counts as IPv4, as its addresses do.
        match address.to_ipv4_mapped() {
            Some(v4) if length >= 96 => IpNet::new(v4.into(), length - 96),
            _ => IpNet::new(address.into(), length),
        }
    } else {
        IpNet::new(parse_ipv4(address)?.into(), length)
    };
    Some(net.ok()?.trunc())
}

fn parse_ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        *octet = parse_octet(parts.next()?)?;
    }
    parts.next().is_none().then(|| octets.into())
}

fn parse_octet(text: &str) -> Option<u8> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = text.trim_start_matches('0');
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

fn parse_ipv6(text: &str) -> Option<Ipv6Addr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    // An embedded IPv4 tail may have leading zeros as well.
    let (head, tail) = text.rsplit_once(':')?;
    let tail = parse_ipv4(tail)?;
    format!("{head}:{tail}").parse().ok()
}

/// Appends `host:port`, with an IPv6 address in brackets.
///
/// kube-proxy identifies, sorts and hashes an endpoint by this text.
pub fn push_host_port(text: &mut String, port: u16, push_host: impl FnOnce(&mut String)) {
    let start = text.len();
    push_host(text);
    let has_colon = text[start..].contains(':');
    if has_colon {
        text.insert(start, '[');
        text.push(']');
    }
    text.push(':');
    push_decimal(text, port.into());
}

/// Appends an address as [`std::fmt::Display`] writes it. Rules hold hundreds of thousands of IPv4
/// addresses, so these are written by hand.
pub fn push_ip(text: &mut String, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            push_decimal(text, a.into());
            for octet in [b, c, d] {
                text.push('.');
                push_decimal(text, octet.into());
            }
        }
        IpAddr::V6(ip) => fmt::Write::write_fmt(text, format_args!("{ip}")).expect("a String takes all text"),
    }
}

/// Appends a number in decimal.
pub fn push_decimal(text: &mut String, number: u32) {
    let mut unit = 1;
    while number / unit >= 10 {
        unit *= 10;
    }
    while unit > 0 {
        let digit = u8::try_from(number / unit % 10).expect("a digit");
        text.push(char::from(b'0' + digit));
        unit /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_with_leading_zeros_are_decimal() {
        assert_eq!(parse_ip("010.0.0.001"), "10.0.0.1".parse().ok());
        assert_eq!(parse_ip("10.0.0.256"), None);
        assert_eq!(parse_ip("10.0.0"), None);
        assert_eq!(parse_ip("10.0.0.1.2"), None);
        assert_eq!(parse_ip(""), None);
    }

    #[test]
    fn a_mapped_address_is_ipv4() {
        assert_eq!(parse_ip("::ffff:10.0.0.1"), "10.0.0.1".parse().ok());
        assert_eq!(parse_ip("::ffff:010.0.0.1"), "10.0.0.1".parse().ok());
        assert_eq!(parse_ip("fd00::1%eth0"), None);
    }

    #[test]
    fn a_cidr_loses_its_host_bits() {
        assert_eq!(parse_cidr("203.0.113.7/25"), "203.0.113.0/25".parse().ok());
        assert_eq!(parse_cidr("10.1.2.3/0"), "0.0.0.0/0".parse().ok());
        assert_eq!(parse_cidr("fd00::1/64"), "fd00::/64".parse().ok());
        for bad in ["10.0.0.0/33", "10.0.0.0", "10.0.0.0/", "10.0.0.0/+8", "x/8"] {
            assert_eq!(parse_cidr(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_ipv6_endpoint_has_brackets() {
        let written = |ip: &str| {
            let mut text = String::from("to ");
            push_host_port(&mut text, 80, |text| push_ip(text, ip.parse().unwrap()));
            text
        };
        assert_eq!(written("10.0.0.1"), "to 10.0.0.1:80");
        assert_eq!(written("fd00::1"), "to [fd00::1]:80");
    }

    #[test]
    fn numbers_and_addresses_are_written_as_display_does() {
        for number in [0, 9, 10, 255, 65_535, u32::MAX] {
            let mut text = String::new();
            push_decimal(&mut text, number);
            assert_eq!(text, number.to_string());
        }
        for ip in ["0.0.0.0", "10.200.3.44", "255.255.255.255", "fd00::1:0:0:1", "::"] {
            let mut text = String::new();
            push_ip(&mut text, ip.parse().unwrap());
            assert_eq!(text, ip);
        }
    }
}
