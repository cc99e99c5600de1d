//! A kube-proxy that hands texts over to the kernel, over a sequence of events: one proxier a family, and what each of
//! them makes of a step. What a sync writes is the platform's.

use std::fmt;

use serde_json::{Map, Value, json};

use super::call_faults::Faults;
use super::conntrack::{Cleanup, Conntrack};
use super::presence::{Look, Presence};
use super::timeline::{
    CallAt, CallRecord, Disturbance, Fault, FlowRecord, Keeps, Moment, SideFile, StepRecord, Timeline,
};
use crate::name::printable;
use crate::net::Family;

/// The proxier of a family, and the node that it writes to.
pub(super) trait Proxy: fmt::Debug {
    /// A call that a sync makes.
    type Call: Call;

    /// The member of states that has what the node holds.
    const HELD: &'static str;

    /// The operations that can fail.
    const OPERATIONS: &'static [&'static str];

    /// Whose it is.
    fn family(&self) -> Family;

    /// Someone deletes all rules of the node.
    fn flush(&mut self);

    /// kube-proxy starts anew; the node keeps what it holds.
    fn restart(&mut self);

    /// One sync.
    fn sync(&mut self, pass: Pass<'_, '_>) -> Vec<Self::Call>;

    /// Looks at the frontends through what the node holds.
    fn look(&self, look: &Look<'_>, presence: &mut Presence);

    /// A look after a call of a step.
    fn look_at<'m>(&self, at: CallAt, moment: &Moment<'m>) -> Look<'m>;

    /// What the node holds.
    fn held(&self) -> Value;

    /// What the proxier remembers.
    fn books(&self) -> Value;
}

/// A call of a sync.
pub(super) trait Call: fmt::Debug {
    /// Whose it is.
    fn by(&self) -> Family;

    /// All of it, without number and family.
    fn document(&self) -> Value;

    /// It in words.
    fn record(&self) -> CallRecord;

    /// Whether it failed.
    fn has_failed(&self) -> bool;
}

/// What a sync works with besides the proxier's own memory.
pub(super) struct Pass<'p, 'm> {
    pub(super) moment: &'p Moment<'m>,
    /// Seconds since the beginning of the sequence.
    pub(super) now: f64,
    pub(super) presence: &'p mut Presence,
    pub(super) faults: &'p mut Faults,
    /// The call of the step before this sync.
    pub(super) before: CallAt,
    pub(super) keeps_text: bool,
}

/// One node over a sequence.
#[derive(Debug)]
pub(super) struct Replay<P: Proxy> {
    proxies: Vec<Served<P>>,
    /// Seconds since the beginning.
    now: f64,
    keeps: Keeps,
    steps: Vec<Step<P::Call>>,
    states: Vec<State>,
}

/// What is there after a step: by family what the node holds and what the proxier remembers.
#[derive(Debug)]
struct State {
    number: usize,
    families: Vec<(Family, Value, Value)>,
}

/// A proxier, and whether its frontends have rules.
#[derive(Debug)]
struct Served<P> {
    proxy: P,
    presence: Presence,
    conntrack: Conntrack,
    /// Whether it is told of: the first family of the node, and one that has ever served anything.
    is_told: bool,
}

/// What happened at a step.
#[derive(Debug)]
struct Step<C> {
    number: usize,
    restarts: bool,
    events: Vec<String>,
    faults: Vec<Fault>,
    calls: Vec<Done<C>>,
}

/// A call that was made, and what is done about flows after it.
#[derive(Debug)]
struct Done<C> {
    call: C,
    cleanup: Option<Cleanup>,
}

impl<P: Proxy> Replay<P> {
    /// A node with these proxiers, of which the one of the node's first family is told of in any case.
    pub(super) fn new(proxies: impl IntoIterator<Item = P>, primary: Family, keeps: Keeps) -> Self {
        let served = |proxy: P| {
            let family = proxy.family();
            let (presence, conntrack) = (Presence::new(family), Conntrack::new(family));
            Served { proxy, presence, conntrack, is_told: family == primary }
        };
        let proxies = proxies.into_iter().map(served).collect();
        Self { proxies, now: 0.0, keeps, steps: Vec::new(), states: Vec::new() }
    }

    fn is_told(&self, family: Family) -> bool {
        self.proxies.iter().any(|of| of.is_told && of.proxy.family() == family)
    }

    fn told<'s>(&'s self, step: &'s Step<P::Call>) -> impl Iterator<Item = &'s Done<P::Call>> {
        step.calls.iter().filter(|done| self.is_told(done.call.by()))
    }
}

impl<P: Proxy> Timeline for Replay<P> {
    fn advance(&mut self, moment: &Moment<'_>) -> Result<Vec<u32>, String> {
        if !self.steps.is_empty() {
            self.now += moment.meanwhile.seconds.max(0.0);
        }
        let mut faults = Faults::new(moment.faults);
        let mut calls = Vec::new();
        for Served { proxy, presence, conntrack, is_told } in &mut self.proxies {
            *is_told |= moment.rules.services_of(proxy.family()).next().is_some();
            if moment.meanwhile.flushes {
                proxy.flush();
                let before = proxy.look_at(CallAt { step: moment.number, call: 0 }, moment);
                proxy.look(&Look { is_halfway: true, ..before }, presence);
            }
            if moment.restarts {
                proxy.restart();
                conntrack.restart();
            }
            let before = CallAt { step: moment.number, call: calls.len() };
            let keeps_text = self.keeps.calls;
            let pass = Pass { moment, now: self.now, presence, faults: &mut faults, before, keeps_text };
            let made = proxy.sync(pass);
            let has_failed = made.last().is_some_and(Call::has_failed);
            calls.extend(made.into_iter().map(|call| Done { call, cleanup: None }));
            if let Some(last) = calls.last_mut() {
                last.cleanup = conntrack.after_sync(moment, has_failed);
            }
        }
        if self.keeps.states {
            let state = |of: &Served<P>| (of.proxy.family(), of.proxy.held(), of.proxy.books());
            let families = self.proxies.iter().map(state).collect();
            self.states.push(State { number: moment.number, families });
        }
        self.steps.push(Step {
            number: moment.number,
            restarts: moment.restarts,
            events: moment.events.iter().map(ToString::to_string).collect(),
            faults: moment.faults.to_vec(),
            calls,
        });
        Ok(faults.calls())
    }

    fn ignores(&self) -> SideFile {
        SideFile::Hns
    }

    fn calls(&self) -> Value {
        let steps = self.steps.iter().map(|step| step.document(self.told(step)));
        json!({"steps": steps.collect::<Vec<_>>()})
    }

    fn states(&self) -> Value {
        let state = |State { number, families }: &State| {
            let (mut held, mut books) = (Map::new(), Map::new());
            for (family, of_node, of_proxier) in families.iter().filter(|(family, ..)| self.is_told(*family))
            {
                held.insert(family.to_string(), of_node.clone());
                books.insert(family.to_string(), of_proxier.clone());
            }
            json!({P::HELD: held, "proxier": books, "step": number})
        };
        self.states.iter().map(state).collect()
    }

    fn steps(&self) -> Vec<StepRecord> {
        let record = |step: &Step<P::Call>| StepRecord {
            step: step.number,
            restart: step.restarts,
            events: step.events.iter().map(|event| printable(event)).collect(),
            calls: self.told(step).map(Done::record).collect(),
        };
        self.steps.iter().map(record).collect()
    }

    fn operations(&self) -> &'static [&'static str] {
        P::OPERATIONS
    }

    fn disturbances(&self) -> Vec<Disturbance> {
        let mut all: Vec<Disturbance> = self.proxies.iter().flat_map(|of| of.presence.all()).collect();
        all.sort_by(|a, b| (a.from, a.what, &a.frontend).cmp(&(b.from, b.what, &b.frontend)));
        all
    }

    fn flows(&self) -> Vec<FlowRecord> {
        self.proxies.iter().flat_map(|of| of.conntrack.flows()).cloned().collect()
    }
}

impl<C: Call> Done<C> {
    fn record(&self) -> CallRecord {
        let deleted = self.cleanup.as_ref().map(|of| of.deleted.clone());
        CallRecord { forgets: deleted.unwrap_or_default(), ..self.call.record() }
    }
}

impl<C: Call> Step<C> {
    /// The step, with these of its calls.
    fn document<'s>(&'s self, calls: impl Iterator<Item = &'s Done<C>>) -> Value {
        let mut document = json!({"step": self.number});
        if self.restarts {
            document["restart"] = true.into();
        }
        document["events"] = self.events.as_slice().into();
        if !self.faults.is_empty() {
            let fault =
                |of: &Fault| json!({"op": of.op, "nth": of.nth, "count": of.count, "error": of.error});
            document["faults"] = self.faults.iter().map(fault).collect();
        }
        let call = |(number, Done { call, cleanup }): (usize, &Done<C>)| {
            let mut document = call.document();
            if let Some(cleanup) = cleanup {
                document["conntrack"] = cleanup.document();
            }
            document["n"] = number.into();
            document["by"] = call.by().to_string().into();
            document
        };
        document["calls"] = (1..).zip(calls).map(call).collect();
        document
    }
}
