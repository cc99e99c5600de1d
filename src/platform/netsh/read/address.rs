//! `interface ipv4|ipv6 add|delete address`

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::arguments::{ADDRESS, Arguments, VALUE, switch};
use super::command::Meaning;
use super::words::Word;
use crate::net::{Family, parse_ip};
use crate::platform::netsh::model::{Address, AddressKey, Assigned, Command, Key, Object};

const ADD_IPV4: &[&str] = &[
    "name",
    "address",
    "mask",
    "type",
    "gateway",
    "gwmetric",
    "validlifetime",
    "preferredlifetime",
    "subinterface",
    "store",
    "skipassource",
];
const ADD_IPV6: &[&str] =
    &["interface", "address", "type", "validlifetime", "preferredlifetime", "store", "skipassource"];
const DELETE_IPV4: &[&str] = &["name", "address", "gateway", "store"];
const DELETE_IPV6: &[&str] = &["interface", "address", "store"];

/// The tag of the interface.
fn interface_tag(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "name",
        Family::Ipv6 => "interface",
    }
}

pub(super) fn add(family: Family, words: &[Word]) -> Result<Meaning, &'static str> {
    let tags = match family {
        Family::Ipv4 => ADD_IPV4,
        Family::Ipv6 => ADD_IPV6,
    };
    let arguments = Arguments::of(words, tags)?;
    for (tag, usual) in [
        ("type", "unicast"),
        ("validlifetime", "infinite"),
        ("preferredlifetime", "infinite"),
        ("gwmetric", "0"),
        ("subinterface", "0"),
    ] {
        arguments.only(tag, usual)?;
    }
    let address = Address {
        interface: arguments.interface(interface_tag(family))?,
        address: assigned(arguments.need("address")?, arguments.get("mask"))?,
        gateway: arguments.ip("gateway")?,
        store: arguments.store()?,
        skip_as_source: arguments.get("skipassource").map(switch).transpose()?,
    };
    if address.family() == family {
        Ok(Meaning::Command(Command::Create(Object::Address(address))))
    } else {
        Err(ADDRESS)
    }
}

/// An address with its prefix length, with a mask, or with neither.
pub(super) fn assigned(address: &str, mask: Option<&str>) -> Result<Assigned, &'static str> {
    if let Some((ip, length)) = address.split_once('/') {
        let ip = parse_ip(ip).ok_or(ADDRESS)?;
        let length = length.parse().map_err(|_| VALUE)?;
        let net = IpNet::new(ip, length).map_err(|_| VALUE)?;
        return if mask.is_none() { Ok(Assigned::InNet(net)) } else { Err(VALUE) };
    }
    let ip = parse_ip(address).ok_or(ADDRESS)?;
    match (ip, mask) {
        (_, None) => Ok(Assigned::Bare(ip)),
        (IpAddr::V4(ip), Some(mask)) => {
            let Some(IpAddr::V4(mask)) = parse_ip(mask) else { return Err(VALUE) };
            let net = Ipv4Net::with_netmask(ip, mask).map_err(|_| VALUE)?;
            Ok(Assigned::InNet(net.into()))
        }
        (IpAddr::V6(_), Some(_)) => Err(VALUE),
    }
}

pub(super) fn delete(family: Family, words: &[Word]) -> Result<Meaning, &'static str> {
    let tags = match family {
        Family::Ipv4 => DELETE_IPV4,
        Family::Ipv6 => DELETE_IPV6,
    };
    let arguments = Arguments::of(words, tags)?;
    if arguments.get("gateway").is_some() {
        return Err("it deletes gateways");
    }
    let interface = arguments.interface(interface_tag(family))?;
    let ip = parse_ip(arguments.need("address")?).filter(|ip| Family::of(*ip) == family).ok_or(ADDRESS)?;
    let key = Key::Address(AddressKey { interface, ip }, arguments.store()?);
    Ok(Meaning::Command(Command::Delete(key)))
}
