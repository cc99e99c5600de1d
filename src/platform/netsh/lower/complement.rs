//! Everybody who is not in a list of networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::net::Family;
use crate::platform::netsh::model::Endpoints;

/// The unicast addresses of a family that no network holds, as ranges. How Windows takes 0.0.0.0 or a
/// multicast address in a list is not known, so these are left out.
pub(super) fn complement(nets: &[IpNet], family: Family) -> Vec<Endpoints> {
    let (first, last) = unicast(family);
    let mut held: Vec<(u128, u128)> = nets
        .iter()
        .filter(|net| Family::of_net(net) == family)
        .map(|net| (number(net.network()), number(net.broadcast())))
        .collect();
    held.sort_unstable();
    let mut ranges = Vec::new();
    let mut from = first;
    for (begin, end) in held {
        if begin > from {
            ranges.push((from, (begin - 1).min(last)));
        }
        from = from.max(end.saturating_add(1));
        if from > last {
            break;
        }
    }
    if from <= last {
        ranges.push((from, last));
    }
    let of = |number| address(number, family);
    ranges.into_iter().map(|(from, to)| Endpoints::Range(of(from), of(to))).collect()
}

/// The first and the last unicast address that may be in a list.
fn unicast(family: Family) -> (u128, u128) {
    let ends: (IpAddr, IpAddr) = match family {
        Family::Ipv4 => (Ipv4Addr::new(1, 0, 0, 0).into(), Ipv4Addr::new(223, 255, 255, 255).into()),
        Family::Ipv6 => (Ipv6Addr::new(1, 0, 0, 0, 0, 0, 0, 0).into(), LAST_IPV6.into()),
    };
    (number(ends.0), number(ends.1))
}

/// The address before the multicast addresses.
const LAST_IPV6: Ipv6Addr = Ipv6Addr::new(0xfeff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff);

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

fn address(number: u128, family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => Ipv4Addr::from(u32::try_from(number).expect("a number of this family")).into(),
        Family::Ipv6 => Ipv6Addr::from(number).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::netsh::model::Remote;

    fn ranges(nets: &[&str]) -> String {
        let nets: Vec<IpNet> = nets.iter().map(|net| net.parse().unwrap()).collect();
        let text = |range: Endpoints| match range {
            Endpoints::Range(from, to) => format!("{from}-{to}"),
            Endpoints::Net(net) => net.to_string(),
        };
        complement(&nets, Family::of_net(&nets[0])).into_iter().map(text).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn the_rest_of_the_unicast_addresses() {
        assert_eq!(ranges(&["192.0.2.0/24"]), "1.0.0.0-192.0.1.255,192.0.3.0-223.255.255.255");
        assert_eq!(ranges(&["0.0.0.0/0"]), "");
        assert_eq!(ranges(&["1.0.0.0/8", "223.0.0.0/8"]), "2.0.0.0-222.255.255.255");
        assert_eq!(
            ranges(&["10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8"]),
            "1.0.0.0-9.255.255.255,12.0.0.0-223.255.255.255"
        );
        assert_eq!(ranges(&["240.0.0.0/4"]), "1.0.0.0-223.255.255.255");
        assert_eq!(
            ranges(&["2001:db8::/32"]),
            "1::-2001:db7:ffff:ffff:ffff:ffff:ffff:ffff,2001:db9::-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        );
    }

    #[test]
    fn an_address_is_in_the_list_or_in_its_complement() {
        let nets: Vec<IpNet> = ["10.0.0.0/8", "192.0.2.128/25"].map(|net| net.parse().unwrap()).to_vec();
        let rest = Remote::Only(complement(&nets, Family::Ipv4));
        for ip in ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "192.0.2.127", "192.0.2.128"] {
            let ip: IpAddr = ip.parse().unwrap();
            assert_ne!(nets.iter().any(|net| net.contains(&ip)), rest.contains(ip), "{ip}");
        }
    }
}
