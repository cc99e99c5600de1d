//! Ports of Services that no container behind them has, or has with another protocol.

use std::collections::BTreeSet;

use super::names::Makers;
use crate::diagnostics::Diagnostic;
use crate::fill::codes;
use crate::fill::endpoints::{Owner, ServicePort, ServicePorts, Target};
use crate::fill::pod::{DeclaredPort, Pod};
use crate::name::printable;

/// One finding for each port of a Service that some pods do not have.
pub(super) fn unreachable(owner: &Owner<'_>, pods: &[&Pod], makers: &Makers<'_>) -> Vec<Diagnostic> {
    ServicePorts::of(owner.object).iter().filter_map(|port| of_port(owner, port, pods, makers)).collect()
}

fn of_port(owner: &Owner<'_>, port: &ServicePort, pods: &[&Pod], makers: &Makers<'_>) -> Option<Diagnostic> {
    let ServicePort { at, protocol, target, .. } = port;
    let lacking = |pod: &&&Pod| target.is_missing(pod, protocol);
    let pod = pods.iter().find(lacking)?;
    let others: BTreeSet<String> = pods.iter().filter(lacking).map(|pod| makers.name(pod)).collect();
    let whose = match others.len() {
        1 => makers.name(pod),
        many => format!("{} and {} more", makers.name(pod), many - 1),
    };
    let of_other_protocol = pod.ports().find(|declared| target.is(declared));
    let (code, message) = match of_other_protocol {
        Some(other) => (
            codes::OTHER_PROTOCOL,
            format!(
                "port {} of {whose} is declared for {}, but the Service forwards {}",
                target.shown(),
                printable(other.protocol),
                printable(protocol)
            ),
        ),
        None => (codes::NO_SUCH_PORT, format!("no container of {whose} has a port named {}", target.shown())),
    };
    let found = Diagnostic::new(code, message)
        .about(owner.object.reference("Service"))
        .at(owner.object.origin.field(format!("spec.ports[{at}]")));
    Some(match of_other_protocol {
        Some(other) => found.help(match makers.place(pod, &other) {
            Some(place) => format!("correct protocol here, or at {} of {}", place.path, makers.name(pod)),
            None => "correct protocol here, or in the Assumptions file".to_owned(),
        }),
        None => found.allowed(declared(pod)),
    })
}

impl Target {
    /// Whether connections cannot arrive. A number need not be declared at all, but one that is declared for other
    /// protocols only is a mistake.
    fn is_missing(&self, pod: &Pod, protocol: &str) -> bool {
        match self {
            Self::Name(name) => pod.port(name, protocol).is_none(),
            Self::Number(_) => {
                let mut declared = pod.ports().filter(|port| self.is(port)).peekable();
                declared.peek().is_some() && declared.all(|port| port.protocol != protocol)
            }
        }
    }

    fn is(&self, port: &DeclaredPort<'_>) -> bool {
        match self {
            Self::Name(name) => port.name == Some(name.as_str()),
            Self::Number(number) => port.number == Some(*number),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Name(name) => printable(name),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// The names that would do.
fn declared(pod: &Pod) -> String {
    let named = pod.ports().filter_map(|port| {
        Some(format!("{} ({} {})", printable(port.name?), printable(port.protocol), port.number?))
    });
    let named: Vec<String> = named.collect();
    if named.is_empty() { "a number; its containers name no port".to_owned() } else { named.join(", ") }
}
