//! What netsh would do silently and wrongly, or refuse, known before the first command.

use std::collections::BTreeSet;

use super::state::{NetshState, Presence};
use super::step::{NetshCall, NetshStep};
use crate::answer::step::Obstacle;
use crate::platform::netsh::model::{Address, Listener, Object};
use crate::platform::netsh::{codes, read};

/// The listeners that are made or changed.
pub(super) fn listeners(steps: &[NetshStep]) -> Vec<&Listener> {
    let created = steps.iter().filter_map(NetshStep::creates);
    created
        .filter_map(|object| if let Object::PortProxy(of) = object { Some(&of.listener) } else { None })
        .collect()
}

/// Listeners on ports that Windows has reserved, by `show excludedportrange`. A bind to one fails with 10013,
/// and netsh does not report it.
pub(super) fn reserved(listeners: &[&Listener], shown: &str) -> Vec<Obstacle> {
    let ranges = read(shown).excluded_ports;
    let ports: BTreeSet<u16> = listeners.iter().map(|listener| listener.port).collect();
    let obstacle = |port: u16| {
        let range = ranges.iter().find(|range| range.contains(port))?;
        let what = format!("Windows has reserved port {port} (range {range})");
        let advice = "give the Service another port, or free the range; \
                      netsh interface ipv4 show excludedportrange protocol=tcp lists all";
        Some(Obstacle::new(codes::PORT_RESERVED, what, advice).that_may_be_forced())
    };
    ports.into_iter().filter_map(obstacle).collect()
}

/// Addresses that are to be made and are on another interface, unless an earlier step takes them away there.
pub(super) fn elsewhere(steps: &[NetshStep], state: &NetshState) -> Vec<Obstacle> {
    let mut freed = BTreeSet::new();
    let mut found = Vec::new();
    for step in steps {
        match (&step.call, step.object()) {
            (NetshCall::Delete { .. }, Object::Address(address)) => {
                freed.insert(address.address.ip());
            }
            (NetshCall::Create { .. }, object @ Object::Address(address)) => {
                if let Presence::Other(place) = state.presence(object)
                    && !freed.contains(&address.address.ip())
                {
                    found.push(on_another(address, &place));
                }
            }
            _ => {}
        }
    }
    found
}

fn on_another(address: &Address, place: &str) -> Obstacle {
    let what = format!("{} should be on interface {}, but {place}", address.address.ip(), address.interface);
    let advice = "name that interface with --interface, or remove the address there";
    Obstacle::new(codes::ADDRESS_ELSEWHERE, what, advice)
}
