//! How an object came to be left over on a node, or to be missing there: by the calls of a sequence about it.

use super::stand_in::{Call, Op};
use super::step::Step;
use crate::answer::change::{ObjectKind, Subject};
use crate::name::printable;
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::model::State;

/// How many events of a step are named.
const NAMED: usize = 2;

/// A call about an object, and where in the sequence it is.
struct About<'s> {
    step: &'s Step,
    /// The number of the call in its step, from 1.
    number: usize,
    call: &'s Call,
}

/// What the sequence says about an object that is left over, or missing: what follows the name of kube-proxy. `None` where
/// the sequence ends otherwise, so that it does not explain the node.
pub(super) fn story(steps: &[Step], end: &State, object: &Subject, is_there: bool) -> Option<String> {
    let name = NameOf::of(object)?;
    if name.is_in(end) != is_there {
        return None;
    }
    let last = calls(steps).filter(|about| name.is_of(about.call)).last();
    let story = match (is_there, last) {
        (true, None) => "found it at the beginning of the sequence, and did not delete it".to_owned(),
        (false, None) => "did not make it with any call of the sequence".to_owned(),
        (_, Some(last)) if last.call.error.is_some() => last.failed(),
        (true, Some(last)) if last.call.op.makes() => {
            format!("{}, and did not delete it afterwards", last.did())
        }
        (true, Some(last)) => format!("{}, and others made it again afterwards", last.did()),
        (false, Some(last)) if last.call.op.makes() => {
            format!("{}, and others took it away afterwards", last.did())
        }
        (false, Some(last)) => format!("{}, and did not make it again", last.did()),
    };
    let since = name.member().filter(|_| is_there).and_then(|member| released(steps, &member));
    Some(match since {
        Some(step) => format!("{story}; no load balancer has it since step {}{}", step.number, because(step)),
        None => story,
    })
}

fn calls(steps: &[Step]) -> impl Iterator<Item = About<'_>> {
    steps
        .iter()
        .flat_map(|step| (1..).zip(&step.calls).map(move |(number, call)| About { step, number, call }))
}

/// The step whose calls took an endpoint out of the last load balancer that had it.
fn released<'s>(steps: &'s [Step], member: &str) -> Option<&'s Step> {
    let of_balancers =
        || calls(steps).filter(|about| about.call.error.is_none() && about.call.op.is_of_balancer());
    let has = |about: &About<'_>| about.call.members.iter().any(|of| of.ends_with(member));
    let last = of_balancers().enumerate().filter(|(_, about)| has(about)).last()?;
    of_balancers().skip(last.0 + 1).find(|about| about.call.on == last.1.call.on).map(|about| about.step)
}

impl About<'_> {
    /// `deleted it with call 1 of step 2 (update EndpointSlice shop/web-1)`
    fn did(&self) -> String {
        let did = match self.call.op {
            op if !op.makes() => "deleted",
            Op::UpdateLoadBalancer => "changed",
            _ => "made",
        };
        format!("{did} it with call {} of step {}{}", self.number, self.step.number, because(self.step))
    }

    fn failed(&self) -> String {
        let was_to = match self.call.op {
            op if !op.makes() => "delete",
            Op::UpdateLoadBalancer => "change",
            _ => "make",
        };
        let error = printable(self.call.error.as_deref().unwrap_or_default());
        let error = error.trim_end_matches('.');
        let (number, step) = (self.number, self.step.number);
        format!("failed to {was_to} it with call {number} of step {step}{}: {error}", because(self.step))
    }
}

/// ` (update EndpointSlice shop/web-1)`
fn because(step: &Step) -> String {
    let events: Vec<String> = step.events.iter().take(NAMED).map(|event| printable(event)).collect();
    match (step.events.len().saturating_sub(NAMED), &*events) {
        _ if step.restarts => " (kube-proxy starts anew)".to_owned(),
        (0, []) => String::new(),
        (0, _) => format!(" ({})", events.join(", ")),
        (more, _) => format!(" ({} and {more} more)", events.join(", ")),
    }
}

/// An object by the name that a comparison gives it.
enum NameOf<'n> {
    Balancer(&'n str),
    /// An endpoint by its address.
    Endpoint(&'n str),
}

impl<'n> NameOf<'n> {
    fn of(object: &'n Subject) -> Option<Self> {
        match object.kind {
            ObjectKind::LoadBalancer => Some(Self::Balancer(&object.name)),
            ObjectKind::Endpoint => Some(Self::Endpoint(object.name.split(' ').next()?)),
            _ => None,
        }
    }

    fn is_in(&self, state: &State) -> bool {
        match self {
            Self::Balancer(name) => {
                let mut keys = state.load_balancers.iter().filter_map(FrontendKey::of);
                keys.any(|key| key.to_string() == **name)
            }
            Self::Endpoint(address) => {
                let mut addresses =
                    state.endpoints.iter().filter_map(|endpoint| endpoint.ip_configurations.first());
                addresses.any(|of| of.ip_address.to_string() == **address)
            }
        }
    }

    fn is_of(&self, call: &Call) -> bool {
        match self {
            Self::Balancer(name) => call.op.is_of_balancer() && name_of(&call.on).as_deref() == Some(*name),
            Self::Endpoint(address) => !call.op.is_of_balancer() && *call.on == **address,
        }
    }

    /// The end of its name among the members of a load balancer: they are written with their place.
    fn member(&self) -> Option<String> {
        match self {
            Self::Balancer(_) => None,
            Self::Endpoint(address) => Some(format!(":{address}")),
        }
    }
}

/// What a comparison calls the frontend of a call: `node port 30080/TCP (IPv6)` for `TCP *:30080 IPv6`.
fn name_of(frontend: &str) -> Option<String> {
    let (protocol, rest) = frontend.split_once(' ')?;
    let (at, family) = rest.split_once(' ').map_or((rest, ""), |(at, _)| (at, " (IPv6)"));
    Some(match at.strip_prefix("*:") {
        Some(port) => format!("node port {port}/{protocol}{family}"),
        None => format!("{at}/{protocol}"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::stand_in::frontend_text;
    use super::*;
    use crate::platform::hns::model::Address;

    /// Calls and comparisons write frontends in two ways, which are joined here.
    #[test]
    fn every_frontend_of_a_call_has_the_name_of_the_comparison() {
        for vip in [None, Some("10.96.0.10"), Some("fd00::a")] {
            for (protocol, ipv6) in [(6, false), (6, true), (17, false), (132, true), (6, false)] {
                let vip = vip.map(Address::of);
                let is_ipv6 = ipv6 || matches!(vip, Some(Address::Ip(std::net::IpAddr::V6(_))));
                let key = FrontendKey { vip: vip.clone(), protocol, port: 80, ipv6: is_ipv6 };
                let text = frontend_text(protocol, vip.as_ref(), 80, is_ipv6);
                assert_eq!(name_of(&text), Some(key.to_string()), "{text}");
            }
        }
    }
}
