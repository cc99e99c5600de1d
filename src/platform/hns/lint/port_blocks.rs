//! The port budget: each load balancer without DSR takes a block of the node's dynamic ports.
//!
//! Azure/AKS#1375, kubernetes/website#17930. How HNS shares blocks between protocols is not known, so all
//! load balancers count, whatever their protocol.

use std::net::IpAddr;

use rustc_hash::FxHashSet;

use super::changes::translates;
use super::{SPARED, TRANSLATING, WindowsNode};
use crate::diagnostics::Diagnostic;
use crate::net::PortRange;
use crate::platform::hns::codes;
use crate::platform::hns::model::{Address, LoadBalancer};

/// Ports in a block: what Microsoft's log collector counts with.
const BLOCK: u32 = 64;

/// How many blocks are wanted, how many there are, and where that is known from.
struct Budget {
    wanted: u32,
    there: u32,
    source: String,
}

impl WindowsNode<'_> {
    pub(super) fn port_blocks(self) -> Vec<Diagnostic> {
        let changes = self.changes();
        let rest = u32::try_from(self.rest.number(TRANSLATING)).unwrap_or(u32::MAX);
        let new = wanted(&changes.new).saturating_add(rest);
        let [standing, gone] = [&changes.standing, &changes.gone].map(|balancers| wanted(balancers));
        let Budget { wanted, there, source } = match self.rules.node.windows.ports.free_blocks {
            Some(free) => Budget {
                wanted: new,
                there: free.saturating_add(gone),
                source: match gone {
                    0 => format!("{free} are free now"),
                    gone => format!("{free} are free now, and {gone} more get free"),
                },
            },
            None => Budget { wanted: new.saturating_add(standing), ..self.dynamic_blocks() },
        };
        let code = if wanted > there {
            codes::PORT_BLOCKS_EXHAUSTED
        } else if u64::from(wanted) * 4 > u64::from(there) * 3 {
            codes::PORT_BLOCKS_SCARCE
        } else {
            return Vec::new();
        };
        let message =
            format!("{wanted} load balancers without DSR take a block of {BLOCK} ports each; {source}");
        let help = match self.of_cluster_ips(&changes.new) + self.rest.number(SPARED) {
            0 => "widen the dynamic ports: netsh interface ipv4 set dynamicport tcp start=... num=..."
                .to_owned(),
            spared => format!("winkernel.enableDSR would spare {spared} of them, those of cluster IPs"),
        };
        vec![Diagnostic::new(code, message).help(help)]
    }

    /// The blocks that the dynamic ports have.
    fn dynamic_blocks(self) -> Budget {
        let ports = &self.rules.node.windows.ports;
        let dynamic = ports.dynamic();
        let there = blocks(dynamic, &ports.excluded);
        let whose = if ports.dynamic.is_none() { ", the default of Windows," } else { "" };
        let cuts = |range: &&PortRange| dynamic.first() <= range.last() && range.first() <= dynamic.last();
        let reserved = match ports.excluded.iter().filter(cuts).count() {
            0 => String::new(),
            1 => " beside a reserved range".to_owned(),
            many => format!(" beside {many} reserved ranges"),
        };
        Budget {
            wanted: 0,
            there,
            source: format!("the dynamic ports {dynamic}{whose} have {there}{reserved}"),
        }
    }

    /// How many of them `enableDSR` would make without translation.
    pub(super) fn of_cluster_ips(self, balancers: &[&LoadBalancer]) -> usize {
        let cluster_ips: FxHashSet<IpAddr> =
            self.rules.services.iter().filter_map(|port| port.cluster_ip().address).collect();
        let is_spared = |balancer: &&&LoadBalancer| {
            let mut vips = balancer.frontend_vips.iter().filter_map(Address::ip);
            translates(balancer) && vips.any(|ip| cluster_ips.contains(&ip))
        };
        balancers.iter().filter(is_spared).count()
    }
}

/// How many blocks these load balancers take.
fn wanted(balancers: &[&LoadBalancer]) -> u32 {
    let translating = balancers.iter().filter(|balancer| translates(balancer)).count();
    u32::try_from(translating).unwrap_or(u32::MAX)
}

/// How many blocks a range has, in the pieces that reserved ranges leave of it.
fn blocks(range: PortRange, reserved: &[PortRange]) -> u32 {
    let mut reserved = reserved.to_vec();
    reserved.sort_unstable();
    let (mut next, end) = (u32::from(range.first()), u32::from(range.last()) + 1);
    let mut blocks = 0;
    for taken in reserved {
        let first = u32::from(taken.first()).clamp(next, end.max(next));
        blocks += (first - next) / BLOCK;
        next = next.max(u32::from(taken.last()) + 1);
    }
    blocks + end.saturating_sub(next) / BLOCK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_ranges_cut_blocks() {
        let range = |text: &str| text.parse::<PortRange>().unwrap();
        let blocks = |reserved: &[&str]| {
            let reserved: Vec<PortRange> = reserved.iter().map(|text| range(text)).collect();
            blocks(PortRange::DYNAMIC, &reserved)
        };
        assert_eq!(blocks(&[]), 256);
        assert_eq!(blocks(&["80-90", "49000-49151"]), 256);
        // 63 ports on one side, and the rest without one block.
        assert_eq!(blocks(&["49215"]), 255);
        assert_eq!(blocks(&["49216"]), 255);
        assert_eq!(blocks(&["50000-50059", "49152-49999"]), (65_536 - 50_060) / 64);
        assert_eq!(blocks(&["49152-60000", "50000-50059"]), (65_536 - 60_001) / 64);
        assert_eq!(blocks(&["1-65535"]), 0);
        assert_eq!(blocks(&["65000-65535", "1-65534"]), 0);
    }
}
