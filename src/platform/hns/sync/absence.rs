//! Frontends that HNS has no load balancer for although a Service wants them: from which call to which.

use std::collections::BTreeMap;

use super::stand_in::{Call, Op, frontend, frontend_text};
use crate::ir::{RuleSet, ServicePort};
use crate::net::Family;
use crate::platform::hns::model::{Address, State, protocol_number};
use crate::platform::timeline::{Absence, CallAt};

/// Which frontends have load balancers, call by call.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// How many load balancers each frontend has; a real HNS has one at most.
    counts: BTreeMap<Box<str>, usize>,
    /// The frontends that have none, as far as Services want them.
    open: BTreeMap<Box<str>, Absence>,
    /// What is over.
    over: Vec<Absence>,
}

impl Presence {
    /// What is there at the beginning.
    pub(super) fn of(state: &State) -> Self {
        Self { counts: counts(state), ..Self::default() }
    }

    /// What others left before a step: what they took away is gone before its first call.
    pub(super) fn look(&mut self, step: usize, state: &State) {
        let now = counts(state);
        for gone in self.counts.keys().filter(|key| !now.contains_key(*key)) {
            open(&mut self.open, gone, CallAt { step, call: 0 });
        }
        self.counts = now;
    }

    /// Follows the calls of a step, and drops what no Service wants at its end.
    pub(super) fn follow(&mut self, step: usize, calls: &[Call], rules: &RuleSet) {
        let mut is_over = Vec::new();
        for (number, call) in (1..).zip(calls).filter(|(_, call)| call.error.is_none()) {
            let at = CallAt { step, call: number };
            match call.op {
                Op::DeleteLoadBalancer | Op::DeletePolicyList => {
                    let count = self.counts.entry(call.on.clone()).or_default();
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        self.counts.remove(&call.on);
                        open(&mut self.open, &call.on, at);
                    }
                }
                Op::CreateLoadBalancer => {
                    *self.counts.entry(call.on.clone()).or_default() += 1;
                    if let Some(absence) = self.open.remove(&call.on) {
                        is_over.push(Absence { to: Some(at), ..absence });
                    }
                }
                Op::UpdateLoadBalancer | Op::CreateEndpoint | Op::DeleteEndpoint => {}
            }
        }
        if is_over.is_empty() && self.open.is_empty() {
            return;
        }
        let wanted = wanted(rules);
        self.open.retain(|frontend, _| wanted.contains_key(frontend));
        for absence in self.open.values_mut().chain(&mut is_over) {
            if let Some(port) = wanted.get(&absence.frontend) {
                absence.service.clone_from(&port.id);
                absence.has_ready_endpoints =
                    port.endpoints.iter().any(|endpoint| rules.backend(endpoint.backend).ready);
            }
        }
        self.over.extend(is_over);
    }

    /// All absences in the order of their beginning; those that last have no end.
    pub(super) fn all(&self) -> Vec<Absence> {
        let mut all: Vec<Absence> = self.over.iter().chain(self.open.values()).cloned().collect();
        all.sort_by(|a, b| (a.from, &a.frontend).cmp(&(b.from, &b.frontend)));
        all
    }
}

fn counts(state: &State) -> BTreeMap<Box<str>, usize> {
    let mut counts = BTreeMap::new();
    for balancer in &*state.load_balancers {
        *counts.entry(frontend(balancer).into()).or_default() += 1;
    }
    counts
}

/// A frontend is without a load balancer from now on. Whose it is, is known at the end of the step.
fn open(absences: &mut BTreeMap<Box<str>, Absence>, frontend: &str, from: CallAt) {
    absences.entry(frontend.into()).or_insert_with(|| Absence {
        service: Box::default(),
        frontend: frontend.into(),
        from,
        to: None,
        has_ready_endpoints: false,
    });
}

/// The frontends that Services want, by what a load balancer for them answers to.
fn wanted(rules: &RuleSet) -> BTreeMap<Box<str>, &ServicePort> {
    let mut wanted = BTreeMap::new();
    for port in &rules.services {
        for of in port.frontends.iter().filter(|frontend| frontend.served) {
            let protocol = protocol_number(port.protocol);
            let vip = of.address.map(Address::Ip);
            let frontend = frontend_text(protocol, vip.as_ref(), of.port, port.family == Family::Ipv6);
            wanted.insert(frontend.into(), port);
        }
    }
    wanted
}
