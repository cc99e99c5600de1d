//! How an object came to be left over on a node, or to be missing there: by the calls of a sequence about it.

use std::collections::{HashMap, HashSet};

use super::stand_in::{Call, Op};
use super::step::Step;
use crate::answer::change::{ObjectKind, Subject};
use crate::name::printable;
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::model::State;

/// How many events of a step are named.
const NAMED: usize = 2;

/// A call about an object, and where in the sequence it is.
#[derive(Clone, Copy)]
struct About<'s> {
    step: &'s Step,
    /// The number of the call in its step, from 1.
    number: usize,
    call: &'s Call,
}

/// An object by the name that a comparison gives it.
#[derive(PartialEq, Eq, Hash)]
enum NameOf {
    Balancer(Box<str>),
    /// An endpoint by its address.
    Endpoint(Box<str>),
}

/// The calls of a sequence by the objects that they are about, and what there is at its end.
pub(super) struct History<'s> {
    there: HashSet<NameOf>,
    last: HashMap<NameOf, About<'s>>,
    members: Members<'s>,
}

impl<'s> History<'s> {
    pub(super) fn new(steps: &'s [Step], end: &State) -> Self {
        let keys = end.load_balancers.iter().filter_map(FrontendKey::of);
        let first = end.endpoints.iter().filter_map(|endpoint| endpoint.ip_configurations.first());
        let addresses = first.map(|of| NameOf::Endpoint(of.ip_address.to_string().into()));
        let mut history = Self {
            there: keys.map(|key| NameOf::Balancer(key.to_string().into())).chain(addresses).collect(),
            last: HashMap::new(),
            members: Members::default(),
        };
        for about in calls(steps) {
            if let Some(name) = NameOf::of_call(about.call) {
                history.last.insert(name, about);
            }
            history.members.follow(about);
        }
        history
    }

    /// What the sequence says about an object that is left over, or missing: what follows the name of kube-proxy. `None`
    /// where the sequence ends otherwise, so that it does not explain the node.
    pub(super) fn story(&self, object: &Subject, is_there: bool) -> Option<String> {
        let name = NameOf::of(object)?;
        if self.there.contains(&name) != is_there {
            return None;
        }
        let story = match (is_there, self.last.get(&name)) {
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
        let released = match &name {
            NameOf::Endpoint(address) if is_there => self.members.released(address),
            _ => None,
        };
        Some(match released {
            Some(step) => {
                format!("{story}; no load balancer has it since step {}{}", step.number, because(step))
            }
            None => story,
        })
    }
}

fn calls(steps: &[Step]) -> impl Iterator<Item = About<'_>> {
    steps
        .iter()
        .flat_map(|step| (1..).zip(&step.calls).map(move |(number, call)| About { step, number, call }))
}

/// Which load balancers had an endpoint last, and what became of them.
#[derive(Default)]
struct Members<'s> {
    /// The load balancer that an address was handed over for last, with the number of that call among all.
    holder: HashMap<&'s str, (&'s str, usize)>,
    /// The calls that went well about each load balancer: their numbers among all, and their steps.
    changed: HashMap<&'s str, Vec<(usize, &'s Step)>>,
    count: usize,
}

impl<'s> Members<'s> {
    fn follow(&mut self, About { step, call, .. }: About<'s>) {
        if call.error.is_some() || !call.op.is_of_balancer() {
            return;
        }
        self.count += 1;
        self.changed.entry(&call.on).or_default().push((self.count, step));
        for member in &call.members {
            // A member is written with its place: `remote:10.244.2.7`.
            let address = member.split_once(':').map_or(&**member, |(_, address)| address);
            self.holder.insert(address, (&call.on, self.count));
        }
    }

    /// The step whose calls took an endpoint out of the last load balancer that had it.
    fn released(&self, address: &str) -> Option<&'s Step> {
        let (balancer, since) = self.holder.get(address)?;
        let calls = self.changed.get(balancer)?;
        calls.iter().find(|(number, _)| number > since).map(|(_, step)| *step)
    }
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

impl NameOf {
    fn of(object: &Subject) -> Option<Self> {
        match object.kind {
            ObjectKind::LoadBalancer => Some(Self::Balancer((*object.name).into())),
            ObjectKind::Endpoint => {
                object.name.split(' ').next().map(|address| Self::Endpoint(address.into()))
            }
            _ => None,
        }
    }

    fn of_call(call: &Call) -> Option<Self> {
        if call.op.is_of_balancer() {
            return name_of(&call.on).map(|name| Self::Balancer(name.into()));
        }
        Some(Self::Endpoint(call.on.clone()))
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
