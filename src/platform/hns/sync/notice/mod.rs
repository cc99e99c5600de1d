//! What clients notice between the calls of a sync: frontends without a load balancer, with members that HNS has no more,
//! or with pods that neither serve nor are wanted.
//!
//! ```text
//! wanted ─► which frontends Services want now, and whose pods may stand behind them
//! shadow ─► what HNS holds after each call ─► troubles that begin and end with it
//! clients ─► whose connections that touches, by the rules that traces of packets follow
//! ```

mod clients;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use self::clients::Clients;
use self::wanted::{Frontend, Wanted};
use super::proxier::Setting;
use super::stand_in::{Call, Op};
use crate::answer::verdict::{Chance, Confidence};
use crate::name::printable;
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::lower::Object;
use crate::platform::hns::model::{Address, Endpoint, EndpointRef, Guid, LoadBalancer, State};
use crate::platform::hns::store::Store;
use crate::platform::timeline::{CallAt, Disturbance, Moment, Trouble};

/// What is noticed over a sequence.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// What HNS holds after the calls that were followed.
    shadow: Store,
    wanted: Wanted,
    open: BTreeMap<(FrontendKey, Trouble), Disturbance>,
    over: Vec<Disturbance>,
    /// Addresses of endpoints that are gone, for messages.
    names: FxHashMap<Guid, Box<str>>,
    /// Frontends whose load balancers others took away before the step.
    taken: Vec<LoadBalancer>,
    /// Whether others changed HNS before the step.
    is_changed: bool,
    trusted: Confidence,
}

impl Watch {
    /// Begins with what is there.
    pub(super) fn new(state: &State) -> Self {
        Self { shadow: Store::new(state), ..Self::default() }
    }

    /// Lets rules that are less sure decide nothing.
    pub(super) fn trusting(self, trusted: Confidence) -> Self {
        Self { trusted, ..self }
    }

    /// Takes in an endpoint that somebody made.
    pub(super) fn add(&mut self, endpoint: Endpoint) {
        self.shadow.insert_endpoint(endpoint);
    }

    /// Takes in what others left before a step.
    pub(super) fn look(&mut self, state: &State) {
        let now = Store::new(state);
        for balancer in self.shadow.load_balancers() {
            let is_gone = |key| now.balancers_at(&key).next().is_none();
            if FrontendKey::of(balancer).is_some_and(is_gone) {
                self.taken.push(balancer.clone());
            }
        }
        for endpoint in self.shadow.endpoints() {
            note_name(&mut self.names, endpoint);
        }
        self.shadow = now;
        self.is_changed = true;
    }

    /// Follows the calls of a step.
    pub(super) fn follow(&mut self, moment: &Moment<'_>, setting: Setting<'_>, calls: &[Call]) {
        let begin = CallAt { step: moment.number, call: 0 };
        let clients = Clients::new(setting, self.trusted);
        let changed = self.wanted.take_in(moment, &setting.features);
        self.drop_unwanted(begin);
        for balancer in std::mem::take(&mut self.taken) {
            self.lose(&balancer, begin, &clients);
        }
        let mut touched = changed.clone();
        touched.extend(self.open.keys().map(|(key, _)| key.clone()));
        if std::mem::take(&mut self.is_changed) {
            touched.extend(self.shadow.load_balancers().filter_map(FrontendKey::of));
        }
        for key in &touched {
            self.look_at_members(key, begin, &clients);
        }
        for (number, call) in (1..).zip(calls).filter(|(_, call)| call.error.is_none()) {
            self.follow_call(call, CallAt { step: moment.number, call: number }, &clients);
        }
        self.end_step(&changed, CallAt { step: moment.number, call: calls.len() });
    }

    fn follow_call(&mut self, call: &Call, at: CallAt, clients: &Clients<'_>) {
        match (call.op, &call.object) {
            (Op::DeleteLoadBalancer | Op::DeletePolicyList, _) => {
                let removed = call.id.and_then(|id| self.shadow.remove_balancer(id));
                let Some((balancer, key)) = removed.and_then(|of| FrontendKey::of(&of).map(|key| (of, key)))
                else {
                    return;
                };
                if self.shadow.balancers_at(&key).next().is_none() {
                    self.lose(&balancer, at, clients);
                }
                self.look_at_members(&key, at, clients);
            }
            (Op::CreateLoadBalancer | Op::UpdateLoadBalancer, Some(Object::LoadBalancer(made))) => {
                let made = LoadBalancer { id: call.id, ..(**made).clone() };
                let Some(key) = FrontendKey::of(&made) else { return };
                if call.op == Op::CreateLoadBalancer {
                    self.shadow.insert_balancer(made);
                } else {
                    self.shadow.replace_balancer(made);
                }
                self.close(&key, Trouble::NoRules, at);
                self.look_at_members(&key, at, clients);
            }
            (Op::CreateEndpoint, Some(Object::Endpoint(made))) => {
                self.shadow.insert_endpoint(Endpoint { id: call.id, ..(**made).clone() });
            }
            (Op::DeleteEndpoint, _) => {
                let Some(id) = call.id else { return };
                let users: BTreeSet<FrontendKey> =
                    self.shadow.users_of(id).filter_map(FrontendKey::of).collect();
                if let Some(endpoint) = self.shadow.remove_endpoint(id) {
                    note_name(&mut self.names, &endpoint);
                }
                for key in &users {
                    self.look_at_members(key, at, clients);
                }
            }
            _ => {}
        }
    }

    /// A frontend has lost its last load balancer, which was this one.
    fn lose(&mut self, balancer: &LoadBalancer, at: CallAt, clients: &Clients<'_>) {
        let Some(key) = FrontendKey::of(balancer) else { return };
        let Some(frontend) = self.wanted.get(&key) else { return };
        let place = (key.clone(), Trouble::NoRules);
        self.open.entry(place).or_insert_with(|| {
            let mut begun = begin(Trouble::NoRules, frontend, at);
            begun.clients = clients.of(balancer, &key);
            begun.established = Some(clients.established(balancer));
            begun
        });
    }

    /// Looks whether members of a frontend are gone or wrong now.
    fn look_at_members(&mut self, key: &FrontendKey, at: CallAt, clients: &Clients<'_>) {
        // Of several with one frontend a real HNS has the first only.
        let balancer = self.shadow.balancers_at(key).next();
        let (Some(balancer), Some(frontend)) = (balancer, self.wanted.get(key)) else {
            self.close(key, Trouble::GoneMembers, at);
            self.close(key, Trouble::WrongMembers, at);
            return;
        };
        let (mut gone, mut wrong) = (Vec::new(), Vec::new());
        for member in &balancer.endpoints {
            match member.id().and_then(|id| self.shadow.endpoint(id)) {
                None => gone.push(name_of(&self.names, member)),
                Some(endpoint) if !frontend.may_have(endpoint) => wrong.push(addresses(endpoint)),
                Some(_) => {}
            }
        }
        let all = balancer.endpoints.len();
        for (what, mut members) in [(Trouble::GoneMembers, gone), (Trouble::WrongMembers, wrong)] {
            let place = (key.clone(), what);
            if members.is_empty() {
                if let Some(begun) = self.open.remove(&place) {
                    self.over.extend(ended(begun, at));
                }
                continue;
            }
            members.sort();
            let share = Chance::new(members.len() as u128, all as u128).map(|share| share.to_string());
            match self.open.get_mut(&place) {
                Some(begun) if begun.members == members && begun.share == share => continue,
                // Other members, or another share: that is another trouble.
                Some(_) => {
                    let begun = self.open.remove(&place).expect("it was found");
                    self.over.extend(ended(begun, at));
                }
                None => {}
            }
            let mut begun = begin(what, frontend, at);
            begun.members = members;
            begun.share = share;
            begun.clients = clients.of(balancer, key);
            self.open.insert(place, begun);
        }
    }

    fn close(&mut self, key: &FrontendKey, what: Trouble, at: CallAt) {
        if let Some(begun) = self.open.remove(&(key.clone(), what)) {
            self.over.extend(ended(begun, at));
        }
    }

    /// What no Service wants any more is nobody's trouble.
    fn drop_unwanted(&mut self, begin: CallAt) {
        let Self { open, over, wanted, .. } = self;
        open.retain(|(key, _), begun| {
            let is_wanted = wanted.get(key).is_some_and(|frontend| frontend.service == begun.service);
            if !is_wanted {
                over.extend(ended(begun.clone(), begin));
            }
            is_wanted
        });
    }

    /// At the end of a step: frontends that should have a load balancer by now and have none; and what holds as long as it
    /// lasts.
    fn end_step(&mut self, changed: &BTreeSet<FrontendKey>, at: CallAt) {
        for key in changed {
            let Some(frontend) = self.wanted.get(key).filter(|frontend| frontend.is_made) else { continue };
            if self.shadow.balancers_at(key).next().is_none() {
                let place = (key.clone(), Trouble::NoRules);
                self.open.entry(place).or_insert_with(|| begin(Trouble::NoRules, frontend, at));
            }
        }
        for ((key, _), begun) in &mut self.open {
            begun.has_ready_endpoints |= self.wanted.get(key).is_some_and(|frontend| frontend.is_ready);
        }
    }

    /// Service ports and frontends that Services wanted at any time.
    pub(super) fn frontends(&self) -> Vec<[Box<str>; 2]> {
        self.wanted.seen().cloned().collect()
    }

    /// All that was noticed, in the order of its beginning; what lasts has no end.
    pub(super) fn all(&self) -> Vec<Disturbance> {
        // Of connections that are open it is known what becomes of them where a load balancer comes back.
        let open = self.open.values().map(|open| Disturbance { established: None, ..open.clone() });
        let mut all: Vec<Disturbance> = self.over.iter().cloned().chain(open).collect();
        all.sort_by(|a, b| (a.from, a.what, &a.frontend).cmp(&(b.from, b.what, &b.frontend)));
        all
    }
}

fn begin(what: Trouble, frontend: &Frontend, at: CallAt) -> Disturbance {
    let begun = Disturbance::new(what, &frontend.service, &frontend.text, at);
    Disturbance { has_ready_endpoints: frontend.is_ready, ..begun }
}

/// A trouble that is over. One that lasted for no call was none.
fn ended(begun: Disturbance, at: CallAt) -> Option<Disturbance> {
    (begun.from != at).then_some(Disturbance { to: Some(at), ..begun })
}

fn note_name(names: &mut FxHashMap<Guid, Box<str>>, endpoint: &Endpoint) {
    if let Some(id) = endpoint.id {
        names.insert(id, addresses(endpoint).into());
    }
}

/// What a member that is gone was: its address, or its id where nothing told one.
fn name_of(names: &FxHashMap<Guid, Box<str>>, member: &EndpointRef) -> String {
    let known = member.id().and_then(|id| names.get(&id));
    known.map_or_else(|| printable(&member.to_string()), ToString::to_string)
}

fn addresses(endpoint: &Endpoint) -> String {
    let addresses: Vec<String> = endpoint.addresses().map(Address::to_string).collect();
    printable(&addresses.join("+"))
}
