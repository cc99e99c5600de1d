//! Frontends that HNS has no load balancer for although a Service wants them: from which call to which.

use std::collections::BTreeMap;

use super::stand_in::{Call, Op, frontend};
use crate::ir::{RuleSet, ServicePort};
use crate::net::Family;
use crate::platform::hns::lower::shape::Shape;
use crate::platform::hns::model::{Address, LoadBalancer, State};
use crate::platform::timeline::{Absence, CallAt};

/// Which frontends have load balancers, call by call.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// How many load balancers each frontend has; a real HNS has one at most.
    counts: BTreeMap<Box<str>, usize>,
    /// Since when a frontend has none.
    open: BTreeMap<Box<str>, CallAt>,
    /// What is over.
    pub(super) absences: Vec<Absence>,
}

impl Presence {
    /// What others did before a step: what they took away is gone before its first call.
    pub(super) fn look(&mut self, step: usize, state: &State) {
        let mut now: BTreeMap<Box<str>, usize> = BTreeMap::new();
        for balancer in &*state.load_balancers {
            *now.entry(frontend(balancer).into()).or_default() += 1;
        }
        for gone in self.counts.keys().filter(|key| !now.contains_key(*key)) {
            self.open.entry(gone.clone()).or_insert(CallAt { step, call: 0 });
        }
        self.counts = now;
    }

    /// Follows the calls of a step, and drops what no Service wants at its end.
    pub(super) fn follow(&mut self, step: usize, calls: &[Call], rules: &RuleSet) {
        let wanted = wanted(rules);
        for (number, call) in (1..).zip(calls).filter(|(_, call)| call.error.is_none()) {
            let at = CallAt { step, call: number };
            match call.op {
                Op::DeleteLoadBalancer | Op::DeletePolicyList => {
                    let count = self.counts.entry(call.on.clone()).or_default();
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        self.counts.remove(&call.on);
                        self.open.entry(call.on.clone()).or_insert(at);
                    }
                }
                Op::CreateLoadBalancer => {
                    *self.counts.entry(call.on.clone()).or_default() += 1;
                    if let Some(from) = self.open.remove(&call.on) {
                        let port = wanted.get(&call.on).copied();
                        self.absences.push(absence(&call.on, port, from, Some(at), rules));
                    }
                }
                Op::UpdateLoadBalancer | Op::CreateEndpoint | Op::DeleteEndpoint => {}
            }
        }
        self.open.retain(|frontend, _| wanted.contains_key(frontend));
    }

    /// All absences in the order of their beginning; those that last have no end.
    pub(super) fn all(&self, rules: &RuleSet) -> Vec<Absence> {
        let wanted = wanted(rules);
        let lasting = self
            .open
            .iter()
            .map(|(frontend, from)| absence(frontend, wanted.get(frontend).copied(), *from, None, rules));
        let mut all: Vec<Absence> = self.absences.iter().cloned().chain(lasting).collect();
        all.sort_by(|a, b| (a.from, &a.frontend).cmp(&(b.from, &b.frontend)));
        all
    }
}

fn absence(
    frontend: &str,
    port: Option<&ServicePort>,
    from: CallAt,
    to: Option<CallAt>,
    rules: &RuleSet,
) -> Absence {
    let is_usable =
        |port: &ServicePort| port.endpoints.iter().any(|endpoint| rules.backend(endpoint.backend).ready);
    Absence {
        service: port.map(|port| port.id.clone()).unwrap_or_default(),
        frontend: frontend.into(),
        from,
        to,
        has_ready_endpoints: port.is_some_and(is_usable),
    }
}

/// The frontends that Services want, by what a load balancer for them answers to.
fn wanted(rules: &RuleSet) -> BTreeMap<Box<str>, &ServicePort> {
    let mut wanted = BTreeMap::new();
    for port in &rules.services {
        for of in &port.frontends {
            let shape = match (of.address, of.served) {
                (_, false) => continue,
                (None, true) => Shape::node_port(of, 0, false),
                (Some(address), true) => Shape::external_ip(port, Address::Ip(address), 0, false),
            };
            let balancer: LoadBalancer = shape.balancer(port, Vec::new(), None);
            wanted.insert(frontend(&balancer).into_boxed_str(), port);
        }
    }
    wanted
}

/// The call of a proxier in words.
pub(super) fn words(call: &Call) -> (&'static str, Family) {
    let words = match call.op {
        Op::CreateEndpoint => "create endpoint",
        Op::DeleteEndpoint => "delete endpoint",
        Op::CreateLoadBalancer => "create load balancer",
        Op::UpdateLoadBalancer => "change load balancer",
        Op::DeleteLoadBalancer => "delete load balancer",
        Op::DeletePolicyList => "delete policy list",
    };
    (words, call.by)
}
