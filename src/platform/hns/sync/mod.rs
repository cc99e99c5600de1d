//! kube-proxy on Windows over a sequence of events: what it calls HNS for at each sync, and what it remembers.
//!
//! ```text
//! proxier ─► takes in what changed ─► apply: endpoints and load balancers ─► stand_in: HNS, call by call
//!    │                                   │
//!  books: ids, counts, "applied"       queried: what HNS listed at the beginning of the sync
//! ```
//!
//! winkernel compares what is wanted with its own books, and not with HNS. So what it does depends on all that happened
//! before, and a plan for the objects of one moment does not tell it. The rules here are those that recordings of
//! kube-proxy 1.30 and 1.36 over sequences of events show; switches between them are taken to be those of the release
//! that [`WinkernelBehavior`](crate::node::WinkernelBehavior) names.

mod absence;
mod apply;
mod books;
mod document;
mod outside;
mod proxier;
mod queried;
mod stand_in;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::absence::Presence;
use self::proxier::{Proxier, Setting};
use self::stand_in::StandIn;
use super::features::Features;
use super::host::{Basis, host};
use super::model::State;
use super::{HnsHeld, read};
use crate::flag::NamedText;
use crate::ir::RuleSet;
use crate::name::{escaped, printable};
use crate::net::Family;
use crate::node::{NetworkType, SliceFamily};
use crate::platform::timeline::{
    Absence, CallRecord, Event, EventKind, Moment, Start, StepRecord, Timeline, What,
};

/// What HNS holds at the beginning: of several dumps the one whose network is of the node's type.
///
/// # Errors
/// When a dump cannot be read.
pub(super) fn state_before(start: &Start<'_>) -> Result<State, String> {
    if let Some(held) = start.held.get::<HnsHeld>() {
        return Ok(held.state.clone());
    }
    let wanted = start.rules.node.windows.network_type.clone().unwrap_or(NetworkType::L2Bridge);
    let mut first = None;
    for NamedText { name, text } in start.before {
        let (state, problems) = read::read(text);
        if let Some(problem) = problems.first() {
            return Err(format!("{}: {}", escaped(name), problem.message()));
        }
        if state.networks.iter().any(|network| network.type_ == wanted) {
            return Ok(state);
        }
        first = first.or(Some(state));
    }
    Ok(first.unwrap_or_default())
}

/// One node over a sequence.
#[derive(Debug)]
pub struct Replay {
    hns: StandIn,
    proxiers: Vec<Proxier>,
    /// The network, and what HNS can do: told by the first moment.
    network: Box<str>,
    features: Features,
    /// Whether kube-proxy changes load balancers in place when it starts.
    modifies: bool,
    steps: Vec<Value>,
    records: Vec<StepRecord>,
    presence: Presence,
    /// The rules of the last moment, to tell which frontends are still wanted.
    last: Option<RuleSet>,
    /// What each family's proxier remembers after each step, and whether it has ever served anything.
    states: Vec<(usize, Value, BTreeMap<Family, Value>)>,
    has_served: BTreeMap<Family, bool>,
}

impl Replay {
    /// On a node that holds this at the beginning.
    #[must_use]
    pub fn new(before: State) -> Self {
        Self {
            hns: StandIn::new(before),
            proxiers: Vec::new(),
            network: Box::default(),
            features: Features::of(Features::ASSUMED),
            modifies: false,
            steps: Vec::new(),
            records: Vec::new(),
            presence: Presence::default(),
            last: None,
            states: Vec::new(),
            has_served: BTreeMap::new(),
        }
    }

    /// The proxiers of the families, each of which deletes all load balancers before the next one starts.
    fn start(&mut self, rules: &RuleSet) {
        let state = self.hns.state.clone();
        let (host, _) = host(rules, Some(&state), Basis::KubeProxy);
        self.network.clone_from(&host.network.name);
        self.features = host.features;
        let setting = Setting { node: &rules.node, network: &self.network, features: self.features };
        self.modifies = setting.behavior().in_place.is_on(self.features.version);
        let hns = &mut self.hns;
        self.proxiers = host.families.iter().map(|family| Proxier::start(*family, setting, hns)).collect();
    }

    /// How many of the events ask for a sync: those that tell something new.
    fn sync_requests(&self, moment: &Moment<'_>, takes_all: bool) -> usize {
        let is_news = |event: &&Event| match (event.kind, event.what) {
            (EventKind::Service, What::Update) => {
                self.proxiers.iter().any(|proxier| proxier.would_change(&event.service, moment.rules))
            }
            (EventKind::EndpointSlice(family), _) => {
                let is_taken = |proxier: &Proxier| takes_all || proxier.family == family;
                event.is_news && self.proxiers.iter().any(is_taken)
            }
            (EventKind::Service, _) => true,
        };
        moment.events.iter().filter(is_news).count()
    }

    fn record(&mut self, moment: &Moment<'_>) {
        let call = |call: &stand_in::Call| {
            let (what, by) = absence::words(call);
            CallRecord {
                by,
                what,
                on: printable(&call.on),
                members: call.members.iter().map(|member| printable(member)).collect(),
                error: call.error.as_deref().map(printable),
            }
        };
        self.records.push(StepRecord {
            number: moment.number,
            restarts: moment.restarts,
            events: moment.events.iter().map(|event| printable(&event.to_string())).collect(),
            calls: self.hns.calls.iter().map(call).collect(),
        });
        self.last = Some(moment.rules.clone());
    }

    fn keep(&mut self, moment: &Moment<'_>, requests: usize, outside: Vec<Value>) {
        let mut step = json!({"step": moment.number});
        if moment.restarts {
            step["restart"] = true.into();
        }
        step["events"] = moment.events.iter().map(ToString::to_string).collect();
        let is_first = moment.restarts || self.steps.is_empty();
        step["syncRequests"] = if is_first { (-1).into() } else { requests.into() };
        if !outside.is_empty() {
            step["outside"] = outside.into();
        }
        if !moment.faults.is_empty() {
            step["faults"] = moment.faults.iter().map(document::fault).collect();
        }
        step["calls"] = (1..).zip(&self.hns.calls).map(|(n, call)| document::call(n, call)).collect();
        step["reads"] = json!(self.hns.reads);
        self.steps.push(step);
        let mut books = BTreeMap::new();
        for proxier in &self.proxiers {
            let served = self.has_served.entry(proxier.family).or_default();
            *served |= !proxier.books.services.is_empty() || proxier.family == self.proxiers[0].family;
            books.insert(proxier.family, document::books(proxier, moment.rules));
        }
        self.states.push((moment.number, document::hns(&self.hns.state), books));
    }
}

impl Timeline for Replay {
    fn advance(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        self.hns.begin(moment.faults);
        let is_first = self.proxiers.is_empty();
        let outside = match moment.outside {
            Some(change) => outside::change(change, &mut self.hns.state)?,
            None => Vec::new(),
        };
        self.presence.look(moment.number, &self.hns.state);
        if is_first || moment.restarts {
            self.start(moment.rules);
        }
        // Two proxiers share what comes by its family; a single one of old releases takes everything for a change.
        let takes_all =
            self.proxiers.len() == 1 && moment.rules.node.behavior.slice_family == SliceFamily::Address;
        let requests = self.sync_requests(moment, takes_all);
        let setting = Setting { node: &moment.rules.node, network: &self.network, features: self.features };
        for proxier in &mut self.proxiers {
            let family = Some(proxier.family).filter(|_| !takes_all);
            proxier.note_slices(moment.changed_slices(family).cloned());
            proxier.sync(moment, setting, &mut self.hns);
        }
        self.presence.follow(moment.number, &self.hns.calls, moment.rules);
        self.record(moment);
        self.keep(moment, requests, outside);
        Ok(())
    }

    fn calls(&self) -> Value {
        let modifies = self.modifies;
        let is_overlay = self.proxiers.first().is_some_and(|proxier| proxier.is_overlay);
        json!({
            "hnsVersion": self.features.version.to_string(),
            "modifyLoadBalancer": modifies,
            "network": if is_overlay { "overlay" } else { "l2bridge" },
            "steps": self.steps,
        })
    }

    fn steps(&self) -> &[StepRecord] {
        &self.records
    }

    fn absences(&self) -> Vec<Absence> {
        self.last.as_ref().map(|rules| self.presence.all(rules)).unwrap_or_default()
    }

    fn states(&self) -> Value {
        let has_served = |family: &Family| self.has_served.get(family) == Some(&true);
        let states = self.states.iter().map(|(step, hns, books)| {
            let books = books.iter().filter(|(family, _)| has_served(family));
            let books: serde_json::Map<String, Value> =
                books.map(|(family, books)| (family.to_string(), books.clone())).collect();
            json!({"hns": hns, "proxier": books, "step": step})
        });
        states.collect()
    }
}
