//! Addresses of rules as the kernel has them.

use std::net::{IpAddr, SocketAddr};

use crate::platform::iptables::model::{Address, SocketAddress};
use crate::platform::iptables::normalise::as_loaded;

/// Whether an address of a rule covers one of a packet; `None` for an address that iptables refuses, or
/// that is a name.
pub(super) fn covers(address: &Address, ip: IpAddr) -> Option<bool> {
    match address {
        Address::Ip(only) => Some(*only == ip),
        Address::Net(net) => Some(net.contains(&ip)),
        Address::Verbatim(word) => Some(as_loaded(word.as_str())? == ip),
    }
}

/// Where a rule translates to; `None` for an address that iptables refuses.
pub(in crate::platform::iptables) fn loaded_socket(to: &SocketAddress) -> Option<SocketAddr> {
    let ip = match &to.address {
        Address::Ip(ip) => *ip,
        Address::Net(net) => net.addr(),
        Address::Verbatim(word) => as_loaded(word.as_str())?,
    };
    Some(SocketAddr::new(ip, to.port))
}
