//! Finds the load balancers that answer to a packet, among any number of them.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::answer::verdict::{Locality, Packet};
use crate::net::{Family, parse_ip};
use crate::platform::hns::model::{
    Address, Detail, Listed, LoadBalancer, LoadBalancerFlags, Parts, protocol_number,
};

/// The address of a frontend; none is the node's own.
type Vip = Option<IpAddr>;

/// Load balancers, as positions in the state, by what they answer to.
#[derive(Debug, Default)]
pub(super) struct Frontends {
    exact: FxHashMap<(Vip, u32, u16), Vec<usize>>,
    /// Those of which some number is not told.
    vague: FxHashMap<Vip, Vec<usize>>,
    /// Those of which no address is told.
    anywhere: Vec<usize>,
    /// Whether there may be others.
    are_some: bool,
}

/// What answers to a packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    One(usize),
    /// One of the other family, as its flags say.
    OtherFamily(usize),
    /// One that may have the port, as nothing tells its ports.
    Vague(usize),
    Several(Vec<usize>),
    /// None of those that are told, and there may be others.
    NotTold,
}

impl Frontends {
    pub(super) fn new(balancers: &Listed<LoadBalancer>) -> Self {
        let mut frontends = Self { are_some: !balancers.is_whole(), ..Self::default() };
        for (at, balancer) in balancers.iter().enumerate() {
            if !balancer.gaps.tells(Parts::VIPS) {
                frontends.anywhere.push(at);
                continue;
            }
            for vip in vips(balancer) {
                let told =
                    balancer.port_mappings.iter().filter(|of| of.protocol != 0 && of.external_port != 0);
                for mapping in told.clone() {
                    let key = (vip, mapping.protocol, mapping.external_port);
                    frontends.exact.entry(key).or_default().push(at);
                }
                if told.count() < balancer.port_mappings.len().max(1) {
                    frontends.vague.entry(vip).or_default().push(at);
                }
            }
        }
        frontends
    }

    /// What answers to a packet: to its address, or to the node's if it is one of these.
    pub(super) fn find(&self, packet: &Packet, locality: &Locality<'_>, balancers: &[LoadBalancer]) -> Found {
        let own = locality.is_local(packet.destination).then_some(None);
        let vips = || std::iter::once(Some(packet.destination)).chain(own);
        let protocol = protocol_number(packet.protocol);
        let exact = vips().filter_map(|vip| self.exact.get(&(vip, protocol, packet.port))).flatten().copied();
        let of_family = |at: &usize| {
            let balancer = &balancers[*at];
            // Only the current schema tells the family.
            balancer.detail != Detail::Full
                || !balancer.gaps.tells(Parts::FAMILY)
                || balancer.flags.contains(LoadBalancerFlags::IPV6) == (packet.family() == Family::Ipv6)
        };
        let (mut same, other): (Vec<usize>, Vec<usize>) = exact.partition(of_family);
        same.dedup();
        match (&*same, &*other) {
            ([one], _) => Found::One(*one),
            ([], []) => {
                let vague = vips().find_map(|vip| self.vague.get(&vip)?.first());
                let anywhere =
                    || self.anywhere.iter().find(|at| may_answer(&balancers[**at], protocol, packet));
                let nothing = if self.are_some { Found::NotTold } else { Found::Nothing };
                vague.or_else(anywhere).map_or(nothing, |at| Found::Vague(*at))
            }
            // A node port of the other family is for the node's other addresses.
            ([], [other, ..]) if balancers[*other].frontend_vips.is_empty() => Found::Nothing,
            ([], [other, ..]) => Found::OtherFamily(*other),
            _ => Found::Several(same),
        }
    }
}

/// Whether a load balancer without a known address may answer to a packet, by its ports.
fn may_answer(balancer: &LoadBalancer, protocol: u32, packet: &Packet) -> bool {
    !balancer.gaps.tells(Parts::PORTS)
        || balancer.port_mappings.iter().any(|of| of.protocol == protocol && of.external_port == packet.port)
}

/// The addresses of a load balancer, read as they may be meant.
fn vips(balancer: &LoadBalancer) -> Vec<Vip> {
    let ip = |address: &Address| match address {
        Address::Ip(ip) => Some(Some(*ip)),
        Address::Text(text) => parse_ip(text).map(Some),
    };
    if balancer.frontend_vips.is_empty() {
        return vec![None];
    }
    balancer.frontend_vips.iter().filter_map(ip).collect()
}
