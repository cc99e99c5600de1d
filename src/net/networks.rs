//! Networks that many addresses are looked up in: a cluster has one for the pods of each node.

use std::net::IpAddr;

use ipnet::IpNet;
use rustc_hash::FxHashSet;

use super::Family;

/// A list of networks that tells at once whether an address is in one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    all: Vec<IpNet>,
    /// The first addresses of all networks of a family and a length. Lengths are few.
    by_length: Vec<(Family, u8, FxHashSet<IpAddr>)>,
}

impl Networks {
    /// Whether an address is in one of them.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let is_in = |(family, length, firsts): &(Family, u8, FxHashSet<IpAddr>)| {
            *family == Family::of(ip)
                && IpNet::new(ip, *length).is_ok_and(|net| firsts.contains(&net.network()))
        };
        self.by_length.iter().any(is_in)
    }

    /// All of them, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, IpNet> {
        self.all.iter()
    }
}

impl<'n> IntoIterator for &'n Networks {
    type Item = &'n IpNet;
    type IntoIter = std::slice::Iter<'n, IpNet>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<IpNet> for Networks {
    fn from_iter<I: IntoIterator<Item = IpNet>>(all: I) -> Self {
        let mut networks = Self { all: all.into_iter().collect(), by_length: Vec::new() };
        for net in &networks.all {
            let (family, length) = (Family::of_net(net), net.prefix_len());
            let known = networks.by_length.iter_mut().find(|(of, bits, _)| (*of, *bits) == (family, length));
            match known {
                Some((_, _, firsts)) => drop(firsts.insert(net.network())),
                None => networks.by_length.push((family, length, FxHashSet::from_iter([net.network()]))),
            }
        }
        networks
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    fn net() -> impl Strategy<Value = IpNet> {
        let ipv4 =
            (any::<u32>(), 0u8..=32).prop_map(|(ip, length)| (IpAddr::from(Ipv4Addr::from(ip)), length));
        let ipv6 = (any::<u128>(), 0u8..=128).prop_map(|(ip, length)| (Ipv6Addr::from(ip).into(), length));
        prop_oneof![ipv4, ipv6]
            .prop_map(|(ip, length)| IpNet::new(ip, length).expect("a length of the family"))
    }

    proptest! {
        #[test]
        fn an_address_is_in_them_if_it_is_in_one(
            nets in prop::collection::vec(net(), 0..6), within in prop::collection::vec((0usize..6, any::<u128>()), 1..6),
        ) {
            let networks: Networks = nets.iter().copied().collect();
            let anywhere = within.iter().map(|(_, bits)| IpAddr::from(Ipv6Addr::from(*bits)));
            let near = within.iter().filter_map(|(at, bits)| {
                let net = nets.get(*at)?;
                let host = bits & !0u128.checked_shl(u32::from(net.max_prefix_len() - net.prefix_len())).map_or(0, |mask| mask);
                Some(match net.network() {
                    IpAddr::V4(first) => IpAddr::from(Ipv4Addr::from(u32::from(first) | u32::try_from(host & 0xffff_ffff).expect("32 bits"))),
                    IpAddr::V6(first) => Ipv6Addr::from(u128::from(first) | host).into(),
                })
            });
            for ip in anywhere.chain(near).chain(nets.iter().map(IpNet::broadcast)) {
                prop_assert_eq!(networks.contains(ip), nets.iter().any(|net| net.contains(&ip)), "{}", ip);
            }
            prop_assert!(networks.iter().eq(&nets));
        }
    }
}
