//! One endpoint of many. Both ways are functions of the input alone, so that a plan can be made again.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::Lowering;
use crate::ir::{Pool, ServicePort};
use crate::net::{Family, push_host_port, push_ip};
use crate::platform::netsh::options::Pick;

/// An endpoint that a listener can connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) ip: IpAddr,
    pub(super) port: u16,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        push_host_port(&mut text, self.port, |text| push_ip(text, self.ip));
        f.write_str(&text)
    }
}

/// The endpoint that is used, and those that are not, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) used: Target,
    pub(super) unused: Vec<Target>,
}

/// Chooses among the endpoints of a pool; `None` when it has none that a listener can connect to. Kept are
/// those of the listener's family: a slice may have others by mistake, and kube-proxy does not translate.
pub(super) fn pick(pool: &Pool, port: &ServicePort, lowering: &Lowering<'_>) -> Option<Choice> {
    let mut targets: Vec<Target> = pool
        .members
        .iter()
        .filter_map(|id| {
            let endpoint = port.endpoint(*id);
            let ip = lowering.rules.backend(endpoint.backend).address.ip()?;
            (Family::of(ip) == port.family).then_some(Target { ip, port: endpoint.port })
        })
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let at = match lowering.options.pick {
        Pick::First => 0,
        Pick::Spread => highest(&targets, &port.id, lowering),
    };
    if targets.is_empty() {
        return None;
    }
    let used = targets.remove(at);
    Some(Choice { used, unused: targets })
}

/// The position of the endpoint with the highest rank on this node. When an endpoint goes, only nodes that
/// used it choose another one.
fn highest(targets: &[Target], service: &str, lowering: &Lowering<'_>) -> usize {
    let node = lowering.rules.node.name.as_ref().map_or("", |name| name.as_str());
    let rank = |target: &Target| Sha256::digest(format!("{node}|{service}|{target}"));
    let ranked = targets.iter().enumerate().max_by_key(|(_, target)| rank(target));
    ranked.map_or(0, |(at, _)| at)
}
